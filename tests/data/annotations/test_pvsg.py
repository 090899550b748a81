"""PVSG as graphs: boxes of masks, intervals with their last frame, and captions whose ids say what words refer to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from finsta.data.annotations.masks import boxes_of_mask
from finsta.data.annotations.pvsg import PvsgReader
from finsta.data.annotations.pvsg_captions import read_captions, without_ids
from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from tests.data.annotations.samples import pvsg_document, write_pvsg
from tests.data.annotations.test_vidvrd import change, intervals


def graphs(folder: Path, **options: Any) -> dict[str, Any]:
    return {named.name: named.graph for item in PvsgReader(source=folder, **options).items() for named in item.read()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_pvsg(tmp_path)


def test_boxes_are_the_smallest_around_the_masks(folder: Path):
    frame = graphs(folder)["0001_x"].frames[1]
    boxes = {node.label: node.box for node in frame.nodes if node.box is not None}
    assert boxes == {
        "adult": (0.0, 0.0, 0.25, 0.8), "cup": (0.35, 0.2, 0.55, 0.4),
        "floor": (0.0, 0.8, 1.0, 1.0), "dog": (0.75, 0.5, 1.0, 0.8),
    }  # fmt: skip


def test_the_last_frame_is_included_and_a_status_is_an_action_without_object(folder: Path):
    graph = graphs(folder)["0001_x"]
    assert intervals(graph) == {
        ("holding", 1, 2, 0, 1), ("holding", 1, 2, 2, 4), ("standing on", 1, 3, 0, 4), ("sitting", 4, None, 0, 2),
    }  # fmt: skip
    assert [frame.time for frame in graph.frames] == [0.0, 0.2, 0.4, 0.6]
    assert any("1 relations are not in the file's list, and are left out" in warning for warning in graph.warnings)


def test_the_split_and_the_source_are_those_of_the_file(folder: Path):
    assert [item.id for item in PvsgReader(source=folder).items()] == ["0001_x", "0001_z"]
    assert [item.id for item in PvsgReader(source=folder / "pvsg.json", split="val").items()] == ["0001_z"]
    assert len(graphs(folder, split="val")["0001_z"].frames) == 1
    with pytest.raises(FormatError, match=r"pvsg.json: expected a split 'test', found train, val; give one of these"):
        graphs(folder, split="test")


def test_with_a_number_only_the_masks_of_those_frames_are_read(folder: Path):
    for frame in (0, 2):
        (folder / "vidor" / "masks" / "0001_x" / f"{frame:04d}.png").unlink()
    graph = graphs(folder, key_frames=2, split="train")["0001_x"]
    assert [frame.time for frame in graph.frames] == [0.2, 0.6]
    assert {track.label for track in graph.predicate_tracks} == {"standing on", "holding", "sitting"}


def test_without_masks_the_whole_frame_is_the_box_of_what_something_is_said_of(folder: Path):
    graph = graphs(folder, whole_frame=True)["0001_x"]
    assert intervals(graph) == intervals(graphs(folder)["0001_x"])
    assert {node.box for frame in graph.frames for node in frame.nodes if node.box} == {(0.0, 0.0, 1.0, 1.0)}
    assert [4 in {node.track for node in frame.nodes} for frame in graph.frames] == [True, True, False, False]
    assert any("no masks, every box is the whole frame" in warning for warning in graph.warnings)


def test_ids_are_taken_out_of_captions_and_other_brackets_stay():
    assert without_ids("A man (22) holds two cups (3, 4) (red ones).") == (
        "A man holds two cups (red ones).", ((5, (22,)), (20, (3, 4))),
    )  # fmt: skip
    assert without_ids(" No ids (adult-1)") == ("No ids (adult-1)", ())
    assert without_ids("") == ("", ())


def test_captions_link_words_to_tracks_and_predicates_to_relations(folder: Path):
    made = graphs(folder, texts=True, split="train")
    assert list(made) == ["0001_x", "0001_x.caption-000", "0001_x.caption-001"]
    graph = made["0001_x.caption-000"]
    assert isinstance(graph, HolisticSceneGraph)
    graph.validate()
    assert graph.text.text == "An adult is holding a cup (red one)."
    found = {(graph.text.nodes[link.text_node].lemma, link.subject_track, link.object_track, link.label, link.interval)
             for link in graph.links}  # fmt: skip
    assert found == {
        ("adult", 1, None, "", (0.0, 0.4)),
        ("cup", 2, None, "", (0.0, 0.4)),
        ("hold", 1, 2, "holding", (0.0, 0.2)),
    }
    assert {link.similarity for link in graph.links} == {1.0}
    assert graph.video == made["0001_x"]


def test_what_a_caption_cannot_link_is_told(folder: Path):
    graph = graphs(folder, texts=True)["0001_x.caption-001"]
    assert graph.text.text == "Two dogs sleep."
    assert graph.links == ()
    assert "track 4 of 'dogs' is not seen while the caption holds" in graph.text.warnings
    assert "'dogs' also refers to 9" in graph.text.warnings


@pytest.mark.parametrize(("frames", "expected"), [(4, (0.0, 0.4)), (400, (0.0, 2.0))])
def test_the_unit_of_caption_times_is_the_one_that_ends_inside_the_video(folder: Path, frames: int, expected: Any):
    """A video of 0.8 s whose captions end at 4 counts frames; one of 80 s counts seconds."""
    entry = pvsg_document()["data"][0]
    graph = graphs(folder)["0001_x"]
    video = graph.video.__class__(**vars(graph.video) | {"duration": frames / 5, "frame_count": frames})
    captions = read_captions(entry, DynamicSceneGraph(video=video), where="here")
    assert captions[0][1].interval == expected


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("data", 0, "meta", "num_frames"), 0, "expected one frame at least, found 'num_frames' 0"),
        (("data", 0, "meta", "fps"), None, "expected the field 'fps', found height, width, duration, num_frames"),
        (("data", 0, "objects", 1, "category"), "ufo", "object 1: expected one of the 4 classes of the file, found"),
        (("data", 0, "objects", 1, "object_id"), 1, "object 1: expected each id once, found 1 again"),
        (("data", 0, "relations", 0, 1), 7, r"relation 0: expected ids of objects, found 7, which is none; mend"),
        (("data", 0, "relations", 0), [1, 2], r"relation 0: expected \[subject, object, relation, intervals\]"),
        (("data", 0, "relations", 0, 3), [[3, 1]], r"relation 0: expected intervals \[first, last\] .* found \[3, 1\]"),
        (("data", 0, "relations", 0, 3), 5, r"expected intervals \[first, last\] of frames .* found 5; mend"),
        (("data", 0, "captions", 0, "time"), "soon", "caption 0: expected 'time' like '0000-0008', found 'soon'; mend"),
        (("data", 0, "captions", 1, "description"), None, "caption 1: expected the field 'description', found time"),
    ],
)
def test_a_bad_video_names_file_item_and_remedy(tmp_path: Path, where: Any, value: Any, message: str):
    document = pvsg_document()
    change(document, where, value)
    with pytest.raises(FormatError, match=rf"pvsg\.json, video.*{message}"):
        graphs(write_pvsg(tmp_path, document), texts=True)


def test_a_relation_of_an_object_that_no_mask_shows_is_left_out(tmp_path: Path):
    document = pvsg_document()
    document["data"][0]["objects"].append({"object_id": 8, "category": "dog", "is_thing": True, "status": {}})
    document["data"][0]["relations"].append([8, 1, "holding", [[0, 3]]])
    graph = graphs(write_pvsg(tmp_path, document))["0001_x"]
    assert 8 not in graph.object_tracks
    assert any("1 relations are of objects that no mask shows, and are left out" in w for w in graph.warnings)


def test_an_id_of_a_mask_that_is_no_object_is_left_out_and_told(tmp_path: Path):
    document = pvsg_document()
    del document["data"][0]["objects"][3]
    graph = graphs(write_pvsg(tmp_path, document))["0001_x"]
    assert 4 not in graph.object_tracks
    assert any("2 boxes of ids that are no objects are left out" in warning for warning in graph.warnings)


def test_missing_masks_and_other_pictures_are_named(folder: Path, tmp_path: Path):
    masks = folder / "vidor" / "masks" / "0001_x"
    (masks / "0003.png").write_bytes(b"no picture")
    with pytest.raises(FormatError, match=r"0003.png: expected a PNG mask, found something else; unpack the masks"):
        graphs(folder)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(masks / "0003.png")
    with pytest.raises(FormatError, match=r"0003.png: expected one object id a pixel, found an array \(4, 4, 3\)"):
        graphs(folder)
    (masks / "0003.png").unlink()
    with pytest.raises(InputError, match=r"0003.png: expected a PNG mask, cannot read it: No such file"):
        graphs(folder)
    for path in masks.iterdir():
        path.unlink()
    masks.rmdir()
    with pytest.raises(InputError, match=r"0001_x: expected the masks of this video, found no folder; .*--whole-frame"):
        graphs(folder)


def test_an_empty_mask_has_no_boxes(tmp_path: Path):
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(tmp_path / "0.png")
    assert boxes_of_mask(tmp_path / "0.png") == {}


@pytest.mark.parametrize("field", ["split", "data", "objects", "relations"])
def test_a_file_without_a_part_is_named(tmp_path: Path, field: str):
    document = pvsg_document()
    del document[field]
    with pytest.raises(FormatError, match=rf"pvsg.json: expected the field '{field}', found "):
        graphs(write_pvsg(tmp_path, document))
