"""What objects do through time, from their tracks (our definition): the table of events, and all of them in order.

Thresholds are on smoothed, camera-compensated paths. An event has an interval in seconds; key frames take it up where
they fall into it. Each event is a function of its own: of one track in :mod:`~finsta.video.events.solo` and
:mod:`~finsta.video.events.border`; of two in :mod:`~finsta.video.events.pair`, :mod:`~finsta.video.events.contact` and
:mod:`~finsta.video.events.round`.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

from finsta.video.events.border import enters, leaves
from finsta.video.events.contact import carries, hits, holds, pulls, pushes, touches
from finsta.video.events.motion import Event, Interval, Motion
from finsta.video.events.pace import with_pace
from finsta.video.events.pair import approaches, follows, meets, moves_away, passes
from finsta.video.events.pairs import Candidate, Pair
from finsta.video.events.parts import mark_parts
from finsta.video.events.round import circles, jumps_over
from finsta.video.events.solo import changes_speed, hops, moves, resizes, rises_and_falls, stands, stops, turns

ALONE: tuple[Callable[[Motion], Iterator[Event]], ...] = (
    moves,
    stands,
    stops,
    changes_speed,
    turns,
    rises_and_falls,
    resizes,
    hops,
)
"""What one object does."""

AT_THE_BORDER: tuple[Callable[[Motion, Interval], Iterator[Event]], ...] = (enters, leaves)
"""What one object does to the frame, given the interval of the shot."""

BETWEEN_TWO: tuple[Callable[[Pair], Iterator[Candidate]], ...] = (
    approaches,
    moves_away,
    meets,
    follows,
    passes,
    touches,
    hits,
    pushes,
    pulls,
    carries,
    holds,
    circles,
    jumps_over,
)
"""What one object does to another."""


def find_events(motions: Sequence[Motion], *, shot: Interval) -> list[Event]:
    """The events of one shot, in order of time.

    Args:
        motions: The tracks of the shot. What is gone for a while and back is looked at piece by piece, so that a
            relation may hold before and after, and nothing is said of the time between.
        shot: Its start and end in seconds.
    """
    motions = [stretch for motion in motions for stretch in motion.stretches()]
    found = [event for motion in motions if len(motion.times) >= 3 for event in _alone(motion, shot)]
    pairs = (Pair.of(subject, target) for subject, target in permutations(motions, 2))
    found += strongest(
        [candidate for pair in pairs if pair is not None for find in BETWEEN_TWO for candidate in find(pair)]
    )
    return mark_parts(with_pace(sorted(found, key=_order), motions))


def _alone(motion: Motion, shot: Interval) -> Iterator[Event]:
    for find in ALONE:
        yield from find(motion)
    for find_at_border in AT_THE_BORDER:
        yield from find_at_border(motion, shot)


def _order(event: Event) -> tuple[Interval, str, int, int]:
    return event.interval, event.label, event.subject, -1 if event.object is None else event.object


def strongest(candidates: Sequence[Candidate]) -> list[Event]:
    """Of the like events of one subject that overlap in time the strongest: who walks into a crowd approaches one."""
    kept: list[Event] = []
    for _, event in sorted(candidates, key=lambda item: (-item[0], item[1].subject, item[1].object or 0)):
        rivals = (k for k in kept if (k.label, k.subject) == (event.label, event.subject))
        if not any(k.interval[0] < event.interval[1] and event.interval[0] < k.interval[1] for k in rivals):
            kept.append(event)
    return kept
