"""Tiny clips, written with PyAV where the test runs."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from finsta.video.detectors.detection import Detections
from finsta.video.frames import Frame

WriteClip = Callable[..., Path]


def write_clip(
    path: Path,
    images: Iterable[np.ndarray],
    *,
    times: Sequence[float] | None = None,
    rate: int = 10,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    rotation: int | None = None,
    options: dict[str, str] | None = None,
    index_first: bool = True,
) -> Path:
    """A video file of RGB images; ``times`` in seconds makes the frame rate vary; ``rotation`` is counter-clockwise."""
    tick = Fraction(1, rate) if times is None else Fraction(1, 1000)
    with av.open(
        str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" and index_first else {}
    ) as container:
        stream = None
        for index, image in enumerate(images):
            if stream is None:
                stream = container.add_stream(codec, rate=rate, options=options or {})
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = pixel_format
                stream.codec_context.time_base = tick
                if rotation is not None:
                    stream.set_display_rotation(rotation)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.time_base = tick
            frame.pts = index if times is None else round(times[index] / tick)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def plain(colour: tuple[int, int, int], height: int = 48, width: int = 64) -> np.ndarray:
    """An image of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A smooth random picture with corners to follow."""
    import cv2

    noise = np.random.default_rng(seed).integers(0, 256, (height // 6 + 2, width // 6 + 2, 3)).astype(np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def draw_disc(image: np.ndarray, box: Sequence[float], colour: tuple[int, int, int]) -> None:
    """Fill the ellipse in a box, ``xyxy`` in [0, 1]."""
    height, width = image.shape[:2]
    rows = (np.arange(height) + 0.5)[:, None] / height
    columns = (np.arange(width) + 0.5)[None, :] / width
    across = (columns - (box[0] + box[2]) / 2) / (box[2] - box[0])
    along = (rows - (box[1] + box[3]) / 2) / (box[3] - box[1])
    image[across**2 + along**2 < 0.25] = colour


@pytest.fixture
def clip(tmp_path: Path) -> WriteClip:
    """Writes a clip into the test's folder: ``clip(name, images, **options)``."""

    def write(name: str, images: Iterable[np.ndarray], **options: object) -> Path:
        return write_clip(tmp_path / name, images, **options)

    return write


@pytest.fixture
def warnings_of() -> Callable[..., tuple[object, list[str]]]:
    """Calls a function with ``warn`` and returns its result, as a list where it is lazy, and what it warned about."""

    def call(function: Callable[..., object], *args: object, **options: object) -> tuple[object, list[str]]:
        told: list[str] = []
        result = function(*args, warn=told.append, **options)
        return (list(result) if hasattr(result, "__next__") else result), told

    return call


class GoldDetector:
    """Gives the boxes that were drawn, with jitter and misses: what a fair detector does, without one.

    Args:
        boxes: For each object its label and its box at a time, or ``None`` where it is out of the picture.
        jitter: Standard deviation of the edges, in shares of the frame.
        misses: Chance that an object is not found in a frame.
    """

    name = "gold"

    def __init__(
        self,
        boxes: Sequence[tuple[str, Callable[[float], Sequence[float] | None]]],
        *,
        jitter: float = 0.004,
        misses: float = 0.15,
        seed: int = 0,
    ) -> None:
        self._boxes, self._jitter, self._misses = boxes, jitter, misses
        self._random = np.random.default_rng(seed)
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [self._one(frame.time) for frame in frames]

    def _one(self, time: float) -> Detections:
        found = [(label, box(time)) for label, box in self._boxes if self._random.random() >= self._misses]
        seen = [(label, np.asarray(box)) for label, box in found if box is not None]
        if not seen:
            return Detections.empty()
        boxes = np.stack([box for _, box in seen])
        boxes = boxes + self._random.normal(0, self._jitter, boxes.shape)
        scores = self._random.uniform(0.6, 0.9, len(boxes))
        return Detections.tidy(boxes.astype(np.float32), scores.astype(np.float32), [label for label, _ in seen])


def square(x: float, y: float, size: float = 0.12, *, aspect: float = 4 / 3) -> tuple[float, float, float, float]:
    """The box of a disc around a point, ``size`` in frame heights."""
    return (x - size / aspect / 2, y - size / 2, x + size / aspect / 2, y + size / 2)
