"""VidVRD result JSON: what the evaluation server of VidVRD and VidOR takes, and what our metrics read.

``{"version": "VERSION 1.0", "results": {video: [relation]}, "external_data": {"used": …, "details": …}}``. A relation
is ``{"triplet": [subject, predicate, object], "score", "duration": [begin, end), "sub_traj": [box], "obj_traj":
[box]}`` with one box ``[left, top, right, bottom]`` for each frame of its duration, in pixels, **all four edges
inclusive**: a box of one pixel has ``left == right``, and the public scorer adds one to width and height. We add
``subject_tid`` and ``object_tid``, as the data set's own tools do in files of gold relations; scorers do not read them.

The reader also takes what those tools write beside it: ``{video: [relation]}`` without a frame around it (gold
relations, which have no score: 1), and the bare list of one video's relations (``name`` says which).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # noqa: N812 - the names of finsta.shapes, which would load torch

from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.exports.trajectories import FrameClock, Run, boxes_at, runs
from finsta.graphs.serialization import write_text

VERSION = "VERSION 1.0"


@dataclass(frozen=True, kw_only=True, eq=False)
class RelationResult:
    """One relation instance of a video.

    Attributes:
        triplet: Labels of subject, predicate and object in words; the file has ``_`` where these have a blank.
        score: Any number; a higher one is surer. Ours lie in [0, 1].
        duration: Frames ``[begin, end)``.
        subject_boxes: One for each frame of the duration: left, top, right, bottom in pixels, all inclusive.
        object_boxes: As ``subject_boxes``.
        subject_track: The track it was made from, where the file says so.
        object_track: As ``subject_track``.
    """

    triplet: tuple[str, str, str]
    score: float
    duration: tuple[int, int]
    subject_boxes: Float[Array, "frames 4"]
    object_boxes: Float[Array, "frames 4"]
    subject_track: int | None = None
    object_track: int | None = None


def relation_results(graph: DynamicSceneGraph) -> list[RelationResult]:
    """Every relation with an object as VidVRD instances, surest first: one for each stretch of frames where it holds.

    The score of an instance is the mean confidence of its predicate times those of its two objects over the stretch
    (our definition). Relations without an object have no place in this form; they are left out.

    Raises:
        InputError: if the graph does not say its frames a second, or the size of its frames.
    """
    require_size(graph)
    clock = FrameClock(graph)
    objects = graph.object_tracks
    found = []
    for track in graph.predicate_tracks:
        _, _, subject, target = track.identity
        if not isinstance(subject, int) or not isinstance(target, int):
            continue
        ends = objects[subject], objects[target]
        found += [_instance(clock, track, run, ends) for run in runs(clock, track)]
    return sorted(found, key=lambda instance: -instance.score)


def require_size(graph: DynamicSceneGraph) -> None:
    """Raise ``InputError`` where a graph does not say how large its frames are."""
    if min(graph.video.width, graph.video.height) <= 0:
        raise InputError(
            f"{graph.video.path}: expected the size of the video, found {graph.video.width}×{graph.video.height}; "
            "boxes in pixels cannot be made without it: set `width` and `height` in the graph's `video`"
        )


def save_results(
    results: Mapping[str, Sequence[RelationResult]] | Iterable[tuple[str, Sequence[RelationResult]]],
    path: str | Path,
    *,
    external_data: str = "",
) -> None:
    """Write relations by video as one file, whole or not at all.

    Args:
        results: Video id and its relations; videos without any are written too, for scorers ask for each.
        path: The file.
        external_data: What other data was used and how, in words; empty for none.

    Raises:
        OutputError: if the file cannot be written.
    """
    pairs = results.items() if isinstance(results, Mapping) else results
    document = {
        "version": VERSION,
        "results": {video: [_entry(relation) for relation in relations] for video, relations in pairs},
        "external_data": {"used": bool(external_data), "details": external_data},
    }
    write_text(Path(path), json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


def load_results(path: str | Path, *, name: str = "") -> dict[str, list[RelationResult]]:
    """Relations by video, in the order of the file.

    Args:
        path: A result file, a file of gold relations, or a bare list of relations.
        name: The video of a bare list; the file's stem when left out.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is of no such form; it names file, video and relation.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give a VidVRD result file") from error
    except ValueError as error:
        raise FormatError(
            f"{path}: expected JSON, found something else or half of it: {error}; write or download it again"
        ) from error
    if isinstance(document, list):
        document = {name or path.stem: document}
    videos = document.get("results", document) if isinstance(document, dict) else None
    if not isinstance(videos, dict) or not all(isinstance(relations, list) for relations in videos.values()):
        raise FormatError(
            f"{path}: expected an object with `results`: {{video: [relation]}}, found "
            f"{_shape(document)}; see docs/annotations.md for the form"
        )
    return {video: list(_relations(relations, path, video)) for video, relations in videos.items()}


