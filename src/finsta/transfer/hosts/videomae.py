"""VideoMAE: tubelets of frames through one transformer, no text."""

from collections.abc import Mapping
from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import PooledVideo, VideoEncoding
from finsta.transfer.hosts.frame_processor import frames_or_settings
from finsta.transfer.hosts.pieces import by_step, part_of_base, patch_grid, sides, unit
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """States of all tubelets, nothing masked; a token step covers ``tubelet_size`` frames.

    The pooled vector is what the classifier of a fine-tuned model reads: the layer-normed mean of the tokens, or, where
    ``use_mean_pooling`` is off, the first token. Without a classifier it is the mean of the tokens (our choice: that is
    what fine-tuning pools).
    """
    states = model.base_model(pixel_values=pixels).last_hidden_state  # [B, T'·P, Dv]
    grid = patch_grid(model.config)
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(_pooled(model, states))), tokens=by_step(states, grid), grid=grid
    )


def _pooled(model: Any, states: Float[Tensor, "videos tokens width"]) -> Float[Tensor, "videos width"]:
    mean = states.mean(dim=1)
    if not hasattr(model, "classifier"):
        return mean
    pooled: Tensor = states[:, 0] if model.fc_norm is None else model.fc_norm(mean)
    return pooled


def _reads(model: Any) -> Mapping[str, str]:
    """The last module of the encoder: models that pool by the mean leave the layer norm to the classifier."""
    return {"visual tokens": part_of_base(model, "encoder" if model.base_model.layernorm is None else "layernorm")}


VIDEOMAE = HostSpec(
    title="VideoMAE: video transformer over tubelets, no text",
    family="video encoder",
    classes=("VideoMAEForVideoClassification", "VideoMAEForPreTraining", "VideoMAEModel"),
    reads=_reads,
    encode_video=encode_video,
    fixed_frames=lambda config: int(config.num_frames),
    frame_size=lambda config: sides(config.image_size),
    image_processor=frames_or_settings,
)
