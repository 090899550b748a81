"""vIoU: overlap of two trajectories in space and time, many pairs at once.

A trajectory is a box in each of consecutive frames. Its volume is the sum of the areas of its boxes; two trajectories
share, in each frame that both have, the intersection of their boxes. vIoU is shared volume over volume of the union, so
frames of only one of them count against it. Boxes are pixels with inclusive edges, as VidVRD files have them: one is
added to width and height. The definition is that of the VidVRD task (Shang et al., ACM Multimedia 2017).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finsta.shapes import Array, Float, Int

MOST_ROWS = 1 << 20
"""Frames of pairs that are compared at once; bounds the memory to about 100 MB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tube:
    """A trajectory: its first frame, and a box for each frame from there, left, top, right, bottom, all inclusive."""

    begin: int
    boxes: Float[Array, "frames 4"]


def volume_iou(first: Tube, second: Tube) -> float:
    """The vIoU of two trajectories, in [0, 1]."""
    return float(volume_ious([first], [second], np.zeros((1, 2), dtype=np.int64))[0])


def volume_ious(first: Sequence[Tube], second: Sequence[Tube], pairs: Int[Array, "pairs 2"]) -> Float[Array, " pairs"]:
    """The vIoU of chosen pairs, without a loop over frames.

    Args:
        first: Trajectories.
        second: Trajectories.
        pairs: Index into ``first`` and index into ``second``.
    """
    if not len(pairs):
        return np.zeros(0)
    a, b = _Laid.of(first), _Laid.of(second)
    i, j = pairs.T
    start = np.maximum(a.begin[i], b.begin[j])
    frames = np.maximum(np.minimum(a.end[i], b.end[j]) - start, 0)
    shared = np.zeros(len(pairs))
    for part in _parts(frames):
        count = frames[part]
        row = np.repeat(np.arange(len(count)), count)
        step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        ours = (a.offset[i] + start - a.begin[i])[part][row] + step
        theirs = (b.offset[j] + start - b.begin[j])[part][row] + step
        width, height = (
            np.minimum(a.sides[end][ours], b.sides[end][theirs])
            - np.maximum(a.sides[begin][ours], b.sides[begin][theirs])
            + 1
            for begin, end in ((0, 2), (1, 3))
        )
        area = np.maximum(width, 0) * np.maximum(height, 0)
        shared[part] = np.bincount(row, weights=area, minlength=len(count))
    total = a.volume[i] + b.volume[j] - shared
    overlap: Array = np.divide(shared, total, out=np.zeros_like(shared), where=total > 0)
    return overlap


@dataclass(frozen=True, kw_only=True, eq=False)
class _Laid:
    """Trajectories laid end to end; a row for each side of the boxes, which is read faster than a row for each box."""

    sides: Float[Array, "4 all_frames"]
    begin: Int[Array, " tubes"]
    end: Int[Array, " tubes"]
    offset: Int[Array, " tubes"]
    volume: Float[Array, " tubes"]

    @classmethod
    def of(cls, tubes: Sequence[Tube]) -> "_Laid":
        sides = np.ascontiguousarray(np.concatenate([tube.boxes for tube in tubes]).T)
        lengths = np.array([len(tube.boxes) for tube in tubes])
        begin = np.array([tube.begin for tube in tubes])
        areas = (sides[2] - sides[0] + 1) * (sides[3] - sides[1] + 1)
        return cls(
            sides=sides,
            begin=begin,
            end=begin + lengths,
            offset=np.cumsum(lengths) - lengths,
            volume=np.bincount(np.repeat(np.arange(len(tubes)), lengths), weights=areas, minlength=len(tubes)),
        )


def _parts(frames: Int[Array, " pairs"]) -> Iterator[slice]:
    """Slices of pairs whose frames sum to ``MOST_ROWS`` at most, or that are one pair."""
    ends = np.cumsum(frames)
    start = 0
    while start < len(frames):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + MOST_ROWS, side="right")), start + 1)
        yield slice(start, stop)
        start = stop
