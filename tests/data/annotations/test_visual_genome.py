"""Visual Genome's files as graphs of one frame, and its regions as text graphs whose words refer to objects."""

from pathlib import Path
from typing import Any

import pytest

from finsta.data.annotations import visual_genome_files
from finsta.data.annotations.visual_genome import VisualGenomeReader
from finsta.errors import FormatError, InputError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import EdgeKind, NodeKind
from tests.data.annotations.samples import visual_genome_files as sample_files
from tests.data.annotations.samples import write_json, write_visual_genome
from tests.data.annotations.test_action_genome import triplets


def graphs(folder: Path, **options: Any) -> dict[str, Any]:
    reader = VisualGenomeReader(source=folder, **options)
    return {named.name: named.graph for item in reader.items() for named in item.read()}


def test_an_image_is_a_video_of_one_frame_with_objects_attributes_and_relations(tmp_path: Path):
    made = graphs(write_visual_genome(tmp_path))
    assert list(made) == ["1", "2"]
    graph = made["1"]
    (frame,) = graph.frames
    assert [(node.label, node.track, node.box) for node in frame.nodes if node.kind is NodeKind.OBJECT] == [
        ("man", 0, (0.0, 0.0, 0.5, 1.0)), ("bench", 1, (0.4, 0.4, 1.0, 1.0)), ("hat", 2, (0.1, 0.0, 0.2, 0.1)),
    ]  # fmt: skip
    assert triplets(frame) == [("man", "on", "bench"), ("man", "wears", "hat")]
    assert [node.label for node in frame.nodes if node.kind is NodeKind.ATTRIBUTE] == ["tall"]
    assert (graph.video.duration, graph.video.frame_count, graph.video.width) == (1.0, 1, 100)
    assert graph.frame_interval(0) == (0.0, 1.0)


def test_what_is_said_twice_holds_once_and_a_merged_object_is_the_other(tmp_path: Path):
    made = graphs(write_visual_genome(tmp_path))
    labels = [node.label for node in made["2"].frames[0].nodes]
    assert labels == ["sky", "blue"]
    assert [track.label for track in made["1"].predicate_tracks].count("on") == 1


def test_files_in_another_order_are_joined_by_image(tmp_path: Path):
    there = graphs(write_visual_genome(tmp_path / "a"))
    back = graphs(write_visual_genome(tmp_path / "b", relationships=sample_files()["relationships.json"][::-1]))
    assert there == back


def test_scene_graphs_serve_in_the_place_of_objects_and_relationships(tmp_path: Path):
    files = sample_files()
    scenes = []
    for objects, relations in zip(files["objects.json"], files["relationships.json"], strict=True):
        entries = [
            {"predicate": entry["predicate"]} | {f"{end}_id": entry[end]["object_id"] for end in ("subject", "object")}
            for entry in relations["relationships"][:2]
        ]
        scenes.append({"image_id": objects["image_id"], "objects": objects["objects"], "relationships": entries})
    folder = write_visual_genome(tmp_path, objects=None, relationships=None)
    write_json(folder / "scene_graphs.json", scenes)
    graph = graphs(folder)["1"]
    assert triplets(graph.frames[0]) == [("man", "on", "bench")]
    assert [node.label for node in graph.frames[0].nodes if node.kind is NodeKind.ATTRIBUTE] == ["tall"]


def test_regions_are_text_graphs_linked_to_objects_and_relations(tmp_path: Path):
    made = graphs(write_visual_genome(tmp_path), texts=True)
    assert list(made) == ["1", "1.region-7", "2"]
    graph = made["1.region-7"]
    assert isinstance(graph, HolisticSceneGraph)
    graph.validate()
    assert [(node.label, node.lemma, node.span) for node in graph.text.nodes] == [
        ("Man", "man", (2, 5)), ("bench", "seat", (18, 23)), ("on", "on", (11, 13)),
    ]  # fmt: skip
    assert [(edge.source, edge.target, edge.kind) for edge in graph.text.edges] == [
        (0, 2, EdgeKind.SUBJECT), (2, 1, EdgeKind.OBJECT),
    ]  # fmt: skip
    found = [(link.text_node, link.subject_track, link.object_track, link.label) for link in graph.links]
    assert found == [(0, 0, None, ""), (1, 1, None, ""), (2, 0, 1, "on")]
    assert {(link.interval, link.similarity) for link in graph.links} == {((0.0, 1.0), 1.0)}


