"""Action Genome's pickles as graphs: frames from 1, corners for people and sizes for things, who relates to whom."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finsta.data.annotations import action_genome_names as names
from finsta.data.annotations.action_genome import ActionGenomeReader
from finsta.errors import FormatError, InputError, VideoError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph
from finsta.graphs.scene_graph import NodeKind
from tests.data.annotations.samples import action_genome_objects, action_genome_people, write_action_genome
from tests.tiny_clips import write_clip


def graphs(folder: Path, **options: Any) -> dict[str, DynamicSceneGraph]:
    return {
        named.name: named.graph
        for item in ActionGenomeReader(source=folder, **options).items()
        for named in item.read()
    }


def triplets(frame: FrameGraph) -> list[tuple[str, str, str]]:
    found = []
    for index, node in enumerate(frame.nodes):
        if node.kind is NodeKind.PREDICATE:
            subject, target = frame.ends(index)
            found.append((frame.nodes[subject].label, node.label, frame.nodes[target].label))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_action_genome(tmp_path)


@pytest.mark.parametrize("protocol", [2, 4])
def test_frames_count_from_one_and_boxes_are_corners_or_sizes(tmp_path: Path, protocol: int):
    graph = graphs(write_action_genome(tmp_path, protocol=protocol))["A"]
    assert [frame.time for frame in graph.frames] == pytest.approx([0, 10 / 30, 20 / 30])
    person, cup = graph.frames[0].nodes[:2]
    assert (person.label, person.track, person.box) == ("person", 0, (0.5, 0.0, 0.75, 1.0))
    assert (cup.label, cup.track, cup.box) == ("cup/glass/bottle", 1, (0.1, 0.2, 0.3, 0.4))
    assert (graph.video.width, graph.video.height, graph.video.frame_count) == (100, 50, 21)


def test_attention_and_contact_run_from_the_person_and_spatial_relations_to_it(folder: Path):
    first, _, last = graphs(folder)["A"].frames
    assert triplets(first) == [
        ("person", "looking at", "cup/glass/bottle"),
        ("cup/glass/bottle", "in front of", "person"),
        ("person", "holding", "cup/glass/bottle"),
        ("person", "touching", "cup/glass/bottle"),
    ]
    assert triplets(last) == [("person", "not looking at", "door"), ("door", "behind", "person")]


def test_what_is_not_visible_is_not_there_and_a_class_is_one_track(folder: Path):
    graph = graphs(folder)["A"]
    labels = {number: track.label for number, track in graph.object_tracks.items()}
    assert labels == {0: "person", 1: "cup/glass/bottle", 2: "door"}
    assert [place for place, _ in graph.object_tracks[1].occurrences] == [0, 1]
    assert len(next(track for track in graph.predicate_tracks if track.label == "holding").occurrences) == 2


def test_a_frame_without_a_person_keeps_its_objects_and_tells_what_is_lost(folder: Path):
    graph = graphs(folder, split="test")["B"]
    assert [node.label for node in graph.frames[0].nodes] == ["table"]
    assert any("relations to a person without a box, left out, 1×" in warning for warning in graph.warnings)
    assert any("frames without a box of the person, 1×" in warning for warning in graph.warnings)
    assert any("frames a second unknown (no video), taken as 30" in warning for warning in graph.warnings)


def test_several_people_are_told_and_the_first_is_taken(folder: Path):
    graph = graphs(folder)["A"]
    assert any("several people, of whom the first is taken, 1×" in warning for warning in graph.warnings)
    assert [node.label for node in graph.frames[1].nodes].count("person") == 1


def test_the_split_stands_in_the_metadata(folder: Path):
    assert set(graphs(folder)) == {"A", "B"}
    assert set(graphs(folder, split="train")) == {"A"}
    assert set(graphs(folder, split="test")) == {"B"}
    assert graphs(folder, split="val") == {}


def test_the_folder_above_annotations_does_too(tmp_path: Path):
    write_action_genome(tmp_path / "annotations")
    assert set(graphs(tmp_path)) == {"A", "B"}


def test_the_frames_a_second_are_those_of_the_video_where_it_is_at_hand(folder: Path):
    (folder / "videos").mkdir()
    write_clip(folder / "videos" / "A.mp4", "red")
    graph = graphs(folder, split="train", videos=folder / "videos")["A"]
    assert graph.video.frames_per_second == pytest.approx(10)
    assert graph.frames[1].time == pytest.approx(1.0)
    assert not any("frames a second unknown" in warning for warning in graph.warnings)
    assert any("frame 21 is annotated, and the video has 6 (another file?), 1×" in note for note in graph.warnings)


def test_a_video_that_is_not_there_is_named_and_the_others_are_read(folder: Path):
    (folder / "videos").mkdir()
    write_clip(folder / "videos" / "B.mp4", "red")
    first, second = ActionGenomeReader(source=folder, videos=folder / "videos").items()
    with pytest.raises(VideoError, match=r"A\.mp4: expected a video file, found nothing there"):
        first.read()
    assert second.read()[0].name == "B"


def test_a_class_that_stands_twice_in_a_frame_is_two_tracks(tmp_path: Path):
    objects = action_genome_objects()
    objects["A.mp4/000001.png"].append(dict(objects["A.mp4/000001.png"][0], bbox=(60, 0, 10, 10)))
    graph = graphs(write_action_genome(tmp_path, objects), split="train")["A"]
    assert [(node.label, node.track) for node in graph.frames[0].nodes[:3]] == [
        ("person", 0), ("cup/glass/bottle", 1), ("cup/glass/bottle", 2),
    ]  # fmt: skip
    assert any("several of the class 'cup/glass/bottle', told apart by their order" in w for w in graph.warnings)


def test_every_spelling_of_the_36_classes_and_26_relations_is_known():
    assert (len(names.OBJECTS), len(names.RELATIONS)) == (36, 26)
    assert (len(names.ATTENTION), len(names.SPATIAL), len(names.CONTACTING)) == (3, 6, 17)
    for spelling in ("cup/glass/bottle", "cupglassbottle", "Cup/Glass/Bottle"):
        assert names.object_name(spelling, "here") == "cup/glass/bottle"
    for spelling in ("not_looking_at", "notlookingat", "not looking at"):
        assert names.relation_name(spelling, "here") == "not looking at"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"class": "unicorn"}, r"'unicorn': expected a class of Action Genome, found 'unicorn'; known are person"),
        ({"contacting_relationship": ["hugging"]}, "expected a relation of Action Genome, found 'hugging'; known are"),
        ({"bbox": None}, "expected a box for what is visible, found None; mend or leave it out"),
        ({"bbox": (10, 10, -5, 3)}, "expected a box with left ≤ right and top ≤ bottom, found left 10, top 10, right"),
        ({"visible": "yes"}, "expected 'visible' as bool, found str 'yes'"),
        ({"spatial_relationship": "in"}, "expected 'spatial_relationship' as list or tuple or NoneType, found str"),
    ],
)
def test_a_bad_entry_names_file_video_frame_and_object(tmp_path: Path, change: dict[str, Any], message: str):
    objects = action_genome_objects()
    objects["A.mp4/000001.png"][0] |= change
    with pytest.raises(FormatError, match=rf"object_bbox_and_relationship.pkl, video 'A.mp4', frame 1.*{message}"):
        graphs(write_action_genome(tmp_path, objects))


@pytest.mark.parametrize(
    ("person", "message"),
    [
        (None, "frame 11: expected this frame in person_bbox.pkl too, found none; mend or leave it out"),
        ({"bbox": np.zeros((1, 4), np.float32)}, "frame 11: expected the field 'bbox_size', found bbox"),
        ({"bbox": np.zeros((1, 4), np.float32), "bbox_size": (0, 5)}, r"expected 'bbox_size' as \(width, height\)"),
        ({"bbox": [1, 2, 3, 4], "bbox_size": (9, 9)}, r"expected people's boxes as an array \[people, 4\], found list"),
        ({"bbox": np.zeros((2, 3)), "bbox_size": (9, 9)}, r"as an array \[people, 4\], found \(2, 3\); mend"),
    ],
)
def test_a_bad_person_is_named(tmp_path: Path, person: Any, message: str):
    people = action_genome_people()
    people["A.mp4/000011.png"] = person
    if person is None:
        del people["A.mp4/000011.png"]
    with pytest.raises(FormatError, match=message):
        graphs(write_action_genome(tmp_path, people=people))


def test_other_files_are_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"object_bbox_and_relationship\.pkl: no such file; give the folder of Action"):
        graphs(tmp_path)
    with pytest.raises(FormatError, match="expected a dict by frame, found list; download the file again"):
        graphs(write_action_genome(tmp_path, objects=[1]))
    with pytest.raises(FormatError, match=r"expected keys like 'VIDEO.mp4/000123.png', found 'frame 7'; download"):
        graphs(write_action_genome(tmp_path, objects={"frame 7": []}))
    with pytest.raises(FormatError, match="frame 0: expected frame numbers from 1, found 0; mend or leave it out"):
        graphs(write_action_genome(tmp_path, objects={"A.mp4/000000.png": []}))
