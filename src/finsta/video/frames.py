"""Frames of a video file: upright RGB images with exact presentation times, streamed in bounded memory."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finsta.errors import InputError, VideoError
from finsta.graphs.dynamic import VideoInfo
from finsta.shapes import Array, Image, UInt8
from finsta.video.container import DecodedFrame, FrameTimes, VideoWarning, Warn, decode, frame_times

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One frame of a video.

    Attributes:
        index: Number of the frame in the file, from 0.
        time: Seconds from the first frame of the file.
        image: Upright RGB.
    """

    index: int
    time: float
    image: Image


def warn_user(message: str) -> None:
    """Raise a :class:`VideoWarning` through Python's ``warnings``: the default of every function here."""
    warnings.warn(message, VideoWarning, stacklevel=3)


def probe(path: str | PathLike[str], *, warn: Warn = warn_user) -> VideoInfo:
    """Duration, upright size, mean rate and number of frames; one frame is decoded, the rest is counted.

    Raises:
        VideoError: if the file is missing, is a folder, is empty, cannot be read or holds no frame that decodes.
    """
    path = Path(path)
    times = frame_times(path, warn=warn)
    first = next(decode(path, times, warn=_silent))
    return video_info(path, times, Upright(first.picture, max_side=None).shape)


def video_info(path: Path, times: FrameTimes, shape: tuple[int, int]) -> VideoInfo:
    """What is told about a file, from the times of its frames and the upright height and width of its pictures."""
    height, width = shape
    return VideoInfo(
        path=str(path),
        duration=times.duration,
        width=width,
        height=height,
        frames_per_second=times.rate,
        frame_count=len(times.times),
    )


def read_frames(
    path: str | PathLike[str],
    *,
    frames_per_second: float | None = None,
    max_side: int | None = None,
    start: float = 0.0,
    end: float | None = None,
    warn: Warn = warn_user,
) -> Iterator[Frame]:
    """Frames in order of time, decoded one at a time.

    Args:
        path: Any container and codec that FFmpeg reads.
        frames_per_second: At most so many frames a second, evenly: the first frame of each period of ``1 / rate``
            seconds, with its own exact time. ``None`` gives every frame.
        max_side: Longer side in pixels after downscaling, which happens in the decoder's own format, before a frame
            becomes RGB; smaller frames keep their size.
        start: Seconds; the frame on screen at that moment comes first.
        end: Seconds; frames shown from then on are left out.
        warn: Where warnings about damage go.

    Raises:
        VideoError: if the file is missing, is a folder, is empty, cannot be read or holds no frame that decodes.
        InputError: if a number is not positive, or start does not come before end.
    """
    _check_numbers(frames_per_second, max_side, start, end)
    path = Path(path)
    times = frame_times(path, warn=warn)
    return _read(path, times, frames_per_second, max_side, (start, end), warn)


def _read(
    path: Path,
    times: FrameTimes,
    rate: float | None,
    max_side: int | None,
    window: tuple[float, float | None],
    warn: Warn,
) -> Iterator[Frame]:
    upright: Upright | None = None
    last_period = -1
    for frame in decode(path, times, start=window[0], warn=warn):
        if window[1] is not None and frame.time >= window[1] and upright is not None:
            return
        period = frame.index if rate is None else int(max(frame.time - window[0], 0.0) * rate + 1e-6)
        if period > last_period:
            last_period = period
            upright = upright or Upright(frame.picture, max_side)
            yield Frame(index=frame.index, time=frame.time, image=upright.image(frame.picture))


def sample_frames(
    path: str | PathLike[str],
    count: int,
    *,
    start: float | None = None,
    end: float | None = None,
    max_side: int | None = None,
    warn: Warn = warn_user,
) -> tuple[list[Image], list[float]]:
    """``count`` frames at the middles of ``count`` equal parts of the duration, or of a part of it: what hosts read.

    A clip with fewer frames than ``count`` gives some of them several times. An end behind that of the video is taken
    for it: published times often lie a little behind.

    Returns:
        The images, and the presentation time of each in seconds.

    Raises:
        VideoError: as :func:`read_frames`; or if the part lies behind the end of the video.
        InputError: if ``count`` is not positive, or start does not come before end.
    """
    if count < 1:
        raise InputError(f"count must be at least 1, found {count}")
    path = Path(path)
    times = frame_times(path, warn=warn)
    first, last = part_of(path, times, start, end)
    middles = [first + (place + 0.5) / count * (last - first) for place in range(count)]
    frames = _pick(path, times, middles, max_side, warn)
    return [frame.image for frame in frames], [frame.time for frame in frames]


def part_of(path: Path, times: FrameTimes, start: float | None, end: float | None) -> tuple[float, float]:
    """Beginning and end, in seconds of the file, of a part of it.

    Raises:
        VideoError: if the part lies behind the end of the file.
        InputError: if start does not come before end.
    """
    first = start or 0.0
    _check_numbers(None, None, first, end)
    if first >= times.duration > 0:
        raise VideoError(
            f"{path}: ends at {times.duration:.2f} s, but a part from {first:.2f} s on is asked for; the file is not "
            "the whole video, or the times are those of another"
        )
    return first, times.duration if end is None else min(end, times.duration)


