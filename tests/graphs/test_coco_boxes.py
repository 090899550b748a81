"""COCO boxes: pixels from the upper left corner, ids that hold together, one instance a track."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from finsta.errors import InputError
from finsta.graphs.exports.coco_boxes import coco_boxes, save_coco_boxes
from tests.graph_samples import sample_dynamic_graph, tracks_graph


def test_a_literal_graph_gives_the_whole_document(tmp_path: Path):
    graph = tracks_graph([[(0.5, 0.5), None], [(0.25, 0.5), (0.5, 0.25)]], attributes=[(0, "red")], size=0.2)
    save_coco_boxes({"clip": graph}, tmp_path / "coco.json")
    box = {"iscrowd": 0, "score": 1.0, "category_id": 1, "area": 3072.0, "video_id": 1}
    size = {"width": 320, "height": 240}
    assert json.loads((tmp_path / "coco.json").read_text()) == {
        "info": {"description": "finsta"},
        "videos": [{"id": 1, "name": "clip", "file_name": "sample.mp4"} | size],
        "images": [
            {"id": 1, "video_id": 1, "frame_id": 0, "key_frame": 0, "time": 0.0, "file_name": "clip/000000.jpg"} | size,
            {"id": 2, "video_id": 1, "frame_id": 4, "key_frame": 1, "time": 0.5, "file_name": "clip/000004.jpg"} | size,
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "bbox": [128.0, 96.0, 64.0, 48.0], "instance_id": 1, "track_id": 0} | box,
            {"id": 2, "image_id": 2, "bbox": [48.0, 96.0, 64.0, 48.0], "instance_id": 1, "track_id": 0} | box,
            {"id": 3, "image_id": 2, "bbox": [128.0, 36.0, 64.0, 48.0], "instance_id": 2, "track_id": 1} | box,
        ],
        "categories": [{"id": 1, "name": "thing"}],
    }


@pytest.mark.parametrize("seed", range(3))
def test_ids_hold_together_over_several_videos(seed: int):
    graphs = {f"v{number}": sample_dynamic_graph(seed + number) for number in range(3)}
    document = coco_boxes(graphs)
    for name in ("videos", "images", "annotations", "categories"):
        assert [entry["id"] for entry in document[name]] == list(range(1, len(document[name]) + 1))
    image_video = {image["id"]: image["video_id"] for image in document["images"]}
    assert all(image_video[entry["image_id"]] == entry["video_id"] for entry in document["annotations"])
    tracks = {(entry["video_id"], entry["track_id"]): entry["instance_id"] for entry in document["annotations"]}
    assert len(set(tracks.values())) == len(tracks) == sum(len(graph.object_tracks) for graph in graphs.values())
    assert [category["name"] for category in document["categories"]] == sorted(
        {track.label for graph in graphs.values() for track in graph.object_tracks.values()}
        | {node.label for graph in graphs.values() for f in graph.frames for node in f.nodes if node.box is not None}
    )


def test_no_graph_gives_an_empty_document_and_a_video_without_size_is_refused():
    assert coco_boxes({})["annotations"] == coco_boxes({})["categories"] == []
    graph = sample_dynamic_graph(0)
    with pytest.raises(InputError, match="expected the size of the video, found 320×0"):
        coco_boxes({"v": replace(graph, video=replace(graph.video, height=0))})
