"""Pairs through a host in batches: what every task on pairs does first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from finsta.data.clips import ClipCache
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.transfer.hosts import Host, PooledText, PooledVideo, join_texts, join_videos
from finsta.video.segments import Segment

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedVideos:
    """The videos of some pairs as one host scores them; tasks on the same pairs and host share it.

    Attributes:
        pooled: What the host scores with, one row a video.
        row: Where each video, or part of one, that decodes is.
        skipped: Of each video that does not decode its path, and why.
    """

    pooled: PooledVideo
    row: Mapping[Segment, int]
    skipped: Mapping[str, str]

    def select(self, videos: Sequence[Segment]) -> PooledVideo:
        """Some of the videos."""
        return self.pooled.select([self.row[video] for video in videos])

    def skipped_of(self, pairs: Sequence[Pair]) -> dict[str, str]:
        """Of the videos of these pairs those that do not decode, and why."""
        videos = {str(pair.segment) for pair in pairs}
        return {video: reason for video, reason in self.skipped.items() if video in videos}

    def readable(self, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
        """The pairs whose videos decode.

        Raises:
            InputError: if there is none.
        """
        kept = tuple(pair for pair in pairs if pair.segment in self.row)
        if not kept:
            reason = next(iter(self.skipped_of(pairs).values()), "there is no pair")
            raise InputError(f"expected pairs with videos that decode, found none among {len(pairs)}: {reason}")
        return kept


def clip_cache(host: Host, folder: Path) -> ClipCache:
    """Frames as this host wants them, kept in a folder; hosts of one geometry share them."""
    return ClipCache(folder, frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)


def encode_pairs(
    host: Host,
    pairs: Sequence[Pair],
    *,
    batch_size: int = 16,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> EncodedVideos:
    """Decode the videos of pairs and encode them, leaving out those that do not decode.

    Args:
        host: Who reads them, in evaluation mode; left in the mode that it was in.
        pairs: Which; a video that stands in several counts once.
        batch_size: Clips in one pass.
        cache: Folder to keep decoded frames in; None keeps them for this call.
        progress: Called with (done, total); decoding a video is one step, encoding it another.

    Raises:
        InputError: if there is no pair, or not one video decodes.
    """
    segments = [pair.segment for pair in pairs]
    return encode_segments(host, segments, batch_size=batch_size, cache=cache, progress=progress)


def encode_segments(
    host: Host,
    segments: Sequence[Segment],
    *,
    batch_size: int = 16,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> EncodedVideos:
    """As :func:`encode_pairs`, of videos or parts of them; one that repeats counts once."""
    wanted = list(dict.fromkeys(segments))
    report = progress or _nothing
    with TemporaryDirectory(prefix="finsta-clips-") as temporary:
        clips = clip_cache(host, cache or Path(temporary))
        failed = clips.fill(wanted, progress=lambda done, total: report(done, 2 * total))
        videos = [video for video in wanted if video not in failed]
        encoded = EncodedVideos(
            pooled=_encode_videos(
                host, videos, clips, batch_size, lambda done: report(len(wanted) + done, 2 * len(wanted))
            ),
            row={video: index for index, video in enumerate(videos)},
            skipped={str(video): reason for video, reason in failed.items()},
        )
    report(2 * len(wanted), 2 * len(wanted))
    return encoded


@contextmanager
def inference(host: Host) -> Iterator[None]:
    """The host in evaluation mode without gradients; then as it was."""
    training = host.model.training
    host.model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        host.model.train(training)


def encode_texts(host: Host, texts: Sequence[str], *, batch_size: int) -> PooledText:
    """What the host scores texts with; texts of like length share a batch, the order is kept."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    parts = [
        host.encode_text(host.tokens([texts[index] for index in order[start : start + batch_size]])).pooled
        for start in range(0, len(order), batch_size)
    ]
    joined = join_texts(parts)
    return joined.select(torch.tensor(order).argsort().tolist())


def _encode_videos(
    host: Host, videos: Sequence[Segment], clips: ClipCache, batch_size: int, report: Callable[[int], None]
) -> PooledVideo:
    parts = []
    with inference(host):
        for start in range(0, len(videos), batch_size):
            pixels = host.normalise(clips.clips(videos[start : start + batch_size]))
            parts.append(host.encode_video(pixels).pooled)
            report(start + len(pixels))
    return join_videos(parts) if parts else PooledVideo(embedding=torch.zeros(0, 0))


def _nothing(done: int, total: int) -> None:
    """Nobody watches."""
