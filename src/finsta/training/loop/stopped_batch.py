"""What is kept of a batch whose loss is not a number: everything that the step saw, in a file that is safe to load."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import torch

from finsta.shapes import Tensor


def save_batch(batch: Any, path: Path, **facts: Any) -> Path | None:
    """Write ids, facts and tensors of a batch; ``torch.load(path, weights_only=True)`` reads them.

    Args:
        batch: A dataclass, mapping or sequence, nested as may be; ``ids`` in it are its samples.
        path: The file; an earlier one is written over.
        facts: Numbers, texts, and dictionaries of them: the step, the terms of the loss.

    Returns:
        The path; ``None`` where it could not be written, for the error that is told is another one.
    """
    content = {
        **facts,
        "ids": [str(name) for name in getattr(batch, "ids", ())],
        "tensors": {name: value.detach().cpu() for name, value in tensors_of(batch)},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, path)
    except (OSError, RuntimeError):
        return None
    return path


def tensors_of(value: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor in nested dataclasses, mappings and sequences, by its dotted name."""
    if isinstance(value, Tensor):
        yield name, value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from tensors_of(getattr(value, field.name), f"{name}.{field.name}".lstrip("."))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from tensors_of(inner, f"{name}.{key}".lstrip("."))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for number, inner in enumerate(value):
            yield from tensors_of(inner, f"{name}.{number}".lstrip("."))
