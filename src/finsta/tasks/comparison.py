"""Results of several hosts side by side, on the items that they share."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finsta.errors import FormatError, InputError
from finsta.tasks.bootstrap import bootstrap_interval
from finsta.tasks.permutation import holm, permutation_test
from finsta.tasks.result import ItemScores, TaskResult

ALL = "all"
"""The stratum that stands for the primary metric itself: the mean over the strata."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One metric of two results.

    Attributes:
        task: Name of the task.
        metric: Its primary metric.
        stratum: A direction of retrieval, a type of question, …; ``all`` for the metric itself.
        first: Name of the result compared with.
        second: Name of the result that may be better.
        first_value: Over the shared items, in percent.
        second_value: The same.
        difference: Second less first, in points.
        low: Lower end of the interval of the difference.
        high: Upper end.
        p_value: Of the permutation test.
        p_adjusted: The same, adjusted (Holm) for the number of primary metrics compared; of a stratum None.
        items: Shared items.
        clusters: Shared clips.
        dropped: Items of the first and of the second result that the other one lacks.
    """

    task: str
    metric: str
    stratum: str
    first: str
    second: str
    first_value: float
    second_value: float
    difference: float
    low: float
    high: float
    p_value: float
    p_adjusted: float | None
    items: int
    clusters: int
    dropped: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def compare_results(
    results: Mapping[str, Mapping[str, TaskResult]],
    *,
    samples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[Comparison]:
    """Compare the first result with each other one: every shared task, its primary metric and each stratum.

    Args:
        results: By name, then by task; the first is the one compared with.
        samples: Resamples of the bootstrap, and flips of the permutation test.
        confidence: Of the intervals.
        seed: Of both.

    Raises:
        InputError: if there are fewer than two, or two share no task, or no item of a task.
        FormatError: if an item stands in a result twice.
    """
    if len(results) < 2:
        raise InputError(f"expected two or more results to compare, found {len(results)}")
    (base, tasks), *others = results.items()
    rows: list[Comparison] = []
    settings = {"samples": samples, "confidence": confidence, "seed": seed}
    for name, other in others:
        shared = [task for task in tasks if task in other and tasks[task].primary == other[task].primary]
        if not shared:
            raise InputError(
                f"{base} and {name} share no task: {', '.join(tasks)} beside {', '.join(other)}; evaluate both on the "
                "same task"
            )
        for task in shared:
            rows += _compare((base, tasks[task]), (name, other[task]), task, settings)
    return _adjusted(rows)


def shared_items(first: ItemScores, second: ItemScores) -> tuple[ItemScores, ItemScores]:
    """The items that both have, in the order of the first.

    Raises:
        FormatError: if an item stands in one of them twice.
    """
    ours, theirs = _places(first), _places(second)
    keys = [key for key in ours if key in theirs]
    return _select(first, [ours[key] for key in keys]), _select(second, [theirs[key] for key in keys])


def _compare(
    first: tuple[str, TaskResult], second: tuple[str, TaskResult], task: str, settings: dict[str, Any]
) -> list[Comparison]:
    (first_name, one), (second_name, two) = first, second
    ours, theirs = shared_items(one.item_scores, two.item_scores)
    dropped = (len(one.item_scores.name) - len(ours.name), len(two.item_scores.name) - len(ours.name))
    if not ours.name:
        raise InputError(
            f"{task}: {first_name} and {second_name} share no item of {dropped[0]} and {dropped[1]}; evaluate both on "
            "the same data"
        )
    strata = list(dict.fromkeys(ours.stratum))
    rows = []
    for stratum in [ALL, *(strata if len(strata) > 1 else ())]:
        kept = [place for place, each in enumerate(ours.stratum) if stratum in (ALL, each)]
        left, right = _select(ours, kept), _select(theirs, kept)
        interval = bootstrap_interval(left, right, **settings)
        p_value = permutation_test(left, right, samples=settings["samples"], seed=settings["seed"])
        rows.append(Comparison(
            task=task, metric=one.primary, stratum=stratum, first=first_name, second=second_name,
            first_value=left.mean(), second_value=right.mean(), difference=interval.difference,
            low=interval.low, high=interval.high, p_value=p_value, p_adjusted=None, items=len(kept),
            clusters=interval.clusters, dropped=dropped,
        ))  # fmt: skip
    return rows


def _adjusted(rows: list[Comparison]) -> list[Comparison]:
    main = [row for row in rows if row.stratum == ALL]
    values = dict(zip(map(id, main), holm([row.p_value for row in main]), strict=True))
    return [Comparison(**{**vars(row), "p_adjusted": values.get(id(row))}) for row in rows]


def _places(items: ItemScores) -> dict[tuple[str, str], int]:
    places = {key: place for place, key in enumerate(zip(items.stratum, items.name, strict=True))}
    if len(places) < len(items.name):
        raise FormatError(
            f"expected items with names of their own, found {len(items.name) - len(places)} that stand there twice; "
            "evaluate again with this version of finsta"
        )
    return places


def _select(items: ItemScores, places: list[int]) -> ItemScores:
    return ItemScores(
        value=items.value[np.array(places, dtype=int)],
        stratum=tuple(items.stratum[place] for place in places),
        cluster=tuple(items.cluster[place] for place in places),
        name=tuple(items.name[place] for place in places),
    )
