"""How sure is a figure, and is one host better than another on the same items? Bootstraps over clips."""

from dataclasses import dataclass

import numpy as np

from finsta.errors import InputError
from finsta.shapes import Array, Float
from finsta.tasks.result import ItemScores

# Resamples drawn at once, so that memory stays bounded.
BLOCK = 500


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A difference and where it lies, in the units of the scores (percent).

    Attributes:
        difference: Second less first, as measured.
        low: Lower end of the interval.
        high: Upper end.
        confidence: Share of resamples within, in (0, 1).
        samples: Resamples drawn.
        clusters: Clips that were drawn from.
    """

    difference: float
    low: float
    high: float
    confidence: float
    samples: int
    clusters: int


@dataclass(frozen=True, kw_only=True)
class ScoreInterval:
    """A figure and where it lies, in the units of the scores (percent).

    Attributes:
        value: As measured.
        low: Lower end of the interval.
        high: Upper end.
        confidence: Share of resamples within, in (0, 1).
        samples: Resamples drawn.
        clusters: Clips that were drawn from.
    """

    value: float
    low: float
    high: float
    confidence: float
    samples: int
    clusters: int


def score_interval(
    items: ItemScores, *, samples: int = 2_000, confidence: float = 0.95, seed: int = 0
) -> ScoreInterval:
    """Percentile interval of the primary metric of one result; clips are drawn as in :func:`bootstrap_interval`.

    It says how the figure would vary with other clips of the same kind, not with another training run.

    Raises:
        InputError: if there is no item, or a number is out of range.
    """
    zero = ItemScores(value=np.zeros(len(items.name)), stratum=items.stratum, cluster=items.cluster, name=items.name)
    found = bootstrap_interval(zero, items, samples=samples, confidence=confidence, seed=seed)
    return ScoreInterval(
        value=found.difference,
        low=found.low,
        high=found.high,
        confidence=confidence,
        samples=samples,
        clusters=found.clusters,
    )


def bootstrap_interval(
    first: ItemScores, second: ItemScores, *, samples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Percentile interval of the paired difference between two hosts on the same items.

    Whole clips are drawn with replacement, since what hangs on one clip (its captions, its hard negatives) errs
    together, and the same draw serves both hosts. The metric is the mean over strata of the mean over items, as for the
    tasks themselves. In retrieval only the queries are drawn: the items that they are ranked among stay. One run of
    each host: the spread over training seeds is not in it.

    Args:
        first: Scores of the host to compare with.
        second: Scores of the host that may be better.
        samples: How many resamples.
        confidence: Share of them that the interval holds.
        seed: Of the draws; the same seed gives the same interval.

    Raises:
        InputError: if the two are not over the same items, or there is none, or a number is out of range.
    """
    check_paired(first, second, samples=samples, confidence=confidence)
    totals, counts = cluster_table(first, second)
    generator = np.random.default_rng(seed)
    clusters = len(counts)
    drawn = []
    for start in range(0, samples, BLOCK):
        size = min(BLOCK, samples - start)
        times = generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=size)
        drawn.append(mean_of_strata(times @ totals, times @ counts))
    edges = np.quantile(np.concatenate(drawn), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(
        difference=float(mean_of_strata(totals.sum(axis=0, keepdims=True), counts.sum(axis=0, keepdims=True))[0]),
        low=float(edges[0]),
        high=float(edges[1]),
        confidence=confidence,
        samples=samples,
        clusters=clusters,
    )


def cluster_table(
    first: ItemScores, second: ItemScores
) -> tuple[Float[Array, "clusters strata"], Float[Array, "clusters strata"]]:
    """Of each cluster and stratum, the summed difference and the number of items."""
    strata, column = np.unique(np.array(first.stratum), return_inverse=True)
    clusters, row = np.unique(np.array(first.cluster), return_inverse=True)
    totals, counts = np.zeros((2, len(clusters), len(strata)))
    np.add.at(totals, (row, column), second.value - first.value)
    np.add.at(counts, (row, column), 1.0)
    return totals, counts


def mean_of_strata(
    totals: Float[Array, "draws strata"], counts: Float[Array, "draws strata"]
) -> Float[Array, " draws"]:
    """Mean over the strata that a draw has items of; every draw has one."""
    means = np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0)
    mean: Array = means.sum(axis=1) / (counts > 0).sum(axis=1)
    return mean


def check_paired(first: ItemScores, second: ItemScores, *, samples: int, confidence: float = 0.95) -> None:
    """Hold two results against each other.

    Raises:
        InputError: if they are not over the same items, or there is none, or a number is out of range.
    """
    if not first.name or (first.name, first.stratum) != (second.name, second.stratum):
        raise InputError(
            f"a paired comparison needs the same items in the same order, found {len(first.name)} and "
            f"{len(second.name)} items; evaluate both hosts on the same pairs, without those that either one skipped"
        )
    if samples < 1 or not 0 < confidence < 1:
        raise InputError(f"expected samples ≥ 1 and 0 < confidence < 1, found {samples} and {confidence}")
