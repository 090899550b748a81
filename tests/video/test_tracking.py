"""Tracks: one object keeps one number, through misses, crossings and a moving camera, and never across a cut."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from finsta.graphs.dynamic import Camera
from finsta.video.detectors.detection import Detections
from finsta.video.tracking import AnalysedFrame, ObjectTrack, track_shots
from finsta.video.tracking.motion_model import MotionModel
from tests.video.conftest import square

Path = Callable[[float], Sequence[float] | None]


def analysed(
    paths: Sequence[tuple[str, Path]],
    *,
    times: Sequence[float],
    camera: Callable[[float], Camera] = lambda _: Camera(),
    scores: Sequence[float] | None = None,
    looks: Sequence[int] | None = None,
) -> list[AnalysedFrame]:
    """Frames in which each object has its own colour, or the one that ``looks`` gives it."""
    frames = []
    for time in times:
        seen = [(index, label, path(time)) for index, (label, path) in enumerate(paths)]
        seen = [(index, label, box) for index, label, box in seen if box is not None]
        histograms = np.zeros((len(seen), 8), np.float32)
        for row, (index, *_) in enumerate(seen):
            histograms[row, looks[index] if looks else index] = 1.0
        frames.append(
            AnalysedFrame(
                time=time,
                camera=camera(time),
                detections=Detections(
                    boxes=np.array([box for *_, box in seen], np.float32).reshape(-1, 4),
                    scores=np.array([scores[index] if scores else 0.8 for index, *_ in seen], np.float32),
                    labels=tuple(label for _, label, _ in seen),
                ),
                histograms=histograms,
                colours=np.zeros((len(seen), 11), np.float32),
            )
        )
    return frames


def quarter_seconds(seconds: float) -> list[float]:
    return [index / 4 for index in range(round(seconds * 4))]


def summary(tracks: Sequence[ObjectTrack]) -> list[tuple[int, str, float, float]]:
    return [(track.number, track.label, float(track.times[0]), float(track.times[-1])) for track in tracks]


def test_two_objects_keep_their_numbers_in_order_of_appearance():
    paths = [
        ("dog", lambda t: square(0.1 + 0.1 * t, 0.3) if t >= 1 else None),
        ("cat", lambda t: square(0.8 - 0.1 * t, 0.7)),
    ]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(5))])
    assert summary(tracks) == [(1, "cat", 0.0, 4.75), (2, "dog", 1.0, 4.75)]


def test_a_gap_below_a_second_is_bridged_with_less_confidence():
    def path(t: float) -> Sequence[float] | None:
        return None if 1.4 < t < 2.1 else square(0.2 + 0.1 * t, 0.5)

    (tracks,) = track_shots([analysed([("dog", path)], times=quarter_seconds(4))])
    assert summary(tracks) == [(1, "dog", 0.0, 3.75)]
    track = tracks[0]
    assert track.times[~track.seen].tolist() == [1.5, 1.75, 2.0]
    np.testing.assert_allclose(track.scores, np.where(track.seen, 0.8, 0.4), atol=1e-6)
    np.testing.assert_allclose(track.boxes, [square(0.2 + 0.1 * t, 0.5) for t in track.times], atol=1e-6)


def gone(t: float) -> bool:
    return 1.4 < t < 2.8


def test_who_is_back_after_more_than_a_second_and_looks_the_same_keeps_the_number():
    paths = [("dog", lambda t: None if gone(t) else square(0.5, 0.5))]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(5))])
    assert summary(tracks) == [(1, "dog", 0.0, 4.75)]
    assert [place for place in range(20) if tracks[0].at(place) is None] == [6, 7, 8, 9, 10, 11]
    first, second = tracks[0].stretches()
    assert [(piece.number, piece.times[0], piece.times[-1]) for piece in (first, second)] == [
        (1, 0, 1.25),
        (1, 3, 4.75),
    ]
    assert second.seen.all()
    assert second.at(11) is None
    assert second.at(12) == 0


def test_who_looks_otherwise_after_more_than_a_second_is_somebody_else():
    paths = [
        ("dog", lambda t: square(0.5, 0.5) if t < 1.4 else None),
        ("dog", lambda t: square(0.5, 0.5) if t > 2.8 else None),
    ]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(5))])
    assert summary(tracks) == [(1, "dog", 0.0, 1.25), (2, "dog", 3.0, 4.75)]


def test_who_looks_the_same_but_is_too_far_away_is_somebody_else():
    def path(t: float) -> Sequence[float] | None:
        return None if gone(t) else square(0.1 if t < 2 else 0.9, 0.5, 0.05)

    (tracks,) = track_shots([analysed([("dog", path)], times=quarter_seconds(5))])
    assert summary(tracks) == [(1, "dog", 0.0, 1.25), (2, "dog", 3.0, 4.75)]


def test_without_looks_nobody_is_recognised():
    frames = analysed([("dog", lambda t: None if gone(t) else square(0.5, 0.5))], times=quarter_seconds(5))
    blind = [replace(frame, histograms=np.zeros_like(frame.histograms)) for frame in frames]
    (tracks,) = track_shots([blind])
    assert summary(tracks) == [(1, "dog", 0.0, 1.25), (2, "dog", 3.0, 4.75)]


def test_of_two_who_are_back_each_gets_the_number_of_its_look():
    paths = [
        ("dog", lambda t: None if gone(t) else square(0.4 if t < 2 else 0.5, 0.3)),
        ("dog", lambda t: None if gone(t) else square(0.5 if t < 2 else 0.4, 0.3)),
    ]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(5))])
    ends = [(float(t.boxes[0, 0]), float(t.boxes[-1, 0])) for t in tracks]
    np.testing.assert_allclose(ends, [(0.355, 0.455), (0.455, 0.355)], atol=1e-6)


def test_a_fast_one_is_found_by_its_look_where_no_prediction_reaches():
    def path(t: float) -> Sequence[float]:  # a turn a second around the middle, seen eight times
        return square(0.5 + 0.2 * np.cos(2 * np.pi * t), 0.5 + 0.2 * np.sin(2 * np.pi * t), 0.12)

    paths = [("ball", path), ("cup", lambda t: square(0.5, 0.5, 0.1))]
    (tracks,) = track_shots([analysed(paths, times=[index / 8 for index in range(24)])])
    assert sorted(summary(tracks), key=lambda line: line[1]) == [(2, "ball", 0.0, 2.875), (1, "cup", 0.0, 2.875)]


def test_scattered_false_alarms_are_no_track():
    def blinks(t: float) -> Sequence[float] | None:
        return square(0.8, 0.2) if round(t * 4) in (2, 6, 10) else None

    paths = [("dog", lambda t: square(0.3, 0.5)), ("ghost", blinks)]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(5))])
    assert summary(tracks) == [(1, "dog", 0.0, 4.75)]


def test_the_likeness_falls_where_something_hides_the_object():
    frames = analysed([("dog", lambda t: square(0.3, 0.5))], times=quarter_seconds(3))
    hidden = np.eye(8, dtype=np.float32)[[3]]
    frames[5] = replace(frames[5], histograms=hidden)
    (tracks,) = track_shots([frames])
    assert tracks[0].likeness is not None
    assert int(tracks[0].likeness.argmin()) == 5
    assert float(tracks[0].likeness[5]) < 0.2
    assert float(tracks[0].likeness[0]) > 0.9


def test_tracks_never_cross_a_cut():
    frames = analysed([("dog", lambda t: square(0.5, 0.5))], times=quarter_seconds(4))
    shots = track_shots([frames[:8], frames[8:]])
    assert [summary(tracks) for tracks in shots] == [[(1, "dog", 0.0, 1.75)], [(2, "dog", 2.0, 3.75)]]
    assert [tracks[0].shot for tracks in shots] == [0, 1]


def test_crossing_objects_are_told_apart_by_motion_and_colour():
    paths = [("disc", lambda t: square(0.2 + 0.15 * t, 0.5)), ("disc", lambda t: square(0.8 - 0.15 * t, 0.52))]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(4))])
    ends = [(float(t.boxes[0, 0]), float(t.boxes[-1, 0])) for t in tracks]
    np.testing.assert_allclose(ends, [(0.155, 0.7175), (0.755, 0.1925)], atol=1e-6)


def test_objects_that_look_alike_cross_by_their_motion():
    paths = [("disc", lambda t: square(0.2 + 0.15 * t, 0.5)), ("disc", lambda t: square(0.8 - 0.15 * t, 0.52))]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(4), looks=(0, 0))])
    assert [round(float(t.boxes[-1, 0] - t.boxes[0, 0]), 2) for t in tracks] == [0.56, -0.56]


def test_a_moving_camera_does_not_lose_a_still_object():
    def camera(t: float) -> Camera:
        return Camera(dx=0.8 * t)  # fast: a quarter of a second moves the object by more than twice its width

    paths = [("tree", lambda t: square(0.9 - 0.8 * t, 0.5, 0.1))]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(1.25), camera=camera)])
    assert summary(tracks) == [(1, "tree", 0.0, 1.0)]
    np.testing.assert_allclose(tracks[0].stable_boxes, np.tile(square(0.9, 0.5, 0.1), (5, 1)), atol=1e-6)


def test_the_label_is_voted_by_the_scores():
    labels = ["dog", "cat", "dog", "dog", "cat", "dog"]
    frames = [
        analysed([(label, lambda t: square(0.5, 0.5))], times=[index / 4])[0] for index, label in enumerate(labels)
    ]
    (tracks,) = track_shots([frames])
    assert summary(tracks) == [(1, "dog", 0.0, 1.25)]


def test_short_tracks_are_dropped_but_a_single_frame_keeps_all():
    def blink(t: float) -> Sequence[float] | None:
        return square(0.8, 0.2) if 1.0 <= t < 1.5 else None

    paths = [("dog", lambda t: square(0.3, 0.5)), ("ghost", blink)]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(3))])
    assert summary(tracks) == [(1, "dog", 0.0, 2.75)]
    (tracks,) = track_shots([analysed(paths, times=[1.0])])
    assert summary(tracks) == [(1, "dog", 1.0, 1.0), (2, "ghost", 1.0, 1.0)]


def test_a_doubtful_detection_continues_a_track_but_starts_none():
    frames = analysed([("dog", lambda t: square(0.3, 0.5))], times=quarter_seconds(3))
    doubtful = analysed(
        [("dog", lambda t: square(0.3, 0.5)), ("ghost", lambda t: square(0.7, 0.5))],
        times=[3 + t for t in quarter_seconds(1)],
        scores=(0.25, 0.25),
    )
    (tracks,) = track_shots([frames + doubtful])
    assert summary(tracks) == [(1, "dog", 0.0, 3.75)]


def test_a_second_box_on_an_object_starts_no_second_track():
    paths = [("dog", lambda t: square(0.3, 0.5, 0.4)), ("dog", lambda t: square(0.31, 0.5, 0.37))]
    (tracks,) = track_shots([analysed(paths, times=quarter_seconds(3), scores=(0.9, 0.7))])
    assert summary(tracks) == [(1, "dog", 0.0, 2.75)]


def test_numbers_are_stable_when_tracking_is_run_again():
    random = np.random.default_rng(0)
    starts = random.uniform(0.2, 0.8, (6, 2))
    speeds = random.uniform(-0.06, 0.06, (6, 2))
    paths = [("disc", lambda t, i=i: square(*(starts[i] + speeds[i] * t))) for i in range(6)]
    frames = analysed(paths, times=quarter_seconds(4), looks=(0,) * 6)
    first, second = track_shots([frames])[0], track_shots([frames])[0]
    assert summary(first) == summary(second)
    assert all(np.array_equal(a.boxes, b.boxes) for a, b in zip(first, second, strict=True))


def test_nothing_detected_gives_no_track():
    assert track_shots([analysed([], times=quarter_seconds(2)), []]) == [[], []]


def test_the_filter_learns_a_steady_speed():
    model = MotionModel(np.array(square(0.2, 0.5)))
    for step in range(1, 9):
        model.predict(0.25)
        model.update(np.array(square(0.2 + 0.05 * step, 0.5)))
    model.predict(0.5)
    np.testing.assert_allclose(model.box(), square(0.2 + 0.05 * 10, 0.5), atol=0.005)


@pytest.mark.parametrize("seconds", [0.1, 1.0])
def test_the_filter_stays_where_it_is_without_a_speed(seconds: float):
    model = MotionModel(np.array(square(0.4, 0.5)))
    model.predict(seconds)
    np.testing.assert_allclose(model.box(), square(0.4, 0.5), atol=1e-9)


def test_a_false_alarm_that_came_in_handy_is_shed_and_what_hides_the_object_is_not():
    frames = analysed([("dog", lambda t: square(0.3, 0.5, 0.2))], times=quarter_seconds(4))
    elsewhere = analysed([("dog", lambda t: square(0.42, 0.5, 0.2))], times=[1.25], looks=[5])[0]
    hidden = replace(frames[10], histograms=np.eye(8, dtype=np.float32)[[5]])
    frames[5], frames[10] = elsewhere, hidden
    (tracks,) = track_shots([frames])
    assert summary(tracks) == [(1, "dog", 0.0, 3.75)]
    assert np.flatnonzero(~tracks[0].seen).tolist() == [5]
    np.testing.assert_allclose(tracks[0].boxes, np.tile(square(0.3, 0.5, 0.2), (16, 1)), atol=1e-6)
