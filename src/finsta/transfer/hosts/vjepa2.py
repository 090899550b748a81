"""V-JEPA 2: tubelets of frames with rotary positions, no text."""

from typing import Any

from finsta.errors import HostError
from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import PooledVideo, VideoEncoding
from finsta.transfer.hosts.frame_processor import FrameProcessor
from finsta.transfer.hosts.pieces import by_step, part_of_base, sides, unit
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """States of all tubelets by the encoder, the predictor left out; a token step covers ``tubelet_size`` frames.

    The pooled vector is that of the attentive pooler, which the classifier reads; without a classifier it is the mean
    of the tokens (our choice: V-JEPA 2 is probed by a pooler that each task trains anew).

    Raises:
        HostError: if the frames do not fill whole tubelets; a single frame is doubled by the model itself.
    """
    frames, joined = pixels.shape[1], int(model.config.tubelet_size)
    if frames % joined and frames > 1:
        raise HostError(
            f"V-JEPA 2 joins {joined} frames to a tubelet; expected a multiple of {joined} frames (or one), found "
            f"{frames}: the model drops what is over; give num_frames={frames - frames % joined}"
        )
    states = model.base_model(pixel_values_videos=pixels, skip_predictor=True).last_hidden_state  # [B, T'·P, Dv]
    height, width = sides(model.config.crop_size)
    side = sides(model.config.patch_size)
    grid = height // side[0], width // side[1]
    pooled = model.pooler(states) if hasattr(model, "pooler") else states.mean(dim=1)
    return VideoEncoding(pooled=PooledVideo(embedding=unit(pooled)), tokens=by_step(states, grid), grid=grid)


VJEPA2 = HostSpec(
    title="V-JEPA 2: video transformer over tubelets, no text",
    family="video encoder",
    classes=("VJEPA2Model", "VJEPA2ForVideoClassification"),
    reads=lambda model: {"visual tokens": part_of_base(model, "encoder")},
    encode_video=encode_video,
    frame_size=lambda config: sides(config.crop_size),
    image_processor=FrameProcessor.from_pretrained,
)
