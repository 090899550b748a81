"""FLAVA: a vision tower, a text tower, and a transformer over the tokens of both.

Frames are read one by one. For the joint space their projected class tokens are normalised, averaged and normalised
again, as CLIP's are; for the multimodal transformer the tokens of all frames are laid end to end, which it takes as it
is: it has no positions of its own. Both are our definition; one frame is plain FLAVA.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from finsta.shapes import Float, Tensor
from finsta.transfer.capture import capture
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.pieces import (
    check_vocabulary,
    part_of_base,
    patch_grid,
    scale_temperature,
    scaled_cosines,
    sides,
    text_positions,
    unit,
)
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Encode each frame on its own; v = unit( 1/T Σ_t unit(f_t) ) over the projected class tokens f_t."""
    flava, shape = model.base_model, pixels.shape[:2]
    states = flava.image_model(pixel_values=pixels.flatten(0, 1)).last_hidden_state.unflatten(0, shape)
    embedding = unit(unit(flava.image_projection(states[:, :, 0])).mean(dim=1))  # [B, D]
    return VideoEncoding(
        pooled=PooledVideo(embedding=embedding),
        tokens=states[:, :, 1:],
        grid=patch_grid(model.config.image_config),
    )


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """The text tower; its class token goes through the projection."""
    flava, mask = model.base_model, tokens["attention_mask"]
    states = flava.text_model(input_ids=tokens["input_ids"], attention_mask=mask).last_hidden_state
    features = flava.text_projection(states[:, 0])
    return TextEncoding(pooled=PooledText(embedding=unit(features), features=features), tokens=states, mask=mask.bool())


def encode_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """The multimodal transformer over class token, tokens of all frames, tokens of the text.

    It reads both towers before their last layer norm, as the model's own ``forward`` does. Pooled is its class token;
    the match is the log-odds of the matching head, which only ``FlavaForPreTraining`` has.
    """
    flava, mask = model.base_model, tokens["attention_mask"]
    with capture(flava, "image_model.encoder", "text_model.encoder") as seen:
        flava.image_model(pixel_values=pixels.flatten(0, 1))
        flava.text_model(input_ids=tokens["input_ids"], attention_mask=mask)
    image = flava.image_to_mm_projection(seen["image_model.encoder"].last_hidden_state)
    image = image.unflatten(0, pixels.shape[:2]).flatten(1, 2)  # [B, T·(1 + P), Df]
    text = flava.text_to_mm_projection(seen["text_model.encoder"].last_hidden_state)
    before = image.shape[1] + int(flava.multimodal_model.use_cls_token)
    whole = torch.cat([mask.new_ones(len(mask), before), mask], dim=1)
    states = flava.multimodal_model(torch.cat([image, text], dim=1), attention_mask=whole).last_hidden_state
    scores = model.itm_head(states) if hasattr(model, "itm_head") else None
    return FusedEncoding(
        tokens=states[:, before:],
        mask=mask.bool(),
        pooled=states[:, 0],
        match=None if scores is None else scores[:, 1] - scores[:, 0],
    )


def similarity(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """Cosine times the model's own scale; for one frame the ``contrastive_logits_per_text`` of the model."""
    return scaled_cosines(model.base_model, text, video)


def temperature(model: Any) -> Float[Tensor, ""]:
    """The inverse of the model's learned logit scale."""
    return scale_temperature(model.base_model)


def project_visual(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each patch token as the class token goes; the layer norm is behind it already."""
    projected: Tensor = model.base_model.image_projection(tokens)
    return projected


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each text token as the class token goes."""
    projected: Tensor = model.base_model.text_projection(tokens)
    return projected


def _reads(model: Any) -> Mapping[str, str]:
    parts = {"text tokens": "text_model", "visual tokens": "image_model", "fused tokens": "multimodal_model"}
    return {what: part_of_base(model, part) for what, part in parts.items()}


_PLAIN = HostSpec(
    title="FLAVA over frames: joint space, and a transformer over the tokens of text and all frames",
    family="fusion encoder",
    processor="FlavaProcessor",
    reads=_reads,
    encode_video=encode_video,
    encode_text=encode_text,
    encode_pairs=encode_pairs,
    similarity=similarity,
    project_visual=project_visual,
    project_text=project_text,
    temperature=temperature,
    loss="contrastive",
    frame_size=lambda config: sides(config.image_config.image_size),
    text_length=text_positions,
    check_tokenizer=check_vocabulary,
)
FLAVA = replace(_PLAIN, classes=("FlavaForPreTraining", "FlavaModel"), variants={"FlavaModel": _PLAIN}, loss="matching")
