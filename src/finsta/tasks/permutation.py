"""Could the difference between two hosts be chance? A paired permutation test over clips."""

import numpy as np

from finsta.tasks.bootstrap import BLOCK, check_paired, cluster_table, mean_of_strata
from finsta.tasks.result import ItemScores


def permutation_test(first: ItemScores, second: ItemScores, *, samples: int = 10_000, seed: int = 0) -> float:
    """Two-sided p-value of the paired difference between two hosts on the same items.

    If the hosts were alike, the scores of each clip could as well have come from the other one: the differences of all
    items of a clip change sign together. Each sample flips every clip by a fair coin; the p-value is the share of
    samples, the one observed counted in, whose difference is at least as far from zero. As with the bootstrap, one run
    of each host: the spread over training seeds is not in it.

    Args:
        first: Scores of one host.
        second: Scores of the other.
        samples: How many flips.
        seed: Of the coin; the same seed gives the same value.

    Raises:
        InputError: if the two are not over the same items, or there is none, or ``samples`` is not positive.
    """
    check_paired(first, second, samples=samples)
    totals, counts = cluster_table(first, second)
    all_counts = counts.sum(axis=0, keepdims=True)
    observed = abs(float(mean_of_strata(totals.sum(axis=0, keepdims=True), all_counts)[0]))
    generator = np.random.default_rng(seed)
    as_far = 0
    for start in range(0, samples, BLOCK):
        size = min(BLOCK, samples - start)
        signs = generator.integers(0, 2, size=(size, len(totals))) * 2.0 - 1.0
        differences = mean_of_strata(signs @ totals, np.repeat(all_counts, size, axis=0))
        as_far += int((np.abs(differences) >= observed - 1e-12).sum())
    return (1 + as_far) / (1 + samples)


def holm(values: list[float]) -> list[float]:
    """p-values adjusted for their number (Holm, 1979): the chance that any of the true zeros looks this far off."""
    adjusted = [0.0] * len(values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        largest = max(largest, min(1.0, (len(values) - place) * values[index]))
        adjusted[index] = largest
    return adjusted
