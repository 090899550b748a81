"""X-CLIP: frames exchange messages, a small transformer pools them, and every video rewrites the text embeddings."""

from dataclasses import replace
from typing import Any

import torch

from finsta.errors import HostError
from finsta.shapes import Float, Tensor
from finsta.transfer.capture import capture
from finsta.transfer.hosts.clip import CLIP
from finsta.transfer.hosts.encodings import PooledText, PooledVideo, VideoEncoding
from finsta.transfer.hosts.pieces import patch_grid, pooled, unit

# Largest number of activations of one prompt-generator layer that `similarity` holds at once.
ACTIVATIONS_AT_ONCE = 2**24


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Encode clips with cross-frame attention and the multi-frame integration transformer (MIT), all the model's own.

    The context that the prompt generator reads is the mean over frames of the patches' prompt projection, computed from
    the model's own parts as its ``forward`` does; a test holds the two to the same logits.
    """
    videos, frames = pixels.shape[:2]
    with capture(model, "vision_model") as seen:
        embedding = unit(pooled(model.get_video_features(pixel_values=pixels)))  # [B, D]
    hidden = seen["vision_model"].last_hidden_state[:, 1:]  # [B·T, P, Dv]
    context = model.prompts_visual_layernorm(hidden) @ model.prompts_visual_projection  # [B·T, P, D]
    return VideoEncoding(
        pooled=PooledVideo(embedding=embedding, context=context.unflatten(0, (videos, frames)).mean(dim=1)),
        tokens=hidden.unflatten(0, (videos, frames)),
        grid=patch_grid(model.config.vision_config),
    )


def similarity(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """Score every text, as the model's prompt generator rewrites it for every video, against that video.

    Texts × videos prompts are made in blocks, so memory stays bounded for any number of either (without gradients).

    Raises:
        HostError: if the videos come without the context that the prompts are made from.
    """
    if video.context is None:
        raise HostError("X-CLIP scores texts by prompts made from the video; expected PooledVideo.context, found None")
    heads, patches, dim = model.config.prompt_num_attention_heads, video.context.shape[1], text.features.shape[1]
    pairs = max(1, ACTIVATIONS_AT_ONCE // max(heads * patches, 4 * dim))
    texts_at_once = min(max(1, len(text.features)), pairs)
    rows = []
    for features in text.features.split(texts_at_once):
        blocks = zip(
            video.embedding.split(max(1, pairs // texts_at_once)),
            video.context.split(max(1, pairs // texts_at_once)),
            strict=True,
        )
        rows.append(torch.cat([_block(model, features, *block) for block in blocks], dim=1))
    return torch.cat(rows)


def _block(
    model: Any,
    features: Float[Tensor, "texts dim"],
    embedding: Float[Tensor, "videos dim"],
    context: Float[Tensor, "videos patches dim"],
) -> Float[Tensor, "texts videos"]:
    """Logits of some texts against some videos."""
    texts = features.expand(len(embedding), -1, -1)  # [videos, texts, D]
    prompted = unit(texts + model.prompts_generator(texts, context))
    return torch.einsum("vd,vtd->tv", embedding, model.logit_scale.exp() * prompted)


# Patch tokens go the way of the frames' class tokens up to MIT's input. MIT adds to that input (it is a residual) and
# averages over frames, so this is the space that the video embedding lives in; the prompt projection, which only makes
# keys for the prompt generator, is not.
XCLIP = replace(
    CLIP,
    title="X-CLIP: cross-frame attention, multi-frame integration, video-specific prompts",
    classes=("XCLIPModel",),
    processor="XCLIPProcessor",
    fixed_frames=lambda config: int(config.vision_config.num_frames),
    encode_video=encode_video,
    similarity=similarity,
)
