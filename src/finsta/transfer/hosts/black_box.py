"""A host of which only a similarity matrix is known: no hook, no encoder, no token."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.host import DEFAULT_FRAMES, Host
from finsta.transfer.hosts.spec import HostSpec

Similarity = Callable[[Sequence[str], Tensor], Tensor]
"""(texts, pixels ``[videos, frames, 3, height, width]``) → logits ``[texts, videos]``, differentiable."""


def black_box_host(
    similarity: Similarity,
    model: nn.Module,
    *,
    image_processor: Any,
    name: str = "black box",
    num_frames: int = DEFAULT_FRAMES,
    save: Callable[[Any, Path], None] | None = None,
) -> Host:
    """Make a host of a function that scores texts against videos.

    Only the relational form of transfer and the host's own contrastive loss reach it; the graphs' regions are seen by
    their colours, and their labels read by a sentence encoder, since the host shows neither tokens nor embeddings.

    Args:
        similarity: Scores every text for every video; what a softmax is taken of, its own temperature included.
        model: What holds the parameters that ``similarity`` uses; ``nn.ParameterList`` around them will do.
        image_processor: How frames are resized and normalised: one of `transformers`, or `FrameProcessor.of_size`.
        name: What to call it.
        num_frames: Frames to read of a clip.
        save: (model, folder) → writes the weights; None: ``model.safetensors``.
    """
    spec = HostSpec(
        title="a black box: a similarity matrix and the parameters behind it",
        family="dual encoder",
        reads=lambda model: {},
        encode_video=_keep_clips,
        encode_text=_keep_texts,
        similarity=lambda model, text, video: similarity(text.source, _clips(video)),
        loss="contrastive",
        save=save,
    )
    return Host(
        model=model,
        tokenizer=ByteTokenizer(),
        image_processor=image_processor,
        name=name,
        num_frames=num_frames,
        spec=spec,
    )


class ByteTokenizer:
    """Texts as their bytes, one up from zero, which pads: ids from which the text can be had again."""

    is_fast = False

    def __call__(self, texts: Sequence[str], **settings: Any) -> Any:
        """``input_ids`` and ``attention_mask``, padded to the longest; never cut off."""
        from transformers import BatchEncoding

        rows = [[byte + 1 for byte in text.encode()] for text in texts]
        length = max(1, *(len(row) for row in rows)) if rows else 1
        ids = torch.tensor([row + [0] * (length - len(row)) for row in rows], dtype=torch.long).reshape(-1, length)
        return BatchEncoding({"input_ids": ids, "attention_mask": (ids > 0).long()})

    @staticmethod
    def texts(ids: Tensor) -> tuple[str, ...]:
        """The texts again."""
        return tuple(bytes(value - 1 for value in row if value).decode() for row in ids.tolist())


def _keep_texts(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    ids = tokens["input_ids"]
    nothing = torch.zeros(len(ids), 0, device=ids.device)
    return TextEncoding(
        pooled=PooledText(embedding=nothing, features=nothing, source=ByteTokenizer.texts(ids)),
        tokens=nothing[:, None].expand(-1, ids.shape[1], -1),
        mask=tokens["attention_mask"].bool(),
    )


def _keep_clips(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    videos, frames = pixels.shape[:2]
    return VideoEncoding(
        pooled=PooledVideo(embedding=pixels.new_zeros(videos, 0), source=pixels),
        tokens=pixels.new_zeros(videos, frames, 0, 0),
        grid=(0, 0),
    )


def _clips(video: PooledVideo) -> Tensor:
    assert video.source is not None
    return video.source
