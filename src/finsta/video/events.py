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
    rate = motion.velocities / np.array([motion.aspect, 1.0])
    if times[0] > shot[0] + SETTLE and motion.moving[:3].any() and _crosses(boxes[0], -rate[0]):
        inside = next((step for step in range(len(times)) if not _touches(boxes[step])), len(times) - 1)
        end = min(max(float(times[inside]), float(times[0]) + 0.5), float(times[0]) + 1.5)
        yield motion.event("enter", (float(times[0]), end), 0.8)
    if times[-1] < shot[1] - SETTLE and motion.moving[-3:].any() and _crosses(boxes[-1], rate[-1]):
        inside = next((step for step in reversed(range(len(times))) if not _touches(boxes[step])), 0)
        start = max(min(float(times[inside]), float(times[-1]) - 0.5), float(times[-1]) - 1.5)
        yield motion.event("leave", (max(start, float(times[0])), float(times[-1])), 0.8)


def _touches(box: Float[Array, "4"]) -> bool:
    return bool(min(box[0], box[1], 1 - box[2], 1 - box[3]) < BORDER)


def _crosses(box: Float[Array, "4"], velocity: Float[Array, "2"]) -> bool:
    """Whether a box at the border, or half a second away from it, moves out over it."""
    reached = box + 0.5 * np.concatenate([velocity, velocity])
    outwards = np.array([velocity[0] < 0, velocity[1] < 0, velocity[0] > 0, velocity[1] > 0])
    dominant = np.abs(np.concatenate([velocity, velocity])) > 0.3 * np.abs(velocity).max()
    room = np.array([reached[0], reached[1], 1 - reached[2], 1 - reached[3]])
    return bool((outwards & dominant & (room < 0.0)).any())
