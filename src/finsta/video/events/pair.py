"""What one object does to another without touching it: approach, move away from, meet, follow, pass (our definition).

Lengths are in frame heights of camera-compensated coordinates; thresholds are in mean sizes of the two objects.
"""

from collections.abc import Iterator

import numpy as np

from finsta.shapes import Array, Bool, Float, Int
from finsta.video.events.motion import MOVING_SPEED, closed, runs
from finsta.video.events.pairs import Candidate, Pair

NEAR = 1.5
"""Clearance, in mean sizes, within which something is approached or left."""

CLEAR_CHANGE = 0.5
"""Mean sizes by which the gap must change for it to be told."""

ASIDE = 1.25
"""Mean sizes between the paths of two that pass each other, at most."""

DIRECT = 0.8
"""How direct a movement towards something, or away from it, must be: who walks by at a distance is not told so."""

SHORTEST = 0.4
"""Seconds that an approach or a parting lasts at least."""

TOUCHING = 0.15
"""Clearance, in mean sizes, below which two touch: boxes do not tell outlines exactly."""

HIDDEN = 0.08
"""How much less one of two that overlap must look like itself for it to be the hidden one."""

BESIDE = 2.0
"""Mean sizes before and behind the object within which who goes by is passing it."""


def approaches(pair: Pair) -> Iterator[Candidate]:
    """The subject moves towards the object, the gap shrinks clearly and is small in the end."""
    yield from _change(pair, "approach", towards_it(pair))


def moves_away(pair: Pair) -> Iterator[Candidate]:
    """The subject moves away from the object, the gap is small at first and grows clearly."""
    away = pair.moving[0] & (pair.heading < -0.6) & (pair.closing < -0.25 * pair.speeds[0])
    yield from _change(pair, "move away from", away)


def towards_it(pair: Pair) -> Bool[Array, " steps"]:
    """Where the subject moves towards the object and gets nearer in effect."""
    return np.asarray(pair.moving[0] & (pair.heading > 0.6) & (pair.closing > 0.25 * pair.speeds[0]))


def _change(pair: Pair, label: str, mask: Bool[Array, " steps"]) -> Iterator[Candidate]:
    for start, stop in runs(closed(mask, pair.times, gap=0.3)):
        first, last = float(pair.gap[start]), float(pair.gap[stop - 1])
        change = abs(last - first) / pair.size
        clear = change > CLEAR_CHANGE and change * pair.size > 0.2 * max(first, last)
        near = float(min(pair.clearance[start], pair.clearance[stop - 1])) < NEAR * pair.size
        direct = _directness(pair, start, stop)
        if pair.seconds(start, stop) >= SHORTEST - 1e-6 and clear and near and direct > DIRECT:
            yield pair.candidate(label, start, stop, direct)


def _directness(pair: Pair, start: int, stop: int) -> float:
    """How clearly a movement is about the object, in [0, 1]: straight at it or away from it, and near it."""
    straight = abs(float(np.average(pair.heading[start:stop], weights=pair.speeds[0][start:stop])))
    nearest = max(float(min(pair.clearance[start], pair.clearance[stop - 1])), 0.0) / pair.size
    return float(np.clip((straight - 0.6) / 0.35, 0, 1)) * float(np.clip(1.7 - 0.6 * nearest, 0, 1))


def meets(pair: Pair) -> Iterator[Candidate]:
    """Both move towards each other until they are near; told once, of the track with the lower number."""
    if pair.subject.track.number > pair.target.track.number:
        return
    other_heading = -(pair.velocities[1] * pair.towards).sum(1) / np.maximum(pair.speeds[1], 1e-9)
    mask = towards_it(pair) & pair.moving[1] & (other_heading > 0.6)
    for start, stop in runs(closed(mask, pair.times, gap=0.3)):
        closed_by = float(pair.gap[start] - pair.gap[stop - 1]) / pair.size
        near = float(pair.clearance[start : stop + 1].min()) < pair.size
        if pair.seconds(start, stop) >= SHORTEST - 1e-6 and closed_by > CLEAR_CHANGE and near:
            yield pair.candidate("meet", start, stop, min(0.5 + 0.25 * closed_by, 1.0))


def follows(pair: Pair) -> Iterator[Candidate]:
    """Both move the same way at like speed, the object ahead and out of reach, for a while."""
    mask = pair.together & (pair.heading > 0.7) & (pair.gap < 4 * pair.size)
    for start, stop in runs(closed(mask, pair.times, gap=0.3)):
        seconds = pair.seconds(start, stop)
        if seconds >= 0.6 and float(np.median(pair.clearance[start:stop])) > TOUCHING * pair.size:
            yield pair.candidate("follow", start, stop, min(0.5 + 0.3 * seconds, 1.0))


def passes(pair: Pair) -> Iterator[Candidate]:
    """The object comes to lie behind the faster subject, which goes by at a small distance.

    Also ``pass behind`` or ``pass in front of`` where one lies over the other on the way and the looks tell which is
    hidden.
    """
    own, other = pair.velocities
    relative = own - other
    quick = np.linalg.norm(relative, axis=1) > MOVING_SPEED * pair.size
    faster = pair.speeds[0] > pair.speeds[1]
    ahead = (pair.offset * relative).sum(1)  # positive before, negative after
    crossings = (ahead[:-1] > 0) & (ahead[1:] <= 0) & (quick & faster & pair.moving[0])[:-1]
    for step in np.flatnonzero(crossings).tolist():
        yield from _crossing(pair, step, relative[step] / np.linalg.norm(relative[step]))


def _crossing(pair: Pair, step: int, way: Float[Array, "2"]) -> Iterator[Candidate]:
    """The passing between a step and the next, seen along the subject's way past the object."""
    ahead = pair.offset @ way / pair.size
    aside = abs(float(pair.offset[step, 0] * way[1] - pair.offset[step, 1] * way[0])) / pair.size
    before, after = stretch(ahead > 0, step), stretch(ahead <= 0, step + 1)
    clear = min(float(ahead[slice(*before)].max()), -float(ahead[slice(*after)].min()))
    if aside < ASIDE and clear > CLEAR_CHANGE:
        # The steps on either side of the crossing, as far as the subject moves and is beside the object.
        onwards = pair.velocities[0] @ way > 0.5 * pair.speeds[0]
        beside = pair.moving[0] & (np.abs(ahead) < BESIDE) & onwards
        start, stop = stretch(beside, step)[0], stretch(beside, step + 1)[1]
        for label in ("pass", *_order_in_depth(pair, np.flatnonzero(np.abs(ahead) < 0.75))):
            yield pair.candidate(label, max(start, before[0]), min(stop, after[1]), min(0.5 + 0.25 * clear, 1.0))


def _order_in_depth(pair: Pair, steps: Int[Array, " steps"]) -> tuple[str, ...]:
    """What else the passing is called, by who is hidden while the two lie over each other."""
    own, other = pair.subject.track.likeness, pair.target.track.likeness
    steps = steps[pair.clearance[steps] < -0.3 * pair.size]
    if own is None or other is None or not len(steps):
        return ()
    loss = [float(np.median(looks)) - float(looks[steps].min()) for looks in (own[pair.mine], other[pair.yours])]
    if abs(loss[0] - loss[1]) < HIDDEN:
        return ()
    return ("pass behind",) if loss[0] > loss[1] else ("pass in front of",)


def stretch(mask: Bool[Array, " steps"], step: int) -> tuple[int, int]:
    """The stretch of a mask, half open, that a step lies in; the step alone where the mask is false."""
    return next(((start, stop) for start, stop in runs(mask) if start <= step < stop), (step, step + 1))