def frames_at(
    path: str | PathLike[str], times: Sequence[float], *, max_side: int | None = None, warn: Warn = warn_user
) -> list[Image]:
    """The images on screen at the given seconds, in the order given.

    Raises:
        VideoError: as :func:`read_frames`.
    """
    if not times:
        return []
    path = Path(path)
    return [frame.image for frame in _pick(path, frame_times(path, warn=warn), times, max_side, warn)]


def _pick(path: Path, times: FrameTimes, moments: Sequence[float], max_side: int | None, warn: Warn) -> list[Frame]:
    """The frame on screen at each moment; in place of a damaged one the next that decodes, else the last."""
    wanted = sorted({times.position(moment) for moment in moments})
    found: dict[int, Frame] = {}
    upright: Upright | None = None
    for group in _seek_groups(wanted, times):
        remaining = list(group)
        latest: DecodedFrame | None = None
        for latest in decode(path, times, start=times.times[group[0]], warn=warn):
            due = [place for place in remaining if latest.time >= times.times[place] - 1e-6]
            upright = upright or Upright(latest.picture, max_side)
            if due:
                frame = Frame(index=latest.index, time=latest.time, image=upright.image(latest.picture))
                found |= dict.fromkeys(due, frame)
                remaining = remaining[len(due) :]
            if not remaining:
                break
        if latest is not None and remaining and upright is not None:
            frame = Frame(index=latest.index, time=latest.time, image=upright.image(latest.picture))
            found |= dict.fromkeys(remaining, frame)
    if not found:
        raise VideoError(f"{path}: no frame near {min(moments):.2f} s decodes; fetch or encode the file again")
    return [_nearest(found, times.position(moment)) for moment in moments]


def _nearest(found: dict[int, Frame], place: int) -> Frame:
    return found[min(found, key=lambda other: abs(other - place))]


def _seek_groups(wanted: Sequence[int], times: FrameTimes) -> Iterator[list[int]]:
    """Runs of wanted frames that are decoded in one go; between runs a seek skips at least two seconds."""
    group: list[int] = []
    for place in wanted:
        if group:
            earlier = times.times[group[-1]]
            keys = [key for key in times.key_times if earlier + 2.0 < key <= times.times[place]]
            if keys:
                yield group
                group = []
        group.append(place)
    yield group


class Upright:
    """Turns decoded pictures into upright RGB images of one size, fixed by the first picture."""

    def __init__(self, picture: "VideoFrame", max_side: int | None) -> None:
        """Constructor.

        Args:
            picture: The first one.
            max_side: Longer side of the images in pixels; ``None`` or a larger one keeps the size of the pictures.
        """
        from av.video.reformatter import VideoReformatter

        ratio = 1.0 if max_side is None else min(1.0, max_side / max(picture.width, picture.height))
        self._width = max(round(picture.width * ratio), 1)
        self._height = max(round(picture.height * ratio), 1)
        self._transpose, self._flip_x, self._flip_y = _orientation(picture)
        self._reformat = VideoReformatter().reformat  # shared, so that the conversion is set up once
        size = (self._height, self._width)
        self.shape = size[::-1] if self._transpose else size
        """Height and width after rotation."""

    def image(self, picture: "VideoFrame") -> Image:
        """A picture as upright RGB."""
        resized = self._reformat(picture, self._width, self._height, "rgb24", interpolation="AREA")
        return self.turn(resized.to_ndarray())

    def turn(self, array: UInt8[Array, "..."]) -> UInt8[Array, "..."]:
        """Rows and columns of a picture of any size as they are seen upright."""
        if self._transpose:
            array = array.swapaxes(0, 1)
        array = array[:: -1 if self._flip_y else 1, :: -1 if self._flip_x else 1]
        return np.ascontiguousarray(array)


def _orientation(picture: "VideoFrame") -> tuple[bool, bool, bool]:
    """Whether to transpose, then to mirror left-right, then top-bottom; from the display matrix, nearest quarter turn.

    The matrix maps a pixel to ``(a x + c y, b x + d y)`` with y downwards, stored row by row as ``a b u c d v x y w``.
    """
    data: Any = picture.side_data.get("DISPLAYMATRIX")
    if data is None:
        return False, False, False
    a, b, _, c, d, *_ = np.frombuffer(data, dtype=np.int32).tolist()
    if abs(b) > abs(a):
        return True, c < 0, b < 0
    return False, a < 0, d < 0


def _silent(message: str) -> None:
    """The same warning was given already by the scan of the file."""


def _check_numbers(rate: float | None, max_side: int | None, start: float, end: float | None) -> None:
    for name, value in (("frames_per_second", rate), ("max_side", max_side)):
        if value is not None and not value > 0:
            raise InputError(f"{name} must be positive, found {value}")
    if start < 0 or (end is not None and end <= start):
        raise InputError(f"expected 0 ≤ start < end, found start {start} and end {end}")
