"""Which pairs of a shot are looked at, and their numbers as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from finsta.shapes import Array, Float
from finsta.video.predicates.features import NUMBERS, ShotFeatures
from finsta.video.predicates.network import PairBatch
from finsta.video.predicates.paths import Paths
from finsta.video.predicates.prior import Classes, FrequencyPrior

FARTHEST = 4.0
"""Mean sizes between two objects, at their nearest, beyond which nothing is asked of them."""

LARGEST = 100_000
"""Rows of numbers that are made at once, so that a crowd in a long shot fits into memory."""

UNKNOWN, NONE = 0, 1
"""Rows of the tables of classes that are no class."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PairSpan:
    """A pair over the steps that both are there, or one object alone.

    Attributes:
        subject: Index into the paths.
        object: Index, or ``None``.
        start: First step.
        stop: One past the last.
    """

    subject: int
    object: int | None
    start: int
    stop: int


def pair_spans(features: ShotFeatures) -> list[PairSpan]:
    """Every object alone, then every ordered pair that is ever together and within ``FARTHEST``."""
    present = features.paths.present
    spans = []
    for subject, there in enumerate(present):
        start, stop = _extent(there)
        spans.append(PairSpan(subject=subject, object=None, start=start, stop=stop))
    for subject in range(len(present)):
        for target in range(len(present)):
            together = present[subject] & present[target]
            if subject != target and together.sum() >= 2 and _near(features, subject, target, together):
                start, stop = _extent(together)
                spans.append(PairSpan(subject=subject, object=target, start=start, stop=stop))
    return spans


def _extent(mask: Array) -> tuple[int, int]:
    steps = np.flatnonzero(mask)
    return int(steps[0]), int(steps[-1]) + 1


def _near(features: ShotFeatures, subject: int, target: int, together: Array) -> bool:
    offset = features.centre[subject] - features.centre[target]
    distance = float(np.linalg.norm(offset[together], axis=1).min())
    return distance <= FARTHEST * float(features.size[subject] + features.size[target]) / 2


def classes_of(paths: Paths, span: PairSpan) -> Classes:
    """The labels of a pair."""
    return paths.labels[span.subject], None if span.object is None else paths.labels[span.object]


@dataclass(frozen=True, kw_only=True)
class Collator:
    """Makes batches of pairs.

    Attributes:
        classes: Row of each class that training knew.
        prior: Of the classes.
    """

    classes: dict[str, int]
    prior: FrequencyPrior

    def __call__(self, numbers: Sequence[Float[Array, "_ numbers"]], classes: Sequence[Classes]) -> PairBatch:
        """A batch of pairs, each with the numbers of its steps and its classes."""
        longest = max(len(rows) for rows in numbers)
        padded = np.zeros((len(numbers), longest, NUMBERS), np.float32)
        mask = np.zeros((len(numbers), longest), bool)
        for row, values in enumerate(numbers):
            padded[row, : len(values)] = values
            mask[row, : len(values)] = True
        return PairBatch(
            numbers=torch.from_numpy(padded),
            prior=torch.from_numpy(np.stack([self.prior.log_odds(pair) for pair in classes]).astype(np.float32)),
            subject=torch.tensor([self.classes.get(subject, UNKNOWN) for subject, _ in classes]),
            object=torch.tensor([NONE if o is None else self.classes.get(o, UNKNOWN) for _, o in classes]),
            mask=torch.from_numpy(mask),
        )


def span_numbers(features: ShotFeatures, spans: Sequence[PairSpan]) -> list[Float[Array, "_ numbers"]]:
    """The numbers of each pair over its own steps; pairs of the same steps are made together."""
    groups: dict[tuple[int, int], list[int]] = {}
    for row, span in enumerate(spans):
        groups.setdefault((span.start, span.stop), []).append(row)
    found: dict[int, Float[Array, "_ numbers"]] = {}
    for (start, stop), members in groups.items():
        most = max(LARGEST // (stop - start), 1)
        for part in (members[first : first + most] for first in range(0, len(members), most)):
            subject = np.array([spans[row].subject for row in part])
            target = np.array([-1 if (o := spans[row].object) is None else o for row in part])
            found.update(zip(part, features.pairs(subject, target, steps=slice(start, stop)), strict=True))
    return [found[row] for row in range(len(spans))]
