"""What moves by itself: regions whose optical flow the camera's own motion does not explain.

Our definition; it needs nothing downloaded and knows no classes. Between a frame and the one before it:

1. Dense flow (DIS, OpenCV) at a working size of 416 pixels.
2. The camera: a similarity transform fitted by RANSAC to the flow of textured points, since flow is a guess elsewhere.
3. Residual = flow minus the camera's. A pixel moves where the residual passes a threshold that grows with the noise of
   the fit and with the camera's speed, and where looking along the flow matches the other frame better than
   looking where the camera alone would point.
4. Opening, closing, holes filled, connected components, small ones dropped.

What it cannot do: an object that stops is lost until it moves on; two that touch and move are one; one that fills more
than half of the textured picture is taken for the background; parallax of near things under a moving camera is motion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.shapes import Array, Bool, Float, Image, UInt8
from finsta.video.detectors.detection import Detections
from finsta.video.frames import Frame

LABEL = "moving object"


@dataclass(frozen=True, kw_only=True)
class MotionConfig:
    """Sizes and thresholds; pixels are those of the working size."""

    # Longer side of the image on which flow is computed; smaller frames are enlarged, at most fourfold.
    working_side: int = 416
    # A residual below this many pixels is no motion.
    least_residual: float = 0.7
    # A residual below this many times the noise of the camera fit is no motion.
    noise_factor: float = 4.0
    # A residual below this share of the camera's own displacement is no motion: lenses and walls are not ideal.
    camera_share: float = 0.15
    # Where a region ends: at this share of its median residual.
    edge_share: float = 0.5
    # Grey levels by which a region must match the other frame better along the flow than along the camera's motion.
    least_gain: float = 2.0
    # Smallest area of a region, as a share of the frame.
    least_area: float = 0.0015
    # Largest area of a region, as a share of the frame: a larger one is a camera fit that failed.
    largest_area: float = 0.7


class MotionDetector:
    """Finds moving regions in consecutive frames of one shot.

    The first frame of a shot has no past: it is compared to the frame after it, when both come in one call.
    """

    name = "motion"

    def __init__(self, config: MotionConfig | None = None) -> None:
        """Nothing is loaded."""
        self.reason = ""
        self.config = config or MotionConfig()
        self.picture_side = self.config.working_side
        self._previous: UInt8[Array, "height width"] | None = None

    def reset(self) -> None:
        """Forget the last frame: the next one starts a new shot."""
        self._previous = None

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One item a frame; a shot of one frame gives nothing."""
        greys = [working_image(frame.image, self.config.working_side) for frame in frames]
        found = []
        for index, grey in enumerate(greys):
            other = greys[index - 1] if index else self._previous
            if other is None or other.shape != grey.shape:
                other = greys[index + 1] if index + 1 < len(greys) else grey
            found.append(moving_regions(grey, other, self.config))
        if greys:
            self._previous = greys[-1]
        return found


def working_image(image: Image, side: int) -> UInt8[Array, "rows columns"]:
    """Grey, with a longer side of ``side`` pixels, lightly smoothed against compression noise."""
    import cv2

    height, width = image.shape[:2]
    scale = min(side / max(height, width), 4.0)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    resized = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(resized, (0, 0), 0.8))


def moving_regions(
    current: UInt8[Array, "height width"], other: UInt8[Array, "height width"], config: MotionConfig
) -> Detections:
    """The regions of ``current`` that move against the background between it and ``other``."""
    flow = _flow(current, other)
    camera = _camera_flow(current, flow)
    residual = np.linalg.norm(flow - camera.flow, axis=-1)
    speed = np.linalg.norm(camera.flow, axis=-1)
    threshold = np.maximum(
        max(config.least_residual, config.noise_factor * camera.noise), config.camera_share * speed
    ).astype(np.float32)
    moving = (residual > threshold) & _stays_inside(camera.flow)
    return _regions(moving, residual / threshold, _better_explained(current, other, flow, camera.flow), config)


@dataclass(frozen=True, kw_only=True)
class _Camera:
    """The flow that the camera's own motion gives every pixel, and how far the textured points scatter around it."""

    flow: Float[Array, "height width 2"]
    noise: float


def _flow(current: UInt8[Array, "height width"], other: UInt8[Array, "height width"]) -> Float[Array, "height width 2"]:
    import cv2

    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow.setFinestScale(1)
    return np.asarray(flow.calc(current, other, None))  # type: ignore[call-overload]


