"""BLIP: frames through one vision transformer, a text transformer that reads them by cross-attention.

A video is read as BLIP's paper does it without training (Li et al., 2022, zero-shot transfer to video): the patches of
all frames, class tokens included, are laid end to end for the cross-attention; for the joint space the projected class
tokens of the frames are averaged and then normalised. Time is not encoded. One frame is plain BLIP.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.blip_writing import ANSWERING, CAPTIONING, frame_states, read_over_frames
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.pieces import check_vocabulary, patch_grid, text_positions, unit, vision_size
from finsta.transfer.hosts.spec import HostSpec
from finsta.transfer.hosts.writing import last_real

TEMPERATURE = 0.07
"""Where BLIP's learned temperature starts; the port to `transformers` leaves the learned one out of its checkpoints."""


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Every frame on its own.

    The pooled vector is the mean of the frames' class tokens, projected where the model has a joint space.
    """
    states = frame_states(model, pixels)  # [B, T, 1 + P, Dv]
    classes = states[:, :, 0]
    if hasattr(model, "vision_proj"):
        classes = model.vision_proj(classes)
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(classes.mean(dim=1))),
        tokens=states[:, :, 1:],
        grid=patch_grid(model.config.vision_config),
    )


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """The text encoder without its cross-attention; the class token goes through the projection."""
    mask = tokens["attention_mask"]
    states = model.text_encoder(input_ids=tokens["input_ids"], attention_mask=mask).last_hidden_state
    features = model.text_proj(states[:, 0])
    return TextEncoding(pooled=PooledText(embedding=unit(features), features=features), tokens=states, mask=mask.bool())


def match_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """The text encoder over the frames; the match is the log-odds of BLIP's matching head."""
    states = read_over_frames(model, pixels, tokens)
    scores = model.itm_head(states[:, 0])
    return FusedEncoding(
        tokens=states, mask=tokens["attention_mask"].bool(), pooled=states[:, 0], match=scores[:, 1] - scores[:, 0]
    )


def ask_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """The question encoder over the frames; pooled is its class token."""
    states = read_over_frames(model, pixels, tokens)
    return FusedEncoding(tokens=states, mask=tokens["attention_mask"].bool(), pooled=states[:, 0])


def tell_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """The decoder over the frames, the caption as what it has written so far; pooled is the last real token.

    The decoder starts a text with a token of its own, which is put in the place of the tokenizer's.
    """
    ids, mask = tokens["input_ids"].clone(), tokens["attention_mask"]
    ids[:, 0] = model.config.text_config.bos_token_id
    states = model.text_decoder.bert(
        input_ids=ids,
        attention_mask=mask,
        encoder_hidden_states=frame_states(model, pixels).flatten(1, 2),
        is_decoder=True,
        use_cache=False,
    ).last_hidden_state
    return FusedEncoding(tokens=states, mask=mask.bool(), pooled=last_real(states, mask))


def similarity(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """Cosines, which the model's own ``forward`` gives without its matching head, over `TEMPERATURE`."""
    cosines: Tensor = text.embedding @ video.embedding.T
    return cosines / TEMPERATURE


def temperature(model: Any) -> Float[Tensor, ""]:
    """A constant: the checkpoints hold none."""
    constant: Tensor = next(model.parameters()).new_tensor(TEMPERATURE)
    return constant


def project_visual(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each patch token as the class token goes; the layer norm is behind it already."""
    projected: Tensor = model.vision_proj(tokens)
    return projected


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each text token as the class token goes."""
    projected: Tensor = model.text_proj(tokens)
    return projected


_CAPTIONING = HostSpec(
    title="BLIP over frames, captioning: a decoder that attends to the patches of all frames",
    family="generative",
    processor="BlipProcessor",
    reads=lambda model: {"visual tokens": "vision_model", "fused tokens": "text_decoder.bert"},
    encode_video=encode_video,
    encode_pairs=tell_pairs,
    loss="captioning",
    language=CAPTIONING,
    frame_size=vision_size,
    text_length=text_positions,
    check_tokenizer=check_vocabulary,
)
_ANSWERING = replace(
    _CAPTIONING,
    title="BLIP over frames, question answering: a question encoder over all frames, a decoder of answers",
    reads=lambda model: {"visual tokens": "vision_model", "fused tokens": "text_encoder"},
    encode_pairs=ask_pairs,
    language=ANSWERING,
)
_RETRIEVAL = replace(
    _CAPTIONING,
    title="BLIP over frames, retrieval: joint space, and a matching head over all frames",
    family="fusion encoder",
    reads=lambda model: {
        "text tokens": "text_encoder",
        "visual tokens": "vision_model",
        "fused tokens": "text_encoder",
    },
    encode_text=encode_text,
    encode_pairs=match_pairs,
    similarity=similarity,
    project_visual=project_visual,
    project_text=project_text,
    temperature=temperature,
    loss="matching",
    language=None,
)
BLIP = replace(
    _CAPTIONING,
    classes=("BlipForConditionalGeneration", "BlipForImageTextRetrieval", "BlipForQuestionAnswering"),
    variants={"BlipForImageTextRetrieval": _RETRIEVAL, "BlipForQuestionAnswering": _ANSWERING},
)
