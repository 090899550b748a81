"""Shots found and the camera followed while a video is read: each frame to be analysed comes out with both."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from finsta.graphs.dynamic import Camera
from finsta.video.camera import CameraTracker
from finsta.video.dissolves import STEP, DissolveFinder
from finsta.video.frames import Frame
from finsta.video.reading import Glimpse
from finsta.video.shots import DELAY, CutFinder

CLEAR = 2 * STEP
"""Seconds around the start of a shot in which no dissolve is told: a hard cut changes distant frames as well."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A stretch of video without a cut: ``start ≤ time < end`` in seconds."""

    index: int
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SurveyedFrame:
    """A frame to be analysed: its picture, the number of its shot, and the camera from it to the first of the shot."""

    frame: Frame
    shot: int
    camera: Camera


class Survey:
    """Splits a stream of frames into shots and follows the camera in each; memory stays bounded.

    A frame is held back until it is known whether it starts a shot: two frames for hard cuts, about two seconds for
    dissolves, which are seen from a distance only.
    """

    def __init__(self) -> None:
        self._cut_finder, self._dissolve_finder = CutFinder(), DissolveFinder()
        self._cuts: deque[float] = deque(maxlen=64)
        self._ahead: set[float] = set()
        self._melting: set[float] = set()
        self._starts: list[float] = []
        self._camera = CameraTracker()

    def frames(self, glimpses: Iterable[Glimpse]) -> Iterator[SurveyedFrame]:
        """The frames that are to be analysed, in order.

        Args:
            glimpses: Every frame of the video, in order.
        """
        waiting: deque[Glimpse] = deque()
        for glimpse in glimpses:
            self._cut(self._cut_finder.add(glimpse.frame))
            self._melt(self._dissolve_finder.add(glimpse.frame.image, glimpse.frame.time))
            waiting.append(glimpse)
            while len(waiting) > DELAY and waiting[0].frame.time < self._dissolve_finder.settled:
                yield from self._follow(waiting.popleft())
        self._cut(self._cut_finder.finish())
        while waiting:
            yield from self._follow(waiting.popleft())

    def shots(self, duration: float) -> list[Shot]:
        """All shots, once the frames have been read.

        Args:
            duration: Seconds; the end of the last shot.
        """
        ends = [*self._starts[1:], max(duration, self._starts[-1])] if self._starts else []
        return [
            Shot(index=index, start=start, end=end)
            for index, (start, end) in enumerate(zip(self._starts, ends, strict=True))
        ]

    def _cut(self, times: Iterable[float]) -> None:
        for time in times:
            self._ahead.add(time)
            self._cuts.append(time)
            self._melting = {moment for moment in self._melting if abs(moment - time) >= CLEAR}

    def _melt(self, moments: Iterable[float]) -> None:
        known = [*self._cuts, *self._melting, *self._starts[-1:]]
        self._melting |= {moment for moment in moments if all(abs(moment - other) >= CLEAR for other in known)}

    def _follow(self, glimpse: Glimpse) -> Iterator[SurveyedFrame]:
        time = glimpse.frame.time
        # Times pass through another library's clock: they are compared to a tenth of a millisecond.
        begun = {moment for moment in self._ahead | self._melting if moment <= time + 1e-4}
        self._ahead, self._melting = self._ahead - begun, self._melting - begun
        if begun or not self._starts:
            self._starts.append(time)
            self._camera = CameraTracker()
        if glimpse.grey is None:
            return
        camera = self._camera.add_grey(glimpse.grey)
        if glimpse.picture is not None:
            frame = Frame(index=glimpse.frame.index, time=time, image=glimpse.picture)
            yield SurveyedFrame(frame=frame, shot=len(self._starts) - 1, camera=camera)
