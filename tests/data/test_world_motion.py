"""The scenes: what is planned is what is seen."""

from collections import Counter, defaultdict
from functools import cache

import numpy as np
import pytest

from finsta.data.world.compose import compose, split_of
from finsta.data.world.outlines import outline, placed, reach
from finsta.data.world.scene import Scene
from finsta.data.world.settings import WorldConfig
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import ADVERBLESS, HELD_OUT_LOOKS, HELD_OUT_PACES, SHAPES, VERBS, rivals
from tests.data.world_checks import circles_gap, happens, pace, path, whole

SEED, CLIPS = 7, 260


@cache
def scenes() -> tuple[Scene, ...]:
    return tuple(compose(SEED, index, WorldConfig()) for index in range(CLIPS))


def test_every_event_happens_in_its_interval_by_an_independent_measure():
    wrong = [
        (index, event)
        for index, scene in enumerate(scenes())
        for event in scene.events
        if not happens(scene, event.predicate, event.subject, event.object, event.first, event.last)
    ]
    assert wrong == []


def test_the_scenes_show_every_verb_at_every_pace():
    shown = Counter((event.predicate, event.adverb) for scene in scenes() for event in scene.events)
    paces = {(verb, pace) for verb in VERBS for pace in ("slowly", "quickly") if verb not in ADVERBLESS}
    assert set(shown) - HELD_OUT_PACES == (paces | {("stop", None)}) - HELD_OUT_PACES


def test_adverbs_are_what_the_measured_speed_says():
    wrong = [
        (index, event)
        for index, scene in enumerate(scenes())
        for event in scene.events
        if event.adverb is not None and pace(scene, event) != event.adverb
    ]
    assert wrong == []


def test_the_length_of_the_interval_says_nothing_about_the_adverb():
    lengths = defaultdict(list)
    for index in range(CLIPS, 4 * CLIPS):
        for event in compose(SEED, index, WorldConfig()).events:
            if event.adverb and event.predicate not in {verb for verb, _ in HELD_OUT_PACES}:
                lengths[event.predicate, event.adverb].append(event.last - event.first)
    verbs = {verb for verb, _ in lengths}
    middle = {verb: np.mean([*lengths[verb, "slowly"], *lengths[verb, "quickly"]]) for verb in verbs}
    slow, quick = (
        np.concatenate([np.array(lengths[verb, adverb]) - middle[verb] for verb in verbs])
        for adverb in ("slowly", "quickly")
    )
    error = np.sqrt(slow.var() / len(slow) + quick.var() / len(quick))
    assert abs(slow.mean() - quick.mean()) < 3 * error
    assert error < 0.15


def test_events_lie_within_the_clip_in_the_order_that_the_relation_says():
    for scene in scenes():
        assert all(0 < event.first < event.last < scene.num_frames for event in scene.events)
        if scene.relation == "sequence":
            assert scene.events[0].last < scene.events[1].first
        if scene.relation == "while":
            common = min(event.last for event in scene.events) - max(event.first for event in scene.events)
            assert common == min(event.last - event.first for event in scene.events)


def test_bystanders_do_nothing_and_keep_out_of_the_way():
    for scene in scenes():
        acting = {thing for event in scene.events for thing in (event.subject, event.object)}
        for thing in set(range(len(scene.things))) - acting:
            assert path(scene, thing, 0, scene.num_frames - 1) == 0
            for other in set(range(len(scene.things))) - {thing}:
                assert min(circles_gap(scene, thing, other, frame) for frame in range(scene.num_frames)) > 0


def test_things_that_neither_enter_nor_leave_are_wholly_in_sight_all_the_time():
    for scene in scenes():
        crossing = {event.subject for event in scene.events if event.predicate in ("enter", "leave")}
        for thing in set(range(len(scene.things))) - crossing:
            assert all(whole(scene, thing, frame) for frame in range(scene.num_frames))


def test_no_two_things_of_a_clip_look_alike_and_two_to_four_are_shown():
    for scene in scenes():
        assert 2 <= len(scene.things) <= 4
        assert len({(thing.colour, thing.shape) for thing in scene.things}) == len(scene.things)


def test_shares_of_cameras_and_double_events_are_those_of_the_config():
    moving = sum(bool(scene.cameras.shift.any()) for scene in scenes())
    assert moving / CLIPS == pytest.approx(0.35, abs=0.09)
    assert sum(len(scene.events) == 2 for scene in scenes()) / CLIPS == pytest.approx(0.5, abs=0.09)


def test_training_and_validation_never_show_what_is_held_out_and_testing_does():
    shown = {"train": 0, "val": 0, "test": 0}
    for index, scene in enumerate(scenes()):
        looks = {(thing.colour, thing.shape) for thing in scene.things} & HELD_OUT_LOOKS
        paces = {(event.predicate, event.adverb) for event in scene.events} & HELD_OUT_PACES
        shown[split_of(SEED, index)] += bool(looks or paces)
    assert shown["train"] == shown["val"] == 0
    assert shown["test"] > 10


def test_of_ten_clips_seven_train_one_validates_two_test():
    for block in range(5):
        splits = Counter(split_of(3, 10 * block + place) for place in range(10))
        assert splits == {"train": 7, "val": 1, "test": 2}


def test_what_is_planned_could_be_said_by_the_lenient_test_too():
    for scene in scenes():
        for event in scene.events:
            whole_clip = (0, scene.num_frames - 1)
            assert holds(scene, event.predicate, event.subject, event.object, frames=whole_clip), event


def test_rivals_are_mutual():
    assert all(verb in rivals(other) for verb in VERBS for other in rivals(verb))
    assert all(len(rivals(verb)) >= 3 for verb in VERBS)


def test_a_longer_clip_at_a_higher_rate_shows_its_events_too():
    config = WorldConfig(frames_per_second=12, frame_count=96, key_frames=16)
    for index in range(12):
        scene = compose(1, index, config)
        for event in scene.events:
            assert happens(scene, event.predicate, event.subject, event.object, event.first, event.last), event


@pytest.mark.parametrize("shape", SHAPES)
def test_outlines_fit_the_unit_circle(shape):
    assert np.linalg.norm(outline(shape), axis=1).max() == pytest.approx(1, abs=0.01)


def test_reach_is_half_the_side_of_a_square_and_the_radius_of_a_circle():
    assert reach("square", direction=0.0, angle=0.0) == pytest.approx(np.sqrt(0.5))
    assert reach("square", direction=np.pi / 4, angle=0.0) == pytest.approx(1, abs=1e-6)
    assert reach("square", direction=0.0, angle=np.pi / 4) == pytest.approx(1, abs=1e-6)
    assert reach("circle", direction=1.0, angle=0.3) == pytest.approx(1, abs=0.01)


def test_positive_angles_turn_clockwise_on_the_screen():
    top = placed("triangle", center=np.array([0.0, 0.0]), radius=1.0, angle=np.pi / 2)[0]
    np.testing.assert_allclose(top, [1, 0], atol=1e-9)