def test_objects_outside_and_relations_of_what_is_not_there_are_told(tmp_path: Path):
    files = sample_files()
    files["objects.json"][1]["objects"].append({"object_id": 21, "names": ["x"], "x": 200, "y": 0, "w": 5, "h": 5})
    nested = {"object_id": 21, "name": "x", "x": 200, "y": 0, "w": 5, "h": 5}
    files["relationships.json"][1]["relationships"] = [
        {"predicate": "under", "subject": nested, "object": files["objects.json"][1]["objects"][0]}
    ]
    changes = {name.removesuffix(".json"): content for name, content in files.items()}
    graph = graphs(write_visual_genome(tmp_path, **changes))["2"]
    assert [node.label for node in graph.frames[0].nodes] == ["sky", "blue"]
    assert "1 objects lie outside the image and are left out" in graph.warnings[0]
    assert "1 relations or attributes are of objects that are not there" in graph.warnings[1]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("objects", 0, "objects", 0, "w"), -3, "image 1, object 10: expected a box with left ≤ right .* right -3"),
        (("objects", 0, "objects", 0, "x"), "0", "image 1, object 10: expected 'x' as int or float, found str '0'"),
        (("objects", 0, "objects", 0, "names"), [3], r"image 1, object 10: expected a name, found \[3\]; mend"),
        (("objects", 0, "objects"), None, "image 1: expected 'objects' as list, found NoneType None"),
        (
            ("relationships", 0, "relationships", 0, "predicate"),
            4,
            "relation 0: expected 'predicate' as str, found int",
        ),
        (("attributes", 1, "attributes", 0, "attributes"), [1], "expected attributes as words, found 1; mend"),
        (("image_data", 0, "width"), 0, "image 1: expected 'width' of 1 or more, found 0"),
        (("image_data", 0, "image_id"), 9, "image 1: expected this image in image_data.json, found none; download"),
        (("region_graphs", 0, "regions", 0, "phrase"), None, "region 0: expected 'phrase' as str, found NoneType"),
        (("region_graphs", 0, "regions", 0, "objects"), 1, "region 0: expected 'objects' as list, found int 1"),
    ],
)
def test_a_bad_image_names_file_item_and_remedy_and_the_next_is_read(tmp_path: Path, place, value, message: str):
    files = sample_files()
    entry = files[f"{place[0]}.json"]
    for key in place[1:-1]:
        entry = entry[key]
    entry[place[-1]] = value
    changes = {name.removesuffix(".json"): content for name, content in files.items()}
    first, second = VisualGenomeReader(source=write_visual_genome(tmp_path, **changes), texts=True).items()
    with pytest.raises(FormatError, match=message):
        first.read()
    assert [named.name for named in second.read()] == ["2"]


def test_missing_and_broken_files_are_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"image_data.json: no such file; give the folder of Visual"):
        graphs(tmp_path)
    with pytest.raises(InputError, match=r"scene_graphs.json: no such file, and no objects.json; give the folder"):
        graphs(write_visual_genome(tmp_path / "a", objects=None))
    folder = write_visual_genome(tmp_path / "b")
    text = (folder / "relationships.json").read_text()
    (folder / "relationships.json").write_text(text[:-20])
    with pytest.raises(
        FormatError, match=r"relationships.json:1, element 1: expected a whole JSON array, found the end"
    ):
        graphs(folder)
    with pytest.raises(FormatError, match=r"objects.json, entry 0: expected the field 'id', found image; mend"):
        graphs(write_visual_genome(tmp_path / "c", objects=[{"image": 1}]))


def test_files_in_quite_another_order_are_refused_before_they_fill_the_memory(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(visual_genome_files, "WAITING", 1)
    attributes = [{"image_id": number, "attributes": []} for number in (7, 8, 1, 2)]
    with pytest.raises(FormatError, match=r"attributes.json: expected its images in the order of objects.json"):
        graphs(write_visual_genome(tmp_path, attributes=attributes))
