"""Top-K under ties, and averaging over views."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError
from finsta.metrics.recognition import average_views, top_k


def test_top_k_by_hand():
    scores = np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.1], [0.5, 0.6, 0.7]])
    result = top_k(scores, np.array([1, 1, 0]), cutoffs=(1, 2))
    assert result.hits.tolist() == [[1, 0, 0], [1, 1, 0]]
    assert result.summary() == pytest.approx({"Top-1": 100 / 3, "Top-2": 200 / 3, "mean_class_accuracy": 25})


def test_a_model_that_scores_every_class_alike_gets_chance():
    summary = top_k(np.zeros((7, 20)), np.arange(7)).summary()
    assert summary == pytest.approx({"Top-1": 5, "Top-5": 25, "mean_class_accuracy": 5})


def test_top_five_of_four_classes_is_everything():
    assert top_k(np.zeros((2, 4)), np.array([0, 3])).summary()["Top-5"] == 100


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=5), st.data())
def test_hits_are_those_of_all_ways_to_break_the_ties(row, data):
    label = data.draw(st.integers(0, len(row) - 1))
    places = []
    for order in permutations(range(len(row))):
        places.append(sorted(order, key=lambda item: -row[item]).index(label))
    expected = [np.mean([place < cutoff for place in places]) for cutoff in (1, 3)]
    found = top_k(np.array([row], dtype=float), np.array([label]), cutoffs=(1, 3)).hits[:, 0]
    np.testing.assert_allclose(found, expected)


def test_views_are_averaged_as_probabilities():
    """One sure view outweighs one that is nearly undecided, whatever the size of their logits."""
    logits = np.array([[[1000.0, 0.0], [0.0, np.log(3)]]])
    np.testing.assert_allclose(average_views(logits), [[(1 + 1 / 4) / 2, (0 + 3 / 4) / 2]])


def test_one_view_keeps_the_order():
    logits = np.random.default_rng(0).normal(size=(3, 1, 6))
    assert (average_views(logits).argsort(axis=1) == logits[:, 0].argsort(axis=1)).all()


def test_bad_input_is_an_error():
    with pytest.raises(InputError, match="found 2 videos and 1 labels"):
        top_k(np.zeros((2, 3)), np.array([0]))
    with pytest.raises(InputError, match="expected labels from 0 to 2, found 3; check the class list"):
        top_k(np.zeros((1, 3)), np.array([3]))
    for function in (lambda scores: top_k(scores, np.array([0])), lambda scores: average_views(scores[None])):
        with pytest.raises(InputError, match=r"1 of 2 class scores are not numbers \(NaN\)"):
            function(np.array([[np.nan, 1.0]]))
