"""The videos of a format: another name, another container or another cut of the world's own files."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from finsta.data.world.formats.content import VideoJob
from finsta.errors import OutputError

_CODECS: dict[str, tuple[str, str, dict[str, str]]] = {
    ".mp4": ("mp4", "libx264", {"preset": "veryfast", "crf": "16", "threads": "1", "x264-params": "asm=0"}),
    ".avi": ("avi", "mpeg4", {"qmin": "1", "qmax": "2", "threads": "1"}),
    ".webm": ("webm", "libvpx", {"deadline": "good", "cpu-used": "4", "qmin": "2", "qmax": "8", "threads": "1"}),
}
"""Container, codec and options for each extension. One thread: the same bytes for the same frames."""

_EXACT = {"fflags": "+bitexact"}
"""Keeps numbers drawn at random, and the version of the library, out of the files."""

BITS_PER_PIXEL = 4
"""Ceiling of what a recoded video may spend; colours and edges must survive."""


def make_video(folder: Path, job: VideoJob) -> None:
    """Make one video of a format, unless it is there; by way of a temporary file beside it.

    Raises:
        OutputError: if it cannot be written, or its sources cannot be read.
    """
    target = folder / job.target
    if target.exists():
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if job.way == "link":
            _link(job.sources[0], temporary)
        elif job.way == "join":
            _join(job.sources, temporary, slot=job.slot)
        else:
            _encode(_frames(job), temporary, suffix=target.suffix, rate=_rate(job.sources[0]))
        temporary.replace(target)
    except (OSError, av.FFmpegError) as error:
        with suppress(OSError):
            temporary.unlink()
        raise OutputError(
            f"{target}: cannot be made of {job.sources[0]}: {error}; make the world whole with `finsta world`, or "
            "choose another output"
        ) from error


def _link(source: Path, target: Path) -> None:
    """Another name for a file; a copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _join(sources: Sequence[Path], target: Path, *, slot: float) -> None:
    """Put the coded pictures of files of one make into one file, each file at its time; nothing is coded anew.

    Raises:
        OSError: if the files are of different makes.
    """
    with av.open(str(target), "w", format="mp4", options=_EXACT) as out:
        stream: Any = None
        header = b""
        for place, source in enumerate(sources):
            with av.open(str(source)) as container:
                video: Any = container.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(video)
                    header = video.codec_context.extradata or b""
                elif (video.codec_context.extradata or b"") != header:
                    raise OSError(f"{source.name} and {sources[0].name} are coded differently")
                shift = round(slot * place * video.time_base.denominator / video.time_base.numerator)
                for packet in container.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux(packet)


def _rate(source: Path) -> Fraction:
    with av.open(str(source)) as container:
        rate = container.streams.video[0].average_rate
    return Fraction(rate or 8)


def _frames(job: VideoJob) -> Iterator[VideoFrame]:
    """The frames of a job, without time stamps of their own."""
    with av.open(str(job.sources[0])) as container:
        last = None if job.last is None else job.last + 1
        for frame in islice(container.decode(video=0), job.first, last):
            yield VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")


def _encode(frames: Iterable[VideoFrame], target: Path, *, suffix: str, rate: Fraction) -> None:
    if suffix == ".gif":
        _encode_gif(list(frames), target, rate=rate)
        return
    container, codec, options = _CODECS[suffix]
    with av.open(str(target), "w", format=container, options=_EXACT) as out:
        stream: Any = out.add_stream(codec, rate=rate, options=options)
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(frames):
            if not number:
                stream.width, stream.height = frame.width, frame.height
                stream.bit_rate = int(BITS_PER_PIXEL * frame.width * frame.height * rate)
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _encode_gif(frames: Sequence[VideoFrame], target: Path, *, rate: Fraction) -> None:
    """A GIF whose 256 colours are those of this clip; its delays are hundredths of a second."""
    graph = Graph()
    first = frames[0]
    source = graph.add_buffer(width=first.width, height=first.height, format=first.format, time_base=1 / rate)
    split, palette = graph.add("split"), graph.add("palettegen", "stats_mode=full:reserve_transparent=0")
    use, sink = graph.add("paletteuse", "dither=none"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, 1 / rate
        source.push(frame)
    source.push(None)
    with av.open(str(target), "w", format="gif", options=_EXACT) as out:
        stream: Any = out.add_stream("gif", rate=rate)
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "pal8"
        stream.codec_context.time_base = 1 / rate
        for number in range(len(frames)):
            drawn: Any = sink.pull()
            drawn.pts, drawn.time_base = number, 1 / rate
            out.mux(stream.encode(drawn))
        out.mux(stream.encode(None))
