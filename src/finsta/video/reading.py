"""One pass over a video file: what cuts and camera are sought in, and the pictures to be analysed (our definition).

A frame is decoded once. What is asked of it decides what it costs: a thumbnail for every frame, a grey picture where
the camera is due, a picture in full colour where objects are sought. All are scaled in the decoder's own format.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from finsta.errors import InputError
from finsta.graphs.dynamic import VideoInfo
from finsta.shapes import Array, Image, UInt8
from finsta.video.container import DecodedFrame, Warn, decode, frame_times
from finsta.video.frames import Frame, Upright, part_of, video_info, warn_user

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

SMALL_SIDE = 256
"""Longer side, in pixels, of the grey pictures in which the camera is sought."""

CAMERA_RATE = 4.0
"""Frames a second at which the camera is measured at least, also where fewer are analysed: a fast one would be lost."""

SPARE_RATE = 4.0
"""Frames that are decoded for each that is analysed, at least, before some are left out: a quarter or more remains."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Glimpse:
    """What is kept of a decoded frame until its shot is known.

    Attributes:
        frame: Index, exact time; its image is the thumbnail: RGB of about 128 pixels a side, not turned upright.
        grey: About 256 pixels a side, upright; only where the camera is measured.
        picture: Upright RGB; only where objects are sought.
    """

    frame: Frame
    grey: UInt8[Array, "rows columns"] | None
    picture: Image | None


class Reading:
    """A file, or a part of it, opened for one pass; times of a part are counted from its beginning.

    When frames are shown is known at once, the rest when the first is decoded.

    Attributes:
        times: When each frame of the file is shown.
        duration: Seconds of the part.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        start: float | None = None,
        end: float | None = None,
        warn: Warn = warn_user,
    ) -> None:
        """Constructor.

        Args:
            path: Any container and codec that FFmpeg reads.
            start: Seconds of the file at which the part begins; None is the beginning.
            end: Seconds of the file at which it ends; None, or what lies behind it, is the end.
            warn: Where warnings about damage go.

        Raises:
            VideoError: if the file is missing, is a folder, is empty, cannot be read or holds no frame; or if the part
                lies behind its end.
            InputError: if start does not come before end.
        """
        self._path, self._warn = Path(path), warn
        self.times = frame_times(self._path, warn=warn)
        self._start, self._end = part_of(self._path, self.times, start, end)
        self.duration = self._end - self._start
        self._info: VideoInfo | None = None

    @property
    def info(self) -> VideoInfo:
        """What is told about the file, once a frame has been decoded."""
        assert self._info is not None
        return self._info

    def glimpses(self, *, rate: float, max_side: int | None) -> Iterator[Glimpse]:
        """The frames in order of time, each decoded once.

        Where pictures are large (see :func:`finsta.video.container.decode`) and ``SPARE_RATE`` times as many as are to
        be analysed, those that no other frame refers to are not decoded: half of the cost in many files. A cut is then
        told up to a few frames late, unless the encoder put a key frame there, as most do, and one among fast motion
        may go unseen: pictures further apart differ more.

        Args:
            rate: Frames a second to be analysed: the first frame of each period of ``1 / rate`` seconds.
            max_side: Longer side of their pictures in pixels; smaller frames keep their size.

        Raises:
            InputError: if a number is not positive.
            VideoError: if no frame decodes.
        """
        if not rate > 0 or (max_side is not None and not max_side > 0):
            raise InputError(f"expected a positive rate and side, found {rate} and {max_side}")
        return self._read(rate, max_side)

    def _read(self, rate: float, max_side: int | None) -> Iterator[Glimpse]:
        sparing = self.times.rate >= SPARE_RATE * max(rate, CAMERA_RATE) - 1e-6
        frames = self._frames(sparing)
        first = next(frames)
        upright, small = Upright(first.picture, max_side), _Small(first.picture)
        whole = video_info(self._path, self.times, Upright(first.picture, max_side=None).shape)
        count = sum(self._start <= time < self._end for time in self.times.times)
        self._info = replace(whole, duration=self.duration, frame_count=max(count, 1), start=self._start)
        due, camera_due = _Periods(rate), _Periods(max(rate, CAMERA_RATE))
        for frame in chain([first], frames):
            analysed, measured = due.starts(frame.time), camera_due.starts(frame.time)
            planes = small.planes(frame.picture)
            yield Glimpse(
                frame=_thumbnail(frame, planes),
                grey=upright.turn(planes[: small.height]) if analysed or measured else None,
                picture=upright.image(frame.picture) if analysed else None,
            )

    def _frames(self, sparing: bool) -> Iterator[DecodedFrame]:
        """Those of the part, from the one on screen as it begins."""
        frames = decode(self._path, self.times, start=self._start, sparing=sparing, warn=self._warn)
        for number, frame in enumerate(frames):
            if number and frame.time >= self._end:
                return
            yield replace(frame, time=max(frame.time - self._start, 0.0)) if self._start else frame


class _Periods:
    """Tells the first frame of each period of ``1 / rate`` seconds."""

    def __init__(self, rate: float) -> None:
        self._rate, self._last = rate, -1

    def starts(self, time: float) -> bool:
        period = int(max(time, 0.0) * self._rate + 1e-6)
        new = period > self._last
        self._last = max(period, self._last)
        return new


class _Small:
    """Scales pictures to ``SMALL_SIDE`` as planes of luminance and colour, one under the other (I420)."""

    def __init__(self, picture: "VideoFrame") -> None:
        from av.video.reformatter import VideoReformatter

        ratio = min(1.0, SMALL_SIDE / max(picture.width, picture.height))
        # Colour has half the size, so that sides are even; at least 16 pixels, for filters that look around a pixel.
        self.width, self.height = (max(16, 2 * round(side * ratio / 2)) for side in (picture.width, picture.height))
        self._reformat = VideoReformatter().reformat  # shared, so that the conversion is set up once

    def planes(self, picture: "VideoFrame") -> UInt8[Array, "rows width"]:
        """Half as many rows again as the height: luminance above, colour below."""
        small = self._reformat(picture, self.width, self.height, "yuv420p", interpolation="AREA")
        return np.asarray(small.to_ndarray())


def _thumbnail(frame: DecodedFrame, planes: UInt8[Array, "rows width"]) -> Frame:
    """Half the size of the planes, in colour."""
    import cv2

    image = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
    height, width = image.shape[:2]
    half = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return Frame(index=frame.index, time=frame.time, image=np.asarray(half))
