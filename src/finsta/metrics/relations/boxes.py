"""Overlap of boxes in one frame, and what a box must be."""

import numpy as np

from finsta.errors import InputError
from finsta.shapes import Array, Float

TOLERANCE = 1e-9
"""Overlaps that miss a threshold by the rounding of floats count as reaching it."""


def box_iou(first: Float[Array, "first 4"], second: Float[Array, "second 4"]) -> Float[Array, "first second"]:
    """Intersection over union of each box with each: xyxy of any unit, edges without width; 0 where both are empty.

    Boxes in [0, 1] that were made from pixels with inclusive edges give what pixel scorers give, which add one to width
    and height: both count the same area (:func:`finsta.graphs.exports.vidvrd_results.to_unit`).
    """
    lower = np.maximum(first[:, None, :2], second[None, :, :2])
    upper = np.minimum(first[:, None, 2:], second[None, :, 2:])
    width, height = np.moveaxis((upper - lower).clip(min=0), 2, 0)
    shared = width * height
    total = _areas(first)[:, None] + _areas(second)[None, :] - shared
    overlap: Array = np.divide(shared, total, out=np.zeros_like(shared), where=total > 0)
    return overlap


def check_boxes(boxes: Float[Array, "boxes 4"], *, where: str, least: float = 0.0) -> None:
    """Raise ``InputError`` unless numbers are finite and no box is reversed.

    Args:
        boxes: xyxy of any unit.
        where: What they belong to, for the message.
        least: Smallest difference of right and left, and of bottom and top; -1 for pixels with inclusive edges, where
            an empty box ends before it begins.
    """
    with np.errstate(invalid="ignore"):
        smallest = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    wrong = ~(np.isfinite(boxes).all(axis=1) & (smallest >= least - 0.01 * abs(least)))
    if wrong.any():
        index = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{where}, box {index}: expected finite numbers with left ≤ right and top ≤ bottom, found "
            f"{[round(float(side), 6) for side in boxes[index]]}; write boxes as left, top, right, bottom"
        )


def _areas(boxes: Float[Array, "boxes 4"]) -> Float[Array, " boxes"]:
    areas: Array = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas
