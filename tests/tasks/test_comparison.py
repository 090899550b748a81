"""Comparing results: intervals of single results, permutation tests, shared items."""

from itertools import product

import numpy as np
import pytest

from finsta.errors import FormatError, InputError
from finsta.tasks.bootstrap import score_interval
from finsta.tasks.comparison import compare_results, shared_items
from finsta.tasks.permutation import holm, permutation_test
from finsta.tasks.result import ItemScores, TaskResult


def items(values, *, names=None, strata=None, clusters=None):
    names = tuple(names or map(str, range(len(values))))
    return ItemScores(
        value=np.array(values, dtype=float),
        stratum=tuple(strata or ["x"] * len(values)),
        cluster=tuple(clusters or names),
        name=names,
    )


def result(scores):
    return TaskResult(metrics={"accuracy": scores.mean()}, primary="accuracy", item_scores=scores)


def test_the_interval_of_a_constant_has_no_width():
    interval = score_interval(items([40] * 5), samples=50)
    assert (interval.value, interval.low, interval.high, interval.clusters) == (40, 40, 40, 5)


def test_the_interval_of_a_share_is_about_two_standard_errors_to_each_side():
    interval = score_interval(items([100] * 200 + [0] * 200), samples=2000)
    assert interval.value == 50
    assert interval.low == pytest.approx(50 - 1.96 * 2.5, abs=0.6)
    assert interval.high == pytest.approx(50 + 1.96 * 2.5, abs=0.6)


def test_the_permutation_test_is_that_of_all_flips_of_clips():
    """Five clips, one with two items: of the 32 ways to flip clips, those at least as far from zero."""
    first = items([0, 0, 0, 0, 0, 0], clusters="aabcde")
    second = items([10, 30, 20, -5, 15, 25], clusters="aabcde")
    totals = np.array([40, 20, -5, 15, 25])
    far = [abs(np.dot(signs, totals)) >= totals.sum() for signs in product([-1, 1], repeat=5)]
    assert permutation_test(first, second, samples=20_000) == pytest.approx(np.mean(far), abs=0.01)


def test_equal_results_have_p_one_and_clear_ones_the_smallest_there_is():
    same = items(np.arange(30))
    assert permutation_test(same, same, samples=99) == 1.0
    better = items(np.arange(30) + 5)
    assert permutation_test(same, better, samples=99) == 0.01


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])


def test_results_are_compared_on_the_items_that_both_have():
    first = items([0, 100, 50], names=["a", "b", "c"])
    second = items([100, 100, 0, 0], names=["b", "a", "d", "e"])
    ours, theirs = shared_items(first, second)
    assert (ours.name, ours.value.tolist(), theirs.value.tolist()) == (("a", "b"), [0, 100], [100, 100])
    (row,) = compare_results({"one": {"qa": result(first)}, "two": {"qa": result(second)}}, samples=50)
    assert (row.items, row.dropped) == (2, (1, 2))
    assert (row.first_value, row.second_value, row.difference) == (50, 100, 50)
    assert row.p_adjusted == row.p_value


def test_strata_are_compared_one_by_one_and_together():
    names, strata = ["a", "b", "c", "d"], ["what", "what", "who", "who"]
    first = items([0, 0, 0, 100], names=names, strata=strata)
    second = items([100, 100, 0, 100], names=names, strata=strata)
    rows = compare_results({"one": {"qa": result(first)}, "two": {"qa": result(second)}}, samples=50)
    assert [(row.stratum, row.difference) for row in rows] == [("all", 50), ("what", 100), ("who", 0)]
    assert [row.p_adjusted is None for row in rows] == [False, True, True]


def test_items_of_one_name_in_two_strata_are_two_items():
    both = items([0, 100], names=["a", "a"], strata=["forth", "back"])
    assert shared_items(both, both)[0].name == ("a", "a")


def test_bad_input_is_an_error():
    one = {"qa": result(items([0]))}
    with pytest.raises(InputError, match="expected two or more results to compare, found 1"):
        compare_results({"one": one})
    with pytest.raises(InputError, match="one and two share no task: qa beside retrieval"):
        compare_results({"one": one, "two": {"retrieval": result(items([0]))}})
    with pytest.raises(InputError, match="qa: one and two share no item of 1 and 1"):
        compare_results({"one": one, "two": {"qa": result(items([0], names=["z"]))}})
    twice = items([0, 1], names=["a", "a"])
    with pytest.raises(FormatError, match="found 1 that stand there twice"):
        shared_items(twice, twice)
    with pytest.raises(InputError, match="expected samples ≥ 1"):
        permutation_test(items([0]), items([1]), samples=0)
