"""What an object does by itself: move, stand, stop, change its speed, way, height or size, bounce, jump (ours).

Lengths are in frame heights of camera-compensated coordinates, y down; thresholds are in sizes of the object.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.events.motion import Event, Motion, closed, runs

LONG_ENOUGH = 0.4
"""Seconds that a movement lasts at least."""

AROUND_A_STOP = 0.6
"""Seconds on either side of the moment at which something stops that are told as its stopping."""

SPEED_RATIO = 1.8
"""How many times as fast, or as slow, something gets when that is told."""

SHARP = 60.0
"""Degrees within ``TURN_TIME`` seconds that make a turn."""

TURN_TIME = 0.8

SIZE_CHANGE = 0.2
"""Change of the logarithm of the size that makes growing or shrinking."""

SIZE_RATE = 0.12
"""Change of it in a second while it grows or shrinks, at least."""

HOP = 0.3
"""Sizes between the top and the bottom of a hop."""

BORDER = 0.03
"""Share of the frame within which a box touches its border."""


def moves(motion: Motion) -> Iterator[Event]:
    """It gets somewhere."""
    for interval in motion.intervals(motion.moving, shortest=LONG_ENOUGH):
        yield motion.event("move", interval, 0.9)


def stands(motion: Motion) -> Iterator[Event]:
    """It does not move for a second or more."""
    for interval in motion.intervals(~motion.moving, shortest=1.0):
        yield motion.event("stand", interval, 0.9)


def stops(motion: Motion) -> Iterator[Event]:
    """It moves for a while, and then does not for a while."""
    times = motion.times
    for start, stop in runs(motion.moving):
        long_enough = times[stop - 1] - times[start] >= LONG_ENOUGH
        if stop < len(times) and long_enough and _lasts(~motion.moving, times, stop, 0.4):
            moment = float(times[stop])
            interval = max(moment - AROUND_A_STOP, float(times[0])), min(moment + AROUND_A_STOP, float(times[-1]))
            yield motion.event("stop", interval, 0.8)


def _lasts(mask: Bool[Array, " steps"], times: Float[Array, " steps"], start: int, seconds: float) -> bool:
    """Whether a mask stays true from a step on for so long."""
    stop = next((stop for begin, stop in runs(mask) if begin <= start < stop), start)
    return stop > start and float(times[stop - 1] - times[start]) >= seconds


def changes_speed(motion: Motion) -> Iterator[Event]:
    """Under way, it gets clearly faster or slower within a second or so; starting and stopping are not told so."""
    for start, stop in _inner_runs(motion):
        speeds = np.log(np.maximum(motion.speeds[start:stop], 1e-6))
        rate = np.gradient(speeds, motion.times[start:stop])
        for label, mask in (("speed up", rate > 0.4), ("slow down", rate < -0.4)):
            for first, last in runs(mask):
                ratio = float(np.exp(abs(speeds[last - 1] - speeds[first])))
                seconds = float(motion.times[start + last - 1] - motion.times[start + first])
                if ratio >= SPEED_RATIO and seconds >= 0.3:
                    interval = float(motion.times[start + first]), float(motion.times[start + last - 1])
                    yield motion.event(label, interval, min(0.3 * ratio, 1.0))


def _inner_runs(motion: Motion) -> Iterator[tuple[int, int]]:
    """Movements without their first and last moments, in which smoothing mixes standing into the speed."""
    for start, stop in runs(motion.moving):
        times = motion.times[start:stop]
        first = 0 if start == 0 else int(np.searchsorted(times, times[0] + 2 * motion.window))
        last = len(times) if stop == len(motion.times) else int(np.searchsorted(times, times[-1] - 2 * motion.window))
        if last - first >= 3:
            yield start + first, start + last


def turns(motion: Motion) -> Iterator[Event]:
    """Under way, its direction changes sharply."""
    heading = np.unwrap(np.arctan2(motion.velocities[:, 1], motion.velocities[:, 0]))
    for start, stop in runs(motion.moving):
        sharp = np.zeros(len(heading), bool)
        for step in range(start, stop):
            last = min(int(np.searchsorted(motion.times, motion.times[step] + TURN_TIME, side="right")), stop)
            if last - step >= 2 and abs(float(heading[last - 1] - heading[step])) > np.radians(SHARP):
                sharp[step:last] = True
        for first, last in runs(sharp):
            angle = abs(float(np.degrees(heading[last - 1] - heading[first])))
            if angle > SHARP:
                interval = float(motion.times[first]), float(motion.times[last - 1])
                yield motion.event("turn", interval, min(angle / 120, 1.0))


def rises_and_falls(motion: Motion) -> Iterator[Event]:
    """It moves up, or down, in the picture and hardly sideways."""
    up = -motion.velocities[:, 1]
    steep = np.abs(up) > 2 * np.abs(motion.velocities[:, 0])
    for label, mask in (("rise", motion.moving & steep & (up > 0)), ("fall", motion.moving & steep & (up < 0))):
        for start, stop in runs(closed(mask, motion.times, gap=0.3)):
            way = abs(float(motion.positions[stop - 1, 1] - motion.positions[start, 1])) / motion.size
            if way > 1.0 and motion.times[stop - 1] - motion.times[start] >= LONG_ENOUGH:
                interval = float(motion.times[start]), float(motion.times[stop - 1])
                yield motion.event(label, interval, min(0.4 * way, 1.0))


def resizes(motion: Motion) -> Iterator[Event]:
    """Width and height grow, or shrink, by the same share, on the spot and clear of the border."""
    logs = np.log(motion.extents)
    rate = motion.growth.mean(1)
    inside = ~np.array([touches_border(box) for box in motion.track.boxes])
    on_the_spot = motion.speeds < 0.6 * motion.size
    for label, sign in (("grow", 1.0), ("shrink", -1.0)):
        mask = (sign * rate > SIZE_RATE) & inside & on_the_spot
        for start, stop in runs(closed(mask, motion.times, gap=0.3)):
            change = sign * (logs[stop - 1] - logs[start])
            alike = change.min() > 0.5 * change.max()
            if change.mean() > SIZE_CHANGE and alike and motion.times[stop - 1] - motion.times[start] >= LONG_ENOUGH:
                interval = float(motion.times[start]), float(motion.times[stop - 1])
                yield motion.event(label, interval, min(0.4 + float(change.mean()), 1.0))


def touches_border(box: Float[Array, "4"]) -> bool:
    """Whether a box reaches the border of the frame."""
    return bool(min(box[0], box[1], 1 - box[2], 1 - box[3]) < BORDER)


def hops(motion: Motion) -> Iterator[Event]:
    """``jump``: once up and down again; ``bounce``: two times or more without a pause."""
    turning = _turning_points(motion.centres[:, 1], HOP * motion.size)
    legs = [_under_way(motion.centres[:, 1], *leg) for leg in pairwise(turning)]
    legs = [leg for leg in legs if _is_steep(motion, *leg)]
    for start, stop in _chains(legs, motion.times):
        rising = [motion.centres[last, 1] < motion.centres[first, 1] for first, last in legs[start:stop]]
        count = sum(1 for up, down in pairwise(rising) if up and not down)
        interval = float(motion.times[legs[start][0]]), float(motion.times[legs[stop - 1][1]])
        if count >= 2:
            yield motion.event("bounce", interval, min(0.5 + 0.15 * count, 1.0))
        elif count == 1 and stop - start == 2:
            yield motion.event("jump", interval, 0.6)


def _turning_points(values: Float[Array, " steps"], least: float) -> list[int]:
    """Steps at which a course turns, where it goes by ``least`` or more between one and the next."""
    points = [0]
    way = 0.0
    for step, value in enumerate(values.tolist()):
        change = value - float(values[points[-1]])
        if way == 0.0:
            low, high = int(np.argmin(values[: step + 1])), int(np.argmax(values[: step + 1]))
            if values[high] - values[low] >= least:
                points, way = ([low, high], 1.0) if low < high else ([high, low], -1.0)
        elif change * way > 0:
            points[-1] = step
        elif abs(change) >= least:
            points.append(step)
            way = -way
    return points if way else []


def _under_way(values: Float[Array, " steps"], first: int, last: int) -> tuple[int, int]:
    """A leg without the time that it rests at its ends."""
    near = 0.15 * abs(float(values[last] - values[first]))
    start = first + int(np.flatnonzero(np.abs(values[first : last + 1] - values[first]) <= near)[-1])
    end = first + int(np.flatnonzero(np.abs(values[first : last + 1] - values[last]) <= near)[0])
    return (start, end) if start < end else (first, last)


def _is_steep(motion: Motion, first: int, last: int) -> bool:
    """Whether a leg goes up or down, not sideways, and takes no longer than a hop can."""
    path = motion.centres[first : last + 1]
    sideways, height = float(np.ptp(path[:, 0])), float(np.ptp(path[:, 1]))
    return sideways < 0.45 * height and float(motion.times[last] - motion.times[first]) < 1.2


def _chains(legs: list[tuple[int, int]], times: Float[Array, " steps"]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of legs that follow on one another without a pause."""
    start = 0
    for index in range(1, len(legs) + 1):
        if index == len(legs) or times[legs[index][0]] - times[legs[index - 1][1]] > 0.3:
            if legs[start:index]:
                yield start, index
            start = index
