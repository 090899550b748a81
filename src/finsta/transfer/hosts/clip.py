"""CLIP as a video host: every frame is an image, frames are pooled without parameters."""

from collections.abc import Callable
from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.capture import capture
from finsta.transfer.hosts.encodings import PooledVideo, VideoEncoding
from finsta.transfer.hosts.pieces import (
    check_end_of_text,
    encode_text,
    patch_grid,
    pooled,
    project_text,
    project_visual,
    scale_temperature,
    scaled_cosines,
    text_positions,
    unit,
    vision_size,
)
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Encode each frame on its own and pool by the mean, after CLIP4Clip's parameter-free ``meanP``.

        v = unit( 1/T Σ_t unit(f_t) )

    f_t is the projected embedding of frame t, T the number of frames, unit(x) = x / ‖x‖. Normalising each frame first
    gives every frame the same say, whatever its norm. Known from CLIP4Clip (Luo et al., 2021); one frame is plain CLIP.
    """
    videos, frames = pixels.shape[:2]
    with capture(model, "vision_model") as seen:
        features = pooled(model.get_image_features(pixel_values=pixels.flatten(0, 1)))  # [B·T, D]
    embedding = unit(unit(features).unflatten(0, (videos, frames)).mean(dim=1))  # [B, D]
    tokens = seen["vision_model"].last_hidden_state[:, 1:].unflatten(0, (videos, frames))  # [B, T, P, Dv]
    return VideoEncoding(
        pooled=PooledVideo(embedding=embedding), tokens=tokens, grid=patch_grid(model.config.vision_config)
    )


def clip_like(
    title: str,
    *,
    classes: tuple[str, ...],
    processor: str,
    text_length: Callable[[Any], int] = text_positions,
    check_tokenizer: Callable[[Any, Any, str], None] = check_end_of_text,
) -> HostSpec:
    """The row of a family whose towers and heads have CLIP's names."""
    return HostSpec(
        title=title,
        family="dual encoder",
        classes=classes,
        processor=processor,
        reads=lambda model: {"text tokens": "text_model", "visual tokens": "vision_model"},
        encode_video=encode_video,
        encode_text=encode_text,
        similarity=scaled_cosines,
        project_visual=project_visual,
        project_text=project_text,
        temperature=scale_temperature,
        loss="contrastive",
        frame_size=vision_size,
        text_length=text_length,
        check_tokenizer=check_tokenizer,
    )


CLIP = clip_like(
    "CLIP over frames, mean-pooled (CLIP4Clip's parameter-free form)", classes=("CLIPModel",), processor="CLIPProcessor"
)
