"""One colour for each track, stable through the page, legible on light and dark ground."""

import colorsys
from collections.abc import Iterable, Mapping

_COLOURS = (
    "#3a6fb0",
    "#c8651b",
    "#2f8a5b",
    "#b8434e",
    "#7a5db5",
    "#8a6a3f",
    "#b5559b",
    "#2b8b98",
    "#7d8422",
    "#5468c9",
    "#a8522f",
    "#56758a",
)
_GOLDEN_ANGLE = 0.381966


def track_colours(tracks: Iterable[int]) -> Mapping[int, str]:
    """A colour ``#rrggbb`` for each track: twelve chosen by hand in order of number, then hues a golden angle apart."""
    return {track: colour(place) for place, track in enumerate(sorted(tracks))}


def colour(place: int) -> str:
    """The colour at a place of the endless palette, counted from 0."""
    if place < len(_COLOURS):
        return _COLOURS[place]
    hue = (place * _GOLDEN_ANGLE) % 1.0
    red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue, 0.42, 0.45))
    return f"#{red:02x}{green:02x}{blue:02x}"
