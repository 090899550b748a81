"""Objects on one clock, and the numbers of a pair."""

from dataclasses import replace

import numpy as np
import pytest

from finsta.graphs.dynamic import Camera, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.scene_graph import NodeKind
from finsta.video.predicates.features import NUMBERS, OBJECT_NUMBERS, ShotFeatures
from finsta.video.predicates.paths import paths_of_graph, paths_of_tracks
from tests.video.predicates.samples import RATE, still, track

VIDEO = VideoInfo(path="a.mp4", duration=4.0, width=200, height=100, frames_per_second=8.0, frame_count=32)
GAP, CLOSING, OFFSET = 2 * OBJECT_NUMBERS + 3, 2 * OBJECT_NUMBERS + 9, 2 * OBJECT_NUMBERS


def seen_at(time: float, *, x: float, shot: int = 0, camera: Camera | None = None) -> FrameGraph:
    box = (x - 0.1, 0.4, x + 0.1, 0.6)
    node = VisualNode(kind=NodeKind.OBJECT, label="ball", box=box, track=7)
    return FrameGraph(time=time, nodes=(node,), shot=shot, camera=camera or Camera())


def test_sparse_tracks_are_interpolated_to_even_steps():
    sparse = track(3, lambda time: (0.2 + 0.1 * time, 0.5), times=(0.0, 1.0, 2.0))
    paths = paths_of_tracks([sparse], aspect=1.0, rate=4.0)
    assert paths.numbers == (3,)
    np.testing.assert_allclose(paths.times, np.arange(9) / 4)
    np.testing.assert_allclose(paths.boxes[0, :, 0], 0.1 + 0.1 * np.arange(9) / 4)
    assert paths.present.all()
    assert paths.rate == pytest.approx(4.0)


def test_an_object_is_there_from_its_first_to_its_last_box_and_keeps_its_place_outside():
    late = track(2, still(0.7, 0.5), times=(1.0, 1.5, 2.0))
    paths = paths_of_tracks([track(1, still(0.2, 0.5)), late], aspect=1.0, rate=RATE)
    there = (paths.times >= 1.0 - 1e-9) & (paths.times <= 2.0 + 1e-9)
    np.testing.assert_array_equal(paths.present[1], there)
    np.testing.assert_allclose(paths.boxes[1], np.broadcast_to(late.boxes[0], (len(paths.times), 4)))


def test_a_bridged_box_is_not_seen():
    bridged = track(1, still(0.5, 0.5), times=(0.0, 0.25, 0.5, 0.75))
    bridged = replace(bridged, seen=np.array([True, False, False, True]))
    assert paths_of_tracks([bridged], aspect=1.0, rate=4.0).seen[0].tolist() == [True, False, False, True]


def test_each_shot_of_a_graph_has_paths_of_its_own_and_a_panning_camera_moves_nothing():
    frames = [
        seen_at(0.0, x=0.5),
        seen_at(1.0, x=0.4, camera=Camera(dx=0.1)),
        seen_at(2.0, x=0.6, shot=1),
        FrameGraph(time=3.0, shot=2),
    ]
    found = dict(paths_of_graph(DynamicSceneGraph(video=VIDEO, frames=tuple(frames)), rate=2.0))
    assert list(found) == [0, 1]
    assert found[0].numbers == (7,)
    assert found[0].aspect == 2.0
    np.testing.assert_allclose(found[0].stable[0], np.broadcast_to(found[0].stable[0, 0], (3, 4)), atol=1e-9)
    assert found[0].boxes[0, 2, 0] == pytest.approx(0.3)


def pair_numbers(first, second, *, aspect: float = 1.0) -> np.ndarray:
    features = ShotFeatures(paths_of_tracks([first, second], aspect=aspect, rate=RATE))
    return features.pairs(np.array([0]), np.array([1]))[0]


def test_numbers_say_how_far_and_how_fast_in_sizes_of_the_objects():
    coming = track(1, lambda time: (0.2 + 0.1 * time, 0.5))
    rows = pair_numbers(coming, track(2, still(0.9, 0.5)))
    middle = rows[12]  # 1.5 seconds: the subject is at 0.35, the object 0.55 away, both of size 0.2
    assert np.sinh(middle[OFFSET]) == pytest.approx(0.55 / 0.2, rel=0.02)
    assert np.sinh(middle[GAP]) == pytest.approx(0.35 / 0.2, rel=0.02)
    assert np.sinh(middle[CLOSING]) == pytest.approx(0.1 / 0.2, rel=0.05)


def test_numbers_do_not_depend_on_the_size_of_the_picture():
    near = pair_numbers(track(1, lambda t: (0.3 + 0.08 * t, 0.5)), track(2, still(0.7, 0.5)))
    far = pair_numbers(track(1, lambda t: (0.4 + 0.04 * t, 0.5), size=0.1), track(2, still(0.6, 0.5), size=0.1))
    apart = [column for column in range(NUMBERS) if column not in (0, OBJECT_NUMBERS)]  # the sizes themselves
    borders = [*range(8, 12), *range(OBJECT_NUMBERS + 8, OBJECT_NUMBERS + 12)]
    same = [column for column in apart if column not in borders]
    np.testing.assert_allclose(near[:, same], far[:, same], atol=1e-4)


def test_one_alone_has_zeros_where_the_other_would_be():
    features = ShotFeatures(paths_of_tracks([track(1, still(0.5, 0.5))], aspect=1.0, rate=RATE))
    rows = features.pairs(np.array([0]), np.array([-1]))[0]
    assert rows.shape == (32, NUMBERS)
    assert not rows[:, OBJECT_NUMBERS:].any()


def test_a_range_of_steps_is_the_same_as_that_range_of_all_steps():
    features = ShotFeatures(
        paths_of_tracks([track(1, lambda t: (0.2 + 0.1 * t, 0.5)), track(2, still(0.8, 0.5))], aspect=1.0, rate=RATE)
    )
    whole = features.pairs(np.array([0, 1]), np.array([1, -1]))
    part = features.pairs(np.array([0, 1]), np.array([1, -1]), steps=slice(5, 9))
    np.testing.assert_array_equal(part, whole[:, 5:9])
