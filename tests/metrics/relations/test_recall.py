"""Recall of scene graphs: by hand, against the plain reference, and what must always hold."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError
from finsta.metrics.relations import ACTION_GENOME, ONE_GROUP, FramePair, PredicateGroups, scene_graph_recall
from finsta.metrics.relations.boxes import box_iou
from finsta.metrics.relations.constraints import allowed
from finsta.metrics.relations.frames import FrameRelations
from tests.metrics.relations.samples import as_frame, random_frame
from tests.reference import video_relations as plain

SEEDS = st.integers(0, 10_000)
MANY = settings(deadline=None, max_examples=25, derandomize=True)
GROUPS = PredicateGroups(group_of={"above": "spatial"}, exclusive=("spatial",))


def pairs_of(seed: int, count: int = 4) -> list[tuple[dict, dict]]:
    frames = [random_frame(10 * seed + index) for index in range(count)]
    if not any(gold["relations"] for _, gold in frames):
        frames[0][1]["relations"] = [{"subject": 0, "object": 1, "predicate": "chase", "confidence": 1.0}]
    return frames


def as_pairs(frames: list[tuple[dict, dict]]) -> list[FramePair]:
    return [
        FramePair(name=f"frame {index}", found=as_frame(found), gold=as_frame(gold))
        for index, (found, gold) in enumerate(frames)
    ]


def frame(labels: str, relations: list[tuple[int, str, int, float]], *, left: float = 0.0) -> FrameRelations:
    """Objects of 10 × 10 in a row, 20 apart, all ``left`` to the right; scores 1."""
    names = tuple(labels.split())
    return FrameRelations(
        boxes=np.array([[20.0 * n + left, 0, 20 * n + 10 + left, 10] for n in range(len(names))]),
        labels=names,
        scores=np.ones(len(names)),
        pairs=np.array([(s, o) for s, _, o, _ in relations], dtype=np.int64).reshape(-1, 2),
        predicates=tuple(name for _, name, _, _ in relations),
        confidences=np.array([confidence for *_, confidence in relations], dtype=float),
    )


def test_box_iou_by_hand():
    """10 × 10 boxes shifted by 5: 50 of 150."""
    boxes = np.array([[0.0, 0, 10, 10], [5, 0, 15, 10], [30, 30, 30, 30]])
    np.testing.assert_allclose(box_iou(boxes, boxes), [[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 0]])


def test_recall_by_hand():
    """Frame 1 has two gold relations, of which the first prediction finds one, the third the other; frame 2 has one.

    R@1 = (1/2 + 0) / 2, R@3 = (2/2 + 0) / 2. By predicate: hold 1 of 2 at both, above 0 of 1 at 1 and 1 of 1 at 3.
    """
    gold = frame("person cup table", [(0, "hold", 1, 1), (1, "above", 2, 1)])
    found = frame("person cup table", [(1, "above", 2, 0.2), (0, "hold", 1, 0.9), (0, "touch", 1, 0.5)])
    other = frame("person cup", [(0, "hold", 1, 1)])
    wrong = frame("dog cup", [(0, "hold", 1, 1)])
    pairs = [
        FramePair(name="1", found=found, gold=gold),
        FramePair(name="2", found=wrong, gold=other),
        FramePair(name="3", found=found, gold=FrameRelations.empty()),
    ]
    scores = scene_graph_recall(pairs, constraint="none", at=(1, 3))
    assert scores.recall == {1: pytest.approx(1 / 4), 3: pytest.approx(1 / 2)}
    assert scores.mean_recall == {1: pytest.approx((1 / 2 + 0) / 2), 3: pytest.approx((1 / 2 + 1) / 2)}
    assert scores.by_predicate[3] == {"above": 1.0, "hold": 0.5}
    assert (scores.frames, scores.frames_without_gold, scores.relations, scores.predictions) == (2, 1, 3, 4)
    assert scores.predicates == {"above": 1, "hold": 2}
    assert scores.hits == {1: 1, 3: 2}


def test_both_boxes_must_overlap_enough():
    """Shifted by 3 of 10 the IoU is 7/13; by 4 it is 6/14."""
    gold = frame("person cup", [(0, "hold", 1, 1)])
    for left, expected in ((3.0, 1.0), (4.0, 0.0)):
        found = frame("person cup", [(0, "hold", 1, 1)], left=left)
        assert scene_graph_recall([FramePair(name="", found=found, gold=gold)]).recall[10] == expected


def test_scores_of_objects_order_relations():
    gold = frame("person cup dog", [(0, "hold", 1, 1)])
    found = frame("person cup dog", [(0, "hold", 1, 0.5), (2, "see", 1, 0.6)])
    unsure = replace(found, scores=np.array([1.0, 1.0, 0.5]))
    recalls = [
        scene_graph_recall([FramePair(name="", found=each, gold=gold)], at=(1,)).recall[1] for each in (found, unsure)
    ]
    assert recalls == [0.0, 1.0]


def test_the_constraint_keeps_one_predicate_for_a_pair_and_group():
    found = frame(
        "person cup",
        [(0, "looking at", 1, 0.6), (0, "holding", 1, 0.5), (0, "touching", 1, 0.95), (1, "in front of", 0, 0.92)],
    )
    assert allowed(found, "with").tolist() == [2, 3]
    assert allowed(found, "with", groups=ACTION_GENOME).tolist() == [0, 2, 3]
    assert allowed(found, "semi", groups=ACTION_GENOME).tolist() == [0, 2, 3]
    assert allowed(found, "semi", groups=ACTION_GENOME, least=0.94).tolist() == [0, 2]
    assert allowed(found, "none").tolist() == [0, 1, 2, 3]


def test_spelling_with_underscores_is_the_same_predicate():
    found = frame("person cup", [(0, "looking_at", 1, 0.6), (0, "lying_on", 1, 0.5)])
    assert allowed(found, "with", groups=ACTION_GENOME).tolist() == [0, 1]
    assert len(ACTION_GENOME.group_of) == 26


def test_without_a_cut_the_constraint_never_helps_but_at_a_small_k_it_can():
    """Two predicates of a wrong pair stand before the right one; the constraint takes one of them away."""
    gold = frame("person cup dog", [(0, "hold", 1, 1)])
    found = frame("person cup dog", [(2, "see", 1, 0.9), (2, "hear", 1, 0.8), (0, "hold", 1, 0.7)])
    pair = [FramePair(name="", found=found, gold=gold)]
    at_two = {name: scene_graph_recall(pair, constraint=name, at=(2,)).recall[2] for name in ("with", "none")}
    assert at_two == {"with": 1.0, "none": 0.0}


@pytest.mark.parametrize("constraint", ["with", "semi", "none"])
@pytest.mark.parametrize("groups", [ONE_GROUP, GROUPS], ids=["one group", "groups"])
@MANY
@given(seed=SEEDS)
def test_recall_is_that_of_the_reference(constraint: str, groups: PredicateGroups, seed: int):
    frames = pairs_of(seed)
    scores = scene_graph_recall(as_pairs(frames), constraint=constraint, at=(1, 3, 20), groups=groups)

    def keep(relations: list[dict]) -> list[dict]:
        return plain.kept_by_constraint(relations, constraint, groups.group_of, set(groups.exclusive), 0.9)

    for k in (1, 3, 20):
        recall, mean = plain.graph_recall(frames, k=k, iou=0.5, keep=keep)
        assert scores.recall[k] == pytest.approx(recall, abs=1e-12)
        assert scores.mean_recall[k] == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("task", ["predcls", "sgcls", "sgdet"])
@MANY
@given(seed=SEEDS)
def test_perfect_predictions_give_one(task: str, seed: int):
    pairs = [replace(pair, found=pair.gold) for pair in as_pairs(pairs_of(seed))]
    scores = scene_graph_recall(pairs, task=task, constraint="none")
    assert scores.recall == scores.mean_recall == {10: 1.0, 20: 1.0, 50: 1.0}


@MANY
@given(SEEDS)
def test_without_a_cut_recall_with_the_constraint_is_never_higher(seed: int):
    pairs = as_pairs(pairs_of(seed))
    with_it, semi, none = (
        scene_graph_recall(pairs, constraint=name, at=(100,), groups=GROUPS) for name in ("with", "semi", "none")
    )
    assert max(with_it.recall[100], semi.recall[100]) <= none.recall[100] + 1e-12
    assert max(with_it.mean_recall[100], semi.mean_recall[100]) <= none.mean_recall[100] + 1e-12


def shuffled(found: FrameRelations, random: Random) -> FrameRelations:
    """Objects renumbered, relations in another order."""
    objects = random.sample(range(len(found.labels)), len(found.labels))
    order = random.sample(range(len(found.predicates)), len(found.predicates))
    place = np.argsort(objects) if objects else np.zeros(0, dtype=np.int64)
    return FrameRelations(
        boxes=found.boxes[objects],
        labels=tuple(found.labels[index] for index in objects),
        scores=found.scores[objects],
        pairs=place[found.pairs[order]].reshape(-1, 2),
        predicates=tuple(found.predicates[index] for index in order),
        confidences=found.confidences[order],
    )


@MANY
@given(SEEDS)
def test_numbering_of_objects_and_order_of_relations_do_not_matter(seed: int):
    random = Random(seed)
    frames = pairs_of(seed)
    for found, _ in frames:
        for each in found["relations"]:
            each["confidence"] = random.random()
    pairs = as_pairs(frames)
    mixed = [replace(pair, found=shuffled(pair.found, random)) for pair in pairs]
    for constraint in ("with", "none"):
        assert scene_graph_recall(mixed, constraint=constraint, at=(2, 20)) == scene_graph_recall(
            pairs, constraint=constraint, at=(2, 20)
        )


@MANY
@given(SEEDS)
def test_a_less_sure_wrong_prediction_never_helps(seed: int):
    frames = pairs_of(seed)
    before = scene_graph_recall(as_pairs(frames), constraint="none", at=(1, 3, 20))
    for found, _ in frames:
        if len(found["objects"]) > 1:
            found["relations"].append({"subject": 0, "object": 1, "predicate": "does nothing", "confidence": 0.0})
    after = scene_graph_recall(as_pairs(frames), constraint="none", at=(1, 3, 20))
    assert after.recall == before.recall
    assert after.mean_recall == before.mean_recall


@MANY
@given(SEEDS)
def test_recall_rises_with_k(seed: int):
    scores = scene_graph_recall(as_pairs(pairs_of(seed)), constraint="none", at=(1, 2, 5, 50))
    values = list(scores.recall.values())
    assert values == sorted(values)


def test_one_prediction_finds_gold_that_repeats_itself():
    """As in the published protocol: gold counts once each, predictions may serve twice."""
    gold = replace(
        frame("person cup cup", [(0, "hold", 1, 1), (0, "hold", 2, 1)]),
        boxes=np.array([[0.0, 0, 10, 10], [20, 0, 30, 10], [21, 0, 31, 10]]),
    )
    found = frame("person cup", [(0, "hold", 1, 1)])
    assert scene_graph_recall([FramePair(name="", found=found, gold=gold)]).recall[10] == 1.0


def test_zero_shot_counts_gold_whose_triplet_was_not_seen():
    """Of three gold relations two are new, in one of the two frames; the second is found."""
    first = frame("person cup table", [(0, "hold", 1, 1), (1, "above", 2, 1), (0, "see", 2, 1)])
    second = frame("person cup", [(0, "hold", 1, 1)])
    found = frame("person cup table", [(1, "above", 2, 1)])
    pairs = [FramePair(name="1", found=found, gold=first), FramePair(name="2", found=found, gold=second)]
    scores = scene_graph_recall(pairs, seen={("person", "hold", "cup")})
    assert scores.zero_shot == {10: 0.5, 20: 0.5, 50: 0.5}
    assert scores.unseen == 2
    assert scene_graph_recall(pairs, seen=set(first.triplets)).zero_shot is None
    assert scene_graph_recall(pairs).zero_shot is None


def test_predcls_does_not_read_the_scores_of_objects():
    gold = frame("person cup dog", [(0, "hold", 1, 1)])
    found = replace(
        frame("person cup dog", [(0, "hold", 1, 0.9), (2, "see", 1, 0.5)]), scores=np.array([0.1, 1.0, 1.0])
    )
    recalls = {
        task: scene_graph_recall([FramePair(name="", found=found, gold=gold)], task=task, at=(1,)).recall[1]
        for task in ("predcls", "sgcls", "sgdet")
    }
    assert recalls == {"predcls": 1.0, "sgcls": 0.0, "sgdet": 0.0}


GOLD = frame("person cup", [(0, "hold", 1, 1)])


@pytest.mark.parametrize(
    ("task", "found", "message"),
    [
        ("predcls", replace(GOLD, labels=("dog", "cup")), r"f: predcls gives the box and class .* object 0 \(dog"),
        ("sgcls", frame("person cup", [], left=2), "f: sgcls gives the box of each object, .* choose the task sgdet"),
        ("other", GOLD, "task 'other': expected predcls, sgcls or sgdet"),
    ],
)
def test_a_prediction_keeps_to_what_the_task_gives(task: str, found: FrameRelations, message: str):
    with pytest.raises(InputError, match=message):
        scene_graph_recall([FramePair(name="f", found=found, gold=GOLD)], task=task)


def test_an_unknown_constraint_is_named():
    with pytest.raises(InputError, match="constraint 'some': expected with, semi or none"):
        allowed(GOLD, "some")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: replace(f, scores=np.array([np.nan, 1])), "f, prediction, object 0: expected a finite score .* nan"),
        (lambda f: replace(f, confidences=np.array([-0.5])), "f, prediction, predicate 0: .* found -0.5"),
        (lambda f: replace(f, boxes=f.boxes[:, [2, 1, 0, 3]]), "f, prediction, box 0: expected .* left ≤ right"),
        (lambda f: replace(f, pairs=np.array([[0, 2]])), r"subjects and objects in \[0, 2\), found 0 to 2"),
        (lambda f: replace(f, labels=("person",)), "expected 1 boxes and scores, 1 pairs .* found 2, 2, 1 and 1"),
    ],
)
def test_a_frame_that_cannot_be_is_named(change: Callable[[FrameRelations], FrameRelations], message: str):
    with pytest.raises(InputError, match=message):
        scene_graph_recall([FramePair(name="f", found=change(GOLD), gold=GOLD)])


def test_gold_without_relations_is_an_error():
    with pytest.raises(InputError, match="expected gold with one relation at least, found 1 frames without any"):
        scene_graph_recall([FramePair(name="f", found=GOLD, gold=FrameRelations.empty())])
