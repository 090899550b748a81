"""What a box looks like: a colour histogram to tell objects apart, and the shares of named colours."""

from functools import lru_cache

import numpy as np

from finsta.shapes import Array, Bool, Float, Image, Int, UInt8

COLOURS = ("black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
"""The basic colour terms of English."""

SIDE = 24
"""Pixels a side to which a crop is reduced."""


def histograms(image: Image, boxes: Float[Array, "boxes 4"]) -> Float[Array, "boxes bins"]:
    """Hue, saturation and value histograms of the middles of boxes, square-rooted: dot products lie in [0, 1].

    The middle, an ellipse, holds less background than the whole box.
    """
    pixels = _hsv(_crops(image, boxes)[:, _ellipse()]).astype(np.int32)  # [boxes, pixels, 3]
    bins = pixels * _BINS // np.array([180, 256, 256])
    flat = (bins[..., 0] * _BINS[1] + bins[..., 1]) * _BINS[2] + bins[..., 2]
    return np.asarray(np.sqrt(_counts(flat, int(_BINS.prod()))), np.float32)


_BINS = np.array([8, 3, 4])


def colour_shares(image: Image, boxes: Float[Array, "boxes 4"]) -> Float[Array, "boxes colours"]:
    """How much of each box's object has each of :data:`COLOURS`; rows sum to at most 1.

    Background aware: a colour that fills a ring around the box as much as the middle of it is likely background, so
    the share of a colour is scaled by how much more of it lies inside than around, ``p_in / (p_in + p_around)``.
    """
    extent = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    grown = boxes + extent * np.array([-0.25, -0.25, 0.25, 0.25])
    inside = _shares(_crops(image, boxes)[:, _ellipse()])
    outside = _shares(_crops(image, grown)[:, _rim()])
    return np.asarray(inside * inside / np.maximum(inside + outside, 1e-6), np.float32)


def colour_names(pixels: UInt8[Array, "pixels 3"]) -> Int[Array, " pixels"]:
    """The index in :data:`COLOURS` of each RGB pixel, by thresholds on hue, saturation and value (our definition)."""
    hsv = _hsv(pixels[None])[0].astype(np.float32)
    hue, saturation, value = hsv[:, 0] * 2, hsv[:, 1] / 255, hsv[:, 2] / 255
    chroma = saturation * value
    # Upper ends of hue, in degrees: red, orange, yellow, green (with cyan-green), blue, purple, pink, red again.
    ends = np.array([14, 42, 68, 168, 258, 292, 342])
    around = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "red")
    chromatic = np.array([_INDEX[name] for name in around])
    name = chromatic[np.searchsorted(ends, hue)]
    warm = (hue < 48) | (hue > 345)
    name = np.where(warm & (value < 0.62) & (hue > 8) & (hue < 48), _INDEX["brown"], name)
    name = np.where(((hue > 292) | (hue < 14)) & (saturation < 0.6) & (value > 0.75), _INDEX["pink"], name)
    gray = (chroma < 0.14) | (saturation < 0.16)
    name = np.where(gray, _INDEX["gray"], name)
    name = np.where(gray & (value > 0.8), _INDEX["white"], name)
    return np.where((value < 0.2) | (gray & (value < 0.25)), _INDEX["black"], name)


_INDEX = {name: index for index, name in enumerate(COLOURS)}


def _hsv(pixels: UInt8[Array, "rows columns 3"]) -> UInt8[Array, "rows columns 3"]:
    import cv2

    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)) if pixels.size else pixels


def _shares(pixels: UInt8[Array, "boxes pixels 3"]) -> Float[Array, "boxes colours"]:
    names = colour_names(pixels.reshape(-1, 3)).reshape(pixels.shape[:2])
    return _counts(names, len(COLOURS))


def _counts(numbers: Int[Array, "rows columns"], count: int) -> Float[Array, "rows count"]:
    """How often each number occurs in each row, as a share."""
    offset = np.arange(len(numbers))[:, None] * count
    found = np.bincount((numbers + offset).ravel(), minlength=len(numbers) * count).reshape(len(numbers), count)
    return np.asarray(found / max(numbers.shape[1], 1))


def _crops(image: Image, boxes: Float[Array, "boxes 4"]) -> UInt8[Array, "boxes side side 3"]:
    """The parts of the image in boxes, which may reach over its border, as small squares."""
    import cv2

    height, width = image.shape[:2]
    size = np.array([width, height])
    corner = np.clip(np.floor(boxes[:, :2] * size).astype(int), 0, size - 1)
    opposite = np.maximum(np.minimum(np.ceil(boxes[:, 2:] * size).astype(int), size), corner + 1)
    found = np.empty((len(boxes), SIDE, SIDE, 3), np.uint8)
    for row, ((left, top), (right, bottom)) in enumerate(zip(corner.tolist(), opposite.tolist(), strict=True)):
        found[row] = cv2.resize(image[top:bottom, left:right], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return found


@lru_cache
def _ellipse() -> Bool[Array, "side side"]:
    """Pixels of a crop within 0.8 of the way from its middle to its edges."""
    place = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    return np.asarray(place[:, None] ** 2 + place[None, :] ** 2 < 0.64)


@lru_cache
def _rim() -> Bool[Array, "side side"]:
    """Pixels around the box in a crop that is half as large again: a quarter of the box is a sixth of it."""
    edge = SIDE // 6
    around = np.ones((SIDE, SIDE), bool)
    around[edge:-edge, edge:-edge] = False
    return around
