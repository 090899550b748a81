"""Degraded gold boxes have the faults that were asked for and no others."""

import numpy as np
import pytest

from finsta.data.world.compose import compose
from finsta.data.world.degraded import Degradation, analysed_frames, degrade, gold_boxes
from finsta.data.world.settings import WorldConfig
from finsta.data.world.vocabulary import SHAPES

CONFIG = WorldConfig()
GOLD = {thing: np.array([0.1 + 0.2 * thing, 0.4, 0.25 + 0.2 * thing, 0.6]) for thing in range(4)}
LABELS = ["circle", "square", "star", "circle"]
PERFECT = Degradation(jitter=0.0, misses=0.0, false_alarms=0.0)


def many(degradation: Degradation, times: int = 1500):
    rng = np.random.default_rng(0)
    return [degrade(GOLD, LABELS, rng=rng, degradation=degradation) for _ in range(times)]


def test_without_faults_the_gold_boxes_come_back():
    found = degrade(GOLD, LABELS, rng=np.random.default_rng(0), degradation=PERFECT)
    order = np.argsort(found.boxes[:, 0])
    np.testing.assert_allclose(found.boxes[order], list(GOLD.values()), atol=1e-6)
    assert [found.labels[index] for index in order] == LABELS


def test_one_box_in_five_is_missed():
    found = many(Degradation(jitter=0.0, misses=0.2, false_alarms=0.0))
    assert sum(map(len, found)) / (4 * len(found)) == pytest.approx(0.8, abs=0.015)


def test_one_false_alarm_comes_with_ten_gold_boxes_and_may_be_called_anything():
    found = many(Degradation(jitter=0.0, misses=1.0, false_alarms=0.1))
    assert sum(map(len, found)) / (4 * len(found)) == pytest.approx(0.1, abs=0.015)
    assert {label for detections in found for label in detections.labels} == set(SHAPES)
    boxes = np.concatenate([detections.boxes for detections in found])
    np.testing.assert_allclose(boxes[:, 2:] - boxes[:, :2], np.tile([0.15, 0.2], (len(boxes), 1)), atol=1e-6)


def test_the_edges_jitter_by_a_share_of_width_and_height():
    found = many(Degradation(jitter=0.05, misses=0.0, false_alarms=0.0))
    left = [box[0] for detections in found for box in detections.boxes if box[0] < 0.17]
    top = [box[1] for detections in found for box in detections.boxes]
    assert np.std(left) == pytest.approx(0.05 * 0.15, rel=0.1)
    assert np.std(top) == pytest.approx(0.05 * 0.2, rel=0.1)


def test_scores_tell_false_alarms_only_where_they_should():
    def means(telling: bool) -> tuple[float, float]:
        true = many(Degradation(jitter=0.0, misses=0.0, false_alarms=0.0, telling_scores=telling))
        false = many(Degradation(jitter=0.0, misses=1.0, false_alarms=0.5, telling_scores=telling))
        return tuple(float(np.mean(np.concatenate([d.scores for d in found]))) for found in (true, false))

    true, false = means(telling=True)
    assert true - false > 0.15
    assert means(telling=False)[0] == pytest.approx(means(telling=False)[1], abs=0.01)


def test_an_empty_frame_stays_empty():
    assert len(degrade({}, [], rng=np.random.default_rng(0), degradation=Degradation())) == 0


def test_frames_of_a_clip_are_the_same_for_the_same_seed_and_look_like_their_pictures():
    scene = compose(5, 0, CONFIG)
    first, second = (
        analysed_frames(scene, size=CONFIG.size, rng=np.random.default_rng(3), degradation=PERFECT) for _ in range(2)
    )
    assert len(first) == scene.num_frames
    assert [frame.time for frame in first] == [index / CONFIG.frames_per_second for index in range(scene.num_frames)]
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        assert len(one.detections) == len(gold_boxes(scene, index))
        np.testing.assert_array_equal(one.histograms, other.histograms)
        np.testing.assert_allclose(np.linalg.norm(one.histograms, axis=1), 1.0, atol=1e-5)
