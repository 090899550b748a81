"""SigLIP over frames, in both its forms: frames of one size (`siglip`), or of any shape within so many patches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

import numpy as np

from finsta.shapes import Array, Float, Image, Tensor, UInt8
from finsta.transfer.capture import capture
from finsta.transfer.hosts.encodings import PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.pieces import (
    check_vocabulary,
    patch_grid,
    pooled,
    scale_temperature,
    scaled_cosines,
    text_positions,
    unit,
    vision_size,
)
from finsta.transfer.hosts.spec import HostSpec


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """Texts padded to one length, padding read like words: so the tower was trained, and it pools at the last place."""
    with capture(model, "text_model") as seen:
        features = pooled(model.get_text_features(input_ids=tokens["input_ids"]))
    return TextEncoding(
        pooled=PooledText(embedding=unit(features), features=features),
        tokens=seen["text_model"].last_hidden_state,
        mask=tokens["attention_mask"].bool(),
    )


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Encode each frame on its own and pool by the mean, as CLIP's frames are; the model has no class token."""
    with capture(model, "vision_model") as seen:
        features = pooled(model.get_image_features(pixel_values=pixels.flatten(0, 1)))  # [B·T, D]
    return _pool(pixels, features, seen["vision_model"].last_hidden_state, patch_grid(model.config.vision_config))


def encode_patched_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """The same where the model reads patches: it takes frames of any shape that is a multiple of its patches.

    No patch is padding, as all frames of a batch have one shape; the mask that the model wants is all ones.
    """
    import torch

    side = int(model.config.vision_config.patch_size)
    rows, columns = pixels.shape[-2] // side, pixels.shape[-1] // side
    frames = pixels.flatten(0, 1)
    patches = frames.unfold(2, side, side).unfold(3, side, side)  # [B·T, 3, rows, columns, side, side]
    patches = patches.permute(0, 2, 3, 4, 5, 1).reshape(len(frames), rows * columns, -1)
    with capture(model, "vision_model") as seen:
        features = pooled(
            model.get_image_features(
                pixel_values=patches,
                pixel_attention_mask=torch.ones(patches.shape[:2], dtype=torch.long, device=pixels.device),
                spatial_shapes=torch.tensor([[rows, columns]] * len(frames), device=pixels.device),
            )
        )
    return _pool(pixels, features, seen["vision_model"].last_hidden_state, (rows, columns))


def _pool(pixels: Tensor, features: Tensor, tokens: Tensor, grid: tuple[int, int]) -> VideoEncoding:
    clips = pixels.shape[:2]
    embedding = unit(unit(features).unflatten(0, clips).mean(dim=1))
    return VideoEncoding(pooled=PooledVideo(embedding=embedding), tokens=tokens.unflatten(0, clips), grid=grid)


def similarity(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """Logits of the pairwise sigmoid: cosine times the model's own scale, plus its own bias."""
    logits: Tensor = scaled_cosines(model, text, video) + model.logit_bias
    return logits


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each text token through the tower's head, as its last token goes."""
    projected: Tensor = model.text_model.head(tokens)
    return projected


def project_visual(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each patch token through the attention pooling as if it were the only patch: what the model would say of it."""
    projected: Tensor = model.vision_model.head(tokens.reshape(-1, 1, tokens.shape[-1]))
    return projected.unflatten(0, tokens.shape[:-1]) if tokens.ndim > 1 else projected[0]


def prepare_patched(processor: Any, images: Sequence[Image]) -> UInt8[Array, "frames side side 3"]:
    """Frames squeezed into the square of as many patches as the processor allows, so that all clips have one grid."""
    from transformers.image_utils import SizeDict

    side = isqrt(processor.max_num_patches) * processor.patch_size
    size = SizeDict(height=side, width=side)
    resized = [processor.resize(image.transpose(2, 0, 1), size, resample=processor.resample) for image in images]
    return np.ascontiguousarray(np.stack(resized).transpose(0, 2, 3, 1).astype(np.uint8))


def patched_size(config: Any) -> tuple[int, int]:
    """The square of patches that the position embeddings were made for."""
    side = isqrt(config.vision_config.num_patches) * int(config.vision_config.patch_size)
    return side, side


SIGLIP = HostSpec(
    title="SigLIP, or SigLIP 2 with frames of one size, over frames, mean-pooled; pairwise sigmoid",
    family="dual encoder",
    classes=("SiglipModel",),
    processor="SiglipProcessor",
    reads=lambda model: {"text tokens": "text_model", "visual tokens": "vision_model"},
    encode_video=encode_video,
    encode_text=encode_text,
    similarity=similarity,
    project_visual=project_visual,
    project_text=project_text,
    temperature=scale_temperature,
    loss="sigmoid",
    frame_size=vision_size,
    text_length=text_positions,
    pads_to_length=True,
    check_tokenizer=check_vocabulary,
)
SIGLIP_2 = replace(
    SIGLIP,
    title="SigLIP 2 with frames of any shape (NaFlex) over frames, mean-pooled; pairwise sigmoid",
    classes=("Siglip2Model",),
    processor="Siglip2Processor",
    encode_video=encode_patched_video,
    frame_size=patched_size,
    prepare=prepare_patched,
)
