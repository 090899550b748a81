"""Clips, texts and pairs through a video LLM, the same for every family."""

from collections.abc import Mapping
from typing import Any

import torch

from finsta.errors import HostError
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.llm.family import VideoLLM
from finsta.transfer.hosts.llm.prompts import prompt_ids
from finsta.transfer.hosts.llm.rows import Rows, behind
from finsta.transfer.hosts.pieces import unit


def encode_video(family: VideoLLM, model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Visual tokens after the projector, in the embedding space of the language model: all that it reads of a clip.

    The language model is not run. Pooled is their mean, of length one; it lies in no joint space with texts.
    """
    layout = family.layout(model.config, pixels.shape)
    tokens = _single(family.visual(model, family.pack(model.config, pixels.to(model.dtype)), layout))
    pooled = unit(tokens.flatten(1, 2).mean(dim=1))
    return VideoEncoding(pooled=PooledVideo(embedding=pooled), tokens=tokens, grid=(layout.rows, layout.columns))


def encode_text(family: VideoLLM, model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """Texts through the language model alone: no clip, no chat template.

    States are those after its last norm. Pooled is the last token's: a causal model shows the whole text to no other.
    """
    ids = tokens["input_ids"]
    laid = behind(ids.new_zeros(0), ids, tokens["attention_mask"], None)
    language = model.get_submodule(family.language)
    hidden = language(
        inputs_embeds=model.get_input_embeddings()(laid.rows.ids), attention_mask=laid.rows.mask, use_cache=False
    ).last_hidden_state
    hidden = _single(hidden)
    last = laid.last(hidden)
    return TextEncoding(
        pooled=PooledText(embedding=unit(last), features=last), tokens=laid.states(hidden), mask=laid.mask
    )


def encode_pairs(
    family: VideoLLM, model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """Texts as the answer to a caption request about their clip: states of the text's tokens behind video and request.

    This is the pass in which the model learned to caption, so text and video meet as they do when it is used. Pooled is
    the last token's state, which has read clip and text.
    """
    start = getattr(model.config.text_config, "bos_token_id", None)
    laid = behind(tokens["preamble"], tokens["input_ids"], tokens["attention_mask"], start)
    hidden = _single(states(family, model, laid.rows, pixels))
    return FusedEncoding(tokens=laid.states(hidden), mask=laid.mask, pooled=laid.last(hidden))


def preamble(
    family: VideoLLM, model: Any, tokenizer: Any, pixels: Float[Tensor, "pairs frames 3 height width"]
) -> Int[Tensor, " length"]:
    """Tokens that stand before each text in `encode_pairs`: the clip's placeholders in a request for a caption."""
    layout = family.layout(model.config, pixels.shape)
    return torch.tensor(prompt_ids(family, tokenizer, model.config, layout, [""])[0])


def states(
    family: VideoLLM, model: Any, rows: Rows, pixels: Float[Tensor, "rows frames 3 height width"]
) -> Float[Tensor, "rows length dim"]:
    """Last hidden states of the language model over rows with placeholders, after its last norm."""
    hidden: Tensor = model.model(
        input_ids=rows.ids, attention_mask=rows.mask, use_cache=False, **inputs(family, model, rows, pixels)
    ).last_hidden_state
    return hidden


def inputs(
    family: VideoLLM, model: Any, rows: Rows, pixels: Float[Tensor, "rows frames 3 height width"]
) -> dict[str, Tensor]:
    """What the model is given beside the tokens.

    Raises:
        HostError: if there are not as many rows as clips, or a text holds the placeholder of a visual token.
    """
    if len(rows.ids) != len(pixels):
        raise HostError(f"expected as many texts as videos, found {len(rows.ids)} and {len(pixels)}")
    visual = (rows.ids == family.placeholder(model.config)) & rows.mask.bool()
    counts = visual.sum(1)
    if bool((counts != counts[:1]).any()):
        raise HostError("expected texts without the token that stands for a part of the video, found it in one of them")
    packed = family.pack(model.config, pixels.to(model.dtype))
    return packed | ({"mm_token_type_ids": visual.long() * 2} if family.typed else {})


def _single(hidden: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """States of a model in half precision, in single: what is taught to them is not."""
    return hidden.float() if hidden.dtype in (torch.bfloat16, torch.float16) else hidden
