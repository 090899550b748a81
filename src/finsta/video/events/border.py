"""Coming in over the border of the frame, and going out over it (our definition)."""

from collections.abc import Iterator

import numpy as np

from finsta.video.events.motion import Event, Interval, Motion, runs
from finsta.video.events.solo import BORDER, touches_border

CROSSING_SPEED = 0.15
"""Widths, or heights, of the box per second at which it crosses a border."""

SETTLE = 0.4
"""Seconds after the start of a shot, or before its end, within which nothing can be seen to enter or leave."""

NEXT = 2.5
"""Frames within which it would reach the border if it went on: a detector misses some."""

LONGEST = 1.25
"""Seconds of a longer movement that are told as coming in, or as going out."""


def enters(motion: Motion, shot: Interval) -> Iterator[Event]:
    """It appears at the border of the frame, not at the start of the shot, and moves inwards across it."""
    times = motion.times
    if times[0] > shot[0] + SETTLE and _crosses(motion, last=False):
        inside = [float(time) for time, box in zip(times, motion.track.boxes, strict=True) if not touches_border(box)]
        cleared = inside[0] if inside else float(times[-1])
        under_way = next((float(times[stop - 1]) for start, stop in runs(motion.moving)), cleared)
        end = min(max(cleared, under_way, float(times[0]) + 0.5), float(times[0]) + LONGEST)
        yield motion.event("enter", (float(times[0]), end), 0.8)


def leaves(motion: Motion, shot: Interval) -> Iterator[Event]:
    """It moves outwards across the border of the frame and disappears there, before the end of the shot."""
    times = motion.times
    if times[-1] < shot[1] - SETTLE and _crosses(motion, last=True):
        inside = [float(time) for time, box in zip(times, motion.track.boxes, strict=True) if not touches_border(box)]
        reached = inside[-1] if inside else float(times[0])
        under_way = [float(times[start]) for start, stop in runs(motion.moving)]
        start = max(min(reached, *under_way[-1:], float(times[-1]) - 0.5), float(times[-1]) - LONGEST)
        yield motion.event("leave", (max(start, float(times[0])), float(times[-1])), 0.8)


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
    soon = min(NEXT * float(np.median(np.diff(times))), 0.5)
    room = np.where(outwards < 0, box[outer], 1 - box[outer]) - soon * np.maximum(outwards * rate[outer], 0.0)
    extents = (track.boxes[:, 2:] - track.boxes[:, :2])[:, [0, 1, 0, 1]]
    usual = np.median(extents, axis=0)
    threshold = np.maximum(CROSSING_SPEED * usual, 0.03)
    # Cut off by the border, or all of it under way; else the box has merely changed its size.
    going = (extents[step] < 0.75 * usual) | (outwards * rate[outer] > threshold)
    return bool(((room < BORDER) & (outwards * rate[inner] > threshold) & going).any())
