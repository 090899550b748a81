"""VidVRD annotation JSON: a dynamic graph as the data set's own files of truth are, a box for every frame.

:func:`finsta.data.annotations.vidvrd.read_vidvrd` describes the form and reads it back: tracks, relations and intervals
come back as they were, boxes to a hundredth of a pixel. What the form has no place for is left out: confidences,
attributes, actions without an object, shots and cameras.
"""

import json
from pathlib import Path
from typing import Any

from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.exports.trajectories import FrameClock, boxes_at, runs
from finsta.graphs.exports.vidvrd_results import require_size, to_pixels
from finsta.graphs.serialization import write_text


def vidvrd_annotation(graph: DynamicSceneGraph, *, video_id: str = "") -> dict[str, Any]:
    """The document of one video.

    Args:
        graph: Any dynamic graph.
        video_id: Its id; the stem of the video's file when left out.

    Raises:
        InputError: if the graph does not say the frames a second or the size of its video.
    """
    require_size(graph)
    clock = FrameClock(graph)
    objects = graph.object_tracks
    trajectories: list[list[dict[str, Any]]] = [[] for _ in range(clock.count)]
    for number, track in sorted(objects.items()):
        _draw(clock, number, track, trajectories)
    relations = []
    for track in graph.predicate_tracks:
        _, _, subject, target = track.identity
        for run in runs(clock, track) if target is not None else ():
            ends = {"subject_tid": subject, "object_tid": target}
            interval = {"begin_fid": run.begin, "end_fid": run.end}
            relations.append(ends | {"predicate": track.label.replace(" ", "_")} | interval)
    return {
        "video_id": video_id or Path(graph.video.path).stem,
        "frame_count": clock.count,
        "fps": clock.rate,
        "width": graph.video.width,
        "height": graph.video.height,
        "subject/objects": [
            {"tid": number, "category": track.label.replace(" ", "_")} for number, track in sorted(objects.items())
        ],
        "trajectories": trajectories,
        "relation_instances": sorted(relations, key=_order),
    }


def save_vidvrd_annotation(graph: DynamicSceneGraph, path: str | Path, *, video_id: str = "") -> None:
    """Write :func:`vidvrd_annotation`, whole or not at all.

    Raises:
        InputError: as :func:`vidvrd_annotation` does.
        OutputError: if the file cannot be written.
    """
    document = vidvrd_annotation(graph, video_id=video_id)
    write_text(Path(path), json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


def _draw(clock: FrameClock, number: int, track: Track, trajectories: list[list[dict[str, Any]]]) -> None:
    video = clock.graph.video
    shown = {clock.frame(clock.graph.frames[place].time) for place, _ in track.occurrences}
    frames = sorted({frame for run in runs(clock, track) for frame in range(run.begin, run.end)})
    boxes = to_pixels(boxes_at(clock, track, frames), width=video.width, height=video.height).round(2)
    for frame, box in zip(frames, boxes.tolist(), strict=True):
        bounds = dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
        trajectories[frame].append({"tid": number, "bbox": bounds, "generated": int(frame not in shown)})


def _order(relation: dict[str, Any]) -> tuple[Any, ...]:
    return relation["begin_fid"], relation["end_fid"], relation["subject_tid"], relation["predicate"]
