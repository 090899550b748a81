"""Attributes of an object at a key frame: its colour, its size beside the others, and whether it moves (ours)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.video.appearance import COLOURS
from finsta.video.motion import Motion
from finsta.video.tracking import ObjectTrack

LEAST_SHARE = 0.3
"""Share of an object that its colour must cover."""

SIZE_RATIO = 2.5
"""How many times the usual area makes an object large; as many times less, small."""


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A word about a track, and how sure it is, in [0, 1]."""

    label: str
    confidence: float


def colour(track: ObjectTrack) -> Attribute | None:
    """The colour that covers most of the object over its whole track, if one covers enough.

    Over the whole track and not frame by frame: one object keeps its colour when a shadow passes.
    """
    best = int(track.colours.argmax())
    share = float(track.colours[best])
    return Attribute(label=COLOURS[best], confidence=min(share, 1.0)) if share >= LEAST_SHARE else None


def sizes(tracks: Sequence[ObjectTrack]) -> dict[int, Attribute]:
    """Which tracks are large or small, by number: against the median area (of its logarithm) in the same shot.

    With one object there is nothing to compare, and no size.
    """
    areas = {track.number: _area(track) for track in tracks}
    found: dict[int, Attribute] = {}
    for shot in {track.shot for track in tracks}:
        members = [track.number for track in tracks if track.shot == shot]
        if len(members) < 2:
            continue
        usual = float(np.exp(np.median([np.log(areas[number]) for number in members])))
        for number in members:
            ratio = areas[number] / max(usual, 1e-9)
            if max(ratio, 1 / ratio) >= SIZE_RATIO:
                label = "large" if ratio > 1 else "small"
                found[number] = Attribute(label=label, confidence=1 - 1 / max(ratio, 1 / ratio))
    return found


def _area(track: ObjectTrack) -> float:
    return max(float(np.median((track.boxes[:, 2:] - track.boxes[:, :2]).prod(1))), 1e-9)


def state(motion: Motion, step: int) -> Attribute | None:
    """``moving`` or ``still`` at a step of the track; nothing where the track is too short to tell."""
    if len(motion.times) < 3:
        return None
    if motion.moving[step]:
        return Attribute(label="moving", confidence=0.8)
    return Attribute(label="still", confidence=0.8)
