"""COCO boxes: the objects of dynamic graphs as the detection and tracking tools of the COCO family read them.

``{"info", "videos", "images", "annotations", "categories"}``. A key frame is an image, with ``video_id``, ``frame_id``
(its number in the video), ``time`` in seconds and ``key_frame``. An object's box is an annotation: ``bbox`` is ``[x,
y, width, height]`` in pixels from the upper left corner (**not** two corners, and not inclusive), with ``area``,
``iscrowd`` 0, ``score`` (the detector's; detection scorers read it) and ``instance_id``, unique in the file and the
same along a track; ``track_id`` is the track's number in its graph. All other ids count from 1, as COCO's do.
Categories are in order of their names. Relations and attributes have no place in this form.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from finsta.graphs.dynamic import Box, DynamicSceneGraph
from finsta.graphs.exports.vidvrd_results import require_size
from finsta.graphs.scene_graph import NodeKind
from finsta.graphs.serialization import write_text


def coco_boxes(
    graphs: Mapping[str, DynamicSceneGraph] | Iterable[tuple[str, DynamicSceneGraph]],
) -> dict[str, Any]:
    """The document of several videos.

    Args:
        graphs: Name of each video, and its graph. An iterable is gone through once.

    Raises:
        InputError: if a graph does not say the size of its video.
    """
    document: dict[str, Any] = {"info": {"description": "finsta"}, "videos": [], "images": [], "annotations": []}
    instances: dict[tuple[int, int], int] = {}
    labels: set[str] = set()
    for name, graph in graphs.items() if isinstance(graphs, Mapping) else graphs:
        require_size(graph)
        video = len(document["videos"]) + 1
        size = {"width": graph.video.width, "height": graph.video.height}
        document["videos"].append({"id": video, "name": name, "file_name": graph.video.path} | size)
        for number, frame in enumerate(graph.frames):
            image = len(document["images"]) + 1
            place = round(frame.time * graph.video.frames_per_second)
            entry = {"id": image, "video_id": video, "frame_id": place, "key_frame": number, "time": frame.time}
            document["images"].append(entry | {"file_name": f"{name}/{place:06d}.jpg"} | size)
            for node in frame.nodes:
                if node.kind is not NodeKind.OBJECT or node.box is None or node.track is None:
                    continue
                labels.add(node.label)
                bounds, area = _bounds(node.box, graph.video.width, graph.video.height)
                identity = {
                    "instance_id": instances.setdefault((video, node.track), len(instances) + 1),
                    "track_id": node.track,
                }
                box = {"bbox": bounds, "area": area, "iscrowd": 0, "score": node.confidence}
                annotation = {"id": len(document["annotations"]) + 1, "image_id": image, "video_id": video}
                document["annotations"].append(annotation | {"category_id": node.label} | box | identity)
    numbers = {label: number for number, label in enumerate(sorted(labels), 1)}
    for annotation in document["annotations"]:
        annotation["category_id"] = numbers[annotation["category_id"]]
    return document | {"categories": [{"id": number, "name": label} for label, number in numbers.items()]}


def save_coco_boxes(
    graphs: Mapping[str, DynamicSceneGraph] | Iterable[tuple[str, DynamicSceneGraph]], path: str | Path
) -> None:
    """Write :func:`coco_boxes`, whole or not at all.

    Raises:
        InputError: as :func:`coco_boxes` does.
        OutputError: if the file cannot be written.
    """
    write_text(Path(path), json.dumps(coco_boxes(graphs), ensure_ascii=False, separators=(",", ":")) + "\n")


def _bounds(box: Box, width: int, height: int) -> tuple[list[float], float]:
    x1, y1, x2, y2 = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    return [round(value, 2) for value in (x1, y1, x2 - x1, y2 - y1)], round((x2 - x1) * (y2 - y1), 2)
