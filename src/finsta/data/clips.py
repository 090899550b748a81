"""Frames of clips as the host wants them, decoded once and kept as memory-mapped bytes."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

import numpy as np

from finsta.errors import InputError, OutputError, VideoError
from finsta.shapes import Array, Image, UInt8
from finsta.video.frames import sample_frames
from finsta.video.segments import Segment

Prepare = Callable[[Sequence[Image]], UInt8[Array, "frames height width 3"]]


class ClipCache:
    """Evenly sampled, resized frames of videos or parts of them: one ``.npy`` a clip, written whole or not at all.

    The key of a clip is its path, size and time of change, the part, the number of frames and the geometry: an edited
    video is decoded again, and hosts that want other frames never see these. A file that is not a whole clip is
    replaced.

    Args:
        folder: Where clips are kept; made when the first is written.
        frames: Frames of a clip.
        prepare: Resizes and crops the frames of a clip: `Host.prepare`.
        geometry: What `prepare` does, in words: `Host.geometry`.
        max_side: Longest side in pixels after decoding, before `prepare`; None keeps the video's own.
    """

    def __init__(
        self, folder: Path, *, frames: int, prepare: Prepare, geometry: str, max_side: int | None = None
    ) -> None:
        self.folder = folder
        self.frames = frames
        self.prepare = prepare
        self.geometry = geometry
        self.max_side = max_side

    def clip(self, video: Segment | Path) -> UInt8[Array, "frames height width 3"]:
        """The frames of a video, from the folder or else decoded now (and kept).

        Raises:
            VideoError: if the video does not decode.
            OutputError: if the folder cannot be written.
        """
        segment = _segment(video)
        file = self._file(segment)
        kept = self._read(file)
        return self._decode(segment, file) if kept is None else kept

    def clips(self, videos: Sequence[Segment | Path]) -> UInt8[Array, "clips frames height width 3"]:
        """The frames of several videos, laid end to end.

        Raises:
            VideoError: if one does not decode.
        """
        return np.stack([self.clip(video) for video in videos])

    def fill(
        self,
        videos: Iterable[Segment | Path],
        *,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> dict[Segment, str]:
        """Decode what is not kept yet, several at once.

        Args:
            videos: Which; repeated ones count once.
            workers: Threads; decoding leaves Python's lock. None takes one for each core.
            progress: Called with (done, total) after each clip.

        Returns:
            The videos that do not decode, and why.

        Raises:
            OutputError: if the folder cannot be written.
        """
        wanted = list(dict.fromkeys(_segment(video) for video in videos))
        failed: dict[Segment, str] = {}
        with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
            jobs = {pool.submit(self._ensure, video): video for video in wanted}
            try:
                for done, job in enumerate(as_completed(jobs), 1):
                    if (reason := job.result()) is not None:
                        failed[jobs[job]] = reason
                    if progress is not None:
                        progress(done, len(wanted))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return {video: failed[video] for video in wanted if video in failed}

    def _ensure(self, video: Segment) -> str | None:
        """Why a video does not decode; None once it is kept."""
        try:
            self.clip(video)
        except VideoError as error:
            return str(error)
        return None

    def _file(self, segment: Segment) -> Path:
        video = segment.video
        try:
            state = video.stat()
        except OSError as error:
            raise VideoError(f"{video}: cannot be read: {error.strerror}") from error
        span = () if segment.whole else (segment.start, segment.end)
        parts = (video.resolve(), *span, state.st_size, state.st_mtime_ns, self.frames, self.max_side, self.geometry)
        key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]
        return self.folder / f"{key}.npy"

    def _read(self, file: Path) -> Array | None:
        if not file.is_file():
            return None
        try:
            clip: Array = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return clip if clip.dtype == np.uint8 and clip.ndim == 4 and len(clip) == self.frames else None

    def _decode(self, segment: Segment, file: Path) -> Array:
        try:
            images, _ = sample_frames(
                segment.video,
                self.frames,
                start=segment.start,
                end=segment.end,
                max_side=self.max_side,
                warn=_unsaid,
            )
        except InputError as error:
            told = str(error)
            raise VideoError(told if str(segment.video) in told else f"{segment}: {told}") from error
        clip = np.ascontiguousarray(self.prepare(images))
        _write(file, clip)
        return clip


def _segment(video: Segment | Path) -> Segment:
    return video if isinstance(video, Segment) else Segment(video)


def _write(file: Path, clip: Array) -> None:
    """Write under another name, then rename: a reader sees a whole clip or none."""
    temporary = file.with_name(f".{file.stem}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            np.save(stream, clip, allow_pickle=False)
        temporary.replace(file)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise OutputError(f"{file.parent}: clips cannot be kept there: {error}; give another folder") from error


def _unsaid(message: str) -> None:
    """Damage that leaves frames to read is the parser's to tell; a clip without any is an error."""
