"""ViViT: tubelets of frames and a class token through one transformer, no text."""

from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import PooledVideo, VideoEncoding
from finsta.transfer.hosts.frame_processor import frames_or_settings
from finsta.transfer.hosts.pieces import by_step, part_of_base, sides, tubelet_grid, unit
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """States of all tubelets; a token step covers ``tubelet_size[0]`` frames.

    The pooled vector is what the class of the model pools: the class token, which the classifier reads, or what the
    pooler makes of it in a ``VivitModel`` that has one.
    """
    output = model.base_model(pixel_values=pixels)
    states, pooled = output.last_hidden_state, output.pooler_output  # [B, 1 + T'·P, Dv], [B, Dp] or None
    grid = tubelet_grid(model.config)
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(states[:, 0] if pooled is None else pooled)),
        tokens=by_step(states[:, 1:], grid),
        grid=grid,
    )


VIVIT = HostSpec(
    title="ViViT: video transformer over tubelets, no text",
    family="video encoder",
    classes=("VivitForVideoClassification", "VivitModel"),
    reads=lambda model: {"visual tokens": part_of_base(model, "layernorm")},
    encode_video=encode_video,
    fixed_frames=lambda config: int(config.num_frames),
    frame_size=lambda config: sides(config.image_size),
    image_processor=frames_or_settings,
)
