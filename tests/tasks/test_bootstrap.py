"""The paired bootstrap: what it draws, and what it refuses."""

import numpy as np
import pytest

from finsta.errors import InputError
from finsta.tasks.bootstrap import Interval, bootstrap_interval
from finsta.tasks.result import ItemScores


def scores(values, stratum=None, cluster=None):
    values = np.asarray(values, dtype=float)
    names = tuple(str(index) for index in range(len(values)))
    return ItemScores(value=values, stratum=stratum or ("all",) * len(values), cluster=cluster or names, name=names)


def test_the_same_scores_differ_by_nothing():
    same = scores([0, 50, 100])
    assert bootstrap_interval(same, same, samples=20) == Interval(
        difference=0.0, low=0.0, high=0.0, confidence=0.95, samples=20, clusters=3
    )


def test_a_difference_that_all_items_share_has_no_spread():
    interval = bootstrap_interval(scores([10, 20, 30]), scores([15, 25, 35]), samples=20)
    assert (interval.difference, interval.low, interval.high) == (5.0, 5.0, 5.0)


def test_strata_count_alike_whatever_their_size():
    strata = ("order", "role", "role", "role")
    interval = bootstrap_interval(scores([0, 0, 0, 0], strata), scores([100, 0, 0, 0], strata), samples=20)
    assert interval.difference == 50.0


def test_the_interval_is_as_wide_as_the_normal_one():
    generator = np.random.default_rng(0)
    difference = generator.normal(3, 10, size=400)
    interval = bootstrap_interval(scores(np.zeros(400)), scores(difference), samples=4000)
    half = 1.96 * difference.std() / np.sqrt(400)
    assert interval.difference == pytest.approx(difference.mean())
    assert interval.low == pytest.approx(difference.mean() - half, abs=0.15)
    assert interval.high == pytest.approx(difference.mean() + half, abs=0.15)


def test_items_of_one_clip_are_drawn_together():
    """Ten clips with a hundred items each that err alike say no more than ten items."""
    generator = np.random.default_rng(1)
    by_clip = generator.normal(0, 10, size=10)
    alone = bootstrap_interval(scores(np.zeros(10)), scores(by_clip), samples=2000)
    clusters = tuple(str(index // 100) for index in range(1000))
    together = bootstrap_interval(
        scores(np.zeros(1000), cluster=clusters), scores(np.repeat(by_clip, 100), cluster=clusters), samples=2000
    )
    assert together.clusters == 10
    assert together.low == pytest.approx(alone.low)
    assert together.high == pytest.approx(alone.high)


def test_the_same_seed_gives_the_same_interval_and_another_gives_another():
    first, second = scores(np.zeros(30)), scores(np.arange(30))
    draws = [bootstrap_interval(first, second, samples=50, seed=seed) for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_other_items_are_refused():
    with pytest.raises(InputError, match="same items in the same order, found 2 and 3 items"):
        bootstrap_interval(scores([1, 2]), scores([1, 2, 3]))
    with pytest.raises(InputError, match="same items"):
        bootstrap_interval(scores([1, 2], ("a", "b")), scores([1, 2], ("a", "a")))


@pytest.mark.parametrize(("samples", "confidence"), [(0, 0.95), (10, 1.0), (10, 0.0)])
def test_numbers_out_of_range_are_refused(samples, confidence):
    with pytest.raises(InputError, match="expected samples ≥ 1 and 0 < confidence < 1"):
        bootstrap_interval(scores([1]), scores([1]), samples=samples, confidence=confidence)
