"""Relation detection and tagging: by hand, against the plain reference, and what must always hold."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError
from finsta.metrics.relations import relation_detection, unseen
from finsta.metrics.relations import volumes as volumes_module
from finsta.metrics.relations.detection import in_order, relation_overlaps
from finsta.metrics.relations.matching import average_precision, greedy_match
from finsta.metrics.relations.volumes import Tube, volume_iou, volume_ious
from tests.metrics.relations.samples import as_result, as_results, boxes_of, random_videos, relation
from tests.reference import video_relations as plain

SEEDS = st.integers(0, 10_000)
MANY = settings(deadline=None, max_examples=25, derandomize=True)


def still(triplet: str, score: float, begin: int, frames: int, *, left: float = 0, top: float = 50) -> dict:
    """A subject of 10 × 10 pixels at ``left``, an object of 10 × 10 pixels below it, neither moving."""
    return {
        "triplet": tuple(triplet.split()),
        "score": score,
        "begin": begin,
        "subject": [[left, 0, left + 9, 9]] * frames,
        "object": [[left, top, left + 9, top + 9]] * frames,
    }


def test_volume_iou_by_hand():
    """Frames 0-3 against 2-5: two shared frames; there 10 × 10 boxes shifted by 5 share 50 of their 100 pixels."""
    first = Tube(begin=0, boxes=np.array([[0.0, 0, 9, 9]] * 4))
    second = Tube(begin=2, boxes=np.array([[5.0, 0, 14, 9]] * 4))
    assert volume_iou(first, second) == pytest.approx(2 * 50 / (400 + 400 - 100))
    assert volume_iou(first, first) == 1.0
    assert volume_iou(first, Tube(begin=4, boxes=first.boxes)) == 0.0


def test_boxes_that_are_apart_share_nothing_in_either_direction():
    """Two negative sides must not multiply to a positive area."""
    first, second = (Tube(begin=0, boxes=np.array([[at, at, at + 9.0, at + 9]])) for at in (0.0, 100.0))
    assert volume_iou(first, second) == 0.0


@MANY
@given(SEEDS)
def test_volume_iou_is_that_of_the_reference(seed: int):
    random = Random(seed)
    tubes = [(random.randint(0, 6), boxes_of(random, random.randint(1, 6))) for _ in range(6)]
    sides = [Tube(begin=begin, boxes=np.array(boxes, dtype=float)) for begin, boxes in tubes]
    pairs = np.array([(i, j) for i in range(3) for j in range(3)])
    expected = [plain.volume_iou(*tubes[i], *tubes[3 + j]) for i, j in pairs]
    np.testing.assert_allclose(volume_ious(sides[:3], sides[3:], pairs), expected, atol=1e-12)


def test_pairs_that_do_not_fit_at_once_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch):
    random = Random(1)
    tubes = [Tube(begin=0, boxes=np.array(boxes_of(random, 7), dtype=float)) for _ in range(8)]
    pairs = np.array([(i, j) for i in range(8) for j in range(8)])
    whole = volume_ious(tubes, tubes, pairs)
    for most in (1, 10, 50):
        monkeypatch.setattr(volumes_module, "MOST_ROWS", most)
        np.testing.assert_array_equal(volume_ious(tubes, tubes, pairs), whole)


def test_average_precision_by_hand():
    """Right at places 1 and 3 of 4, two gold: precisions 1 and 2/3; with a third gold never found, less by a third."""
    right = np.array([True, False, True, False])
    assert average_precision(right, 2) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(right, 3) == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision(np.zeros(0, dtype=bool), 3) == 0.0
    assert average_precision(np.array([False, True]), 1) == pytest.approx(1 / 2)


def test_a_later_higher_precision_counts_for_earlier_recall():
    """Wrong, right, right: precisions 1/2 and 2/3, of which the first is raised to the second."""
    assert average_precision(np.array([False, True, True]), 2) == pytest.approx(2 / 3)


def test_the_surer_prediction_takes_the_gold_and_the_other_is_wrong():
    overlap = np.array([[0.6, 0.9], [-1.0, 0.95], [0.7, 0.8]])
    assert greedy_match(overlap, 0.5).tolist() == [1, -1, 0]


def test_equal_overlaps_take_the_first_gold():
    assert greedy_match(np.array([[0.7, 0.7], [0.7, 0.7], [0.7, 0.7]]), 0.5).tolist() == [0, 1, -1]


def test_detection_by_hand():
    """Video a: two gold; the surest is wrong, then one right, one double, then the second by 8 of 10 frames.

    Right at places 2 and 4: precisions 1/2 and 2/4, so AP 1/2. Video b: one gold, found at once: AP 1. Video c has no
    gold and does not count. mAP 3/4; recall at 2: 2 of 3; at 4: 3 of 3.
    """
    gold = {
        "a": [still("dog chase cat", 1, 0, 10), still("cat watch dog", 1, 0, 10)],
        "b": [still("dog chase cat", 1, 5, 5)],
        "c": [],
    }
    found = {
        "a": [
            still("cat watch dog", 0.3, 2, 8),
            still("dog chase cat", 0.9, 0, 10, left=100),
            still("dog chase cat", 0.5, 0, 10),
            still("dog chase cat", 0.4, 0, 10, left=1),
        ],
        "b": [still("dog chase cat", 0.1, 5, 5)],
        "c": [still("dog chase cat", 0.1, 5, 5)],
    }
    scores = relation_detection(as_results(found), as_results(gold), recall_at=(2, 4), precision_at=(1, 2))
    assert scores.average_precision == {"a": pytest.approx(1 / 2), "b": pytest.approx(1.0)}
    assert scores.mean_average_precision == pytest.approx(3 / 4)
    assert scores.recall == {2: pytest.approx(2 / 3), 4: pytest.approx(1.0)}
    assert scores.hits == {2: 2, 4: 3}
    assert scores.precision == {1: 1.0, 2: 1.0}
    assert (scores.videos, scores.videos_without_gold, scores.relations, scores.predictions) == (2, 1, 3, 5)


def test_tagging_counts_distinct_triplets_and_ignores_trajectories():
    """Three predictions, two distinct triplets, the surer one wrong: P@1 is 0, P@2 is 1/2, P@10 is 1/2 of the two."""
    gold = {"a": [still("dog chase cat", 1, 0, 10)]}
    found = {
        "a": [
            still("cat chase dog", 0.9, 0, 10),
            still("dog chase cat", 0.2, 90, 3),
            still("cat chase dog", 0.8, 0, 10),
        ]
    }
    scores = relation_detection(as_results(found), as_results(gold), precision_at=(1, 2, 10))
    assert scores.precision == {1: 0.0, 2: 0.5, 10: 0.5}
    assert scores.mean_average_precision == 0.0


def test_equal_scores_stay_in_the_order_given():
    wrong, right = still("cat chase dog", 0.5, 0, 10), still("dog chase cat", 0.5, 0, 10)
    gold = as_results({"a": [right]})
    first, second = (
        relation_detection(as_results({"a": order}), gold, recall_at=(1,)) for order in ([wrong, right], [right, wrong])
    )
    assert (first.mean_average_precision, second.mean_average_precision) == (0.5, 1.0)
    assert (first.recall[1], second.recall[1]) == (0.0, 1.0)


@pytest.mark.parametrize("viou", [0.3, 0.5, 0.7])
@MANY
@given(seed=SEEDS)
def test_detection_and_tagging_are_those_of_the_reference(viou: float, seed: int):
    found, gold = random_videos(seed)
    scores = relation_detection(as_results(found), as_results(gold), viou=viou, recall_at=(1, 3), precision_at=(1, 3))
    mean, recall = plain.detection(found, gold, viou, [1, 3])
    assert scores.mean_average_precision == pytest.approx(mean, abs=1e-12)
    assert scores.recall == pytest.approx(recall)
    assert scores.precision == pytest.approx(plain.tagging(found, gold, [1, 3]))


@MANY
@given(SEEDS)
def test_perfect_predictions_give_one(seed: int):
    _, gold = random_videos(seed)
    scores = relation_detection(as_results(gold), as_results(gold))
    assert scores.mean_average_precision == pytest.approx(1.0)
    assert scores.recall == pytest.approx({50: 1.0, 100: 1.0})
    assert scores.precision == pytest.approx({1: 1.0, 5: 1.0, 10: 1.0})


@MANY
@given(SEEDS)
def test_the_order_of_predictions_with_distinct_scores_does_not_matter(seed: int):
    random = Random(seed)
    found, gold = random_videos(seed)
    for predictions in found.values():
        for prediction in predictions:
            prediction["score"] = random.random()
    mixed = {video: random.sample(predictions, len(predictions)) for video, predictions in found.items()}
    assert relation_detection(as_results(mixed), as_results(gold)) == relation_detection(
        as_results(found), as_results(gold)
    )


@MANY
@given(SEEDS)
def test_a_less_sure_wrong_prediction_never_helps(seed: int):
    found, gold = random_videos(seed)
    more = {
        video: [*predictions, relation(Random(seed)) | {"triplet": ("nobody", "does", "this"), "score": -1.0}]
        for video, predictions in found.items()
    }
    before, after = (relation_detection(as_results(each), as_results(gold)) for each in (found, more))
    assert after.mean_average_precision <= before.mean_average_precision + 1e-12
    assert after.recall == before.recall
    assert all(after.precision[k] <= before.precision[k] for k in before.precision)


@MANY
@given(SEEDS)
def test_a_larger_threshold_never_helps(seed: int):
    found, gold = random_videos(seed)
    recalls = [relation_detection(as_results(found), as_results(gold), viou=viou).recall[100] for viou in (0.3, 0.9)]
    assert recalls[1] <= recalls[0]


def test_a_video_without_predictions_counts_as_zero():
    gold = as_results({"a": [still("dog chase cat", 1, 0, 10)], "b": [still("dog chase cat", 1, 0, 10)]})
    scores = relation_detection({"a": gold["a"]}, gold)
    assert scores.mean_average_precision == scores.recall[50] == scores.precision[1] == 0.5
    assert scores.videos_without_prediction == 1
    assert relation_detection({}, gold).mean_average_precision == 0.0


def test_zero_shot_keeps_gold_that_training_has_not_seen():
    gold = as_results({"a": [still("dog chase cat", 1, 0, 9), still("cat watch dog", 1, 0, 9)], "b": []})
    fresh = unseen(gold, [("dog", "chase", "cat")])
    assert [each.triplet for each in fresh["a"]] == [("cat", "watch", "dog")]
    assert relation_detection(gold, fresh).recall[50] == 1.0


RESULT = as_result(still("dog chase cat", 0.5, 0, 3))


@pytest.mark.parametrize(
    ("found", "gold", "message"),
    [
        ({}, {"a": []}, "expected gold with one relation at least, found 1 videos without any; give the gold file"),
        ({"b": []}, {"a": [RESULT]}, "found 1 others, the first 'b'; take them out"),
        ({"a": [replace(RESULT, score=float("nan"))]}, {"a": [RESULT]}, "video 'a', prediction 0: expected a finite"),
        ({"a": [replace(RESULT, score=float("inf"))]}, {"a": [RESULT]}, "found inf; leave the prediction out"),
        (
            {"a": [replace(RESULT, object_boxes=RESULT.object_boxes[:, [2, 1, 0, 3]])]},
            {"a": [RESULT]},
            r"video 'a', prediction 0 \('dog', 'chase', 'cat'\), box 0: expected finite numbers with left ≤ right",
        ),
    ],
)
def test_what_cannot_be_measured_is_named(found: dict, gold: dict, message: str):
    with pytest.raises(InputError, match=message):
        relation_detection(found, gold)


def test_overlaps_of_other_triplets_are_none():
    found, gold = in_order([RESULT], "a"), [as_result(still("cat chase dog", 1, 0, 3))]
    assert relation_overlaps(found, gold, "a").tolist() == [[-1.0]]
