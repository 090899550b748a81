"""VideoPrism: every patch is followed through all frames; trained on videos with text from the start."""

from collections.abc import Mapping
from typing import Any

import torch

from finsta.shapes import Float, Tensor
from finsta.transfer.capture import capture
from finsta.transfer.hosts.encodings import PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.frame_processor import FrameProcessor
from finsta.transfer.hosts.pieces import check_vocabulary, pooled, text_positions, tubelet_grid, unit, vision_size
from finsta.transfer.hosts.spec import HostSpec

TEMPERATURE = 0.01
"""The checkpoints hold none; with this one the authors' demo of retrieval divides cosines."""


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """Run texts through the text tower; the class token that it adds at the end is what it pools, and no word."""
    mask = tokens["attention_mask"]
    with capture(model, "text_model") as seen:
        features = pooled(model.get_text_features(input_ids=tokens["input_ids"], attention_mask=mask))
    return TextEncoding(
        pooled=PooledText(embedding=unit(features), features=features),
        tokens=seen["text_model"].last_hidden_state[:, :-1],
        mask=mask.bool(),
    )


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Encode clips; the tokens are those that the attention pooling reads, one for each patch of each frame."""
    with capture(model, "video_model") as seen:
        features = pooled(model.get_video_features(pixel_values_videos=pixels)).squeeze(1)  # [B, D], from [B, 1, D]
    tokens = seen["video_model"].last_hidden_state.unflatten(1, (pixels.shape[1], -1))
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(features)), tokens=tokens, grid=tubelet_grid(model.config.vision_config)
    )


def similarity(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """Cosines over `TEMPERATURE`: what the softmax of the model's own ``forward`` is taken of."""
    return text.embedding @ video.embedding.T / TEMPERATURE


def temperature(model: Any) -> Float[Tensor, ""]:
    """A constant: the model learns none."""
    constant: Tensor = next(model.parameters()).new_tensor(TEMPERATURE)
    return constant


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """The token itself: the class token goes into the joint space without a projection."""
    return tokens


def project_visual(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each token through the attention pooling as if it were the only one, and the norm after it."""
    head = model.video_model
    projected: Tensor = head.head_layernorm(head.head(tokens.reshape(-1, 1, tokens.shape[-1]))[0])
    return torch.reshape(projected, tokens.shape)


VIDEOPRISM = HostSpec(
    title="VideoPrism: patches attended within frames, then through time; text tower beside it",
    family="dual encoder",
    classes=("VideoPrismClipModel",),
    reads=lambda model: {"text tokens": "text_model", "visual tokens": "video_model"},
    encode_video=encode_video,
    encode_text=encode_text,
    similarity=similarity,
    project_visual=project_visual,
    project_text=project_text,
    temperature=temperature,
    loss="contrastive",
    fixed_frames=lambda config: int(config.vision_config.num_frames),
    frame_size=vision_size,
    text_length=text_positions,
    check_tokenizer=check_vocabulary,
    image_processor=lambda name: FrameProcessor.from_pretrained(name, bundle="VideoPrismProcessor"),
)
