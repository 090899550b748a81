"""What hosts that write share: prompt and answer as one row of tokens, and how likely the answer is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from finsta.shapes import Float, Int, Tensor

IGNORED = -100
"""Target of a token that is not judged: `transformers` leaves it out of its losses."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Prompts followed by their answers, padded at the right.

    Attributes:
        input_ids: Tokens.
        attention_mask: 1 = real token.
        targets: The tokens of the answers, `IGNORED` elsewhere: what ``labels`` of `transformers` are.
    """

    input_ids: Int[Tensor, "texts length"]
    attention_mask: Int[Tensor, "texts length"]
    targets: Int[Tensor, "texts length"]


def words(tokenizer: Any, text: str, longest: int) -> list[int]:
    """Tokens of a text without those that start and end it, ``longest`` at most."""
    ids: list[int] = tokenizer(text, add_special_tokens=False, truncation=True, max_length=longest)["input_ids"]
    return ids


def join(
    prompts: Sequence[list[int]], answers: Sequence[list[int]], *, longest: int, pad: int, device: torch.device
) -> Rows:
    """Lay each answer behind its prompt.

    Args:
        prompts: Token ids, the token that starts a text among them.
        answers: Token ids, the token that ends a text among them.
        longest: Positions of the decoder; what is over of an answer is cut off, then what is over of a prompt.
        pad: Id of the padding.
        device: Where the rows go.
    """
    pairs = [_fit(prompt, answer, longest) for prompt, answer in zip(prompts, answers, strict=True)]
    length = max((len(prompt) + len(answer) for prompt, answer in pairs), default=0)
    ids, mask, targets = (torch.full((len(pairs), length), fill) for fill in (pad, 0, IGNORED))
    for row, (prompt, answer) in enumerate(pairs):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        targets[row, len(prompt) : end] = torch.tensor(answer)
        mask[row, :end] = 1
    return Rows(input_ids=ids.to(device), attention_mask=mask.to(device), targets=targets.to(device))


def _fit(prompt: list[int], answer: list[int], longest: int) -> tuple[list[int], list[int]]:
    prompt = prompt[: longest - 1]
    return prompt, answer[: longest - len(prompt)]


def mean_log_likelihood(
    logits: Float[Tensor, "texts length vocabulary"], targets: Int[Tensor, "texts length"]
) -> Float[Tensor, " texts"]:
    """Mean log-probability of the targets of each row, the logits of a token predicting the next.

        1/|A| Σ_{t ∈ A} log p(target_t | what stands before t)

    A are the places with a target. For one row it is the negative of the loss that `transformers` computes. Uniform
    logits over V words give −log V.
    """
    judged = targets[:, 1:]
    losses = functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), judged, ignore_index=IGNORED, reduction="none"
    )  # [B, L - 1], zero where nothing is judged
    return -losses.sum(1) / (judged != IGNORED).sum(1).clamp_min(1)


def by_length(
    prompts: Sequence[list[int]], device: torch.device
) -> Iterator[tuple[list[int], Int[Tensor, "rows length"]]]:
    """Prompts of one length at a time, with the places where they stood.

    Without padding every prompt is continued as it would be alone: these decoders have absolute positions.
    """
    for length in sorted({len(prompt) for prompt in prompts}):
        rows = [row for row, prompt in enumerate(prompts) if len(prompt) == length]
        yield rows, torch.tensor([prompts[row] for row in rows], device=device)


def last_real(
    states: Float[Tensor, "texts length width"], mask: Int[Tensor, "texts length"]
) -> Float[Tensor, "texts width"]:
    """The state of the last real token of each row: of a causal decoder the only one that has seen all of its text."""
    places = torch.arange(mask.shape[1], device=mask.device)
    last = torch.where(mask.bool(), places, 0).amax(1)
    return states[torch.arange(len(states), device=mask.device), last]
