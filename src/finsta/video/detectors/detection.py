"""What a detector is and what it returns, and the box arithmetic that all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from finsta.shapes import Array, Float, Image, Int, UInt8
from finsta.video.frames import Frame


@dataclass(frozen=True, kw_only=True, eq=False)
class Detections:
    """What was found in one frame, best first.

    Attributes:
        boxes: ``xyxy`` in [0, 1] of the upright frame, with x1 < x2 and y1 < y2.
        scores: In [0, 1]; comparable within one detector only.
        labels: Class names in lower case.
    """

    boxes: Float[Array, "boxes 4"]
    scores: Float[Array, " boxes"]
    labels: tuple[str, ...]

    @classmethod
    def empty(cls) -> "Detections":
        """Nothing found."""
        return cls(boxes=np.zeros((0, 4), np.float32), scores=np.zeros(0, np.float32), labels=())

    @classmethod
    def tidy(
        cls, boxes: Float[Array, "boxes 4"], scores: Float[Array, " boxes"], labels: Sequence[str], *, limit: int = 100
    ) -> "Detections":
        """The ``limit`` best boxes, clipped to the frame; boxes that are empty or not finite are left out."""
        clipped = np.clip(boxes, 0.0, 1.0).astype(np.float32)
        real = (clipped[:, 2] > clipped[:, 0]) & (clipped[:, 3] > clipped[:, 1])
        real &= np.isfinite(boxes).all(1) & np.isfinite(scores)
        order = np.argsort(-scores, kind="stable")
        order = order[real[order]][:limit]
        return cls(
            boxes=clipped[order],
            scores=np.clip(scores[order], 0.0, 1.0).astype(np.float32),
            labels=tuple(labels[i] for i in order),
        )

    def __len__(self) -> int:
        return len(self.labels)


@runtime_checkable
class Detector(Protocol):
    """Finds objects in consecutive frames of one shot.

    Two attributes more are read where a detector has them: ``picture_side``, the longer side in pixels from which a
    picture tells it nothing more, so that none is decoded larger; and ``batch_size``, the frames it likes at once.

    Attributes:
        name: Short, for reports: ``nanodet``, ``motion``, ``hf:…``.
    """

    name: str

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One item a frame. Frames of one shot may come in several calls, in order of time."""
        ...

    def reset(self) -> None:
        """Forget the frames seen: the next one starts a new shot."""
        ...


@runtime_checkable
class OpenedDetector(Detector, Protocol):
    """A detector that was opened by name.

    Attributes:
        reason: Why this one is in use, for reports; empty where the user asked for it.
    """

    reason: str


def box_iou(first: Float[Array, "rows 4"], second: Float[Array, "columns 4"]) -> Float[Array, "rows columns"]:
    """Intersection over union of every pair of ``xyxy`` boxes, in any common unit; 0 for two empty boxes."""
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    opposite = np.minimum(first[:, None, 2:], second[None, :, 2:])
    overlap = np.clip(opposite - corner, 0.0, None).prod(-1)  # [rows, columns]
    area = (first[:, 2:] - first[:, :2]).prod(-1)[:, None] + (second[:, 2:] - second[:, :2]).prod(-1)[None, :]
    return np.asarray(overlap / np.maximum(area - overlap, np.finfo(overlap.dtype).tiny))


def suppress(
    boxes: Float[Array, "boxes 4"],
    scores: Float[Array, " boxes"],
    classes: Int[Array, " boxes"],
    *,
    same_class: float,
    any_class: float = 1.0,
) -> Int[Array, " kept"]:
    """Greedy non-maximum suppression.

    A box goes when a better one overlaps it by more than ``same_class`` (IoU) and has its class, or by more than
    ``any_class`` whatever the class: one thing seen as two classes is one thing.

    Returns:
        Indices of the boxes kept, best first; ties keep the order given.
    """
    overlap = box_iou(boxes, boxes)
    rival = (overlap > same_class) & (classes[:, None] == classes[None, :])
    rival |= overlap > any_class
    alive = np.ones(len(boxes), bool)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable").tolist():
        if alive[index]:
            kept.append(index)
            alive &= ~rival[index]
    return np.array(kept, np.int64)


@dataclass(frozen=True, kw_only=True)
class Letterbox:
    """An image scaled into the middle of a square, its proportions kept: ``p ↦ scale · p + (left, top)`` in pixels."""

    width: int
    height: int
    scaled_width: int
    scaled_height: int
    left: int
    top: int
    side: int

    @classmethod
    def fit(cls, *, width: int, height: int, side: int) -> "Letterbox":
        """The letterbox of a ``width`` × ``height`` image in a square of ``side`` pixels."""
        scale = side / max(width, height)
        scaled_width, scaled_height = max(1, round(width * scale)), max(1, round(height * scale))
        return cls(
            width=width,
            height=height,
            scaled_width=scaled_width,
            scaled_height=scaled_height,
            left=(side - scaled_width) // 2,
            top=(side - scaled_height) // 2,
            side=side,
        )

    def apply(self, image: Image) -> UInt8[Array, "side side 3"]:
        """The image in its square, the bars black."""
        import cv2

        # Averaging when it shrinks: plain bilinear sampling skips pixels and makes thin things flicker.
        shrinks = self.scaled_width < self.width or self.scaled_height < self.height
        size = (self.scaled_width, self.scaled_height)
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        scaled = image if size == (self.width, self.height) else cv2.resize(image, size, interpolation=method)
        square = np.zeros((self.side, self.side, 3), np.uint8)
        square[self.top : self.top + self.scaled_height, self.left : self.left + self.scaled_width] = scaled
        return square

    def undo(self, boxes: Float[Array, "boxes 4"]) -> Float[Array, "boxes 4"]:
        """Boxes in pixels of the square, as boxes in [0, 1] of the image; what lies in the bars falls outside."""
        shift = np.array([self.left, self.top, self.left, self.top], np.float32)
        size = np.array([self.scaled_width, self.scaled_height] * 2, np.float32)
        return np.asarray((boxes - shift) / size, np.float32)
