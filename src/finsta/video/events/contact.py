"""What one object does to another by touching it: touch, hit, push, pull, carry, hold (our definition).

Boxes do not show hands. What touches, and what moves because of it, is read off from who moves when and which way.
Lengths are in frame heights of camera-compensated coordinates; thresholds are in mean sizes of the two objects.
"""

from collections.abc import Iterator

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.events.motion import closed, runs
from finsta.video.events.pair import SHORTEST, TOUCHING, towards_it
from finsta.video.events.pairs import Candidate, Pair

DEEPEST = -0.6
"""Clearance, in mean sizes, below which two do not touch but one lies over the other."""

BLURRED = 0.45
"""The same where the object darts off: smoothing rounds off the moment at which they meet."""

APART = 0.3
"""Mean sizes that the two must get nearer for a contact to come about."""

SOON = 0.4
"""Seconds after a contact within which what is hit must get going."""

AFTERMATH = 0.8
"""Seconds after a hit that are told with it."""

HEADSTART = 0.25
"""Seconds by which what pulls must move first: what is behind and moves along at once pushes."""

HELD_SHARE = 0.8
"""Share of the smaller box that must lie within the larger one's for it to be held."""


def touches(pair: Pair) -> Iterator[Candidate]:
    """The subject moves towards the object until their outlines meet, and does not go on through it."""
    for start, stop in _contacts(pair, TOUCHING):
        if not _goes_on(pair, stop):
            yield pair.candidate("touch", start, stop, 0.8)


def hits(pair: Pair) -> Iterator[Candidate]:
    """The subject moves up to the object, which stood; at the contact it darts off the same way, alone."""
    for start, stop in _contacts(pair, BLURRED):
        moment = float(pair.times[stop - 1])
        stood = not pair.moving[1][start : max(start + 1, stop - 3)].any()
        soon = np.flatnonzero(pair.moving[1] & (np.abs(pair.times - moment) <= SOON))
        if not stood or not len(soon):
            continue
        end = next(last for first, last in runs(pair.moving[1]) if first <= soon[-1] < last)
        end = min(end, int(np.searchsorted(pair.times, moment + AFTERMATH, side="right")))
        way = pair.offset[stop - 1] / pair.gap[stop - 1]
        gone = float((pair.target.positions[pair.yours][end - 1] - pair.target.positions[pair.yours][start]) @ way)
        along = float((pair.subject.positions[pair.mine][end - 1] - pair.subject.positions[pair.mine][stop - 1]) @ way)
        if gone > 0.3 * pair.size and along < 0.65 * gone:
            yield pair.candidate("hit", start, end, 0.9)


def _goes_on(pair: Pair, stop: int) -> bool:
    """Whether the subject, shortly after a movement towards the object, still moves the same way and away from it."""
    later = int(np.searchsorted(pair.times, pair.times[stop - 1] + SOON))
    if later >= len(pair.times) or not pair.moving[0][stop - 1 : later + 1].all():
        return False
    before, after = pair.velocities[0][stop - 1], pair.velocities[0][later]
    same_way = float(before @ after) > 0.5 * float(np.linalg.norm(before) * np.linalg.norm(after))
    return same_way and not pair.moving[1][later]


def _contacts(pair: Pair, least: float) -> Iterator[tuple[int, int]]:
    """Movements of the subject towards the object that end where the two touch."""
    for start, stop in runs(closed(towards_it(pair), pair.times, gap=0.3)):
        after = min(stop + 2, len(pair.times))
        nearest = float(pair.clearance[start:after].min()) / pair.size
        closed_by = float(pair.clearance[start]) / pair.size - nearest
        if pair.seconds(start, stop) >= SHORTEST - 1e-6 and closed_by > APART and DEEPEST < nearest < least:
            yield start, stop


def pushes(pair: Pair) -> Iterator[Candidate]:
    """In contact, both move the same way, the object ahead of the subject and not moving before it."""
    for start, stop in _in_contact(pair, pair.heading > 0.6):
        if not _started_before(pair, start, by_subject=False):
            yield pair.candidate("push", start, stop, 0.9)


def pulls(pair: Pair) -> Iterator[Candidate]:
    """In contact, both move the same way, the object behind the subject, which moved first."""
    for start, stop in _in_contact(pair, pair.heading < -0.6):
        if _started_before(pair, start, by_subject=True):
            yield pair.candidate("pull", start, stop, 0.8)


def _in_contact(pair: Pair, mask: Bool[Array, " steps"]) -> Iterator[tuple[int, int]]:
    for start, stop in runs(closed(pair.together & mask, pair.times, gap=0.3)):
        usual = float(np.median(pair.clearance[start:stop])) / pair.size
        if pair.seconds(start, stop) >= SHORTEST - 1e-6 and DEEPEST < usual < TOUCHING:
            yield start, stop


def _started_before(pair: Pair, step: int, *, by_subject: bool) -> bool:
    """Whether one of the two was under way clearly before the other, when both move at a step."""
    starts = [next(first for first, last in runs(mask) if first <= step < last) for mask in pair.moving]
    lead = float(pair.times[starts[1]] - pair.times[starts[0]])
    return lead >= HEADSTART if by_subject else lead <= -HEADSTART


def carries(pair: Pair) -> Iterator[Candidate]:
    """The smaller object lies within the subject's box and moves with it wherever it goes."""
    for start, stop in _carried(pair):
        yield pair.candidate("carry", start, stop, 0.8)


def holds(pair: Pair) -> Iterator[Candidate]:
    """The object lies within the subject's box through a time in which it is carried for a part."""
    carried = list(_carried(pair))
    for start, stop in runs(closed(_within(pair), pair.times, gap=0.5)):
        if any(start <= first and last <= stop for first, last in carried):
            yield pair.candidate("hold", start, stop, 0.7)


def _carried(pair: Pair) -> Iterator[tuple[int, int]]:
    apart = np.linalg.norm(pair.velocities[0] - pair.velocities[1], axis=1)
    mask = _within(pair) & pair.moving[0] & pair.moving[1] & (apart < 0.4 * pair.speeds[0])
    for start, stop in runs(closed(mask, pair.times, gap=0.3)):
        if pair.seconds(start, stop) >= 2 * SHORTEST:
            yield start, stop


def _within(pair: Pair) -> Bool[Array, " steps"]:
    """Where most of the object's box lies in the subject's, which is clearly larger."""
    halves = pair.subject.extents[pair.mine] / 2, pair.target.extents[pair.yours] / 2
    shared: Float[Array, "steps 2"] = np.minimum(halves[0] + halves[1] - np.abs(pair.offset), 2 * halves[1])
    share = np.maximum(np.minimum(shared, 2 * halves[0]), 0).prod(1) / np.maximum((2 * halves[1]).prod(1), 1e-9)
    return np.asarray((share > HELD_SHARE) & (pair.target.size < 0.7 * pair.subject.size))
