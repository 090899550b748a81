"""The first pass over a video, at low resolution and full rate: its shots, and the camera in each."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from finsta.graphs.dynamic import Camera
from finsta.video.camera import CameraPath, CameraTracker
from finsta.video.frames import Frame
from finsta.video.shots import DELAY, CutFinder

CAMERA_RATE = 12.0
"""Frames a second at which the camera is measured, at most."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A stretch of video without a cut: ``start ≤ time < end`` in seconds, and the camera through it."""

    index: int
    start: float
    end: float
    camera: CameraPath


def survey(frames: Iterable[Frame], *, duration: float) -> list[Shot]:
    """The shots of a video in order, from consecutive frames of about 256 pixels a side; memory stays bounded.

    Args:
        frames: Every frame of the video, in order.
        duration: Seconds; the end of the last shot.
    """
    finder, builder = CutFinder(), _Builder()
    waiting: deque[Frame] = deque()
    for frame in frames:
        builder.starts.update(_near(cut) for cut in finder.add(frame))
        waiting.append(frame)
        if len(waiting) > DELAY:  # only now it is known whether this frame starts a shot
            builder.add(waiting.popleft())
    builder.starts.update(_near(cut) for cut in finder.finish())
    for frame in waiting:
        builder.add(frame)
    return builder.finish(duration)


def _near(time: float) -> int:
    """Times are compared to a tenth of a millisecond: they pass through another library's clock."""
    return round(time * 1e4)


class _Builder:
    """Splits a stream of frames into shots and follows the camera in each."""

    def __init__(self) -> None:
        self.starts: set[int] = set()
        self._shots: list[tuple[float, CameraPath]] = []
        self._open: _OpenShot | None = None

    def add(self, frame: Frame) -> None:
        if self._open is None or _near(frame.time) in self.starts:
            self._close()
            self._open = _OpenShot(frame.time)
        self._open.add(frame)

    def _close(self) -> None:
        if self._open is not None:
            self._shots.append((self._open.start, self._open.path()))

    def finish(self, duration: float) -> list[Shot]:
        self._close()
        starts = [start for start, _ in self._shots]
        ends = [*starts[1:], max(duration, starts[-1])] if starts else []
        return [
            Shot(index=index, start=start, end=end, camera=camera)
            for index, ((start, camera), end) in enumerate(zip(self._shots, ends, strict=True))
        ]


class _OpenShot:
    def __init__(self, start: float) -> None:
        self.start = start
        self._tracker = CameraTracker()
        self._times: list[float] = []
        self._cameras: list[Camera] = []

    def add(self, frame: Frame) -> None:
        if not self._times or frame.time >= self._times[-1] + 1 / CAMERA_RATE - 1e-6:
            self._times.append(frame.time)
            self._cameras.append(self._tracker.add(frame.image))

    def path(self) -> CameraPath:
        return CameraPath(times=tuple(self._times), cameras=tuple(self._cameras))
