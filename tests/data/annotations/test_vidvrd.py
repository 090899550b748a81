"""VidVRD and VidOR files as graphs: whose box is where, when relations hold, and what is said of a bad file."""

from pathlib import Path
from typing import Any

import pytest

from finsta.data.annotations.vidvrd import VidvrdReader, read_vidvrd
from finsta.errors import FinstaError, FormatError, InputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.exports.trajectories import FrameClock, runs
from tests.data.annotations.samples import bounds, vidvrd_document, write_json


def intervals(graph: DynamicSceneGraph) -> set[tuple[str, int, int, int, int]]:
    """Predicate, subject, object, and frames [begin, end) of every stretch of every relation."""
    clock = FrameClock(graph)
    return {
        (track.label, *track.identity[2:], run.begin, run.end)
        for track in graph.predicate_tracks
        for run in runs(clock, track)
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_json(tmp_path / "v1.json", vidvrd_document())


def test_boxes_are_pixels_with_inclusive_edges_and_labels_are_words(path: Path):
    graph = read_vidvrd(path).graph()
    assert [len(frame.nodes) for frame in graph.frames] == [3, 4, 3, 1, 3, 3]
    panda, person = graph.frames[0].nodes[:2]
    assert (panda.label, panda.track, panda.box) == ("red panda", 0, (0.1, 0.4, 0.3, 0.8))
    assert (person.label, person.track, person.box) == ("person", 1, (0.6, 0.0, 1.0, 1.0))
    assert [frame.time for frame in graph.frames] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert (graph.video.duration, graph.video.path, graph.detector) == (0.6, "v1.mp4", "VidVRD")


def test_end_fid_is_excluded_and_a_relation_has_several_intervals(path: Path):
    expected = {("watch", 1, 0, 0, 2), ("watch", 1, 0, 4, 6), ("move beside", 0, 1, 1, 3)}
    assert intervals(read_vidvrd(path).graph()) == expected


def test_key_frames_at_changes_keep_every_interval_and_are_fewer(tmp_path: Path):
    document = vidvrd_document()
    document["trajectories"] = [frame for frame in document["trajectories"] for _ in range(10)]
    document["frame_count"] = 60
    for relation in document["relation_instances"]:
        relation |= {"begin_fid": 10 * relation["begin_fid"], "end_fid": 10 * relation["end_fid"]}
    truth = read_vidvrd(write_json(tmp_path / "long.json", document))
    dense, sparse = truth.graph("all"), truth.graph("changes")
    assert intervals(sparse) == intervals(dense) == {
        ("watch", 1, 0, 0, 20), ("watch", 1, 0, 40, 60), ("move beside", 0, 1, 10, 30),
    }  # fmt: skip
    frames = [round(frame.time * 10) for frame in sparse.frames]
    assert frames == [0, 9, 10, 19, 20, 29, 30, 39, 40, 59]
    assert [round(frame.time * 10) for frame in truth.graph(3).frames] == [10, 30, 50]
    assert len(truth.graph(1000).frames) == 60


def test_without_generated_boxes_an_object_is_there_only_where_it_was_drawn_by_hand(path: Path):
    graph = read_vidvrd(path, generated=False).graph()
    shown = [frame.time for frame in graph.frames if 0 in {node.track for node in frame.nodes}]
    assert shown == [0.0, 0.2, 0.4]


def test_a_relation_holds_only_where_both_boxes_are_and_one_that_never_does_is_told(tmp_path: Path):
    document = vidvrd_document()
    document["relation_instances"][2] |= {"begin_fid": 2, "end_fid": 6}
    document["relation_instances"].append(document["relation_instances"][0] | {"begin_fid": 3, "end_fid": 4})
    document["relation_instances"][3] |= {"predicate": "chase"}
    graph = read_vidvrd(write_json(tmp_path / "v.json", document)).graph()
    assert {entry for entry in intervals(graph) if entry[0] == "move beside"} == {
        ("move beside", 0, 1, 2, 3), ("move beside", 0, 1, 4, 6),
    }  # fmt: skip
    assert graph.warnings == (
        f"{tmp_path / 'v.json'}: 1 of 4 relations have no frame in which all their objects have boxes, "
        "and are left out; the first is 'chase' of track 1",
    )


def test_vidor_is_known_by_its_version_and_keeps_the_path_of_the_video(tmp_path: Path):
    document = vidvrd_document() | {"version": "VERSION 1.0", "video_hash": "x", "video_path": "0001/v1.mp4"}
    for frame in document["trajectories"]:
        for box in frame:
            box["tracker"] = "kcf"
    graph = read_vidvrd(write_json(tmp_path / "v1.json", document)).graph()
    assert (graph.detector, graph.video.path) == ("VidOR", "0001/v1.mp4")


def test_boxes_that_reach_out_are_cut_off_and_boxes_outside_left_out(tmp_path: Path):
    document = vidvrd_document()
    document["trajectories"][0][1]["bbox"] = bounds(-10, 40, 9, 80)
    document["trajectories"][1][1]["bbox"] = bounds(200, 0, 210, 5)
    graph = read_vidvrd(write_json(tmp_path / "v.json", document)).graph()
    assert graph.frames[0].nodes[0].box == (0.0, 0.8, 0.1, 1.0)
    assert [node.track for node in graph.frames[1].nodes] == [1]
    assert graph.warnings == (f"{tmp_path / 'v.json'}: 1 boxes lie outside the frame and are left out",)


def test_frames_are_counted_where_the_file_states_another_number(tmp_path: Path):
    graph = read_vidvrd(write_json(tmp_path / "v.json", vidvrd_document() | {"frame_count": 9})).graph()
    assert graph.video.frame_count == 6
    assert "states 9 frames and has boxes for 6; 6 are taken" in graph.warnings[0]


def change(document: dict[str, Any], where: tuple[Any, ...], value: Any) -> None:
    for key in where[:-1]:
        document = document[key]
    if value is None:
        del document[where[-1]]
    else:
        document[where[-1]] = value


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("trajectories",), [], "expected the boxes of one frame at least, found no frame; leave the video out"),
        (("trajectories",), None, "expected the field 'trajectories', found video_id, frame_count"),
        (("trajectories",), {}, "expected 'trajectories' as list, found dict {}; mend"),
        (("trajectories", 2), 7, "frame 2: expected a list of boxes, found 7; mend or leave it out"),
        (("video_id",), None, "expected the field 'video_id'"),
        (("fps",), 0, r"expected 'fps' of 0.001 or more, found 0; mend"),
        (("width",), 0, "expected 'width' of 1 or more, found 0"),
        (("subject/objects", 0, "category"), None, "subject/object 0: expected the field 'category', found tid"),
        (("subject/objects", 1, "tid"), 0, "subject/object 1: expected each track once, found track 0 again"),
        (("trajectories", 1, 0, "tid"), 9, "frame 1: expected tracks of `subject/objects`, found track 9, which"),
        (("trajectories", 1, 0, "bbox"), None, "frame 1, track 1: expected the field 'bbox'"),
        (("trajectories", 1, 0, "bbox", "xmax"), "9", "frame 1, track 1: expected 'xmax' as int or float, found str"),
        (
            ("trajectories", 1, 0, "bbox", "xmax"),
            3,
            "frame 1, track 1: expected a box with left ≤ right .* found left 60, top 0, right 4, bottom 50 in pixels",
        ),
        (("relation_instances", 0, "end_fid"), 0, "relation 0: expected begin_fid < end_fid .* found 0 and 0"),
        (("relation_instances", 1, "begin_fid"), -1, "relation 1: expected 'begin_fid' of 0 or more, found -1"),
        (("relation_instances", 2, "predicate"), None, "relation 2: expected the field 'predicate'"),
        (("relation_instances", 2, "object_tid"), 5, r"relation 2 \('move beside'\): .*found track 5 without class"),
    ],
)
def test_a_bad_file_names_file_item_and_remedy(tmp_path: Path, where: tuple[Any, ...], value: Any, message: str):
    document = vidvrd_document()
    change(document, where, value)
    path = write_json(tmp_path / "bad.json", document)
    with pytest.raises(FormatError, match=rf"bad\.json.*{message}"):
        read_vidvrd(path).graph()


