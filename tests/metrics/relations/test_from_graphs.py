"""What the metrics read of dynamic scene graphs, and every metric over them."""

from dataclasses import replace

import numpy as np
import pytest

from finsta.data.annotations.action_genome_names import ATTENTION, CONTACTING, SPATIAL
from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo
from finsta.graphs.scene_graph import NodeKind
from finsta.metrics.intervals import timed_recall
from finsta.metrics.relations import ACTION_GENOME
from finsta.metrics.relations.evaluation import GraphMetrics, VideoGraphs, evaluate_graphs
from finsta.metrics.relations.from_graphs import frame_pairs, frame_relations, tracked_frames
from finsta.metrics.relations.timing import timed_relations, track_partners
from finsta.metrics.tracked import TrackedFrame
from tests.graph_samples import sample_dynamic_graph, tracks_graph


def renumbered(graph: DynamicSceneGraph, by: int) -> DynamicSceneGraph:
    """The same graph with other track numbers."""

    def node(each):
        return each if each.track is None else replace(each, track=each.track + by)

    return replace(graph, frames=tuple(replace(frame, nodes=tuple(map(node, frame.nodes))) for frame in graph.frames))


def test_objects_and_relations_of_a_frame():
    graph = tracks_graph(
        [[(0.1, 0.1), (0.5, 0.5)]], relations=[(0, "follow", 1), (1, "rest", None)], attributes=[(0, "red")]
    )
    frame = frame_relations(graph.frames[0])
    assert frame.labels == ("thing", "thing")
    np.testing.assert_allclose(frame.boxes, [[0.09, 0.09, 0.11, 0.11], [0.49, 0.49, 0.51, 0.51]])
    assert (frame.pairs.tolist(), frame.predicates) == ([[0, 1]], ("follow",))
    assert frame.triplets == (("thing", "follow", "thing"),)


def test_predictions_at_other_times_are_moved_to_those_of_the_gold():
    """Key frames of the prediction at 0 and 0.5 s, a frame of the gold at 0.125 s: a quarter of the way."""
    found = tracks_graph([[(0.1, 0.5)], [(0.5, 0.5)]])
    gold = replace(found, frames=(replace(found.frames[0], time=0.125),))
    (pair,) = frame_pairs(found, gold, name="a")
    np.testing.assert_allclose(pair.found.boxes, [[0.19, 0.49, 0.21, 0.51]])
    assert pair.name == "video 'a' at 0.125 s"
    (frame,) = tracked_frames(found, [0.125])
    np.testing.assert_allclose(frame.boxes, pair.found.boxes)


def test_the_key_frame_that_stands_for_a_time_says_what_is_there():
    """Track 1 is only in the second of two key frames, at 0.5 s: there from 0.25 s on."""
    found = tracks_graph([[(0.1, 0.5), None], [(0.1, 0.5), (0.5, 0.5)]])
    assert [frame.tracks for frame in tracked_frames(found, [0.2, 0.3, 9.0])] == [(0,), (0, 1), (0, 1)]


def test_times_that_agree_need_no_frame_rate():
    found = tracks_graph([[(0.1, 0.5)]])
    unknown = replace(found, video=replace(found.video, frames_per_second=0.0))
    assert tracked_frames(unknown, [0.0])[0].tracks == (0,)
    with pytest.raises(InputError, match="expected the frames a second of the video"):
        tracked_frames(unknown, [0.2])


def test_a_graph_without_key_frames_predicts_nothing():
    gold = tracks_graph([[(0.1, 0.5), (0.3, 0.5)]], relations=[(0, "follow", 1)])
    (pair,) = frame_pairs(DynamicSceneGraph(video=gold.video), gold, name="a")
    assert pair.found.labels == ()
    assert tracked_frames(DynamicSceneGraph(video=gold.video), [0.0])[0].tracks == ()


def test_partners_are_the_tracks_that_are_most_often_in_the_same_place():
    """7 is on 1 in two frames and on 2 in one; 8 is on 2 once; 9 is nowhere."""

    def frame(*tracks: tuple[int, float]) -> TrackedFrame:
        boxes = np.array([[x, 0.0, x + 1, 1] for _, x in tracks]).reshape(-1, 4)
        return TrackedFrame(tracks=tuple(track for track, _ in tracks), boxes=boxes)

    gold = [frame((1, 0.0), (2, 5.0))] * 3
    found = [frame((7, 0.0)), frame((7, 0.0), (8, 5.0)), frame((7, 5.0), (9, 9.0))]
    assert track_partners(found, gold) == {7: 1, 8: 2}


def test_a_relation_that_pauses_has_two_intervals():
    """Track 1 is away in the third of five key frames, half a second apart."""
    here = [(0.1, 0.5), (0.3, 0.5)]
    graph = tracks_graph([here, here, [(0.1, 0.5), None], here, here], relations=[(0, "follow", 1), (0, "rest", None)])
    _, gold = timed_relations(graph, graph)
    assert [(thing.what, thing.interval) for thing in gold] == [
        ((0, "follow", 1), (0.0, 0.75)),
        ((0, "follow", 1), (1.25, 2.5)),
        ((0, "rest", None), (0.0, 2.5)),
    ]


