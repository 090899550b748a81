"""Events are found with their intervals on noisy paths whose truth is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from finsta.video.events import find_events
from finsta.video.events.motion import Motion
from finsta.video.tracking import ObjectTrack
from tests.video.conftest import square

ASPECT = 4 / 3


def motion(
    number: int,
    path: Callable[[float], Sequence[float]],
    *,
    start: float = 0.0,
    end: float = 6.0,
    size: float = 0.12,
    jitter: float = 0.004,
) -> Motion:
    """A track at 5 frames a second, whose centre follows a path, with noise on every edge."""
    random = np.random.default_rng(number)
    places = np.arange(round(start * 5), round(end * 5))
    times = places / 5
    boxes = np.array([square(*path(time), size) for time in times]) + random.normal(0, jitter, (len(times), 4))
    return Motion(
        track=ObjectTrack(
            number=number,
            shot=0,
            label="disc",
            places=places,
            times=times,
            boxes=np.clip(boxes, 0, 1),
            scores=np.full(len(times), 0.8),
            seen=np.ones(len(times), bool),
            stable_boxes=np.clip(boxes, 0, 1),
            colours=np.zeros(11),
        ),
        aspect=ASPECT,
    )


def between(start: float, end: float, first: float, last: float) -> Callable[[float], float]:
    """A number that goes from ``first`` to ``last`` between two moments and rests before and after."""
    return lambda t: float(np.interp(t, [start, end], [first, last]))


def found(*motions: Motion) -> dict[tuple[str, int, int | None], tuple[float, float]]:
    events = find_events(motions, shot=(0.0, 6.0))
    assert all(0 < event.confidence <= 1 for event in events)
    return {(event.label, event.subject, event.object): event.interval for event in events}


def assert_near(interval: tuple[float, float], expected: tuple[float, float]) -> None:
    """Within half a second: smoothing blurs the ends."""
    np.testing.assert_allclose(interval, expected, atol=0.5)


def test_jitter_alone_is_standing():
    events = found(motion(1, lambda t: (0.5, 0.5), jitter=0.008))
    assert set(events) == {("stand", 1, None)}
    assert events["stand", 1, None] == pytest.approx((0.0, 5.8))


def test_a_slow_steady_walk_is_moving_all_along():
    events = found(motion(1, lambda t: (0.2 + 0.1 * t, 0.5)))
    assert set(events) == {("move", 1, None)}


def test_moving_then_standing_is_stopping():
    x = between(0.0, 3.0, 0.2, 0.7)
    events = found(motion(1, lambda t: (x(t), 0.5)))
    assert set(events) == {("move", 1, None), ("stop", 1, None), ("stand", 1, None)}
    assert_near(events["move", 1, None], (0.0, 3.0))
    assert_near(events["stand", 1, None], (3.0, 5.8))
    assert events["stop", 1, None][0] < 3.1 < events["stop", 1, None][1] + 0.3


def test_approach_has_the_one_that_moves_as_subject():
    x = between(1.0, 4.0, 0.15, 0.6)
    events = found(motion(1, lambda t: (x(t), 0.5)), motion(2, lambda t: (0.75, 0.5)))
    pairs = {key: interval for key, interval in events.items() if key[2] is not None}
    assert set(pairs) == {("approach", 1, 2)}
    assert_near(pairs["approach", 1, 2], (1.0, 4.0))


def test_moving_away_is_told_from_approaching():
    x = between(2.0, 5.0, 0.6, 0.15)
    events = found(motion(1, lambda t: (x(t), 0.5)), motion(2, lambda t: (0.75, 0.5)))
    assert {key for key in events if key[2] is not None} == {("move away from", 1, 2)}
    assert_near(events["move away from", 1, 2], (2.0, 5.0))


def test_one_behind_the_other_follows():
    events = found(motion(1, lambda t: (0.1 + 0.12 * t, 0.5)), motion(2, lambda t: (0.28 + 0.12 * t, 0.5)))
    assert {key for key in events if key[2] is not None} == {("follow", 1, 2)}
    assert_near(events["follow", 1, 2], (0.0, 5.8))


def test_going_by_is_approaching_passing_and_moving_away():
    events = found(motion(1, lambda t: (0.1 + 0.13 * t, 0.45)), motion(2, lambda t: (0.5, 0.55)))
    pairs = {key: interval for key, interval in events.items() if key[2] is not None}
    assert set(pairs) == {("approach", 1, 2), ("pass", 1, 2), ("move away from", 1, 2)}
    middle = (0.5 - 0.1) / 0.13
    assert pairs["approach", 1, 2][1] <= middle <= pairs["move away from", 1, 2][0] + 0.2
    assert pairs["pass", 1, 2][0] < middle < pairs["pass", 1, 2][1]


def test_moving_side_by_side_is_no_following():
    events = found(motion(1, lambda t: (0.1 + 0.12 * t, 0.35)), motion(2, lambda t: (0.1 + 0.12 * t, 0.6)))
    assert {key for key in events if key[2] is not None} == set()


def test_far_apart_nothing_is_approached():
    events = found(motion(1, lambda t: (0.1 + 0.03 * t, 0.1)), motion(2, lambda t: (0.9, 0.9)))
    assert {key for key in events if key[2] is not None} == set()


def test_coming_in_over_the_border_is_entering():
    events = found(motion(1, lambda t: (0.15 * (t - 2.0), 0.5), start=2.0))
    assert ("enter", 1, None) in events
    assert ("leave", 1, None) not in events
    assert events["enter", 1, None][0] == 2.0


def test_going_out_over_the_border_is_leaving():
    events = found(motion(1, lambda t: (0.5 + 0.14 * t, 0.5), end=3.6))
    assert ("leave", 1, None) in events
    assert ("enter", 1, None) not in events
    assert events["leave", 1, None][1] == 3.4


def test_appearing_in_the_middle_is_no_entering_and_lying_at_the_border_no_leaving():
    events = found(
        motion(1, lambda t: (0.5, 0.5), start=2.0, end=4.0), motion(2, lambda t: (0.04, 0.2), start=2.0, end=4.0)
    )
    assert {label for label, *_ in events} == {"stand"}


def test_what_the_cut_takes_away_does_not_leave():
    events = found(motion(1, lambda t: (0.2 + 0.14 * t, 0.5)))
    assert {label for label, *_ in events} == {"move"}


def test_who_walks_up_to_a_group_approaches_one_of_it():
    x = between(1.0, 4.0, 0.1, 0.6)
    group = [motion(2, lambda t: (0.75, 0.45)), motion(3, lambda t: (0.77, 0.6))]
    events = found(motion(1, lambda t: (x(t), 0.5)), *group)
    assert len([key for key in events if key[0] == "approach"]) == 1


def test_a_track_of_two_frames_says_nothing():
    assert found(motion(1, lambda t: (0.5, 0.5), start=1.0, end=1.4)) == {}
    assert found() == {}
