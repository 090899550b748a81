"""The tracks of one frame as arrays, what metrics of tracking compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.boxes import box_iou, check_boxes
from finsta.shapes import Array, Float


@dataclass(frozen=True, kw_only=True, eq=False)
class TrackedFrame:
    """Which tracks are in a frame, and where: boxes xyxy of any unit, the same in predictions and gold."""

    tracks: tuple[int, ...]
    boxes: Float[Array, "tracks 4"]


Videos = Mapping[str, Sequence[TrackedFrame]]
"""Frames by video, in order of time."""

NOTHING = TrackedFrame(tracks=(), boxes=np.zeros((0, 4)))


def overlaps(gold: TrackedFrame, found: TrackedFrame) -> Float[Array, "gold found"]:
    """IoU of the boxes of one frame."""
    return box_iou(gold.boxes, found.boxes)


def aligned(found: Videos, gold: Videos) -> dict[str, tuple[Sequence[TrackedFrame], Sequence[TrackedFrame]]]:
    """Predictions and gold of each gold video; a video that was not predicted has empty frames.

    Raises:
        InputError: if there is no gold box, a predicted video is unknown, the frames differ in number, or a frame names
            a track twice or holds a box that cannot be.
    """
    if not any(frame.tracks for frames in gold.values() for frame in frames):
        raise InputError(f"expected gold with one track at least, found {len(gold)} videos without any; give gold")
    if unknown := [video for video in found if video not in gold]:
        raise InputError(
            f"expected predictions for videos of the gold, found {unknown[0]!r}; take it out, or give its gold"
        )
    videos = {video: (found.get(video, [NOTHING] * len(frames)), frames) for video, frames in gold.items()}
    for video, (ours, theirs) in videos.items():
        if len(ours) != len(theirs):
            raise InputError(
                f"video {video!r}: expected {len(theirs)} frames as in the gold, found {len(ours)}; "
                "predict for each frame of the gold, with no tracks where there are none"
            )
        for side, frames in (("prediction", ours), ("gold", theirs)):
            for number, frame in enumerate(frames):
                _check(frame, where=f"video {video!r}, {side}, frame {number}")
    return videos


def _check(frame: TrackedFrame, *, where: str) -> None:
    if len(frame.tracks) != len(frame.boxes) or len(set(frame.tracks)) != len(frame.tracks):
        raise InputError(
            f"{where}: expected one box for each track and each track once, found tracks {list(frame.tracks)} with "
            f"{len(frame.boxes)} boxes; give a thing one number in a frame"
        )
    check_boxes(frame.boxes, where=where)
