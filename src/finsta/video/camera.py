"""Camera motion: the translation and scale that carry each frame onto the first frame of its shot (our definition).

Corners are spread evenly over a reference frame and followed by pyramidal Lucas-Kanade flow (OpenCV, kept library);
a robust fit of ``reference = scale · point + shift`` over them gives the camera, since most of a picture is usually
background. Corners are compared with the reference and not with the frame before, so that a slow pan is told from
noise and a still camera stays exactly still; the reference changes when too many corners are lost or have moved far.
Rotation and parallax are left out; a moving object that fills most of the picture is taken for the background.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from finsta.graphs.dynamic import Camera
from finsta.shapes import Array, Bool, Float, Image, UInt8

CELLS = 6
"""Corners are sought in a grid of so many cells a side, so that a textured object does not outvote the background."""

CORNERS_PER_CELL = 4

FEWEST = 8
"""With fewer corners the camera counts as still."""

TOLERANCE = 1.0
"""Pixels between a corner and where the fit puts it, in pictures of about 256 pixels."""

STILL = 0.4
"""Pixels. The camera stands still when ``STILL_SHARE`` of the corners lie within this of the reference."""

STILL_SHARE = 0.35
"""Less than half: something large may pass in front of a still camera, a moving camera spares next to no corner."""

AGREEMENT = 0.45
"""Share of the corners that must agree on a motion before it is taken for the camera's."""

LEAST_LEFT = 0.33
"""Share of the corners that there were at first, those lost since included, that must agree."""

LEAST_SPREAD = 0.14
"""Standard deviation of the places of those that agree, in widths and heights, geometric mean: half a picture has 0.2.

Before a plain wall all corners lie on what is held in front of it."""

SURELY_STILL = 0.7
"""With this share of a quarter of the corners where they were, the others need not be followed: the camera stands."""

UNMOVED = 0.2
"""Pixels within which a corner is where it was; less than ``STILL``, since a start is told late by as much."""

FLOW: dict[str, Any] = {"winSize": (11, 11), "maxLevel": 4, "criteria": (3, 15, 0.03)}
"""Lucas-Kanade: pixels a side, levels above the picture, and 15 steps or until a step is below 0.03 pixels."""

DRAWS = 100
"""Pairs of corners that are drawn to guess the motion: with half of them astray a quarter of the pairs is good."""


class CameraTracker:
    """Follows the camera through the consecutive frames of one shot; frames of about 256 pixels are enough."""

    def __init__(self) -> None:
        self._reference_camera = self._last_camera = Camera()
        self._grey: UInt8[Array, "height width"] | None = None
        self._reference: Float[Array, "corners 2"] = np.zeros((0, 2), np.float32)
        self._current: Float[Array, "corners 2"] = np.zeros((0, 2), np.float32)
        self._seeded = 0

    def add(self, image: Image) -> Camera:
        """:meth:`add_grey` for an RGB picture."""
        import cv2

        return self.add_grey(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)))

    def add_grey(self, grey: UInt8[Array, "height width"]) -> Camera:
        """The camera of the next frame: ``c ↦ scale · c + (dx, dy)``, from its [0, 1] to those of the first frame."""
        if self._grey is None:
            self._seed(grey)
            return Camera()
        if self._stands(grey):
            return self._last_camera
        self._follow(grey)
        self._last_camera = camera = self._camera(grey.shape[1], grey.shape[0])
        far = np.abs(self._current - self._reference).max(initial=0.0) > 0.25 * max(grey.shape)
        if far or len(self._current) < 0.6 * self._seeded:
            self._reference_camera = camera
            self._seed(grey)
        return camera

    def _seed(self, grey: UInt8[Array, "height width"]) -> None:
        self._reference = _spread_corners(grey)
        self._current = self._reference.copy()
        self._seeded = len(self._reference)
        self._grey = grey

    def _stands(self, grey: UInt8[Array, "height width"]) -> bool:
        """Whether a quarter of the corners says that the view is the last one.

        Then nothing is updated: the next frame is compared with the same one, so that a slow pan adds up and shows.
        """
        import cv2

        few = np.ascontiguousarray(self._current[::4])
        if self._grey is None or len(few) < FEWEST:
            return False
        there, found, _ = cv2.calcOpticalFlowPyrLK(self._grey, grey, few, np.empty_like(few), **FLOW)
        return bool(np.mean((found[:, 0] == 1) & (_lengths(there - few) < UNMOVED)) >= SURELY_STILL)

    def _follow(self, grey: UInt8[Array, "height width"]) -> None:
        """Move the corners to the new frame; drop those that do not find their way back."""
        import cv2

        previous, self._grey = self._grey, grey
        if previous is None or not len(self._current):
            return
        there, back = np.empty_like(self._current), np.empty_like(self._current)  # filled by OpenCV
        there, found, _ = cv2.calcOpticalFlowPyrLK(previous, grey, self._current, there, **FLOW)
        back, found_back, _ = cv2.calcOpticalFlowPyrLK(grey, previous, there, back, **FLOW)
        kept = (found[:, 0] == 1) & (found_back[:, 0] == 1) & (np.abs(back - self._current).max(1) < 0.5)
        height, width = grey.shape
        kept &= (there >= 0).all(1) & (there[:, 0] < width) & (there[:, 1] < height)
        self._reference, self._current = self._reference[kept], there[kept]

    def _camera(self, width: int, height: int) -> Camera:
        fit = fit_scale_and_shift(self._current, self._reference, of=self._seeded)
        if fit is None or not self._widely_agreed(*fit, width, height):
            return self._last_camera
        scale, shift = fit
        before = self._reference_camera
        return Camera(
            scale=before.scale * scale,
            dx=before.dx + before.scale * float(shift[0]) / width,
            dy=before.dy + before.scale * float(shift[1]) / height,
        )

    def _widely_agreed(self, scale: float, shift: Float[Array, "2"], width: int, height: int) -> bool:
        """Whether the corners that move so lie all over the picture, or nothing moves."""
        if scale == 1.0 and not shift.any():
            return True
        agreeing = self._current[_lengths(scale * self._current + shift - self._reference) < TOLERANCE]
        spread = agreeing.std(axis=0) / np.array([width, height]) if len(agreeing) else np.zeros(2)
        return bool(np.sqrt(spread.prod()) >= LEAST_SPREAD)


