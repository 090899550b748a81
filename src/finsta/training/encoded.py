"""One batch through the host, each encoder once and only where a term of the loss asks; joined over processes."""

from dataclasses import dataclass, replace

import torch
from torch import distributed

from finsta.alignment.gathering import gather_rows, processes
from finsta.shapes import Bool, Float, Tensor
from finsta.training.batches import PairBatch
from finsta.transfer.hosts import FusedEncoding, Host, PooledText, PooledVideo, TextEncoding, VideoEncoding


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Which parts of the host a step runs."""

    text: bool
    video: bool
    pairs: bool
    likelihood: bool = False


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What the host makes of a batch; ``None`` where it lacks the encoder, or nobody asks.

    Attributes:
        text: Of this process.
        video: Of this process.
        pairs: Text i with video i, of this process.
        likelihood: Mean log-probability of each caption's tokens, given its video.
        similarity: The host's logits, where it has a joint space, over the batches of all processes.
        same_caption: Which pairs have the same caption, of all processes.
        first: Place of this process's first pair among those of all.
    """

    text: TextEncoding | None
    video: VideoEncoding | None
    pairs: FusedEncoding | None
    likelihood: Float[Tensor, " batch"] | None
    similarity: Float[Tensor, "all all"] | None
    same_caption: Bool[Tensor, "all all"]
    first: int = 0

    @property
    def own_similarity(self) -> Float[Tensor, "batch batch"]:
        """The logits of this process's pairs alone."""
        assert self.similarity is not None
        assert self.video is not None
        own = slice(self.first, self.first + len(self.video.pooled.embedding))
        return self.similarity[own, own]


def encode(host: Host, batch: PairBatch, needs: Needs) -> Encoded:
    """Run what is needed of the host; gradients flow."""
    text = host.encode_text(batch.captions) if needs.text and batch.captions is not None else None
    video = host.encode_video(batch.pixels) if needs.video else None
    pairs = host.encode_pairs(batch.pixels, batch.captions) if needs.pairs and batch.captions is not None else None
    likelihood = host.log_likelihood(batch.pixels, [""] * len(batch.texts), batch.texts) if needs.likelihood else None
    similarity = None
    if host.capabilities.joint and text is not None and video is not None:
        similarity = joint_similarity(host, text.pooled, video.pooled)
    same, first = _joint_captions(batch, host.device)
    return Encoded(
        text=text,
        video=video,
        pairs=pairs,
        likelihood=likelihood,
        similarity=similarity,
        same_caption=same,
        first=first,
    )


def joint_similarity(host: Host, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """The host's logits over the batches of all processes; gradients flow back to their owners."""
    if processes() > 1:
        text = PooledText(embedding=gather_rows(text.embedding), features=gather_rows(text.features))
        context = None if video.context is None else gather_rows(video.context)
        video = PooledVideo(embedding=gather_rows(video.embedding), context=context)
    return host.similarity(text, video)


def detached_text(text: TextEncoding) -> PooledText:
    """What texts are scored with, for a loss that may not move the text encoder."""
    return PooledText(embedding=text.pooled.embedding.detach(), features=text.pooled.features.detach())


def detached_video(video: VideoEncoding) -> VideoEncoding:
    """Videos for a loss that may not move the video encoder."""
    context = video.pooled.context
    pooled = PooledVideo(
        embedding=video.pooled.embedding.detach(), context=None if context is None else context.detach()
    )
    return replace(video, pooled=pooled, tokens=video.tokens.detach())


def _joint_captions(batch: PairBatch, device: torch.device) -> tuple[Bool[Tensor, "all all"], int]:
    """Which pairs of all processes have the same caption, and where this process's begin."""
    if processes() == 1:
        return batch.same_caption.to(device), 0
    found: list[tuple[str, ...] | None] = [None] * processes()
    distributed.all_gather_object(found, batch.texts)
    texts = [text for part in found if part is not None for text in part]
    first = sum(len(part) for part in found[: distributed.get_rank()] if part is not None)
    return torch.tensor([[a == b for b in texts] for a in texts], device=device), first