def test_intervals_of_other_tracks_are_false_alarms():
    gold = tracks_graph([[(0.1, 0.5), (0.3, 0.5)]] * 2, relations=[(0, "follow", 1)])
    found = tracks_graph([[(0.1, 0.5), (0.8, 0.8)]] * 2, relations=[(0, "follow", 1)])
    ours, theirs = timed_relations(found, gold)
    scores = timed_recall({"a": ours}, {"a": theirs})
    assert (scores.recall, scores.precision, scores.found) == (0.0, 0.0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_graph_against_itself_is_perfect_whatever_its_track_numbers(seed: int):
    pytest.importorskip("motmetrics")
    gold = sample_dynamic_graph(seed, frames=6, tracks=4)
    found = renumbered(gold, 50)
    scores = evaluate_graphs(
        VideoGraphs(graphs={"a": found}), VideoGraphs(graphs={"a": gold}), settings=GraphMetrics(recall_at=(100,))
    )
    assert scores.recall["none"].recall == scores.recall["none"].mean_recall == {100: 1.0}
    assert scores.relations.recall == {50: 1.0, 100: 1.0}
    assert scores.relations.mean_average_precision == pytest.approx(1.0)
    assert (scores.tracks.idf1, scores.tracks.mota, scores.tracks.hota.hota) == (1.0, 1.0, pytest.approx(1.0))
    assert (scores.intervals.recall, scores.intervals.precision) == (1.0, 1.0)
    assert (scores.videos, scores.videos_predicted) == (1, 1)


def test_nothing_predicted_is_zero_and_no_error():
    pytest.importorskip("motmetrics")
    gold = sample_dynamic_graph(1)
    scores = evaluate_graphs(VideoGraphs(), VideoGraphs(graphs={"a": gold}))
    assert scores.recall["none"].recall[50] == scores.relations.mean_average_precision == scores.tracks.idf1 == 0.0
    assert (scores.intervals.recall, scores.videos_predicted) == (0.0, 0)


def test_the_predicates_of_action_genome_are_those_of_its_reader():
    groups = {"attention": ATTENTION, "spatial": SPATIAL, "contacting": CONTACTING}
    assert ACTION_GENOME.group_of == {name: group for group, names in groups.items() for name in names}


GRAPH = VideoGraphs(graphs={"a": tracks_graph([[(0.1, 0.5), (0.3, 0.5)]], relations=[(0, "follow", 1)])})
EMPTY = VideoGraphs(graphs={"a": tracks_graph([[(0.1, 0.5)]])})


@pytest.mark.parametrize(
    ("found", "gold", "metric", "message"),
    [
        (VideoGraphs(graphs={"b": GRAPH.graphs["a"]}), GRAPH, "recall", "found 1 others, the first 'b'"),
        (VideoGraphs(results={}), GRAPH, "tracks", "tracks: expected graphs, found a file of relations as predictions"),
        (GRAPH, VideoGraphs(results={"a": []}), "recall", "found a file of relations as gold; choose the metric"),
        (GRAPH, EMPTY, "relations", "expected gold with one relation at least, found 1 videos without any"),
        (GRAPH, EMPTY, "recall", "expected gold with one relation at least, found 1 frames without any"),
        (GRAPH, EMPTY, "intervals", "expected gold with one interval at least"),
    ],
)
def test_what_cannot_be_measured_is_named(found: VideoGraphs, gold: VideoGraphs, metric: str, message: str):
    with pytest.raises(InputError, match=message):
        evaluate_graphs(found, gold, metrics=(metric,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"viou": 0.0}, "viou: expected a share above 0 and up to 1, found 0.0"),
        ({"time_iou": 1.5}, "time_iou: expected a share above 0 and up to 1, found 1.5"),
        ({"recall_at": (0,)}, r"recall_at: expected one K or more, each 1 or more, found \(0,\)"),
        ({"tags_at": ()}, r"tags_at: expected one K or more"),
        ({"constraints": ()}, r"constraints: expected one or more of with, semi, none, found \(\)"),
        ({"groups": "vidor"}, "groups 'vidor': expected none or action-genome"),
    ],
)
def test_settings_are_checked(change: dict, message: str):
    with pytest.raises(InputError, match=message):
        GraphMetrics(**change)


def test_a_gold_frame_without_relations_is_counted_and_left_out():
    gold = replace(GRAPH.graphs["a"], frames=(*GRAPH.graphs["a"].frames, FrameGraph(time=0.5)))
    scores = evaluate_graphs(GRAPH, VideoGraphs(graphs={"a": gold}), metrics=("recall",))
    assert (scores.recall["with"].frames, scores.recall["with"].frames_without_gold) == (1, 1)
    assert scores.relations is scores.tracks is scores.intervals is None


def test_graphs_without_frames_are_videos_without_relations():
    info = VideoInfo(path="b", duration=0.0, width=0, height=0, frames_per_second=0.0, frame_count=0)
    gold = VideoGraphs(graphs=GRAPH.graphs | {"b": DynamicSceneGraph(video=info)})
    scores = evaluate_graphs(GRAPH, gold, metrics=("relations",))
    assert (scores.relations.videos, scores.relations.videos_without_gold) == (1, 1)
    assert all(node.kind in NodeKind for node in GRAPH.graphs["a"].frames[0].nodes)