def test_a_track_without_any_box_is_named_where_a_relation_needs_it(tmp_path: Path):
    document = vidvrd_document()
    document["subject/objects"].append({"tid": 2, "category": "ball"})
    document["relation_instances"][0]["object_tid"] = 2
    with pytest.raises(FormatError, match=r"relation 0 \('watch'\): .*found track 2 without box in any frame; mend"):
        read_vidvrd(write_json(tmp_path / "bad.json", document)).graph()


def test_json_cut_short_is_named_and_the_files_after_it_are_read(tmp_path: Path):
    text = write_json(tmp_path / "b.json", vidvrd_document()).read_text()
    (tmp_path / "a.json").write_text(text[: len(text) // 2])
    first, second = VidvrdReader(source=tmp_path).items()
    with pytest.raises(FormatError, match=r"a\.json: expected a whole JSON document, found .*; download"):
        first.read()
    assert [(named.name, len(named.graph.frames)) for named in second.read()] == [("b", 6)]


def test_a_folder_is_read_in_order_and_equal_names_are_told_apart_by_their_folders(tmp_path: Path):
    for name in ("training/0002/9.json", "training/0001/7.json", "validation/0001/7.json"):
        write_json(tmp_path / name, vidvrd_document())
    items = list(VidvrdReader(source=tmp_path).items())
    assert [item.id for item in items] == ["training_0001_7", "9", "validation_0001_7"]
    assert {item.total for item in items} == {3}


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_without_annotations_is_named(tmp_path: Path, name: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=rf"{name}: expected a VidVRD or VidOR annotation file.*found none; give the"):
        list(VidvrdReader(source=tmp_path / name).items())


def test_a_document_that_is_no_object_is_named(tmp_path: Path):
    with pytest.raises(FormatError, match=r"list.json: expected an object with 'video_id', found list \[\]"):
        read_vidvrd(write_json(tmp_path / "list.json", []))


@pytest.mark.parametrize("count", [0, -3])
def test_no_key_frame_is_refused(path: Path, count: int):
    with pytest.raises(FinstaError, match=rf"expected one key frame or more, found {count}; ask for 1 at least"):
        read_vidvrd(path).graph(count)
