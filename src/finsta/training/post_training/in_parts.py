"""A batch through an encoder in parts, whose activations are made anew for the backward pass: gradient caching.

The loss sees the whole batch, while the memory of activations is that of one part: what is known as GradCache (Gao et
al. 2021, arXiv 2101.06983), written with activation checkpointing, which also draws the same dropout again. It costs a
second forward pass of the encoders.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch.utils.checkpoint import checkpoint

from finsta.errors import HostError
from finsta.shapes import Tensor
from finsta.transfer.hosts import Host

Made = TypeVar("Made")


def in_parts(make: Callable[..., Made], *inputs: Any, size: int) -> Made:
    """``make(*inputs)``, ``size`` rows at a time.

    Args:
        make: Must treat each row by itself.
        inputs: Tensors, mappings of tensors, or lists, with a row for each item of the batch.
        size: Rows of a part; 0 takes all at once, and keeps their activations.
    """
    rows = _rows(inputs[0])
    if size <= 0 or (rows <= size and not torch.is_grad_enabled()):
        return make(*inputs)
    parts = []
    for start in range(0, rows, size):
        part = [_cut(value, start, min(start + size, rows)) for value in inputs]
        if torch.is_grad_enabled():
            parts.append(checkpoint(make, *part, use_reentrant=False))
        else:
            parts.append(make(*part))
    joined: Made = _join(parts)
    return joined


def _rows(value: Any) -> int:
    return len(next(iter(value.values()))) if isinstance(value, Mapping) else len(value)


def _cut(value: Any, start: int, stop: int) -> Any:
    if isinstance(value, Mapping):
        return {name: inner[start:stop] for name, inner in value.items()}
    return value[start:stop]


def _join(parts: Sequence[Any]) -> Any:
    """Tensors end to end, field by field; what is no tensor is the same in all parts."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(list(parts)) if first.ndim else torch.stack(list(parts)).mean()
    if is_dataclass(first) and not isinstance(first, type):
        return replace(first, **{f.name: _join([getattr(part, f.name) for part in parts]) for f in fields(first)})
    return first


@contextmanager
def recomputed_activations(host: Host, wanted: bool) -> Iterator[None]:
    """A block in which the host's layers keep no activations, if wanted, but make them anew for the backward pass.

    Raises:
        HostError: if the model cannot.
    """
    if not wanted:
        yield
        return
    if not getattr(host.model, "supports_gradient_checkpointing", False):
        raise HostError(
            f"{host.name}: {type(host.model).__name__} cannot make its activations anew; leave "
            "--gradient-checkpointing out, or give --encode-at-once"
        )
    model = host.model
    newer = hasattr(model, "activation_checkpointing_enable")  # the older name is deprecated
    enable = model.activation_checkpointing_enable if newer else model.gradient_checkpointing_enable
    enable({"use_reentrant": False})
    try:
        yield
    finally:
        (model.activation_checkpointing_disable if newer else model.gradient_checkpointing_disable)()
        model.disable_input_require_grads()  # the hooks that enabling leaves on the embeddings
