"""How one object gets round another: circle it, jump over it (our definition).

Lengths are in frame heights of camera-compensated coordinates, y down; thresholds are in mean sizes of the two.
"""

from collections.abc import Iterator

import numpy as np

from finsta.video.events.motion import closed, runs
from finsta.video.events.pair import stretch
from finsta.video.events.pairs import Candidate, Pair

FULL_ENOUGH = 210.0
"""Degrees around the object from which it is circled."""

TURNING = 45.0
"""Degrees around the object per second while it is circled, at least."""

ROUND = 2.2
"""Largest over smallest distance on the way around."""

RISE = 0.5
"""Mean sizes that a jump rises above where it starts and where it lands."""

LEVEL = 1.0
"""Mean sizes between start and landing, at most."""


def circles(pair: Pair) -> Iterator[Candidate]:
    """The subject moves around the object, which stays, for most of a turn or more, at a like distance throughout.

    The places are taken as they were detected: smoothing pulls a quick circle together.
    """
    if len(pair.times) < 4:
        return
    offset = pair.subject.centres[pair.mine] - pair.target.positions[pair.yours]
    angle, distance = np.unwrap(np.arctan2(offset[:, 1], offset[:, 0])), np.linalg.norm(offset, axis=1)
    rate = np.degrees(np.gradient(angle, pair.times))
    stays = pair.moving[0] & ~pair.moving[1] & (distance < 4 * pair.size)
    for sign in (1.0, -1.0):
        for start, stop in runs(closed(stays & (sign * rate > TURNING), pair.times, gap=0.3)):
            swept = sign * float(np.degrees(angle[stop - 1] - angle[start]))
            gaps = np.percentile(distance[start:stop], [10, 90])
            if swept > FULL_ENOUGH and gaps[1] < ROUND * max(gaps[0], 1e-9):
                yield pair.candidate("circle", start, stop, min(0.4 + swept / 600, 1.0))


def jumps_over(pair: Pair) -> Iterator[Candidate]:
    """The subject rises on one side of the object, crosses above it and comes down on the other side."""
    across = -pair.offset[:, 0] / pair.size  # where the subject is, seen from the object
    height = pair.offset[:, 1] / pair.size  # positive above the object
    for step in np.flatnonzero((across[:-1] > 0) != (across[1:] > 0)).tolist():
        if not pair.moving[0][step] or height[step] < 0 or float(pair.clearance[step]) < -0.2 * pair.size:
            continue
        start, stop = stretch(pair.moving[0], step)
        way = 1.0 if across[step + 1] > across[step] else -1.0
        onwards = closed(pair.velocities[0][:, 0] * way > -0.2 * pair.speeds[0], pair.times, gap=0.2)
        start, stop = max(start, stretch(onwards, step)[0]), min(stop, stretch(onwards, step)[1])
        if stop - start < 4:
            continue
        top = float(height[start:stop].max())
        before, after = float(height[start]), float(height[stop - 1])
        sides = min(abs(float(across[start])), abs(float(across[stop - 1])))
        rises = min(top - before, top - after)
        if rises > RISE and sides > 0.5 and abs(before - after) < LEVEL:
            yield pair.candidate("jump over", start, stop, min(0.5 + 0.3 * rises, 1.0))
