"""What a host makes of texts and of videos: the pooled part, from which it scores, and the tokens behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finsta.shapes import Bool, Float, Tensor


@dataclass(frozen=True, kw_only=True)
class PooledText:
    """All that a host needs of texts to score them against videos.

    Attributes:
        embedding: In the joint space, of length one.
        features: The same before it is normalised; X-CLIP's prompt generator reads these.
        source: The texts themselves, where only text and video together have a score (see `black_box`); else none.
    """

    embedding: Float[Tensor, "texts dim"]
    features: Float[Tensor, "texts dim"]
    source: tuple[str, ...] = ()

    def select(self, rows: Sequence[int]) -> "PooledText":
        """Some of the texts, in this order."""
        return PooledText(
            embedding=self.embedding[rows],
            features=self.features[rows],
            source=tuple(self.source[row] for row in rows) if self.source else (),
        )


@dataclass(frozen=True, kw_only=True)
class PooledVideo:
    """All that a host needs of videos to score them against texts.

    Attributes:
        embedding: In the joint space, of length one.
        context: What a text is scored with beside it: X-CLIP's patch features, averaged over the frames, to which its
            prompt generator attends; BLIP-2's queries, of length one. None for other hosts.
        source: The clips themselves, where only text and video together have a score (see `black_box`); else None.
    """

    embedding: Float[Tensor, "videos dim"]
    context: Float[Tensor, "videos patches dim"] | None = None
    source: Float[Tensor, "videos frames 3 height width"] | None = None

    def select(self, rows: Sequence[int]) -> "PooledVideo":
        """Some of the videos, in this order."""
        return PooledVideo(
            embedding=self.embedding[rows],
            context=None if self.context is None else self.context[rows],
            source=None if self.source is None else self.source[rows],
        )


@dataclass(frozen=True, kw_only=True)
class TextEncoding:
    """Texts through the host's text tower.

    Attributes:
        pooled: What the host scores with.
        tokens: Last hidden states, after the tower's final layer norm, before the projection.
        mask: True = real token.
    """

    pooled: PooledText
    tokens: Float[Tensor, "texts length width"]
    mask: Bool[Tensor, "texts length"]


@dataclass(frozen=True, kw_only=True)
class VideoEncoding:
    """Clips through the host's vision tower.

    Attributes:
        pooled: What the host scores with.
        tokens: Last hidden states of the patches, row by row, the class token left out; for each frame, or for each
            of fewer equal parts of the frames where the host joins frames to tubelets.
        grid: Rows and columns of patches in a frame.
    """

    pooled: PooledVideo
    tokens: Float[Tensor, "videos steps patches width"]
    grid: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class FusedEncoding:
    """Texts and videos through the host's cross-modal encoder, text i with video i.

    Attributes:
        tokens: States of the text's tokens once they have seen the video, token by token as `Host.tokens` gives them.
        mask: True = real token.
        pooled: One vector for each pair.
        match: Logit that the pair belongs together, where the host has such a head.
    """

    tokens: Float[Tensor, "pairs length width"]
    mask: Bool[Tensor, "pairs length"]
    pooled: Float[Tensor, "pairs dim"]
    match: Float[Tensor, " pairs"] | None = None


@dataclass(frozen=True, kw_only=True)
class HostOutput:
    """One batch of pairs through a host.

    Attributes:
        text: The texts' encoding.
        video: The videos' encoding.
        similarity: The host's own logits, texts in rows and videos in columns, its logit scale included.
        loss: Symmetric InfoNCE of these logits, text i belonging to video i; what hosts of other kinds were trained
            with is in :mod:`finsta.training.post_training.own_loss`.
    """

    text: TextEncoding
    video: VideoEncoding
    similarity: Float[Tensor, "batch batch"]
    loss: Float[Tensor, ""]

    @property
    def text_embedding(self) -> Float[Tensor, "batch dim"]:
        """Of length one, in the joint space."""
        return self.text.pooled.embedding

    @property
    def video_embedding(self) -> Float[Tensor, "batch dim"]:
        """Of length one, in the joint space."""
        return self.video.pooled.embedding

    @property
    def text_tokens(self) -> Float[Tensor, "batch length text_width"]:
        """Last hidden states of the text tower, before its projection."""
        return self.text.tokens

    @property
    def text_mask(self) -> Bool[Tensor, "batch length"]:
        """True = real token."""
        return self.text.mask

    @property
    def visual_tokens(self) -> Float[Tensor, "batch frames patches visual_width"]:
        """Last hidden states of the patches, without the class token, before the projection."""
        return self.video.tokens

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches in a frame."""
        return self.video.grid


def join_texts(parts: Sequence[PooledText]) -> PooledText:
    """Lay texts that were encoded in several batches end to end."""
    return PooledText(
        embedding=torch.cat([part.embedding for part in parts]),
        features=torch.cat([part.features for part in parts]),
        source=tuple(text for part in parts for text in part.source),
    )


def join_videos(parts: Sequence[PooledVideo]) -> PooledVideo:
    """Lay videos that were encoded in several batches end to end."""
    contexts = [part.context for part in parts if part.context is not None]
    sources = [part.source for part in parts if part.source is not None]
    return PooledVideo(
        embedding=torch.cat([part.embedding for part in parts]),
        context=torch.cat(contexts) if contexts else None,
        source=torch.cat(sources) if sources else None,
    )
