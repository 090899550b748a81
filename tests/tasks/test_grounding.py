"""How grounding is judged."""

from dataclasses import replace

import numpy as np
import pytest

from finsta.errors import InputError
from finsta.grounding import Grounding, ground_by_links
from finsta.grounding.result import TimedBox
from finsta.tasks.grounding import (
    BOTH,
    BOX,
    TIME,
    GroundingItems,
    box_at,
    chance,
    chance_metrics,
    compare,
    evaluate_grounding,
    seconds_overlap,
    track_overlap,
)
from finsta.tasks.grounding_arms import GoldPairs, labels_arm, without_answers
from tests.alignment.samples import pair_of, text_of, video_of
from tests.training.tiny_pairs import tiny_pairs


def pushing():
    text = text_of(["circle", "square"], [(0, "push", 1)])
    video = video_of(["circle", "square"], [(0, "push", 1, [1, 2])], frames=4)
    return pair_of(text, video, [(0, 0), (1, 1)], [(0, 0, "push", 1, (0.5, 2.5))])


def test_the_gold_links_are_right_and_nothing_is_wrong():
    gold = pushing()
    result = evaluate_grounding(lambda graph, name: ground_by_links(graph), {"a": gold})
    assert (result[BOX], result[TIME], result[BOTH], result["grounding"]) == (100.0, 100.0, 100.0, 100.0)
    nothing = evaluate_grounding(lambda graph, name: Grounding(text="", source=""), {"a": gold})
    assert (nothing[BOX], nothing[TIME], nothing["phrases"], nothing["predicates"]) == (0.0, 0.0, 2.0, 1.0)


def test_the_right_time_with_the_wrong_tracks_counts_once_only():
    gold = pushing()
    found = ground_by_links(gold)
    swapped = replace(found, predicates=(replace(found.predicates[0], subject_track=1, object_track=0),))
    result = compare(swapped, gold)
    assert (result.time.tolist(), result.tracks.tolist()) == ([1.0], [0.0])


def test_overlap_in_time_is_that_of_the_seconds():
    assert seconds_overlap((0.0, 2.0), (1.0, 3.0)) == pytest.approx(1 / 3)
    assert seconds_overlap((0.0, 1.0), (2.0, 3.0)) == 0.0
    assert seconds_overlap((1.0, 2.0), (1.0, 2.0)) == 1.0


def test_a_track_is_between_its_boxes_and_nowhere_else():
    boxes = [TimedBox(time=1.0, box=(0.0, 0.0, 0.2, 0.2)), TimedBox(time=3.0, box=(0.4, 0.0, 0.6, 0.2))]
    np.testing.assert_allclose(box_at(boxes, 2.0), [0.2, 0.0, 0.4, 0.2])
    assert box_at(boxes, 0.5) is None
    assert box_at(boxes, 3.5) is None
    assert box_at([], 1.0) is None


def test_key_frames_with_one_of_the_two_count_as_zero():
    video = video_of(["circle"], frames=4)
    box = (0.0, 0.0, 0.5, 0.5)
    here = [TimedBox(time=time, box=box) for time in (0.0, 1.0, 2.0, 3.0)]
    assert track_overlap(video, 0, here) == pytest.approx(1.0)
    assert track_overlap(video, 0, here[:2]) == pytest.approx(0.5)
    half = [TimedBox(time=entry.time, box=(0.0, 0.0, 0.25, 0.5)) for entry in here]
    assert track_overlap(video, 0, half) == pytest.approx(0.5)


def test_guessing_is_right_as_often_as_there_are_right_answers():
    metrics = chance_metrics(chance(pushing()))
    assert metrics[BOX] == 50.0  # one of two tracks
    # Key frames stand for 0–0.5, 0.5–1.5, 1.5–2.5 and 2.5–4 s; of their ten windows these reach 0.5 with 0.5–2.5 s.
    right = [(0.5, 1.5), (1.5, 2.5), (0.0, 2.5), (0.5, 2.5), (0.5, 4.0), (0.0, 4.0)]
    assert metrics[TIME] == pytest.approx(100 * len(right) / 10)


def test_items_of_two_pairs_stand_end_to_end():
    items = [compare(ground_by_links(pushing()), pushing(), name=name) for name in "ab"]
    result = GroundingItems.of(items).result()
    assert result.item_scores.cluster == ("a", "a", "b", "b", "a", "b")
    assert result.item_scores.stratum == ("box",) * 4 + ("time",) * 2


def test_the_linker_of_the_parser_reads_labels_and_no_relation():
    found = labels_arm()(pushing(), "a")
    assert {(entry.phrase, entry.track) for entry in found.phrases} == {("circle", 0), ("square", 1)}
    assert without_answers(pushing()).video.predicate_tracks == []


def test_pairs_without_gold_are_refused(tmp_path):
    pairs = [replace(pair, graph=None) for pair in tiny_pairs(tmp_path)]
    with pytest.raises(InputError, match=r"graph files hold gold links, found none among 4; `finsta world`"):
        GoldPairs.read(tuple(pairs))
