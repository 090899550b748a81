"""TimeSformer: attention over time and over space by turns, no text."""

from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import PooledVideo, VideoEncoding
from finsta.transfer.hosts.frame_processor import frames_or_settings
from finsta.transfer.hosts.pieces import part_of_base, patch_grid, sides, unit
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """States of every patch of every frame; the pooled vector is the class token, which the classifier reads.

    TimeSformer lays its tokens out patch by patch, the frames of a patch side by side; here they are turned to frame by
    frame. With ``attention_type`` ``space_only`` the frames run apart, each with a class token: they are averaged, as
    the TimeSformer of the paper does (the port to `transformers` leaves that out).
    """
    videos, frames = pixels.shape[:2]
    states = model.base_model(pixel_values=pixels).last_hidden_state
    if model.config.attention_type == "space_only":  # [B·T, 1 + P, Dv]
        apart = states.unflatten(0, (videos, frames))
        pooled, tokens = apart[:, :, 0].mean(dim=1), apart[:, :, 1:]
    else:  # [B, 1 + P·T, Dv]
        pooled, tokens = states[:, 0], states[:, 1:].unflatten(1, (-1, frames)).transpose(1, 2)
    return VideoEncoding(pooled=PooledVideo(embedding=unit(pooled)), tokens=tokens, grid=patch_grid(model.config))


def _fixed_frames(config: Any) -> int | None:
    """Frames that run apart may be of any number."""
    return None if config.attention_type == "space_only" else int(config.num_frames)


TIMESFORMER = HostSpec(
    title="TimeSformer: divided attention over space and time, no text",
    family="video encoder",
    classes=("TimesformerForVideoClassification", "TimesformerModel"),
    reads=lambda model: {"visual tokens": part_of_base(model, "layernorm")},
    encode_video=encode_video,
    fixed_frames=_fixed_frames,
    frame_size=lambda config: sides(config.image_size),
    image_processor=frames_or_settings,
)
