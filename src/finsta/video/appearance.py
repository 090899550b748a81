"""What a box looks like: a colour histogram to tell objects apart, and the shares of named colours."""

import numpy as np

from finsta.shapes import Array, Float, Image, Int, UInt8

COLOURS = ("black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
"""The basic colour terms of English."""

SIDE = 24
"""Pixels a side to which a crop is reduced."""


def histograms(image: Image, boxes: Float[Array, "boxes 4"]) -> Float[Array, "boxes bins"]:
    """Hue, saturation and value histograms of the middles of boxes, square-rooted: dot products lie in [0, 1].

    The middle, an ellipse, holds less background than the whole box.
    """
    import cv2

    found = np.zeros((len(boxes), _BINS.prod()), np.float32)
    for row, box in enumerate(boxes):
        pixels = cv2.cvtColor(_crop(image, box), cv2.COLOR_RGB2HSV)[_ellipse()].astype(int)
        bins = pixels * _BINS // np.array([180, 256, 256])
        flat = (bins[:, 0] * _BINS[1] + bins[:, 1]) * _BINS[2] + bins[:, 2]
        found[row] = np.sqrt(np.bincount(flat, minlength=int(_BINS.prod())) / len(flat))
    return found


_BINS = np.array([8, 3, 4])


def colour_shares(image: Image, boxes: Float[Array, "boxes 4"]) -> Float[Array, "boxes colours"]:
    """How much of each box's object has each of :data:`COLOURS`; rows sum to at most 1.

    Background aware: a colour that fills a ring around the box as much as the middle of it is likely background, so
    the share of a colour is scaled by how much more of it lies inside than around, ``p_in / (p_in + p_around)``.
    """
    found = np.zeros((len(boxes), len(COLOURS)), np.float32)
    for row, box in enumerate(boxes):
        inside = _shares(_crop(image, box)[_ellipse()])
        width, height = box[2:] - box[:2]
        grown = box + np.array([-width, -height, width, height]) * 0.25
        ring = _crop(image, grown)
        edge = SIDE // 6  # a quarter of the box on each side is a sixth of the grown box
        around = np.ones((SIDE, SIDE), bool)
        around[edge:-edge, edge:-edge] = False
        outside = _shares(ring[around])
        found[row] = inside * inside / np.maximum(inside + outside, 1e-6)
    return found


def colour_names(pixels: UInt8[Array, "pixels 3"]) -> Int[Array, " pixels"]:
    """The index in :data:`COLOURS` of each RGB pixel, by thresholds on hue, saturation and value (our definition)."""
    import cv2

    hsv = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2HSV)[0].astype(np.float64)
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


def _shares(pixels: UInt8[Array, "pixels 3"]) -> Float[Array, " colours"]:
    names = colour_names(pixels)
    return np.bincount(names, minlength=len(COLOURS)) / len(names)


def _crop(image: Image, box: Float[Array, "4"]) -> UInt8[Array, "side side 3"]:
    """The part of the image in a box, which may reach over its border, as a small square."""
    import cv2

    height, width = image.shape[:2]
    left, top = (int(np.floor(box[axis] * size)) for axis, size in ((0, width), (1, height)))
    right, bottom = (int(np.ceil(box[axis] * size)) for axis, size in ((2, width), (3, height)))
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    right, bottom = max(min(right, width), left + 1), max(min(bottom, height), top + 1)
    return np.asarray(cv2.resize(image[top:bottom, left:right], (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _ellipse() -> Array:
    """Pixels of a crop within 0.8 of the way from its middle to its edges."""
    place = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    return np.asarray(place[:, None] ** 2 + place[None, :] ** 2 < 0.64)
