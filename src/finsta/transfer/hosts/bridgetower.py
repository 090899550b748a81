"""BridgeTower: two towers whose upper layers feed, layer by layer, a pair of cross-modal stacks.

Every cross-modal layer reads the vision tower's layer of its own depth, so a video cannot be laid end to end without
letting frames attend to each other inside that tower. Each frame is therefore read with the text on its own, and the
states of the text's tokens, the pooled vectors and the matching logits are averaged over the frames; in the joint space
the frames are pooled as CLIP's are. Our definition; one frame is plain BridgeTower.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.pieces import (
    check_vocabulary,
    part_of_base,
    patch_grid,
    scale_temperature,
    scaled_cosines,
    unit,
    vision_size,
)
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Each frame through the vision tower alone, which no text reaches.

    The pooled vector is v = unit( 1/T Σ_t unit(f_t) ) over the frames' class tokens f_t, projected where the model has
    a joint space.
    """
    visual = model.base_model.vision_model.visual
    states = visual.forward_pre(pixels.flatten(0, 1))  # [1 + P, B·T, Dv]
    for block in visual.transformer.resblocks:
        states = block(states)
    frames = visual.forward_post(states).unflatten(0, pixels.shape[:2])  # [B, T, 1 + P, Dv]
    classes = frames[:, :, 0]
    if hasattr(model, "itc_image_head"):
        classes = project_visual(model, classes)
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(unit(classes).mean(dim=1))),
        tokens=frames[:, :, 1:],
        grid=patch_grid(model.config.vision_config),
    )


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """The text tower alone; pooled is its first token, projected where the model has a joint space."""
    mask = tokens["attention_mask"]
    states = model.base_model.text_model(input_ids=tokens["input_ids"], attention_mask=mask).last_hidden_state
    features = project_text(model, states[:, 0]) if hasattr(model, "itc_text_head") else states[:, 0]
    return TextEncoding(pooled=PooledText(embedding=unit(features), features=features), tokens=states, mask=mask.bool())


def encode_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """Text i with each frame of video i, averaged; the match is the log-odds of the matching head, if it has one."""
    shape = pixels.shape[:2]
    ids, mask = (tokens[name].repeat_interleave(shape[1], 0) for name in ("input_ids", "attention_mask"))
    output = model.base_model(input_ids=ids, attention_mask=mask, pixel_values=pixels.flatten(0, 1))
    pooled = output.pooler_output.unflatten(0, shape).mean(dim=1)
    scores = model.itm_score(pooled) if hasattr(model, "itm_score") else None  # linear: the mean of the frames' scores
    return FusedEncoding(
        tokens=output.text_features.unflatten(0, shape).mean(dim=1),
        mask=tokens["attention_mask"].bool(),
        pooled=pooled,
        match=None if scores is None else scores[:, 1] - scores[:, 0],
    )


def project_visual(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Visual tokens as the class token goes: to the cross-modal width, marked as picture, through the head."""
    tower = model.base_model
    projected: Tensor = model.itc_image_head(
        tower.cross_modal_image_transform(tokens) + tower.token_type_embeddings.weight[1]
    )
    return projected


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each text token as the first one goes."""
    projected: Tensor = model.itc_text_head(tokens)
    return projected


def _image_processor(name: str) -> Any:
    """Older files name no crop, which was the size then; newer `transformers` takes 288 whatever the model reads."""
    from transformers import AutoImageProcessor
    from transformers.models.auto.image_processing_auto import get_image_processor_config

    settings = get_image_processor_config(name)
    older = {"crop_size": settings["size"]} if settings.get("size") and not settings.get("crop_size") else {}
    return AutoImageProcessor.from_pretrained(name, backend="pil", trust_remote_code=False, **older)


def _reads(model: Any) -> Mapping[str, str]:
    last = len(model.base_model.cross_modal_text_layers) - 1
    parts = {
        "text tokens": "text_model",
        "visual tokens": "vision_model.visual.ln_post",
        "fused tokens": f"cross_modal_text_layers.{last}",
    }
    return {what: part_of_base(model, part) for what, part in parts.items()}


_PLAIN = HostSpec(
    title="BridgeTower, frame by frame: cross-modal layers bridged to every layer of both towers",
    family="fusion encoder",
    processor="BridgeTowerProcessor",
    reads=_reads,
    encode_video=encode_video,
    encode_text=encode_text,
    encode_pairs=encode_pairs,
    frame_size=vision_size,
    text_length=lambda config: int(config.text_config.max_position_embeddings) - 2,  # RoBERTa's positions start at 2
    check_tokenizer=check_vocabulary,
    image_processor=_image_processor,
)
_CONTRASTIVE = replace(
    _PLAIN,
    similarity=scaled_cosines,  # the part of its contrastive loss that needs no pair to be read
    project_visual=project_visual,
    project_text=project_text,
    temperature=scale_temperature,
    loss="contrastive",
)
BRIDGETOWER = replace(
    _PLAIN,
    classes=(
        "BridgeTowerModel",
        "BridgeTowerForContrastiveLearning",
        "BridgeTowerForImageAndTextRetrieval",
        "BridgeTowerForMaskedLM",
    ),
    variants={
        "BridgeTowerForContrastiveLearning": _CONTRASTIVE,
        "BridgeTowerForImageAndTextRetrieval": replace(_PLAIN, loss="matching"),
    },
)