def _camera_flow(current: UInt8[Array, "height width"], flow: Float[Array, "height width 2"]) -> _Camera:
    """The similarity transform that most textured points follow; no motion where too few agree."""
    import cv2

    height, width = current.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    still = _Camera(flow=np.zeros_like(flow), noise=0.0)
    textured = _textured_points(current)
    if len(textured) < 12:
        return still
    y, x = textured.T
    start = np.stack([columns[y, x], rows[y, x]], -1)
    # RANSAC draws from OpenCV's own generator, which starts afresh in each call: the same frames, the same answer.
    matrix, inliers = cv2.estimateAffinePartial2D(
        start, start + flow[y, x], ransacReprojThreshold=1.0, maxIters=1000, confidence=0.995
    )
    if matrix is None or inliers.mean() < 0.3:
        return still
    target_x = matrix[0, 0] * columns + matrix[0, 1] * rows + matrix[0, 2]
    target_y = matrix[1, 0] * columns + matrix[1, 1] * rows + matrix[1, 2]
    explained = np.stack([target_x - columns, target_y - rows], -1).astype(np.float32)
    scatter = np.linalg.norm((flow - explained)[y, x][inliers[:, 0] > 0], axis=-1)
    return _Camera(flow=explained, noise=float(np.median(scatter)))


def _textured_points(grey: UInt8[Array, "height width"], *, cell: int = 6) -> Array:
    """``(row, column)`` of the best corner of each small cell, where it is a corner at all."""
    import cv2

    strength = cv2.cornerMinEigenVal(grey, 5)
    height, width = (size // cell * cell for size in grey.shape)
    cells = strength[:height, :width].reshape(height // cell, cell, width // cell, cell).swapaxes(1, 2)
    best = cells.reshape(height // cell, width // cell, -1).argmax(-1)
    top, left = np.mgrid[0 : height // cell, 0 : width // cell] * cell
    points = np.stack([top + best // cell, left + best % cell], -1).reshape(-1, 2)
    value = strength[points[:, 0], points[:, 1]]
    return np.asarray(points[value > max(1e-5, 0.02 * np.percentile(value, 95))])


def _stays_inside(camera_flow: Float[Array, "height width 2"]) -> Bool[Array, "height width"]:
    """Where the camera's motion keeps a pixel in the picture: what has just come in has nothing to be compared to."""
    height, width = camera_flow.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = columns + camera_flow[..., 0], rows + camera_flow[..., 1]
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))


def _better_explained(
    current: UInt8[Array, "height width"],
    other: UInt8[Array, "height width"],
    flow: Float[Array, "height width 2"],
    camera_flow: Float[Array, "height width 2"],
) -> Float[Array, "height width"]:
    """How many grey levels closer the other frame is along the flow than along the camera's motion alone."""
    errors = [
        np.abs(current.astype(np.float32) - _look_along(other, field).astype(np.float32))
        for field in (camera_flow, flow)
    ]
    return np.asarray(errors[0] - errors[1])


def _look_along(
    other: UInt8[Array, "height width"], field: Float[Array, "height width 2"]
) -> UInt8[Array, "height width"]:
    import cv2

    rows, columns = np.mgrid[0 : other.shape[0], 0 : other.shape[1]].astype(np.float32)
    return np.asarray(
        cv2.remap(
            other, columns + field[..., 0], rows + field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


def _regions(
    moving: Bool[Array, "height width"],
    contrast: Float[Array, "height width"],
    gain: Float[Array, "height width"],
    config: MotionConfig,
) -> Detections:
    """Connected components of the cleaned mask; a score is ``c / (1 + c)``, c the median residual over threshold."""
    import cv2

    height, width = moving.shape
    mask = _clean(moving)
    evidence = cv2.blur(gain, (5, 5))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes, scores = [], []
    for index in range(1, count):
        inside = (labels == index) & moving
        share = stats[index, cv2.CC_STAT_AREA] / mask.size
        if not config.least_area <= share <= config.largest_area or gain[inside].mean() < config.least_gain:
            continue
        strength = float(np.median(contrast[inside]))
        # Flow fades out around what moves, and leaks far into plain surroundings: the edge lies where the residual has
        # fallen by half, or where nothing in the picture speaks for motion any more.
        solid = _opened(inside & (contrast > config.edge_share * strength))
        left, right, top, bottom = _extent(solid & (evidence > config.least_gain))
        boxes.append([left / width, top / height, right / width, bottom / height])
        scores.append(strength / (1 + strength))
    if not boxes:
        return Detections.empty()
    return Detections.tidy(np.array(boxes, np.float32), np.array(scores, np.float32), [LABEL] * len(boxes), limit=30)


def _extent(mask: UInt8[Array, "height width"]) -> tuple[int, int, int, int]:
    """Left, right, top and bottom of what is set; zeros where nothing is."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    if not len(columns):
        return 0, 0, 0, 0
    return int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1


def _opened(mask: Bool[Array, "height width"]) -> UInt8[Array, "height width"]:
    import cv2

    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc))


def _clean(moving: Bool[Array, "height width"]) -> UInt8[Array, "height width"]:
    """Specks removed, gaps closed, holes filled."""
    import cv2

    mask = cv2.morphologyEx(_opened(moving), cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(mask, outlines, -1, 1, thickness=cv2.FILLED)
    return np.asarray(mask)
