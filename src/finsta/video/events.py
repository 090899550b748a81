"""What objects do through time, from their tracks (our definition): what one does alone, and all of them in order.

Thresholds are on smoothed, camera-compensated paths. An event has an interval in seconds; key frames take it up where
they fall into it. What one track does to another is in :mod:`finsta.video.pair_events`.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.motion import Event, Interval, Motion, runs
from finsta.video.pair_events import Pair, strongest

BORDER = 0.03
"""Share of the frame within which a box touches its border."""

CROSSING_SPEED = 0.15
"""Widths, or heights, of the box per second at which it crosses a border."""

SETTLE = 0.4
"""Seconds after the start of a shot, or before its end, within which nothing can be seen to enter or leave."""


def find_events(motions: Sequence[Motion], *, shot: Interval) -> list[Event]:
    """The events of one shot, in order of time.

    Args:
        motions: The tracks of the shot.
        shot: Its start and end in seconds.
    """
    found = [event for motion in motions for event in _alone(motion, shot)]
    pairs = (Pair.of(subject, target) for subject, target in permutations(motions, 2))
    found += strongest([candidate for pair in pairs if pair is not None for candidate in pair.events()])
    return sorted(found, key=lambda e: (e.interval, e.label, e.subject, -1 if e.object is None else e.object))


def _alone(motion: Motion, shot: Interval) -> Iterator[Event]:
    if len(motion.times) < 3:
        return
    moving = motion.moving
    for label, mask, shortest in (("move", moving, 0.4), ("stand", ~moving, 1.0)):
        for interval in motion.intervals(mask, shortest=shortest):
            yield motion.event(label, interval, 0.9)
    for start, stop in runs(moving):
        long_enough = motion.times[stop - 1] - motion.times[start] >= 0.4
        if stop < len(moving) and long_enough and _lasts(~moving, motion.times, stop, 0.7):
            moment = float(motion.times[stop])
            yield motion.event("stop", (max(moment - 0.5, float(motion.times[0])), moment + 0.5), 0.8)
    yield from _border_events(motion, shot)


def _lasts(mask: Bool[Array, " steps"], times: Float[Array, " steps"], start: int, seconds: float) -> bool:
    """Whether a mask stays true from a step on for so long."""
    stop = next((stop for begin, stop in runs(mask) if begin <= start < stop), start)
    return stop > start and float(times[stop - 1] - times[start]) >= seconds


def _border_events(motion: Motion, shot: Interval) -> Iterator[Event]:
    """``enter`` and ``leave``: at the border of the frame, moving across it, not merely cut off by the shot."""
    times, boxes = motion.times, motion.track.boxes
    inside = [float(time) for time, box in zip(times, boxes, strict=True) if not _touches(box)]
    if times[0] > shot[0] + SETTLE and _crosses(motion, last=False):
        cleared = inside[0] if inside else float(times[-1])
        end = min(max(cleared, float(times[0]) + 0.5), float(times[0]) + 1.5)
        yield motion.event("enter", (float(times[0]), end), 0.8)
    if times[-1] < shot[1] - SETTLE and _crosses(motion, last=True):
        reached = inside[-1] if inside else float(times[0])
        start = max(min(reached, float(times[-1]) - 0.5), float(times[-1]) - 1.5)
        yield motion.event("leave", (max(start, float(times[0])), float(times[-1])), 0.8)


def _touches(box: Float[Array, "4"]) -> bool:
    return bool(min(box[0], box[1], 1 - box[2], 1 - box[3]) < BORDER)


def _crosses(motion: Motion, *, last: bool) -> bool:
    """Whether the track ends (or starts) going out over (or coming in from) a border that it touches or is about to.

    Where a box is cut off by the border its centre slows down, so its inner edge is watched: the one that comes next.
    """
    times, track = motion.times, motion.track
    step = len(times) - 1 if last else 0
    near = np.abs(times - times[step]) <= 1.0
    if near.sum() < 3 or not motion.moving[np.abs(times - times[step]) <= 2.0].any():
        return False
    rate = np.polyfit(times[near] - times[step], track.stable_boxes[near], 1)[0] * (1 if last else -1)
    outer, inner = np.array([0, 1, 2, 3]), np.array([2, 3, 0, 1])  # left, top, right, bottom
    outwards = np.array([-1.0, -1.0, 1.0, 1.0])
    box = track.boxes[step]
    room = np.where(outwards < 0, box[outer], 1 - box[outer]) - 0.5 * np.maximum(outwards * rate[outer], 0.0)
    extents = (track.boxes[:, 2:] - track.boxes[:, :2])[:, [0, 1, 0, 1]]
    usual = np.median(extents, axis=0)
    threshold = np.maximum(CROSSING_SPEED * usual, 0.03)
    # Cut off by the border, or all of it under way; else the box has merely changed its size.
    going = (extents[step] < 0.75 * usual) | (outwards * rate[outer] > threshold)
    return bool(((room < BORDER) & (outwards * rate[inner] > threshold) & going).any())
