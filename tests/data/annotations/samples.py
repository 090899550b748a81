"""Small annotation files in the official layouts, written by hand: nothing of them is from the data sets."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 100, 50


def bounds(left: int, top: int, right: int, bottom: int) -> dict[str, int]:
    return {"xmin": left, "ymin": top, "xmax": right, "ymax": bottom}


def vidvrd_document() -> dict[str, Any]:
    """Six frames: a dog (0) runs, leaves in frame 3 and is back; a person (1) watches it twice, once beside it."""
    trajectories: list[list[dict[str, Any]]] = []
    for frame in range(6):
        boxes = [{"tid": 1, "bbox": bounds(60, 0, 99, 49), "generated": 0}]
        if frame != 3:
            boxes.append({"tid": 0, "bbox": bounds(10 + frame, 20, 29 + frame, 39), "generated": int(frame % 2)})
        trajectories.append(boxes)

    def relation(subject: int, predicate: str, target: int, begin: int, end: int) -> dict[str, Any]:
        ends = {"subject_tid": subject, "object_tid": target}
        return ends | {"predicate": predicate, "begin_fid": begin, "end_fid": end}

    return {
        "video_id": "v1",
        "frame_count": 6,
        "fps": 10,
        "width": WIDTH,
        "height": HEIGHT,
        "subject/objects": [{"tid": 0, "category": "red_panda"}, {"tid": 1, "category": "person"}],
        "trajectories": trajectories,
        "relation_instances": [
            relation(1, "watch", 0, 0, 2),
            relation(1, "watch", 0, 4, 6),
            relation(0, "move_beside", 1, 1, 3),
        ],
    }


def write_json(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def action_genome_entry(label: str, box: tuple[float, ...] | None, **relations: Any) -> dict[str, Any]:
    known = {f"{name}_relationship": relations.get(name) for name in ("attention", "spatial", "contacting")}
    metadata = {"tag": "", "set": relations.get("split", "train")}
    return {"class": label, "bbox": box, "visible": box is not None, "metadata": metadata} | known


def action_genome_objects() -> dict[str, Any]:
    """A video of three annotated frames and one of a single frame, in the test set."""
    cup = {"attention": ["looking_at"], "spatial": ["in_front_of"], "contacting": ["holding", "touching"]}
    return {
        "A.mp4/000001.png": [action_genome_entry("cup/glass/bottle", (10, 10, 20, 10), **cup)],
        "A.mp4/000011.png": [
            action_genome_entry("cup/glass/bottle", (20, 10, 20, 10), **cup | {"contacting": ["holding"]}),
            action_genome_entry("door", None),
        ],
        "A.mp4/000021.png": [
            action_genome_entry("cup/glass/bottle", None),
            action_genome_entry("door", (80, 0, 20, 50), attention=["not_looking_at"], spatial=["behind"]),
        ],
        "B.mp4/000003.png": [action_genome_entry("table", (0, 25, 50, 25), attention=["unsure"], split="test")],
    }


def action_genome_people() -> dict[str, Any]:
    def person(*boxes: tuple[float, ...]) -> dict[str, Any]:
        array = np.asarray(boxes, dtype=np.float32).reshape(-1, 4)
        return {"bbox": array, "bbox_score": np.ones(len(boxes), np.float32), "bbox_size": (WIDTH, HEIGHT)}

    here = (50.0, 0.0, 75.0, 50.0)
    return {
        "A.mp4/000001.png": person(here),
        "A.mp4/000011.png": person(here, (0.0, 0.0, 10.0, 10.0)),
        "A.mp4/000021.png": person(here),
        "B.mp4/000003.png": person(),
    }


def write_action_genome(folder: Path, objects: Any = None, people: Any = None, *, protocol: int = 4) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("object_bbox_and_relationship.pkl", action_genome_objects() if objects is None else objects),
        ("person_bbox.pkl", action_genome_people() if people is None else people),
    ):
        (folder / name).write_bytes(pickle.dumps(content, protocol=protocol))
    return folder


def pvsg_document() -> dict[str, Any]:
    """A video of four frames: an adult (1) holds a cup (2), a dog (4) sits; a relation outside the list."""
    return {
        "objects": {"thing": ["adult", "cup", "dog"], "stuff": ["floor"]},
        "relations": ["holding", "standing on"],
        "split": {"vidor": {"train": ["0001_x"], "val": ["0001_z"]}, "ego4d": {"train": [], "val": []}},
        "data": [
            {
                "video_id": "0001_x",
                "meta": {"height": 10, "width": 20, "fps": 5, "duration": 0.8, "num_frames": 4},
                "objects": [
                    {"object_id": 1, "category": "adult", "is_thing": True, "status": []},
                    {"object_id": 2, "category": "cup", "is_thing": True, "status": []},
                    {"object_id": 3, "category": "floor", "is_thing": False, "status": []},
                    {"object_id": 4, "category": "dog", "is_thing": True, "status": {"sitting": [[0, 1]]}},
                ],
                "relations": [
                    [1, 2, "holding", [[0, 0], [2, 3]]],
                    [1, 3, "standing on", [[0, 3]]],
                    [1, 2, "juggling", [[0, 3]]],
                ],
                "captions": [
                    {"time": "0000-0002", "description": "An adult (1) is holding a cup (2) (red one)."},
                    {"time": "0003-0004", "description": "Two dogs (4,9) sleep."},
                ],
            },
            {
                "video_id": "0001_z",
                "meta": {"height": 10, "width": 20, "fps": 5, "duration": 0.2, "num_frames": 1},
                "objects": [],
                "relations": None,
                "captions": [],
            },
        ],
    }


def write_pvsg(folder: Path, document: Any = None) -> Path:
    """The file, and masks of 20 by 10 pixels: the adult on the left, the cup moving, the floor below, the dog first."""
    write_json(folder / "pvsg.json", pvsg_document() if document is None else document)
    for frame in range(4):
        mask = np.zeros((10, 20), np.uint8)
        mask[8:] = 3
        mask[0:8, 0:5] = 1
        mask[2:4, 6 + frame : 10 + frame] = 2
        if frame < 2:
            mask[5:8, 15:20] = 4
        picture = Image.fromarray(mask, mode="P")
        picture.putpalette(bytes(range(256)) * 3)
        path = folder / "vidor" / "masks" / "0001_x" / f"{frame:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    empty = folder / "vidor" / "masks" / "0001_z" / "0000.png"
    empty.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((10, 20), np.uint8)).save(empty)
    return folder


def visual_genome_files() -> dict[str, Any]:
    """Two images; the first with a man on a bench, an object merged into another, and a region."""

    def box(number: int, name: str, x: int, y: int, w: int, h: int, **more: Any) -> dict[str, Any]:
        return {"object_id": number, "names": [name], "synsets": [], "x": x, "y": y, "w": w, "h": h} | more

    man, bench = box(10, "Man", 0, 0, 50, 50), box(11, "bench", 40, 20, 80, 30, merged_object_ids=[12])
    return {
        "image_data.json": [
            {"image_id": 1, "width": WIDTH, "height": HEIGHT, "url": "http://x/1.jpg", "coco_id": None},
            {"image_id": 2, "width": WIDTH, "height": HEIGHT, "url": "http://x/2.jpg", "coco_id": None},
        ],
        "objects.json": [
            {"image_id": 1, "image_url": "", "objects": [man, bench]},
            {"image_id": 2, "image_url": "", "objects": [box(20, "sky", 0, 0, 100, 10)]},
        ],
        "attributes.json": [
            {"image_id": 2, "attributes": [box(20, "sky", 0, 0, 100, 10, attributes=["blue", "Blue "])]},
            {"image_id": 1, "attributes": [box(10, "Man", 0, 0, 50, 50, attributes=["tall"])]},
        ],
        "relationships.json": [
            {
                "image_id": 1,
                "relationships": [
                    {"predicate": "ON", "subject": man, "object": box(12, "seat", 40, 20, 60, 30)},
                    {"predicate": "on", "subject": man, "object": bench},
                    {"predicate": "wears", "subject": man, "object": box(13, "hat", 10, 0, 10, 5)},
                ],
            },
            {"image_id": 2, "relationships": []},
        ],
        "region_graphs.json": [
            {
                "image_id": 1,
                "regions": [
                    {
                        "region_id": 7,
                        "phrase": "a Man sits on the bench",
                        "x": 0, "y": 0, "width": 90, "height": 50,
                        "objects": [
                            {"object_id": 10, "name": "man", "x": 0, "y": 0, "w": 50, "h": 50},
                            {"object_id": 12, "name": "seat", "x": 40, "y": 20, "w": 60, "h": 30},
                        ],
                        "relationships": [{"predicate": "on", "subject_id": 10, "object_id": 12}],
                        "synsets": [{"entity_name": "seat", "entity_idx_start": 18, "entity_idx_end": 23}],
                    }
                ],
            },
            {"image_id": 2, "regions": []},
        ],
    }  # fmt: skip


def write_visual_genome(folder: Path, **changes: Any) -> Path:
    """The files; ``changes`` replaces some by name without ``.json`` (``None`` leaves one out)."""
    for name, usual in visual_genome_files().items():
        content = changes.get(name.removesuffix(".json"), usual)
        if content is not None:
            write_json(folder / name, content)
    return folder
