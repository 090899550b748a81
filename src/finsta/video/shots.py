"""Where one shot ends and the next begins (hard cuts), by PySceneDetect's adaptive detector fed frame by frame."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from finsta.shapes import Image
from finsta.video.frames import Frame

if TYPE_CHECKING:
    from scenedetect.detectors import AdaptiveDetector

DELAY = 2
"""Frames by which a cut is told late: the detector compares each frame with two before and two after it."""

SHORTEST_SHOT = 0.1
"""Seconds. Short, since a track that crosses an unseen cut is worse than one that a flash breaks."""

_LEAD = 1.0
"""Seconds before the first frame, in which the padding lies."""


class CutFinder:
    """Tells the times at which a new shot starts (our definition).

    PySceneDetect (kept library) scores the change of hue, saturation and luminance between consecutive frames; a frame
    starts a shot when its score is at least 3 times the mean of its neighbours and at least 15 of 255. Grey pictures
    are judged by luminance alone, since hue and saturation would always count as unchanged. Dissolves are sought by
    :class:`finsta.video.dissolves.DissolveFinder`.
    """

    def __init__(self) -> None:
        self._detector: AdaptiveDetector | None = None
        self._last: Frame | None = None

    def add(self, frame: Frame) -> list[float]:
        """Take the next frame; return the shot starts that became known, in seconds, up to ``DELAY`` frames late."""
        if self._detector is None:
            self._detector = _adaptive_detector(frame.image)
            for place in range(DELAY):  # without padding a cut at the first two frames goes unseen
                self._feed(frame.image, _LEAD * place / DELAY)
        self._last = frame
        return self._feed(frame.image, _LEAD + frame.time)

    def finish(self) -> list[float]:
        """The shot starts among the last ``DELAY`` frames."""
        if self._last is None:
            return []
        times = (_LEAD + self._last.time + place + 1 for place in range(DELAY))
        return [cut for time in times for cut in self._feed(self._last.image, time)]

    def _feed(self, image: Image, time: float) -> list[float]:
        from scenedetect.common import FrameTimecode

        assert self._detector is not None
        found = self._detector.process_frame(FrameTimecode(float(time), fps=1000.0), image[..., ::-1])
        return [timecode.seconds - _LEAD for timecode in found]


def _adaptive_detector(first: Image) -> "AdaptiveDetector":
    from scenedetect.detectors import AdaptiveDetector

    grey = int(first.max(-1).astype(int).sum() - first.min(-1).astype(int).sum()) < 2 * first.shape[0] * first.shape[1]
    return AdaptiveDetector(min_scene_len=SHORTEST_SHOT, luma_only=grey)


def find_cuts(frames: Iterable[Frame]) -> list[float]:
    """The times at which a new shot starts, the first shot left out.

    Args:
        frames: Consecutive frames at the full rate; 128 pixels a side are enough.

    Returns:
        Seconds, rising; each is the time of a frame given, to a microsecond.
    """
    finder = CutFinder()
    return [cut for frame in frames for cut in finder.add(frame)] + finder.finish()
