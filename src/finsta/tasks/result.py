"""What a task gives back: a flat mapping of numbers, and the items behind its primary metric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from finsta.shapes import Array, Float
from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemScores:
    """The primary metric item by item: it is the mean over strata of the mean over the items of each stratum.

    Attributes:
        value: Score of each item, in percent.
        stratum: What kind of item: a direction of retrieval, a kind of hard negative.
        cluster: What the item hangs on with others: its video. A bootstrap draws clusters.
        name: What makes the item the same item in the result of another host.
    """

    value: Float[Array, " items"]
    stratum: tuple[str, ...]
    cluster: tuple[str, ...]
    name: tuple[str, ...]

    def mean(self) -> float:
        """The primary metric: the mean over strata of the mean over items."""
        strata = np.array(self.stratum)
        return float(np.mean([self.value[strata == stratum].mean() for stratum in np.unique(strata)]))


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskResult(Mapping[str, float | int]):
    """A read-only mapping of metric to value, flat; ``dict(result)`` writes to JSON.

    Attributes:
        metrics: Every number by name.
        primary: The name of the one that the task is judged by; larger is better.
        item_scores: The items behind the primary metric.
        skipped: Videos that do not decode, and why; all numbers are over the other pairs.
        missing: Official names of videos that are not there; the same holds.
        notes: How it was measured, where there was a choice: the way of scoring, the prompt, the vocabulary.
        written: What the host wrote, by name of the item, where it wrote.
    """

    metrics: Mapping[str, float | int]
    primary: str
    item_scores: ItemScores
    skipped: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float | int:
        """Value of a metric."""
        return self.metrics[name]

    def __iter__(self) -> Iterator[str]:
        """Names of the metrics."""
        return iter(self.metrics)

    def __len__(self) -> int:
        """Number of metrics."""
        return len(self.metrics)


@runtime_checkable
class Task(Protocol):
    """Anything that judges a host by one primary metric."""

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host."""


def by_stratum(values: Float[Array, " items"], types: Sequence[str]) -> dict[str, float | int]:
    """``accuracy/TYPE`` and ``count/TYPE`` of each type that occurs, in the order of the alphabet."""
    kinds = np.array(types)
    found: dict[str, float | int] = {}
    for kind in sorted(set(types)):
        chosen = values[kinds == kind]
        found |= {f"accuracy/{kind}": float(chosen.mean()), f"count/{kind}": len(chosen)}
    return found
