"""Overlap in time, and recall and precision of what was found in time."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError
from finsta.metrics.intervals import Timed, merged, temporal_iou, timed_recall
from tests.reference import video_relations as plain

SEEDS = st.integers(0, 10_000)
MANY = settings(deadline=None, max_examples=25, derandomize=True)
WHOLE = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda each: (each[0], each[0] + each[1])))


def test_temporal_iou_by_hand():
    """0-4 and 6-8 against 2-7: 2 + 1 seconds shared, 6 + 5 - 3 in all."""
    assert temporal_iou([(0.0, 4.0), (6.0, 8.0)], [(2.0, 7.0)]) == pytest.approx(3 / 8)
    assert temporal_iou([(0.0, 1.0)], [(1.0, 2.0)]) == 0.0
    assert temporal_iou([], []) == 0.0
    assert temporal_iou([(0.0, 2.0), (1.0, 3.0)], [(0.0, 3.0)]) == 1.0


def test_touching_intervals_are_one():
    assert merged([(2.0, 3.0), (0.0, 1.0), (1.0, 2.0), (5.0, 6.0)]) == [(0.0, 3.0), (5.0, 6.0)]


@MANY
@given(WHOLE, WHOLE)
def test_temporal_iou_is_that_of_the_reference(first: list[tuple[int, int]], second: list[tuple[int, int]]):
    ours, theirs = ([(float(start), float(end)) for start, end in side] for side in (first, second))
    assert temporal_iou(ours, theirs) == pytest.approx(plain.temporal_iou(first, second))
    assert temporal_iou(ours, theirs) == pytest.approx(temporal_iou(theirs, ours))


def timed(what: str, start: float, end: float, score: float = 1.0) -> Timed:
    return Timed(what=what, interval=(float(start), float(end)), label=what.partition(" ")[0], score=score)


def test_recall_and_precision_by_hand():
    """Two gold times of one relation and one of another; the surest prediction takes the first, its double nothing.

    push at 0-4 is found (IoU 3/4), at 10-12 is not (IoU 1/3); follow at 0-2 exactly. Right 2, found 4, gold 3.
    """
    gold = {"a": [timed("push 1 2", 0, 4), timed("push 1 2", 10, 12), timed("follow 1 2", 0, 2)]}
    found = {
        "a": [
            timed("push 1 2", 0, 4, 0.2),
            timed("push 1 2", 0, 3, 0.9),
            timed("push 1 2", 11, 13, 0.8),
            timed("follow 1 2", 0, 2),
        ]
    }
    scores = timed_recall(found, gold)
    assert (scores.recall, scores.precision) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    assert scores.f1 == pytest.approx(2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))
    assert (scores.gold, scores.found, scores.right) == (3, 4, 2)
    assert scores.mean_iou == pytest.approx((3 / 4 + 1) / 2)
    assert scores.by_label["push"]["recall"] == pytest.approx(1 / 2)
    assert scores.by_label["push"]["precision"] == pytest.approx(1 / 3)
    assert scores.by_label["follow"] == {"recall": 1, "precision": 1, "f1": 1, "gold": 1, "found": 1, "right": 1}


def random_timed(random: Random, count: int) -> list[tuple]:
    things = []
    for _ in range(count):
        start = random.randint(0, 8)
        things.append((random.choice("ab"), start, start + random.randint(1, 6), random.choice((0.5, random.random()))))
    return things


@pytest.mark.parametrize("iou", [0.3, 0.5, 0.8])
@MANY
@given(seed=SEEDS)
def test_matches_are_those_of_the_reference(iou: float, seed: int):
    random = Random(seed)
    found, gold = ([random_timed(random, random.randint(1, 5)) for _ in range(2)] for _ in range(2))
    sides = (
        {str(video): [timed(*thing) for thing in things] for video, things in enumerate(side)} for side in (found, gold)
    )
    scores = timed_recall(*sides, iou=iou)
    right = sum(plain.interval_matches(f, g, iou) for f, g in zip(found, gold, strict=True))
    assert scores.right == right
    assert scores.recall == pytest.approx(right / sum(map(len, gold)))
    assert scores.precision == pytest.approx(right / sum(map(len, found)))


@MANY
@given(SEEDS)
def test_perfect_predictions_give_one_and_a_wrong_one_costs_precision(seed: int):
    gold = {"a": [timed(*thing) for thing in random_timed(Random(seed), 4)]}
    scores = timed_recall(gold, gold)
    assert (scores.recall, scores.precision, scores.mean_iou) == (1.0, 1.0, pytest.approx(1.0))
    worse = timed_recall({"a": [*gold["a"], timed("nothing", 0, 1, -1.0)]}, gold)
    assert (worse.recall, worse.precision) == (1.0, pytest.approx(4 / 5))


def test_predictions_in_a_video_without_gold_count_against_precision():
    scores = timed_recall({"b": [timed("a", 0, 1)]}, {"a": [timed("a", 0, 1)], "b": []})
    assert (scores.recall, scores.precision, scores.f1, scores.mean_iou) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("found", "gold", "message"),
    [
        ({}, {"a": []}, "expected gold with one interval at least, found 1 videos without any"),
        ({"b": []}, {"a": [timed("a", 0, 1)]}, "expected predictions for videos of the gold, found 'b'; take it out"),
        (
            {"a": [timed("a", 1, 1)]},
            {"a": [timed("a", 0, 1)]},
            r"expected an interval with start < end, found \(1.0, 1.0\)",
        ),
        ({"a": [timed("a", 0, 1, float("nan"))]}, {"a": [timed("a", 0, 1)]}, "prediction 0: expected a finite score"),
    ],
)
def test_what_cannot_be_measured_is_named(found: dict, gold: dict, message: str):
    with pytest.raises(InputError, match=message):
        timed_recall(found, gold)


def test_a_reversed_interval_is_named():
    with pytest.raises(InputError, match=r"start < end, found \(3.0, 1.0\); write seconds as start and end"):
        temporal_iou([(3.0, 1.0)], [])