def fit_scale_and_shift(
    points: Float[Array, "points 2"], targets: Float[Array, "points 2"], *, of: int = 0
) -> tuple[float, Float[Array, "2"]] | None:
    """The scale and shift that carry most points onto their targets: consensus of pairs, then least squares.

    Args:
        points: Where the corners are now.
        targets: Where they were in the reference.
        of: How many there were, those lost since included: a truck that hides the background leaves its own corners
            alone to agree, and they are few of all.

    Returns:
        ``(scale, shift)`` in pixels, exactly ``(1, 0)`` where ``STILL_SHARE`` of the points lie within ``STILL`` of
        their targets; ``None`` where fewer than ``FEWEST`` points, ``AGREEMENT`` of them or ``LEAST_LEFT``
        of all agree.
    """
    still = 1.0, np.zeros(2)
    if len(points) < FEWEST:
        return None
    if np.mean(_lengths(targets - points) < STILL) >= STILL_SHARE:
        return still
    agreeing = _consensus(points.astype(np.float64), targets.astype(np.float64))
    if agreeing.sum() < max(FEWEST, AGREEMENT * len(points), LEAST_LEFT * of):
        return None
    return _least_squares(points[agreeing].astype(np.float64), targets[agreeing].astype(np.float64))


def _consensus(points: Float[Array, "points 2"], targets: Float[Array, "points 2"]) -> Bool[Array, " points"]:
    """The largest set of points that one scale and shift explain, among ``DRAWS`` pairs and the median shift."""
    random = np.random.default_rng(0)
    first, second = random.integers(0, len(points), (2, DRAWS))
    span = points[second] - points[first]
    length = (span**2).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = ((targets[second] - targets[first]) * span).sum(1) / length
    usable = (length > 400) & (scales > 0.5) & (scales < 2.0)
    scales = np.append(scales[usable], 1.0)
    shifts = np.concatenate(
        [targets[first][usable] - scales[:-1, None] * points[first][usable], np.median(targets - points, axis=0)[None]]
    )
    off = scales[:, None, None] * points + shifts[:, None] - targets  # [candidates, points, 2]
    near = off[..., 0] ** 2 + off[..., 1] ** 2 < TOLERANCE**2
    return np.asarray(near[np.argmax(near.sum(1))])


def _lengths(vectors: Float[Array, "points 2"]) -> Float[Array, " points"]:
    return np.asarray(np.sqrt(vectors[:, 0] ** 2 + vectors[:, 1] ** 2))


def _least_squares(
    points: Float[Array, "points 2"], targets: Float[Array, "points 2"]
) -> tuple[float, Float[Array, "2"]]:
    middle, target_middle = points.mean(0), targets.mean(0)
    spread = ((points - middle) ** 2).sum()
    scale = float(((targets - target_middle) * (points - middle)).sum() / spread) if spread > 0 else 1.0
    reach = float(np.sqrt(spread / len(points)))
    if abs(scale - 1.0) * reach < STILL / 2:
        scale = 1.0  # a scale that moves the corners by less than the noise would drift when accumulated
    return scale, target_middle - scale * middle


def _spread_corners(grey: UInt8[Array, "height width"]) -> Float[Array, "corners 2"]:
    """Good corners to follow, a few in each cell of a grid."""
    import cv2

    height, width = grey.shape
    rows, columns = np.linspace(0, height, CELLS + 1).astype(int), np.linspace(0, width, CELLS + 1).astype(int)
    found: list[Float[Array, "corners 2"]] = [np.zeros((0, 2), np.float32)]
    strength = cv2.cornerMinEigenVal(grey, 3)
    for top, bottom in pairwise(rows.tolist()):
        for left, right in pairwise(columns.tolist()):
            cell = grey[top:bottom, left:right]
            if min(cell.shape) < 4 or strength[top:bottom, left:right].max() < 1e-4:
                continue
            corners = cv2.goodFeaturesToTrack(cell, CORNERS_PER_CELL, 0.05, 4)
            if corners is not None:
                found.append(corners.reshape(-1, 2) + np.array([left, top], np.float32))
    return np.concatenate(found)
