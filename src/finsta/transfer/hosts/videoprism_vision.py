"""VideoPrism's video encoder alone: every patch is followed through all frames, no text."""

from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import PooledVideo, VideoEncoding
from finsta.transfer.hosts.frame_processor import FrameProcessor
from finsta.transfer.hosts.pieces import by_step, part_of_base, sides, tubelet_grid, unit
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """States of every patch of every frame after both stacks, first within frames, then through time.

    The pooled vector is that of the attention pooling, which the classifier reads; without a classifier it is the mean
    of the tokens (our choice: VideoPrism is probed by a pooling that each task trains anew).
    """
    states = model.base_model(pixel_values_videos=pixels).last_hidden_state  # [B, T·P, Dv]
    grid = tubelet_grid(model.config)
    pooled = model.head_layernorm(model.head(states)[0]) if hasattr(model, "head") else states.mean(dim=1)
    return VideoEncoding(pooled=PooledVideo(embedding=unit(pooled.flatten(1))), tokens=by_step(states, grid), grid=grid)


VIDEOPRISM_VISION = HostSpec(
    title="VideoPrism's video encoder: patches attended within frames, then through time, no text",
    family="video encoder",
    classes=("VideoPrismVisionModel", "VideoPrismForVideoClassification"),
    reads=lambda model: {"visual tokens": part_of_base(model, "layernorm2")},
    encode_video=encode_video,
    fixed_frames=lambda config: int(config.num_frames),
    frame_size=lambda config: sides(config.image_size),
    image_processor=FrameProcessor.from_pretrained,
)
