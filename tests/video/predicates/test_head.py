"""The relation head as a part: what it says of tracks, on disk, beside the rules."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from finsta.errors import FormatError, OutputError
from finsta.video.events.motion import Event
from finsta.video.predicates import RelationHead, merge_events
from finsta.video.predicates.network import DILATIONS
from finsta.video.predicates.paths import paths_of_tracks
from tests.video.predicates.samples import RATE, still, tiny_head, track


def two_tracks():
    return [track(1, lambda t: (0.2 + 0.1 * t, 0.5)), track(2, still(0.8, 0.5), label="box")]


def test_every_object_alone_and_every_near_pair_has_a_chance_at_every_step_together():
    paths = paths_of_tracks(two_tracks(), aspect=1.0, rate=RATE)
    found = {(pair.subject, pair.object): pair.chances.shape for pair in tiny_head().chances(paths)}
    assert found == {(1, None): (32, 2), (2, None): (32, 2), (1, 2): (32, 2), (2, 1): (32, 2)}


def test_far_objects_and_those_that_never_meet_in_time_are_no_pair():
    early = track(1, still(0.1, 0.1), times=np.arange(0, 1, 0.125), size=0.1)
    late = track(2, still(0.15, 0.1), times=np.arange(2, 3, 0.125), size=0.1)
    far = track(3, still(0.9, 0.9), times=np.arange(0, 1, 0.125), size=0.1)
    paths = paths_of_tracks([early, late, far], aspect=1.0, rate=RATE)
    assert [(pair.subject, pair.object) for pair in tiny_head().chances(paths)] == [(1, None), (2, None), (3, None)]


def test_a_batch_of_pairs_is_the_same_as_each_alone(monkeypatch):
    tracks = [*two_tracks(), track(3, still(0.5, 0.7), times=np.arange(1, 2.5, 0.125))]
    paths = paths_of_tracks(tracks, aspect=1.0, rate=RATE)
    together = tiny_head().chances(paths)
    monkeypatch.setattr("finsta.video.predicates.head.STEPS_AT_ONCE", 1)
    for one, other in zip(tiny_head().chances(paths), together, strict=True):
        np.testing.assert_allclose(one.chances, other.chances, atol=1e-5)


def test_a_step_is_judged_by_its_surroundings_alone():
    reach = sum(DILATIONS)
    numbers = np.random.default_rng(0).normal(size=(1, 3 * reach, 43)).astype(np.float32)
    changed = numbers.copy()
    changed[0, 0] += 1.0
    head = tiny_head()
    with torch.inference_mode():
        logits = [head.network(head._collate([rows[0]], [("ball", "box")]))[0] for rows in (numbers, changed)]
    differs = (logits[0] != logits[1]).any(1)
    assert differs[0]
    assert not differs[reach + 1 :].any()


def test_events_are_in_order_and_point_at_the_tracks():
    head = tiny_head()
    head.settings = replace(head.settings, thresholds=(0.0, 0.0))
    events = head.events(two_tracks(), aspect=1.0)
    assert {(event.label, event.subject, event.object) for event in events} == {
        (label, *ends) for label in ("approach", "stop") for ends in ((1, None), (2, None), (1, 2), (2, 1))
    }
    assert events == sorted(events, key=lambda event: event.interval)
    assert all(0 <= event.confidence <= 0.9 and event.interval == (0.0, 3.875) for event in events)


def test_nothing_is_said_of_an_object_that_is_gone():
    gone = np.zeros(32, bool)
    gone[10:20] = True
    away = replace(track(1, still(0.3, 0.5)), absent=gone)
    paths = paths_of_tracks([away, track(2, still(0.6, 0.5))], aspect=1.0, rate=RATE)
    for pair in tiny_head().chances(paths):
        assert (pair.chances == 0).all(1).tolist() == (
            gone.tolist() if 1 in (pair.subject, pair.object) else [False] * 32
        )


def test_no_tracks_no_events():
    assert tiny_head().events([], aspect=1.0) == []


def test_a_saved_head_says_the_same(tmp_path):
    head = tiny_head()
    head.save(tmp_path / "head")
    loaded = RelationHead.load(tmp_path / "head")
    assert loaded.settings == head.settings
    paths = paths_of_tracks(two_tracks(), aspect=1.0, rate=RATE)
    for one, other in zip(loaded.chances(paths), head.chances(paths), strict=True):
        np.testing.assert_allclose(one.chances, other.chances, atol=1e-4)


def test_a_folder_without_a_head_is_told(tmp_path):
    with pytest.raises(FormatError, match="expected a folder that `finsta train-relation-head` wrote"):
        RelationHead.load(tmp_path)


def test_a_head_of_another_version_is_told(tmp_path):
    tiny_head().save(tmp_path)
    document = json.loads((tmp_path / "relation_head.json").read_text())
    (tmp_path / "relation_head.json").write_text(json.dumps(document | {"version": 9}))
    with pytest.raises(FormatError, match="not a relation head of format 'finsta-relation-head', version 1"):
        RelationHead.load(tmp_path)


def test_a_head_cannot_be_saved_where_a_file_is(tmp_path):
    (tmp_path / "head").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        tiny_head().save(tmp_path / "head")


def event(label: str, interval: tuple[float, float], confidence: float, target: int | None = 2) -> Event:
    span = float(interval[0]), float(interval[1])
    return Event(label=label, subject=1, object=target, interval=span, confidence=confidence)


def test_what_both_say_is_surer_and_has_the_interval_of_the_head():
    rule = replace(event("follow", (0, 2), 0.5), modifiers=("quickly",))
    merged = merge_events([rule], [event("follow", (1, 3), 0.5)], known=["follow"])
    assert merged == [replace(event("follow", (1, 3), 0.75), modifiers=("quickly",))]


def test_what_the_rules_alone_say_is_doubted_where_the_head_knows_the_word():
    rules = [event("follow", (0, 1), 0.8), event("pass", (0, 1), 0.8)]
    merged = merge_events(rules, [event("follow", (2, 3), 0.6)], known=["follow"])
    assert merged == [event("follow", (0, 1), 0.4), event("pass", (0, 1), 0.8), event("follow", (2, 3), 0.6)]


def test_what_is_implied_is_kept_only_where_the_head_says_it_or_does_not_know_the_word():
    part, other = (replace(event(label, (0, 1), 0.8), implied=True) for label in ("approach", "drift"))
    assert merge_events([part, other], [], known=["approach"]) == [other]
    assert len(merge_events([part], [event("approach", (0, 1), 0.5)], known=["approach"])) == 1
