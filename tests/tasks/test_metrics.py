"""Retrieval metrics: their values, also under ties and with several correct answers."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError
from finsta.tasks.metrics import retrieval_ranks


def by_shuffling(similarity, correct, cutoffs):
    """The slow twin: every order of the items, sorted by similarity alone, ties as they happen to fall."""
    ranks, hits = [], []
    for scores, answers in zip(similarity, correct, strict=True):
        first = []
        for order in permutations(range(len(scores))):
            ranked = sorted(order, key=lambda item: -scores[item])
            first.append(1 + next(place for place, item in enumerate(ranked) if answers[item]))
        ranks.append(np.mean(first))
        hits.append([np.mean(np.array(first) <= cutoff) for cutoff in cutoffs])
    return np.array(ranks), np.array(hits).T


def widely_copied_ranks(similarity):
    """What many repositories compute: where the sorted row equals its diagonal entry. Wrong under ties."""
    ordered = np.sort(-similarity, axis=1)
    diagonal = np.diag(-similarity)[:, np.newaxis]
    return np.where(ordered - diagonal == 0)[1] + 1


def test_ranks_without_ties_are_plain_ranks():
    similarity = np.array([[0.9, 0.1, 0.5], [0.8, 0.2, 0.7], [0.1, 0.2, 0.3]])
    ranks = retrieval_ranks(similarity, np.eye(3, dtype=bool), cutoffs=(1, 2))
    assert ranks.rank.tolist() == [1, 3, 1]
    assert ranks.hits.tolist() == [[1, 0, 1], [1, 0, 1]]
    assert ranks.summary() == {
        "R@1": pytest.approx(200 / 3),
        "R@2": pytest.approx(200 / 3),
        "MdR": 1.0,
        "MnR": pytest.approx(5 / 3),
    }


def test_a_model_that_scores_everything_alike_gets_chance():
    summary = retrieval_ranks(np.zeros((20, 20)), np.eye(20, dtype=bool)).summary()
    assert summary == {
        "R@1": pytest.approx(5),
        "R@5": pytest.approx(25),
        "R@10": pytest.approx(50),
        "MdR": 10.5,
        "MnR": 10.5,
    }


def test_the_widely_copied_metric_gives_more_ranks_than_queries_under_ties_and_ours_does_not():
    similarity = np.zeros((4, 4))
    copied = widely_copied_ranks(similarity)
    assert len(copied) == 16
    assert (copied == 1).sum() / 4 == 1.0  # R@1 of 100 % by the number of queries, for a model that knows nothing
    assert len(retrieval_ranks(similarity, np.eye(4, dtype=bool)).rank) == 4


def test_the_widely_copied_metric_agrees_where_nothing_ties():
    similarity = np.random.default_rng(0).normal(size=(12, 12))
    ours = retrieval_ranks(similarity, np.eye(12, dtype=bool)).rank
    assert widely_copied_ranks(similarity).tolist() == ours.tolist()


def test_the_first_of_several_correct_items_counts():
    ranks = retrieval_ranks(np.array([[0.9, 0.8, 0.7, 0.1]]), np.array([[False, True, False, True]]), cutoffs=(1, 2))
    assert (ranks.rank.tolist(), ranks.hits.tolist()) == ([2.0], [[0.0], [1.0]])


def test_two_correct_of_four_that_tie_are_met_at_five_thirds():
    ranks = retrieval_ranks(np.zeros((1, 4)), np.array([[True, True, False, False]]), cutoffs=(1, 2, 3))
    np.testing.assert_allclose(ranks.rank, [5 / 3])
    np.testing.assert_allclose(ranks.hits[:, 0], [1 / 2, 5 / 6, 1])


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_ranks_and_hits_are_those_of_all_ways_to_break_the_ties(data):
    queries, items = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 5))
    row = st.lists(st.integers(0, 2), min_size=items, max_size=items)
    similarity = np.array(data.draw(st.lists(row, min_size=queries, max_size=queries)), dtype=float)
    correct = np.array(
        [data.draw(st.lists(st.booleans(), min_size=items, max_size=items).filter(any)) for _ in range(queries)]
    )
    ranks = retrieval_ranks(similarity, correct, cutoffs=(1, 2, 4))
    expected_rank, expected_hits = by_shuffling(similarity, correct, (1, 2, 4))
    np.testing.assert_allclose(ranks.rank, expected_rank)
    np.testing.assert_allclose(ranks.hits, expected_hits, atol=1e-12)


def test_a_correct_item_of_minus_infinity_is_last():
    ranks = retrieval_ranks(np.array([[-np.inf, 1.0, 2.0]]), np.array([[True, False, False]]))
    assert ranks.rank.tolist() == [3.0]


def test_similarities_that_are_not_numbers_are_an_error():
    with pytest.raises(InputError, match=r"1 of 4 similarities are not numbers \(NaN\); the model has diverged"):
        retrieval_ranks(np.array([[0.0, np.nan], [1.0, 2.0]]), np.eye(2, dtype=bool))


def test_a_query_without_an_answer_is_an_error():
    with pytest.raises(InputError, match="1 queries have no correct item, number 1 the first"):
        retrieval_ranks(np.zeros((2, 2)), np.array([[True, False], [False, False]]))


def test_an_empty_matrix_is_an_error():
    with pytest.raises(InputError, match="two matrices"):
        retrieval_ranks(np.zeros((0, 2)), np.zeros((0, 2), dtype=bool))
