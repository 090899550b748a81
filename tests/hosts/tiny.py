"""What the modules of tiny hosts share: the row of the registry, the seed, clips of noise and a few texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch

from finsta.shapes import Image
from finsta.transfer.hosts import Host

Made = TypeVar("Made")

CAPTIONS = (
    "a red cube approaches the blue ball slowly",
    "the blue ball quickly pushes a red cube",
    "a green cone follows the ball",
    "the cube jumps over a green cone",
)
PAIRS = 3
"""Clips and texts of a batch."""


@dataclass(frozen=True, kw_only=True)
class TinyHost:
    """A row of the registry.

    Attributes:
        build: Makes the host, the same each time.
        call: Host → the keyword arguments of its model's own ``forward`` for `PAIRS` clips and texts.
    """

    build: Callable[[], Host]
    call: Callable[[Host], Mapping[str, torch.Tensor]]


def made(make: Callable[[], Made], *, seed: int = 0) -> Made:
    """Make a model under a seed, leaving the global random state as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def frames(host: Host, seed: int = 0) -> list[Image]:
    """Frames of random bytes, not of the size that the host reads."""
    generator = np.random.default_rng(seed)
    return [generator.integers(0, 256, (40, 48, 3), dtype=np.uint8) for _ in range(host.num_frames)]


def clips(host: Host, count: int = PAIRS) -> torch.Tensor:
    """Clips of noise as the host reads them, ``[clips, frames, 3, height, width]``."""
    return torch.stack([host.pixels(frames(host, seed)) for seed in range(count)])


def texts(host: Host, count: int = PAIRS) -> dict[str, Any]:
    """``input_ids`` and ``attention_mask`` of some captions."""
    tokens = host.tokens(CAPTIONS[:count])
    return {name: tokens[name] for name in ("input_ids", "attention_mask")}
