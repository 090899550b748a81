"""A linear recurrence, computed for all steps at once."""

from typing import Any

import torch

from finsta.shapes import Float, Tensor

CHUNK = 16
"""Steps that are walked one by one; everything longer is cut into pieces of this length, side by side."""


def linear_recurrence(
    decay: Float[Tensor, "steps width"], value: Float[Tensor, "steps width"]
) -> Float[Tensor, "steps width"]:
    """s_n = decay_n ⊙ s_{n-1} + value_n, with s_{-1} = 0.

    Sequences laid end to end are one sequence whose decay is zero where each begins. Work grows linearly with the
    steps, the depth with their logarithm; backward is the same recurrence from the end, so only ``decay`` and the
    states are kept. Differentiable twice.
    """
    states: Float[Tensor, "steps width"] = _LinearRecurrence.apply(decay, value)
    return states


class _LinearRecurrence(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, decay: Tensor, value: Tensor) -> Tensor:
        states = _scan(decay, value)
        context.save_for_backward(decay, states)
        return states

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        decay, states = context.saved_tensors
        # What reaches step n comes from its own output and, through the next step's decay, from all that follow.
        following = torch.cat([decay[1:], torch.zeros_like(decay[:1])])
        reached = linear_recurrence(following.flip(0), gradient.flip(0)).flip(0)
        before = torch.cat([torch.zeros_like(states[:1]), states[:-1]])
        return reached * before, reached


def _scan(decay: Tensor, value: Tensor) -> Tensor:
    """Pieces side by side from a zero start; then, one level up, the ends of the pieces; then both together."""
    steps = len(value)
    if steps <= CHUNK:
        return _walk(decay[None], value[None])[1][0]
    missing = -steps % CHUNK
    decay, value = (torch.nn.functional.pad(x, (0, 0, 0, missing)).unflatten(0, (-1, CHUNK)) for x in (decay, value))
    product, local = _walk(decay, value)
    ends = _scan(product[:, -1], local[:, -1])
    start = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
    return torch.addcmul(local, product, start[:, None]).flatten(0, 1)[:steps]


def _walk(decay: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """The product of the decays so far, and the states, along dimension 1 of ``[pieces, steps, width]``."""
    product, state = torch.empty_like(decay), torch.empty_like(value)
    for step in range(value.shape[1]):
        if step == 0:
            product[:, 0], state[:, 0] = decay[:, 0], value[:, 0]
        else:
            product[:, step] = product[:, step - 1] * decay[:, step]
            state[:, step] = torch.addcmul(value[:, step], decay[:, step], state[:, step - 1])
    return product, state
