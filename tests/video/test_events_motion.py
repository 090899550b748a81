"""Each relation of motion on a path built by hand, and on one that is nearly it but is not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.video.events.motion import Event
from finsta.video.tracking import ObjectTrack
from tests.video.paths import around, events_of, hopping, resting, through, told, track

Tracks = tuple[ObjectTrack, ...]

STILL = resting(0.5, 0.5)


def two(first: Callable, second: Callable, **options: float) -> Tracks:
    return track(1, first, **options), track(2, second, **options)


# Each label: a scene that shows it (subject 1, object 2 or none), its object and interval, and one that nearly does.
CASES: dict[str, tuple[Tracks, int | None, tuple[float, float], Tracks]] = {
    "approach": (
        two(through((2, 0.1, 0.5), (4, 0.32, 0.5)), STILL),
        2,
        (2, 4),
        two(through((2, 0.1, 0.9), (4, 0.9, 0.9)), resting(0.5, 0.4)),  # goes by at a distance
    ),
    "move away from": (
        two(through((2, 0.32, 0.5), (4, 0.1, 0.5)), STILL),
        2,
        (2, 4),
        two(STILL, through((2, 0.64, 0.5), (4, 0.9, 0.5))),  # the other one goes
    ),
    "meet": (
        two(through((2, 0.2, 0.5), (4, 0.42, 0.5)), through((2, 0.8, 0.5), (4, 0.58, 0.5))),
        2,
        (2, 4),
        two(through((2, 0.1, 0.5), (4, 0.45, 0.5)), resting(0.6, 0.5)),  # only one moves
    ),
    "follow": (
        two(through((1, 0.1, 0.5), (4, 0.6, 0.5)), through((1, 0.32, 0.5), (4, 0.82, 0.5))),
        2,
        (1, 4),
        two(through((1, 0.1, 0.3), (4, 0.6, 0.3)), through((1, 0.1, 0.6), (4, 0.6, 0.6))),  # side by side
    ),
    "pass": (
        two(through((1, 0.2, 0.42), (3.5, 0.8, 0.42)), STILL),
        2,
        (1.2, 3.3),
        two(through((1, 0.2, 0.5), (2.5, 0.36, 0.5), (4, 0.2, 0.5)), STILL),  # turns back before it
    ),
    "touch": (
        two(through((2, 0.1, 0.5), (4, 0.38, 0.5)), STILL),
        2,
        (2, 4),
        two(through((2, 0.1, 0.5), (4, 0.3, 0.5)), STILL),  # stops before it
    ),
    "hit": (
        two(through((2, 0.1, 0.5), (3, 0.38, 0.5)), through((3, 0.5, 0.5), (3.5, 0.65, 0.5))),
        2,
        (2, 3.5),
        two(through((2, 0.1, 0.5), (3, 0.3, 0.5)), through((4.5, 0.5, 0.5), (5, 0.65, 0.5))),  # goes much later
    ),
    "push": (
        two(through((2, 0.2, 0.5), (4, 0.6, 0.5)), through((2, 0.32, 0.5), (4, 0.72, 0.5))),
        2,
        (2, 4),
        two(through((2, 0.2, 0.5), (4, 0.6, 0.5)), through((2, 0.4, 0.5), (4, 0.8, 0.5))),  # out of reach: follows
    ),
    "pull": (
        two(through((1.5, 0.4, 0.5), (2, 0.46, 0.5), (4, 0.8, 0.5)), through((2.1, 0.34, 0.5), (4, 0.68, 0.5))),
        2,
        (2.1, 4),
        two(through((2, 0.4, 0.5), (4, 0.8, 0.5)), through((2, 0.28, 0.5), (4, 0.68, 0.5))),  # both start: pushed
    ),
    "circle": (
        two(around(0.5, 0.5, 0.22, start=2, turns=1, seconds=2.2), STILL),
        2,
        (2, 4.2),
        two(around(0.5, 0.5, 0.22, start=2, turns=0.4, seconds=1), STILL),  # less than half a turn
    ),
    "jump over": (
        two(through((2, 0.3, 0.5), (2.4, 0.38, 0.28), (2.7, 0.5, 0.2), (3, 0.62, 0.28), (3.4, 0.7, 0.5)), STILL),
        2,
        (2, 3.4),
        two(through((2, 0.3, 0.2), (3.4, 0.7, 0.2)), STILL),  # flies over it, level
    ),
    "bounce": (
        (track(1, hopping(0.5, 0.6, 0.16, start=2, hops=3, seconds=2.4)),),
        None,
        (2, 4.4),
        (track(1, through((2, 0.5, 0.6), (3, 0.5, 0.4), (4, 0.5, 0.4))),),  # up, and there it stays
    ),
    "jump": (
        (track(1, hopping(0.5, 0.6, 0.16, start=2, hops=1, seconds=0.8)),),
        None,
        (2, 2.8),
        (track(1, hopping(0.5, 0.6, 0.02, start=2, hops=1, seconds=0.8)),),  # no more than jitter
    ),
    "rise": (
        (track(1, through((2, 0.5, 0.8), (4, 0.52, 0.3))),),
        None,
        (2, 4),
        (track(1, through((2, 0.3, 0.8), (4, 0.6, 0.5))),),  # as far sideways as up
    ),
    "fall": (
        (track(1, through((2, 0.5, 0.2), (3, 0.5, 0.7))),),
        None,
        (2, 3),
        (track(1, through((2, 0.5, 0.7), (3, 0.5, 0.2))),),  # rises
    ),
    "grow": (
        (track(1, STILL, size=lambda t: 0.12 * np.exp(0.4 * np.clip(t - 2, 0, 1.5))),),
        None,
        (2, 3.5),
        (track(1, through((2, 0.1, 0.5), (4, 0.5, 0.5))),),  # moves, its size does not change
    ),
    "shrink": (
        (track(1, STILL, size=lambda t: 0.2 * np.exp(-0.4 * np.clip(t - 2, 0, 1.5))),),
        None,
        (2, 3.5),
        (track(1, STILL, size=lambda t: 0.2 * np.exp(-0.05 * np.clip(t - 2, 0, 1.5))),),  # hardly
    ),
    "turn": (
        (track(1, through((1, 0.2, 0.3), (3, 0.6, 0.3), (5, 0.6, 0.7))),),
        None,
        (2.6, 3.4),
        (track(1, through((1, 0.2, 0.3), (3, 0.6, 0.3), (5, 0.95, 0.4))),),  # a slight bend
    ),
    "speed up": (
        (track(1, through((0, 0.05, 0.5), (3, 0.25, 0.5), (5, 0.85, 0.5))),),
        None,
        (2.7, 3.3),
        (track(1, through((0, 0.05, 0.5), (3, 0.4, 0.5), (5, 0.65, 0.5))),),  # about as fast as before
    ),
    "slow down": (
        (track(1, through((0, 0.1, 0.5), (2, 0.7, 0.5), (6, 0.9, 0.5))),),
        None,
        (1.7, 2.3),
        (track(1, through((0, 0.1, 0.5), (2, 0.7, 0.5))),),  # stops: told as stopping
    ),
    "stop": (
        (track(1, through((0, 0.1, 0.5), (3, 0.6, 0.5))),),
        None,
        (2.4, 3.6),
        (track(1, through((0, 0.1, 0.5), (6, 0.7, 0.5))),),  # moves on to the end
    ),
}


@pytest.mark.parametrize("label", CASES)
def test_a_movement_that_shows_a_relation_is_told_with_its_interval(label: str):
    tracks, target, interval, _ = CASES[label]
    found = [event for event in told(*tracks, label=label) if event[:2] == (1, target)]
    assert len(found) == 1, events_of(*tracks)
    np.testing.assert_allclose(found[0][2:], interval, atol=0.45)


@pytest.mark.parametrize("label", CASES)
def test_a_movement_that_is_nearly_a_relation_is_not_told_so(label: str):
    _, target, _, nearly = CASES[label]
    assert [event for event in told(*nearly, label=label) if event[:2] == (1, target)] == []


def carried(apart: float) -> Tracks:
    path = through((2, 0.3, 0.5), (4, 0.7, 0.5))
    return track(1, path, size=0.3), track(2, lambda t: (path(t)[0], path(t)[1] + apart), size=0.08)


def test_what_lies_within_another_and_goes_where_it_goes_is_carried_and_held():
    ((subject, target, start, end),) = told(*carried(0.05), label="carry")
    assert (subject, target) == (1, 2)
    np.testing.assert_allclose((start, end), (2, 4), atol=0.4)
    assert [event[:2] for event in told(*carried(0.05), label="hold")] == [(1, 2)]


def test_what_goes_beside_another_is_not_carried_and_what_never_moves_with_it_not_held():
    assert told(*carried(0.25), label="carry") == []
    behind_a_counter = track(1, STILL, size=0.3), track(2, resting(0.5, 0.52), size=0.08)
    assert told(*behind_a_counter, label="hold") == []


def crossing(*, hidden: int) -> Tracks:
    def likeness(number: int) -> Callable[[float], float]:
        return lambda t: 0.4 if number == hidden and 1.9 < t < 2.6 else 0.95

    return (
        track(1, through((1, 0.2, 0.5), (3.5, 0.8, 0.5)), likeness=likeness(1)),
        track(2, STILL, likeness=likeness(2)),
    )


@pytest.mark.parametrize(("hidden", "label"), [(1, "pass behind"), (2, "pass in front of"), (0, "pass")])
def test_who_is_hidden_on_the_way_passes_behind(hidden: int, label: str):
    events = [event for event in events_of(*crossing(hidden=hidden)) if event.label.startswith("pass")]
    assert {event.label for event in events} == {"pass", label}
    assert {event.label for event in events if not event.implied} == {label}


def test_what_a_fuller_event_tells_is_implied_by_it():
    events = events_of(*two(through((2, 0.1, 0.5), (3, 0.38, 0.5)), through((3, 0.5, 0.5), (3.5, 0.65, 0.5))))
    assert {event.label for event in events if not event.implied} - {"stand"} == {"hit"}
    assert {"approach", "stop", "move"} <= {event.label for event in events if event.implied}


def test_a_relation_outlives_a_gap_and_nothing_is_said_of_the_time_between():
    tracks = two(through((0, 0.05, 0.5), (6, 0.65, 0.5)), through((0, 0.25, 0.5), (6, 0.85, 0.5)))
    absent = (tracks[1].times > 2.2) & (tracks[1].times < 3.6)
    events = told(tracks[0], replace(tracks[1], absent=absent), label="follow")
    assert [event[:2] for event in events] == [(1, 2), (1, 2)]
    np.testing.assert_allclose([event[2:] for event in events], [(0, 2.2), (3.6, 5.9)], atol=0.3)


@pytest.mark.parametrize(("speed", "adverbs"), [(0.1, ("slowly",)), (0.19, ()), (0.4, ("quickly",))])
def test_the_pace_is_told_where_it_is_clear(speed: float, adverbs: tuple[str, ...]):
    path = through((1, 0.05, 0.5), (3, 0.05 + 2 * speed, 0.5))
    (event,) = [event for event in events_of(track(1, path)) if event.label == "move"]
    assert event.modifiers == adverbs


def mirrored(one: ObjectTrack) -> ObjectTrack:
    boxes = one.boxes[:, [2, 1, 0, 3]] * np.array([-1, 1, -1, 1]) + np.array([1, 0, 1, 0])
    return replace(one, boxes=boxes, stable_boxes=boxes)


def later(one: ObjectTrack, seconds: float) -> ObjectTrack:
    return replace(one, times=one.times + seconds)


@pytest.mark.parametrize("label", CASES)
def test_a_mirrored_clip_tells_the_same_events(label: str):
    tracks = CASES[label][0]
    plain, mirror = events_of(*tracks), events_of(*map(mirrored, tracks))
    assert [(e.label, e.subject, e.object, e.implied) for e in plain] == [
        (e.label, e.subject, e.object, e.implied) for e in mirror
    ]
    np.testing.assert_allclose([e.interval for e in plain], [e.interval for e in mirror])


waypoints = st.lists(st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)), min_size=2, max_size=4)


@settings(max_examples=25, deadline=None)
@given(first=waypoints, second=waypoints, seconds=st.integers(0, 40))
def test_any_two_paths_tell_the_same_events_mirrored_and_shifted_in_time(
    first: list[tuple[float, float]], second: list[tuple[float, float]], seconds: int
):
    tracks = [
        track(number, through(*((5.0 * i / (len(way) - 1), x, y) for i, (x, y) in enumerate(way))))
        for number, way in enumerate((first, second), 1)
    ]
    plain, mirror = events_of(*tracks), events_of(*map(mirrored, tracks))
    shifted = events_of(*(later(one, float(seconds)) for one in tracks), since=float(seconds))
    assert all(event.interval[0] <= event.interval[1] and 0 < event.confidence <= 1 for event in plain)
    for other, offset in ((mirror, 0), (shifted, seconds)):
        assert table(other, since=offset) == table(plain)


def table(events: list[Event], since: float = 0.0) -> list[tuple[object, ...]]:
    """Everything that is told, intervals to a millisecond."""
    rows = [
        (e.label, e.subject, e.object or 0, *(round(t - since, 3) for t in e.interval), e.modifiers, e.implied)
        for e in events
    ]
    return sorted(rows)
