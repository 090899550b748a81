"""One batch through the host, each encoder once and only where a term of the loss asks; joined over processes."""

from dataclasses import dataclass, replace

import torch

from finsta.alignment.gathering import gather_rows, processes
from finsta.shapes import Bool, Float, Tensor
from finsta.training.loop.precision import exactly, in_single
from finsta.training.loop.processes import from_all, process
from finsta.training.post_training.batches import PairBatch
from finsta.training.post_training.in_parts import in_parts
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


def encode(host: Host, batch: PairBatch, needs: Needs, *, at_once: int = 0) -> Encoded:
    """Run what is needed of the host; gradients flow.

    Encoders run in the precision that is set around; what comes out is in single precision, and so are logits.

    Args:
        host: Which.
        batch: Its pairs.
        needs: What is needed.
        at_once: Pairs that go through an encoder together, see `in_parts`; 0 takes all.
    """
    text = video = pairs = likelihood = None
    if needs.text and batch.captions is not None:
        text = in_parts(host.encode_text, batch.captions, size=at_once)
    if needs.video:
        video = in_parts(host.encode_video, batch.pixels, size=at_once)
    if needs.pairs and batch.captions is not None:
        pairs = in_parts(host.encode_pairs, batch.pixels, batch.captions, size=at_once)
    if needs.likelihood:
        likelihood = in_parts(host.log_likelihood, batch.pixels, [""] * len(batch.texts), batch.texts, size=at_once)
    text, video, pairs, likelihood = in_single([text, video, pairs, likelihood], host.device)
    similarity = None
    if host.capabilities.joint and text is not None and video is not None:
        with exactly(host.device):
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
        text = PooledText(
            embedding=gather_rows(text.embedding),
            features=gather_rows(text.features),
            source=_all_texts(text.source),
        )
        video = PooledVideo(
            embedding=gather_rows(video.embedding),
            context=None if video.context is None else gather_rows(video.context),
            source=None if video.source is None else gather_rows(video.source),
        )
    return host.similarity(text, video)


def detached_text(text: TextEncoding) -> PooledText:
    """What texts are scored with, for a loss that may not move the text encoder."""
    pooled = text.pooled
    return replace(pooled, embedding=pooled.embedding.detach(), features=pooled.features.detach())


def detached_video(video: VideoEncoding) -> VideoEncoding:
    """Videos for a loss that may not move the video encoder."""
    pooled, context = video.pooled, video.pooled.context
    still = replace(pooled, embedding=pooled.embedding.detach(), context=None if context is None else context.detach())
    return replace(video, pooled=still, tokens=video.tokens.detach())


def _joint_captions(batch: PairBatch, device: torch.device) -> tuple[Bool[Tensor, "all all"], int]:
    """Which pairs of all processes have the same caption, and where this process's begin."""
    if processes() == 1:
        return batch.same_caption.to(device), 0
    parts = from_all(batch.texts)
    texts = [text for part in parts for text in part]
    first = sum(len(part) for part in parts[: process()])
    return torch.tensor([[a == b for b in texts] for a in texts], device=device), first


def _all_texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for part in from_all(texts) for text in part)
