"""Pictures of any size: scaled, grouped by size, and cut out under boxes."""

from collections.abc import Sequence

import numpy as np

from finsta.shapes import Array, Float, UInt8

Picture = UInt8[Array, "_ _ 3"]
"""An RGB image of any size, beside others."""

MARGIN = 0.1
"""Share of a box's width and height that is added on each side: what an object stands on helps to name it."""

LEAST_PIXELS = 4
"""Pixels that a crop is wide and high at least."""


def scaled(image: Picture, side: int) -> Picture:
    """The picture with its longer side brought to a length."""
    import cv2

    height, width = image.shape[:2]
    ratio = side / max(height, width)
    size = max(round(width * ratio), 1), max(round(height * ratio), 1)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR))


def of_one_size(images: Sequence[Picture]) -> list[list[int]]:
    """Which pictures can be stacked: their numbers, by size."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for row, image in enumerate(images):
        groups.setdefault(image.shape, []).append(row)
    return list(groups.values())


def crop(image: Picture, box: Float[Array, "4"], *, margin: float = MARGIN) -> Picture:
    """A box of an image with a margin around it, inside the image and of at least ``LEAST_PIXELS`` a side."""
    height, width = image.shape[:2]
    scale = np.array([width, height, width, height], np.float64)
    grow = margin * (box[2:] - box[:2])
    x1, y1, x2, y2 = (np.concatenate([box[:2] - grow, box[2:] + grow]) * scale).tolist()
    left, right = _inside(x1, x2, width)
    top, bottom = _inside(y1, y2, height)
    return image[top:bottom, left:right]


def _inside(low: float, high: float, size: int) -> tuple[int, int]:
    """A range of whole pixels inside ``[0, size)``, moved and widened where it must be."""
    length = min(max(round(high - low), LEAST_PIXELS), size)
    start = min(max(round((low + high - length) / 2), 0), size - length)
    return start, start + length