def _instance(clock: FrameClock, track: Track, run: Run, ends: tuple[Track, Track]) -> RelationResult:
    frames = range(run.begin, run.end)
    video = clock.graph.video
    boxes = [to_pixels(boxes_at(clock, end, frames), width=video.width, height=video.height) for end in ends]
    score = _confidence(clock.graph, zip(run.places, run.nodes, strict=True))
    for end in ends:
        score *= _confidence(clock.graph, [at for at in end.occurrences if at[0] in run.places])
    subject, target = (end.identity[2] for end in ends)
    return RelationResult(
        triplet=(ends[0].label, track.label, ends[1].label),
        score=round(score, 6),
        duration=(run.begin, run.end),
        subject_boxes=boxes[0],
        object_boxes=boxes[1],
        subject_track=subject if isinstance(subject, int) else None,
        object_track=target if isinstance(target, int) else None,
    )


def _confidence(graph: DynamicSceneGraph, occurrences: Iterable[tuple[int, int]]) -> float:
    return float(np.mean([graph.frames[place].nodes[node].confidence for place, node in occurrences]))


def to_pixels(boxes: Float[Array, "frames 4"], *, width: int, height: int) -> Float[Array, "frames 4"]:
    """Boxes xyxy in [0, 1] as pixels whose right and bottom edges are inclusive; the inverse of :func:`to_unit`."""
    pixels: Array = boxes * np.asarray([width, height, width, height]) - np.asarray([0, 0, 1, 1])
    return pixels


def to_unit(boxes: Float[Array, "frames 4"], *, width: int, height: int) -> Float[Array, "frames 4"]:
    """Pixels with inclusive edges as boxes xyxy in [0, 1]; what reaches out of the frame is cut off."""
    unit: Array = (boxes + np.asarray([0, 0, 1, 1])) / np.asarray([width, height, width, height])
    return unit.clip(0.0, 1.0)


def _entry(relation: RelationResult) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "triplet": [label.replace(" ", "_") for label in relation.triplet],
        "score": relation.score,
        "duration": list(relation.duration),
        "sub_traj": np.round(relation.subject_boxes, 3).tolist(),
        "obj_traj": np.round(relation.object_boxes, 3).tolist(),
    }
    tracks = {"subject_tid": relation.subject_track, "object_tid": relation.object_track}
    return entry | {name: track for name, track in tracks.items() if track is not None}


def _relations(entries: list[Any], path: Path, video: str) -> Iterator[RelationResult]:
    for number, entry in enumerate(entries):
        try:
            yield _relation(entry)
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise FormatError(
                f"{path}, video {video!r}, relation {number}: expected triplet, duration, sub_traj and obj_traj, found "
                f"that {reason}; mend or leave out this relation"
            ) from error


def _relation(entry: Any) -> RelationResult:
    if not isinstance(entry, dict):
        raise TypeError(f"it is a {type(entry).__name__}, not an object")
    subject, predicate, target = (str(label).replace("_", " ") for label in entry["triplet"])
    begin, end = map(int, entry["duration"])
    if not 0 <= begin < end:
        raise ValueError(f"its duration [{begin}, {end}) is empty or starts before frame 0")
    boxes = []
    for name in ("sub_traj", "obj_traj"):
        trajectory = np.asarray(entry[name], dtype=np.float64)
        if trajectory.shape != (end - begin, 4):
            raise ValueError(f"its {name} has shape {trajectory.shape}, not {(end - begin, 4)} as its duration says")
        if not np.isfinite(trajectory).all():
            raise ValueError(f"its {name} holds a number that is not finite")
        boxes.append(trajectory)
    return RelationResult(
        triplet=(subject, predicate, target),
        score=float(entry.get("score", 1.0)),
        duration=(begin, end),
        subject_boxes=boxes[0],
        object_boxes=boxes[1],
        subject_track=entry.get("subject_tid"),
        object_track=entry.get("object_tid"),
    )


def _shape(document: Any) -> str:
    if isinstance(document, dict):
        return f"an object with the fields {', '.join(map(str, list(document)[:6])) or '(none)'}"
    return f"a {type(document).__name__}"
