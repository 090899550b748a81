"""What a video LLM says of a clip, and how likely it finds what others say."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.llm.encoding import inputs, states
from finsta.transfer.hosts.llm.family import VideoLLM
from finsta.transfer.hosts.llm.prompts import answered, prompt_ids
from finsta.transfer.hosts.llm.rows import pad_rows


def log_likelihood(
    family: VideoLLM,
    model: Any,
    tokenizer: Any,
    pixels: Float[Tensor, "texts frames 3 height width"],
    prompts: Sequence[str],
    answers: Sequence[str],
) -> Float[Tensor, " texts"]:
    """Mean log-probability of the tokens of each answer, the token that ends it included; minus the model's own loss.

    Scores over the vocabulary are made for the answers' tokens alone: prompts with a clip are long, vocabularies large.
    """
    layout = family.layout(model.config, pixels.shape)
    asked = answered(family, tokenizer, model.config, layout, prompts, answers)
    rows = pad_rows([row.ids for row in asked], tokenizer.pad_token_id).to(pixels.device)
    wanted = pad_rows([[int(mark) for mark in row.answer] for row in asked], 0).ids[:, 1:].to(pixels.device).bool()
    hidden = states(family, model, rows, pixels)[:, :-1][wanted]  # each token is foretold at the one before it
    logits = model.get_output_embeddings()(hidden).float()
    loss = functional.cross_entropy(logits, rows.ids[:, 1:][wanted], reduction="none")
    owner = wanted.nonzero()[:, 0]
    sums = loss.new_zeros(len(rows.ids)).index_add(0, owner, loss)
    return -sums / wanted.sum(1).clamp_min(1)


def generate(
    family: VideoLLM,
    model: Any,
    tokenizer: Any,
    pixels: Float[Tensor, "texts frames 3 height width"],
    prompts: Sequence[str],
    max_new_tokens: int,
    beams: int,
) -> list[str]:
    """What the model's own ``generate`` writes after each prompt, greedily or with beams, special tokens left out."""
    layout = family.layout(model.config, pixels.shape)
    asked = prompt_ids(family, tokenizer, model.config, layout, prompts)
    rows = pad_rows(asked, tokenizer.pad_token_id, left=True).to(pixels.device)
    written: torch.Tensor = model.generate(
        input_ids=rows.ids,
        attention_mask=rows.mask,
        max_new_tokens=max_new_tokens,
        num_beams=beams,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
        pad_token_id=tokenizer.pad_token_id,
        **inputs(family, model, rows, pixels),
    )
    texts: list[str] = tokenizer.batch_decode(written[:, rows.ids.shape[1] :], skip_special_tokens=True)
    return [text.strip() for text in texts]
