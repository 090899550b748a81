"""VidVRD results and annotations: frames, boxes and intervals of a graph, and the same graph back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.data.annotations.vidvrd import read_vidvrd
from finsta.errors import FormatError, InputError, OutputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.exports.trajectories import FrameClock, boxes_at, runs
from finsta.graphs.exports.vidvrd_annotation import save_vidvrd_annotation
from finsta.graphs.exports.vidvrd_results import (
    RelationResult,
    load_results,
    relation_results,
    save_results,
    to_pixels,
    to_unit,
)
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind
from tests.graph_samples import sample_dynamic_graph, tracks_graph

SHARED = Path(__file__).parents[3] / "shared" / "data" / "annotations" / "vidvrd" / "baseline_test.json"


def with_rate(graph: DynamicSceneGraph, rate: float, count: int) -> DynamicSceneGraph:
    """The same key frames as a video of so many frames a second."""
    return replace(graph, video=replace(graph.video, frames_per_second=rate, frame_count=count, duration=count / rate))


@pytest.fixture
def graph() -> DynamicSceneGraph:
    """Four key frames half a second apart at 4 frames/s; thing 0 is right of thing 1 but for the second."""
    made = tracks_graph(
        [[(0.2, 0.5), (0.8, 0.5)], [(0.3, 0.5), None], [(0.4, 0.5), (0.8, 0.5)], [(0.5, 0.5), (0.8, 0.5)]],
        relations=[(0, "right of", 1), (0, "run", None)],
        size=0.2,
    )
    return with_rate(made, 4.0, 8)


def test_a_relation_is_an_instance_for_each_stretch_with_a_box_for_each_frame(graph: DynamicSceneGraph):
    found = sorted(relation_results(graph), key=lambda instance: instance.duration)
    assert [instance.duration for instance in found] == [(0, 1), (3, 8)]
    assert {instance.triplet for instance in found} == {("thing", "right of", "thing")}
    assert {(instance.subject_track, instance.object_track, instance.score) for instance in found} == {(0, 1, 1.0)}
    boxes = found[1].subject_boxes / np.asarray([320, 240, 320, 240]) + np.asarray([0, 0, 1 / 320, 1 / 240])
    assert boxes[:, 0] == pytest.approx([0.25, 0.3, 0.35, 0.4, 0.4])  # straight between key frames, then it stays
    assert found[1].object_boxes.shape == (5, 4)


def test_boxes_have_inclusive_edges():
    boxes = np.asarray([[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 0.5 + 1 / 640, 0.5 + 1 / 480]])
    pixels = to_pixels(boxes, width=640, height=480)
    assert pixels.tolist() == [[0, 0, 639, 479], [320, 240, 320, 240]]
    assert np.allclose(to_unit(pixels, width=640, height=480), boxes)
    assert to_unit(np.asarray([[-5.0, 0, 700, 479]]), width=640, height=480).tolist() == [[0, 0, 1, 1]]


def test_the_score_is_the_product_of_the_mean_confidences():
    node = VisualNode(kind=NodeKind.OBJECT, label="a", box=(0.0, 0.0, 1.0, 1.0), track=0, confidence=0.5)
    predicate = VisualNode(kind=NodeKind.PREDICATE, label="x y", confidence=0.9)
    nodes = (node, replace(node, track=1, confidence=0.8), predicate)
    edges = (
        Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
        Edge(source=2, target=1, kind=EdgeKind.OBJECT),
    )
    frames = tuple(FrameGraph(time=time, nodes=nodes, edges=edges) for time in (0.0, 1.0))
    video = VideoInfo(path="v", duration=2.0, width=10, height=10, frames_per_second=1.0, frame_count=2)
    (found,) = relation_results(DynamicSceneGraph(video=video, frames=frames))
    assert found.score == pytest.approx(0.5 * 0.8 * 0.9)


def test_a_cut_and_a_gap_end_a_stretch():
    made = tracks_graph([[(0.5, 0.5)]] * 4, shots=[0, 0, 1, 1])
    clock = FrameClock(with_rate(made, 4.0, 8))
    assert [(run.begin, run.end, run.places) for run in runs(clock, clock.graph.object_tracks[0])] == [
        (0, 3, (0, 1)), (3, 8, (2, 3)),
    ]  # fmt: skip


def test_beside_a_gap_or_a_cut_a_box_stays_where_it_is():
    made = tracks_graph([[(0.2, 0.5)], [None], [(0.6, 0.5)], [(0.8, 0.5)]], size=0.2, shots=[0, 0, 0, 1])
    clock = FrameClock(with_rate(made, 4.0, 8))
    left = boxes_at(clock, clock.graph.object_tracks[0], range(8))[:, 0]
    assert left == pytest.approx([0.1, 0.1, 0.5, 0.5, 0.5, 0.7, 0.7, 0.7])


def test_results_come_back_with_words_for_underscores(graph: DynamicSceneGraph, tmp_path: Path):
    path = tmp_path / "deep" / "results.json"
    found = relation_results(graph)
    save_results({"a": found, "b": []}, path, external_data="ImageNet weights")
    document = json.loads(path.read_text())
    assert list(document) == ["version", "results", "external_data"]
    assert document["version"] == "VERSION 1.0"
    assert document["external_data"] == {"used": True, "details": "ImageNet weights"}
    entry = document["results"]["a"][0]
    assert list(entry)[:5] == ["triplet", "score", "duration", "sub_traj", "obj_traj"]
    assert entry["triplet"] == ["thing", "right_of", "thing"]
    back = load_results(path)
    assert list(back) == ["a", "b"]
    for there, here in zip(found, back["a"], strict=True):
        assert (there.triplet, there.score, there.duration) == (here.triplet, here.score, here.duration)
        assert (there.subject_track, there.object_track) == (here.subject_track, here.object_track)
        assert np.allclose(there.subject_boxes, here.subject_boxes, atol=1e-3)
        assert np.allclose(there.object_boxes, here.object_boxes, atol=1e-3)


def test_gold_files_and_bare_lists_are_read_too(tmp_path: Path):
    entry = {"triplet": ["dog", "bite", "frisbee"], "duration": [5, 6]}
    entry |= {"sub_traj": [[1, 2, 3, 4]], "obj_traj": [[0, 0, 9, 9]]}
    (tmp_path / "gold.json").write_text(json.dumps({"v": [entry]}))
    (tmp_path / "bare.json").write_text(json.dumps([entry | {"score": 7.5}]))
    assert load_results(tmp_path / "gold.json")["v"][0].score == 1.0
    assert load_results(tmp_path / "bare.json")["bare"][0].score == 7.5
    assert list(load_results(tmp_path / "bare.json", name="v")) == ["v"]


@pytest.mark.skipif(not SHARED.is_file(), reason="needs the published example of VidVRD relations in ../shared")
def test_a_published_list_of_relations_is_read_whole():
    (relations,) = load_results(SHARED).values()
    assert len(relations) == 400
    assert relations[0].triplet == ("person", "ride", "person")
    assert {(relation.duration, relation.subject_boxes.shape) for relation in relations} == {
        ((0, 30), (30, 4)), ((15, 45), (30, 4)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"triplet": ["a", "b"]}, "not enough values"),
        ({"duration": [3, 3]}, r"its duration \[3, 3\) is empty"),
        ({"duration": [-1, 0]}, "starts before frame 0"),
        ({"sub_traj": [[1, 2, 3, 4]]}, r"its sub_traj has shape \(1, 4\), not \(2, 4\) as its duration says"),
        ({"obj_traj": [[1, 2, 3], [1, 2, 3]]}, r"its obj_traj has shape \(2, 3\)"),
        ({"obj_traj": [[1, 2, 3, float("nan")]] * 2}, "its obj_traj holds a number that is not finite"),
        ({"score": None}, "mend or leave out this relation"),
        ({"triplet": None}, "mend or leave out this relation"),
    ],
)
def test_a_bad_relation_names_file_video_and_number(tmp_path: Path, change: dict[str, Any], message: str):
    entry = {"triplet": ["a", "b", "c"], "score": 1, "duration": [0, 2]}
    entry |= {"sub_traj": [[0, 0, 1, 1]] * 2, "obj_traj": [[0, 0, 1, 1]] * 2}
    (tmp_path / "r.json").write_text(json.dumps({"results": {"v": [entry, entry | change]}}))
    with pytest.raises(FormatError, match=rf"r.json, video 'v', relation 1: expected triplet.*{message}"):
        load_results(tmp_path / "r.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "r.json: expected JSON, found something else or half of it"),
        ("3", r"expected an object with `results`: \{video: \[relation\]\}, found a int"),
        ('{"results": [1]}', "found an object with the fields results"),
        ('{"v": {"w": 1}}', "found an object with the fields v"),
        ('[{"score": 1}]', "relation 0: .* found that 'triplet' is missing"),
        ("[5]", "it is a int, not an object"),
    ],
)
def test_another_file_is_named(tmp_path: Path, text: str, message: str):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(FormatError, match=message):
        load_results(tmp_path / "r.json")


def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none.json: cannot be read: No such file .*give a VidVRD result file"):
        load_results(tmp_path / "none.json")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        save_results({}, tmp_path / "file" / "r.json")


def test_a_graph_that_does_not_say_rate_or_size_is_refused(graph: DynamicSceneGraph):
    with pytest.raises(InputError, match=r"expected the frames a second of the video, found 0.0; frames cannot"):
        relation_results(replace(graph, video=replace(graph.video, frames_per_second=0.0)))
    with pytest.raises(InputError, match=r"expected the size of the video, found 0×240; boxes in pixels"):
        relation_results(replace(graph, video=replace(graph.video, width=0)))


def test_a_graph_without_key_frames_has_no_relations(graph: DynamicSceneGraph):
    assert relation_results(replace(graph, frames=())) == []


def dense_graph(seed: int, frames: int, tracks: int) -> DynamicSceneGraph:
    """A random graph with a key frame at every frame of the video: tracks that come and go, relations that stop."""
    sparse = sample_dynamic_graph(seed, frames=frames, tracks=tracks, cut=False)
    made = tuple(replace(frame, time=place / 5) for place, frame in enumerate(sparse.frames))
    return with_rate(replace(sparse, frames=made), 5.0, frames)


def content(graph: DynamicSceneGraph) -> tuple[object, ...]:
    """Labels; where each track is, to a hundredth of a pixel; when each relation with an object holds."""
    clock = FrameClock(graph)
    boxes = {
        (number, graph.frames[place].time): pytest.approx(graph.frames[place].nodes[node].box, abs=1e-4)
        for number, track in graph.object_tracks.items()
        for place, node in track.occurrences
    }
    labels = {number: track.label for number, track in graph.object_tracks.items()}
    relations = {
        (track.label, *track.identity[2:], run.begin, run.end)
        for track in graph.predicate_tracks
        if track.identity[3] is not None
        for run in runs(clock, track)
    }
    return labels, boxes, relations, [frame.time for frame in graph.frames]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.integers(1, 20), tracks=st.integers(1, 5))
def test_annotations_come_back_with_the_same_tracks_relations_and_intervals(tmp_path_factory, seed, frames, tracks):
    graph = dense_graph(seed, frames, tracks)
    path = tmp_path_factory.mktemp("vidvrd") / "v.json"
    save_vidvrd_annotation(graph, path, video_id="v")
    back = read_vidvrd(path).graph()
    labels, boxes, relations, times = content(graph)
    found = content(back)
    assert (found[0], found[2], found[3]) == (labels, relations, times)
    assert {at: box.expected for at, box in found[1].items()} == boxes


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.integers(1, 20), tracks=st.integers(1, 5))
def test_results_hold_the_relations_of_a_graph_and_their_boxes(tmp_path_factory, seed, frames, tracks):
    graph = dense_graph(seed, frames, tracks)
    path = tmp_path_factory.mktemp("vidvrd") / "r.json"
    save_results({"v": relation_results(graph)}, path)
    found = load_results(path)["v"]
    _, boxes, relations, times = content(graph)
    assert {(r.triplet[1], r.subject_track, r.object_track, *r.duration) for r in found} == relations
    assert len(found) == len(relations)
    for result in found:
        check_boxes(result, boxes, times)


def check_boxes(result: RelationResult, boxes: dict[tuple[int, float], Any], times: list[float]) -> None:
    for track, trajectory in ((result.subject_track, result.subject_boxes), (result.object_track, result.object_boxes)):
        found = to_unit(trajectory, width=320, height=240)
        for box, time in zip(found, times[slice(*result.duration)], strict=True):
            assert tuple(box) == boxes[track, time]
