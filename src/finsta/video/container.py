"""A video file opened safely: which stream, when each frame is shown, and the frames as the decoder gives them.

Everything here is our definition. Time 0 is the presentation time of the first frame of the video stream.
"""

import os
import stat
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING

from finsta.errors import VideoError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Warn = Callable[[str], None]

DECODER_THREADS = 4
"""More threads decode faster, but each holds a whole picture: 50 MB at 7680×4320."""

SEEK_GAIN = 1.0
"""Seconds that a seek must skip to be worth its cost."""

LARGE_PICTURE = 1280 * 720
"""Pixels from which decoding all pictures costs more than all that is read off them, the detector aside."""


class VideoWarning(UserWarning):
    """A video is damaged, or nothing was found in it, and what could be read was used."""


@dataclass(frozen=True, kw_only=True)
class FrameTimes:
    """When the frames of a stream are shown, known without decoding them.

    Attributes:
        times: Seconds from the first frame, rising.
        key_times: The times among them from which decoding can start.
        origin: Time stamp of the first frame in units of the stream's time base.
        step: Usual seconds between frames.
        duration: Seconds from the first frame to the end of the last one.
    """

    times: tuple[float, ...]
    key_times: tuple[float, ...]
    origin: int
    step: float
    duration: float

    @property
    def rate(self) -> float:
        """Mean frames a second."""
        count = len(self.times)
        return (count - 1) / self.times[-1] if count > 1 else 1 / self.step

    def position(self, time: float) -> int:
        """Index of the frame that is on screen at ``time``; the first frame before the start."""
        return max(bisect_right(self.times, time + 1e-6) - 1, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodedFrame:
    """A frame as the decoder gives it: its index in the stream, its time in seconds, its picture before rotation."""

    index: int
    time: float
    picture: "VideoFrame"


@contextmanager
def open_stream(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """The container and its first real video stream.

    Raises:
        VideoError: if there is no such file, it cannot be read, or it holds no video.
    """
    import av

    _check_file(path)
    try:
        # Only local data: a playlist inside the file must not reach for the network.
        options = {"protocol_whitelist": "file,crypto,data"}
        container = av.open(f"file:{path}", metadata_errors="replace", options=options)
    except PermissionError as error:
        raise VideoError(f"{path}: permission to read it is missing; run `chmod +r` on it or copy it") from error
    except (OSError, ValueError) as error:  # libav's errors are both
        raise VideoError(
            f"{path}: expected a video, found {_what(path)} ({_reason(error)}); "
            "check that the file is whole and is a video"
        ) from error
    with container:
        yield container, _video_stream(container, path)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except PermissionError as error:
        raise VideoError(f"{path}: permission to reach it is missing; give read access to its folder") from error
    except OSError as error:
        raise VideoError(f"{path}: expected a video file, found nothing there; check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise VideoError(f"{path}: expected a video file, found a folder; name one file in it")
    if not stat.S_ISREG(status.st_mode):
        raise VideoError(f"{path}: expected a regular file, found a device or pipe; write it to a file first")
    if status.st_size == 0:
        raise VideoError(f"{path}: expected a video, found an empty file (0 bytes); fetch it again")
    if not os.access(path, os.R_OK):
        raise VideoError(f"{path}: permission to read it is missing; run `chmod +r` on it or copy it")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _what(path: Path) -> str:
    """The kind of a file that no demuxer accepts, in words."""
    with path.open("rb") as file:
        start = file.read(512)
    size = path.stat().st_size
    if start[4:8] == b"ftyp":
        return f"{size} bytes of MP4 without a readable index, as a transfer that was cut short leaves"
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        text = "" if error.start < len(start) - 4 else start[: error.start].decode("utf-8")
    return "text" if text and all(c.isprintable() or c.isspace() for c in text) else f"{size} bytes of something else"


def _video_stream(container: "InputContainer", path: Path) -> "VideoStream":
    from av.stream import Disposition

    if container.format.name == "tty":
        raise VideoError(f"{path}: expected a video, found text; name a video file")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            if stream.codec_context is None:
                raise VideoError(
                    f"{path}: expected a codec that FFmpeg decodes, found none; fetch or encode the file again"
                )
            stream.codec_context.thread_count = min(os.cpu_count() or 1, DECODER_THREADS)
            stream.thread_type = "AUTO"
            return stream
    if not any(stream.type in ("audio", "subtitle") for stream in container.streams):
        raise VideoError(f"{path}: expected a video stream, found {_what(path)}; check that the file is whole")
    kinds = ", ".join(f"{stream.type} ({stream.name or 'unknown codec'})" for stream in container.streams)
    raise VideoError(f"{path}: expected a video stream, found {kinds}; name a file with pictures")


def frame_times(path: Path, *, warn: Warn) -> FrameTimes:
    """When each frame is shown, from the packets alone; by decoding where packets carry no times.

    Raises:
        VideoError: as :func:`open_stream`, or if there is no frame at all.
    """
    with open_stream(path) as (container, stream):
        base = float(stream.time_base or 0) or 1e-3
        step = 1 / float(stream.average_rate or stream.guessed_rate or 25)
        packets = [packet for packet in _packets(container, stream, path, warn) if packet[2]]
        declared = _declared_duration(stream)
    stamps = sorted({stamp for stamp, *_ in packets if stamp is not None})
    if not packets:
        raise VideoError(f"{path}: expected at least one frame, found a video stream without any; fetch it again")
    if any(stamp is None for stamp, *_ in packets):
        return _times_by_decoding(path, warn)
    times = tuple((stamp - stamps[0]) * base for stamp in stamps)
    if len(times) > 1:
        step = median_low(later - earlier for earlier, later in pairwise(times))
    last = max(duration for stamp, duration, *_ in packets if stamp == stamps[-1]) * base
    duration = times[-1] + (last or step)
    if declared is not None and declared - duration > max(3 * step, 0.02 * declared):
        warn(f"{path}: truncated: it should last {declared:.2f} s, {duration:.2f} s are there; these are used")
    key_times = tuple(sorted((stamp - stamps[0]) * base for stamp, _, _, key in packets if key and stamp is not None))
    return FrameTimes(times=times, key_times=key_times, origin=stamps[0], step=step, duration=duration)


Packet = tuple[int | None, int, int, bool]
"""Presentation stamp, duration, size, whether decoding can start here."""


def _packets(container: "InputContainer", stream: "VideoStream", path: Path, warn: Warn) -> Iterator[Packet]:
    try:
        for packet in container.demux(stream):
            if not packet.is_discard:
                yield packet.pts, packet.duration or 0, packet.size, packet.is_keyframe
    except (OSError, ValueError) as error:
        warn(
            f"{path}: damaged: reading stopped ({getattr(error, 'strerror', None) or error}); what came before is used"
        )


def _declared_duration(stream: "VideoStream") -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    stated = stream.metadata.get("DURATION", "").split(":")  # Matroska: 00:00:10.000000000
    try:
        hours, minutes, seconds = (float(part) for part in stated)
    except ValueError:
        return None
    return 3600 * hours + 60 * minutes + seconds


def _times_by_decoding(path: Path, warn: Warn) -> FrameTimes:
    times = tuple(frame.time for frame in _decode_all(path, warn))
    step = median_low(b - a for a, b in pairwise(times)) if len(times) > 1 else 1 / 25
    return FrameTimes(times=times, key_times=(), origin=0, step=step, duration=times[-1] + step)


def _decode_all(path: Path, warn: Warn) -> Iterator[DecodedFrame]:
    """Every frame from the start of a stream whose packets carry no times."""
    with open_stream(path) as (container, stream):
        clock = _Clock(base=float(stream.time_base or 0), step=1 / float(stream.guessed_rate or 25), origin=None)
        for index, picture in enumerate(_pictures(container, stream, path, warn)):
            yield DecodedFrame(index=index, time=clock.time(picture), picture=picture)


def decode(
    path: Path, times: FrameTimes, *, start: float = 0.0, sparing: bool = False, warn: Warn
) -> Iterator[DecodedFrame]:
    """The frames from the one on screen at ``start`` to the end, in order of presentation.

    Damaged frames are left out with a warning.

    Args:
        path: The file.
        times: Its :func:`frame_times`.
        start: Seconds.
        sparing: Leave out the frames that no other frame refers to, where pictures have ``LARGE_PICTURE`` pixels or
            more: none, half or two thirds of them, as the file was encoded. The decoder need not touch them.
        warn: Where warnings about damage go.

    Raises:
        VideoError: as :func:`open_stream`, or if no frame can be decoded.
    """
    first = times.position(start)
    if not times.key_times:
        yield from (frame for frame in _decode_all(path, warn) if frame.index >= first)
        return
    with open_stream(path) as (container, stream):
        base = float(stream.time_base or 0) or 1e-3
        clock = _Clock(base=base, step=times.step, origin=times.origin)
        sparing = sparing and stream.codec_context.width * stream.codec_context.height >= LARGE_PICTURE
        if sparing:
            stream.codec_context.skip_frame = "NONREF"
        key = times.key_times[max(bisect_right(times.key_times, times.times[first]) - 1, 0)]
        sought = key > SEEK_GAIN
        if sought:
            container.seek(times.origin + round(key / base), stream=stream)
        for count, picture in enumerate(_pictures(container, stream, path, warn)):
            time = clock.time(picture)
            if sought and count == 0 and time > times.times[first] + times.step / 2:
                break  # the demuxer seeks badly: start over from the beginning
            if time >= times.times[first] - 1e-6:
                index = times.position(time) if sought or sparing else count
                yield DecodedFrame(index=index, time=time, picture=picture)
        else:
            return
    unseekable = FrameTimes(
        times=times.times, key_times=(0.0,), origin=times.origin, step=times.step, duration=times.duration
    )
    yield from decode(path, unseekable, start=start, sparing=sparing, warn=warn)


def _pictures(container: "InputContainer", stream: "VideoStream", path: Path, warn: Warn) -> Iterator["VideoFrame"]:
    """What decodes, in order; the damaged rest is counted and told at the end."""
    found, damaged, last_error = 0, 0, ""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            pictures = packet.decode()
        except (OSError, ValueError) as error:
            damaged, last_error = damaged + 1, _reason(error)
            continue  # a generator that has raised is exhausted, so a failed read ends the loop
        for picture in pictures:
            found += 1
            yield picture
    if not found:
        detail = f"{damaged} damaged packets ({last_error})" if damaged else "none"
        raise VideoError(f"{path}: expected at least one frame, found {detail}; fetch or encode the file again")
    if damaged:
        warn(f"{path}: damaged: {damaged} packets could not be decoded ({last_error}); the other frames are used")


class _Clock:
    """Presentation times in seconds that strictly rise, also where a container states them wrongly.

    Some AVI files swap the presentation stamps of neighbouring frames; decoders still emit frames in the right order,
    so from the first stamp that goes back the decoding stamps are used, as FFmpeg's own best effort does.
    """

    def __init__(self, *, base: float, step: float, origin: int | None) -> None:
        self._base, self._step, self._origin = base, step, origin
        self._last: float | None = None
        self._faulty = False

    def time(self, picture: "VideoFrame") -> float:
        self._faulty = self._faulty or not self._rises(picture.pts)
        stamp = picture.dts if self._faulty and picture.dts is not None else picture.pts
        if stamp is None:
            time = 0.0 if self._last is None else self._last + self._step
        else:
            self._origin = stamp if self._origin is None else self._origin
            time = (stamp - self._origin) * self._base
        if self._last is not None and time <= self._last:
            time = self._last + min(self._step, self._base or self._step)
        self._last = time
        return time

    def _rises(self, stamp: int | None) -> bool:
        known = stamp is not None and self._last is not None and self._origin is not None
        return not known or (stamp - self._origin) * self._base > self._last  # type: ignore[operator]
