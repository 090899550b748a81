"""What the training loop is given, and what it gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from finsta.shapes import Tensor
from finsta.training.loop.engine import Precision

Collate = Callable[[Sequence[int], int], Any]
"""Makes the batch of some indices, given its number; asked again with the same, it gives the same."""


@dataclass(frozen=True, kw_only=True)
class LoopConfig:
    """The part of a run's settings that the loop reads; see `PostTrainConfig` for the fields."""

    steps: int
    batch_size: int
    warm_up_steps: int
    clip_norm: float
    seed: int
    checkpoint_every: int
    keep_checkpoints: int = 1
    accumulation: int = 1
    precision: Precision = "fp32"
    shard: bool = False
    workers: int = 0
    broken_share: float = 0.1
    report_to: tuple[str, ...] = ()


class Objective(Protocol):
    """What is trained: a module that turns a batch into the terms of its loss.

    Where several processes train, a term is that of the joint batch, or the mean of the terms of all processes is.
    """

    def __call__(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """The weighted terms, whose sum is the loss; ``progress`` in [0, 1) is the share of the steps done."""
        ...


@dataclass(frozen=True, kw_only=True)
class Items:
    """What indices refer to.

    Attributes:
        size: How many there are.
        name: What to call one that cannot be read.
        block: Neighbours that lie together, see `Shuffle`.
    """

    size: int
    name: Callable[[int], str] = str
    block: int = 1


@dataclass(frozen=True, kw_only=True)
class Trained:
    """How a run ended.

    Attributes:
        steps: Steps done: fewer than asked for where it ended early.
        best: The best value of the metric, and the steps done then; ``None`` without validation.
        skipped: Samples that could not be read, by name, and why.
    """

    steps: int
    best: tuple[float, int] | None = None
    skipped: dict[str, str] = field(default_factory=dict)
