"""Where one shot melts into the next: dissolves and fades, told apart from motion (our definition).

Within a dissolve no two neighbouring frames differ much, so that it is sought among frames ``STEP`` apart, with the
same detector of PySceneDetect (kept library) that finds hard cuts. So far apart, fast motion changes a picture as much;
but only a dissolve goes on a straight line from one picture to another, pixel by pixel. A candidate counts when the
pictures within it lie near that line.
"""

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from finsta.shapes import Array, Float, Image

if TYPE_CHECKING:
    from scenedetect.detectors import AdaptiveDetector

STEP = 0.6
"""Seconds between the frames that are compared."""

LOOK_AHEAD = 2
"""Steps after a candidate that must be seen before it is told."""

RATIO = 1.7
"""A candidate changes at least so many times as much as the steps around it; two steps may share a dissolve."""

LEAST_CHANGE = 15.0
"""Mean change of hue, saturation and luminance from which a step is a candidate, of 255."""

STRAIGHTNESS = 0.42
"""Largest distance of a picture from the line between before and after, in lengths of that line."""


class DissolveFinder:
    """Tells the times at which one shot has melted half into the next; one in the last two steps goes unseen."""

    def __init__(self) -> None:
        self._detector: AdaptiveDetector | None = None
        self._steps: deque[tuple[float, Float[Array, " numbers"]]] = deque(maxlen=3 + LOOK_AHEAD)
        self._count = 0

    @property
    def settled(self) -> float:
        """Seconds before which no moment will be told any more: the start of the line of the next candidate."""
        return self._steps[1][0] if len(self._steps) == self._steps.maxlen else -np.inf

    def add(self, image: Image, time: float) -> list[float]:
        """Take a frame; return the moments that became known, in seconds: at most one."""
        if self._steps and time < self._steps[-1][0] + STEP - 1e-6:
            return []
        import cv2

        thumbnail = cv2.resize(image, (40, 24), interpolation=cv2.INTER_AREA)
        self._steps.append((time, thumbnail.astype(np.float64).ravel()))
        self._count += 1
        return [moment for moment in [self._moment()] if moment is not None] if self._feed(image) else []

    def _feed(self, image: Image) -> bool:
        """Whether the step ``LOOK_AHEAD`` before this one is a candidate. The detector counts steps, not seconds."""
        from scenedetect.common import FrameTimecode
        from scenedetect.detectors import AdaptiveDetector

        if self._detector is None:
            self._detector = AdaptiveDetector(
                adaptive_threshold=RATIO, min_content_val=LEAST_CHANGE, min_scene_len=1, window_width=LOOK_AHEAD
            )
            for place in range(LOOK_AHEAD):
                self._detector.process_frame(FrameTimecode(place, fps=1.0), image[..., ::-1])
        return bool(self._detector.process_frame(FrameTimecode(self._count + LOOK_AHEAD, fps=1.0), image[..., ::-1]))

    def _moment(self) -> float | None:
        """When the pictures of the candidate pass the middle of the line, if they lie on it."""
        if len(self._steps) < self._steps.maxlen:  # type: ignore[operator]
            return None
        times = [time for time, _ in self._steps][:4]
        before, *within, after = [picture for _, picture in self._steps][:4]
        line = after - before
        length = max(float(np.linalg.norm(line)), 1e-6)
        parts = [float(np.clip((picture - before) @ line / length**2, 0, 1)) for picture in within]
        off = [
            float(np.linalg.norm(picture - before - part * line)) / length
            for picture, part in zip(within, parts, strict=True)
        ]
        if max(off) > STRAIGHTNESS:
            return None
        return float(np.interp(0.5, np.maximum.accumulate([0.0, *parts, 1.0]), times))
