"""Which part of a step runs in lower precision: the host's encoders. Graphs and losses stay in single precision.

A contrastive loss at a temperature of 0.01 tells logits apart that lower precision would round to one; sums over the
edges of graphs are of many small numbers.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch

from finsta.shapes import Tensor


def exactly(device: torch.device) -> AbstractContextManager[Any]:
    """A block in which autocast, if it is on around it, does nothing."""
    return torch.autocast(device.type, enabled=False)


def in_single(values: Sequence[Any], device: torch.device) -> list[Any]:
    """The same, all that autocast has made in lower precision in single; as they are where autocast is off."""
    return [_single(value) for value in values] if torch.is_autocast_enabled(device.type) else list(values)


def _single(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.float() if value.dtype in (torch.float16, torch.bfloat16) else value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _single(getattr(value, field.name)) for field in fields(value)})
    return value
