"""Long videos: clips of one split put one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from finsta.data.world.formats.clips import WorldClip
from finsta.data.world.scene import Event


@dataclass(frozen=True, kw_only=True)
class Film:
    """Clips one after the other.

    Attributes:
        clips: One or more.
        slot: Seconds from the start of one clip to that of the next: their length, or more, where the last picture of a
            clip is held until the next one begins.
    """

    clips: tuple[WorldClip, ...]
    slot: float

    @property
    def duration(self) -> float:
        """Seconds; the last picture of the last clip is not held."""
        return self.start(len(self.clips) - 1) + self.clips[-1].duration

    def start(self, place: int) -> float:
        """When the clip at this place begins."""
        return self.slot * place

    def events(self) -> Iterator[tuple[WorldClip, Event, float, float]]:
        """Every event of every clip with its interval in the film, in order of their beginnings."""
        for place, clip in enumerate(self.clips):
            for event in clip.scene.events:
                first, last = clip.seconds(event)
                yield clip, event, self.start(place) + first, self.start(place) + last


def films(clips: Sequence[WorldClip], *, size: int, multiple: float | None = None) -> list[Film]:
    """Clips in groups of ``size``, in order; the last group may be smaller.

    Args:
        clips: Of one split.
        size: 1 or more.
        multiple: Each clip takes a multiple of so many seconds.
    """
    found = []
    for first in range(0, len(clips), size):
        group = tuple(clips[first : first + size])
        length = group[0].duration
        slot = length if multiple is None else multiple * ceil(length / multiple - 1e-9)
        found.append(Film(clips=group, slot=slot))
    return found
