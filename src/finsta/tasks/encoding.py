"""Pairs through a host in batches: what every task on pairs does first."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from finsta.data.clips import ClipCache
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.transfer.hosts import Host, PooledText, PooledVideo, join_texts, join_videos

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class ReadablePairs:
    """Pairs whose videos decode, and those that do not.

    Attributes:
        pairs: The pairs that everything is measured on.
        skipped: Of each video that does not decode its path, and why.
        clips: The frames of those that do.
    """

    pairs: tuple[Pair, ...]
    skipped: dict[str, str]
    clips: ClipCache


def clip_cache(host: Host, folder: Path) -> ClipCache:
    """Frames as this host wants them, kept in a folder; hosts of one geometry share them."""
    return ClipCache(folder, frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)


@contextmanager
def readable_pairs(
    host: Host, pairs: Sequence[Pair], *, cache: Path | None, progress: Progress | None
) -> Iterator[ReadablePairs]:
    """Decode the videos of pairs for a host, leaving out those that do not decode.

    Args:
        host: Who is going to read them.
        pairs: Which.
        cache: Folder to keep the frames in; None keeps them until the block ends.
        progress: Called with (done, total) after each video.

    Raises:
        InputError: if there is no pair, or not one video decodes.
    """
    with TemporaryDirectory(prefix="finsta-clips-") as temporary:
        clips = clip_cache(host, cache or Path(temporary))
        failed = clips.fill((pair.video for pair in pairs), progress=progress)
        readable = tuple(pair for pair in pairs if pair.video not in failed)
        if not readable:
            reason = next(iter(failed.values()), "there is no pair")
            raise InputError(f"expected pairs with videos that decode, found none among {len(pairs)}: {reason}")
        yield ReadablePairs(
            pairs=readable, skipped={str(video): reason for video, reason in failed.items()}, clips=clips
        )


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
    back = torch.tensor(order, device=joined.embedding.device).argsort()
    return PooledText(embedding=joined.embedding[back], features=joined.features[back])


def encode_videos(host: Host, videos: Sequence[Path], clips: ClipCache, *, batch_size: int) -> PooledVideo:
    """What the host scores videos with."""
    parts = [
        host.encode_video(host.normalise(clips.clips(videos[start : start + batch_size]))).pooled
        for start in range(0, len(videos), batch_size)
    ]
    return join_videos(parts)
