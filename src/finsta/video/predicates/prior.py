"""How often a predicate holds between two classes, before anything is seen (after MOTIFS, Zellers et al. 2018).

MOTIFS counts predicates by the classes of subject and object. Counts of rare pairs say little, so each level falls back
on the next (our definition, Dirichlet smoothing): subject and object → subject alone and object alone → any.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from finsta.shapes import Array, Float

STRENGTH = 4.0
"""Pairs of objects that a level must have seen to count as much as the level below it."""

FLOOR = 1e-4
"""Smallest chance, so that nothing is impossible for want of data."""

Classes = tuple[str, str | None]
"""Labels of subject and object; no object for what one does alone."""


@dataclass(frozen=True, kw_only=True)
class FrequencyPrior:
    """Chances of predicates by the classes of their ends.

    Attributes:
        predicates: In the order of every row.
        shares: For each pair of classes how much of each predicate was seen: the sum over pairs of objects of the share
            of their common time in which it holds; the last number counts the pairs of objects.
    """

    predicates: tuple[str, ...]
    shares: Mapping[Classes, tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def count(
        cls, predicates: Sequence[str], seen: Iterable[tuple[Classes, Float[Array, " predicates"]]]
    ) -> "FrequencyPrior":
        """Count pairs of objects, each given with the share of their common time in which each predicate holds."""
        totals: dict[Classes, Float[Array, " numbers"]] = {}
        for classes, share in seen:
            row = np.append(share, 1.0)
            totals[classes] = totals[classes] + row if classes in totals else row
        return cls(
            predicates=tuple(predicates),
            shares={key: tuple(row.tolist()) for key, row in sorted(totals.items(), key=str)},
        )

    def chances(self, classes: Classes) -> Float[Array, " predicates"]:
        """The chance, in [``FLOOR``, 1), that each predicate holds at a moment when both are there."""
        tables, empty = self._tables, np.zeros(len(self.predicates) + 1)
        alone = classes[1] is None
        base = _smooth(tables.get(("any", alone), empty), np.full(len(self.predicates), FLOOR))
        by_subject = _smooth(tables.get(("subject", alone, classes[0]), empty), base)
        by_target = base if alone else _smooth(tables.get(("object", classes[1]), empty), base)
        middle = by_subject if alone else (by_subject + by_target) / 2
        found = _smooth(np.array(self.shares.get(classes, empty)), middle)
        return np.asarray(np.clip(found, FLOOR, 1 - FLOOR))

    def log_odds(self, classes: Classes) -> Float[Array, " predicates"]:
        """The chances as the network adds them: log p / (1 - p)."""
        chance = self.chances(classes)
        return np.asarray(np.log(chance) - np.log1p(-chance))

    @cached_property
    def _tables(self) -> dict[tuple[object, ...], Float[Array, " numbers"]]:
        """Sums over the classes that a level does not look at."""
        sums: dict[tuple[object, ...], Float[Array, " numbers"]] = {}
        for (subject, target), row in self.shares.items():
            alone = target is None
            for key in (("any", alone), ("subject", alone, subject), *(() if alone else (("object", target),))):
                sums[key] = sums.get(key, np.zeros(len(row))) + np.array(row)
        return sums


def _smooth(row: Float[Array, " numbers"], base: Float[Array, " predicates"]) -> Float[Array, " predicates"]:
    return np.asarray((row[:-1] + STRENGTH * base) / (row[-1] + STRENGTH))
