"""Action Genome: two pickles and lists of frames and classes, read as they are.

``object_bbox_and_relationship.pkl`` is ``{"VIDEO.mp4/000123.png": [{"class", "bbox": (x, y, width, height) or None,
"attention_relationship", "spatial_relationship", "contacting_relationship": lists or None, "visible", "metadata":
{"tag", "set"}}]}`` with one entry for each class that the video shows; ``person_bbox.pkl`` is ``{frame: {"bbox": array
[people, 4] of **corners**, "bbox_score", "bbox_size": (width, height), …}}``, the boxes of a detector.

Our reading. The number in a frame's name counts from **1** (it is FFmpeg's), so that ``000001.png`` is frame 0. The
files do not say the frames a second; they are read off the video where it is at hand. An object's track is its class:
nobody said which cup is which. The person is track 0, the first box, as the task's loaders take it. Attention and
contact run from the person to the object, **spatial relations from the object to the person** ("cup in front of
person").
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finsta.data.annotations.action_genome_names import object_name, relation_name
from finsta.data.annotations.reading import AnnotationItem, NamedGraph, safe_name, unit_box
from finsta.data.annotations.video_truth import KeyFrames, TrueRelation, VideoTruth
from finsta.data.documents.fields import take
from finsta.data.documents.unpickle import read_pickle
from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import Box, VideoInfo

OBJECTS = "object_bbox_and_relationship.pkl"
PEOPLE = "person_bbox.pkl"
RATE = 30.0
"""Frames a second where the video is not at hand: that of most of these videos."""

PERSON = 0
"""The person's track."""

_FRAME = re.compile(r"(.+)/(\d+)\.\w+")


@dataclass(frozen=True, kw_only=True)
class ActionGenomeReader:
    """The annotations of a folder.

    Attributes:
        source: The folder of the two pickles, or the one above its ``annotations``.
        split: ``train`` or ``test``; empty takes both.
        videos: Folder of the videos, which say the frames a second; ``None`` takes :data:`RATE`, with a warning.
        key_frames: As for :meth:`~finsta.data.annotations.video_truth.VideoTruth.graph`, of the frames annotated.
    """

    source: Path
    split: str = ""
    videos: Path | None = None
    key_frames: KeyFrames = "all"

    def items(self) -> Iterator[AnnotationItem]:
        """One for each video, in order of the file.

        Raises:
            InputError: if a file is not there.
            FormatError: if one is no plain pickle, or its keys are no frames.
        """
        folder = self.source / "annotations" if (self.source / "annotations" / OBJECTS).exists() else self.source
        objects = _frames(folder / OBJECTS)
        people = _frames(folder / PEOPLE)
        videos: dict[str, list[tuple[int, str]]] = {}
        for key, entries in objects.items():
            if self.split and self.split not in {_set(entry) for entry in entries}:
                continue
            match = _FRAME.fullmatch(key)
            if match is None:
                raise FormatError(
                    f"{folder / OBJECTS}: expected keys like 'VIDEO.mp4/000123.png', found {key!r}; "
                    "download the file again"
                )
            videos.setdefault(match[1], []).append((int(match[2]), key))
        for video, frames in videos.items():
            where = f"{folder / OBJECTS}, video {video!r}"

            def read(
                video: str = video, frames: list[tuple[int, str]] = frames, where: str = where
            ) -> list[NamedGraph]:
                entries = {number: (objects[key], people.get(key)) for number, key in sorted(frames)}
                truth = _truth(entries, self._video(video), where=where)
                return [NamedGraph(name=safe_name(Path(video).stem), graph=truth.graph(self.key_frames))]

            yield AnnotationItem(id=video, read=read, total=len(videos))

    def _video(self, name: str) -> VideoInfo | str:
        if self.videos is None:
            return name
        from finsta.video.frames import probe

        return probe(self.videos / name)


@dataclass
class _Collected:
    """What is found while a video's frames are gone through."""

    tracks: dict[tuple[str, int], int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=lambda: {PERSON: "person"})
    boxes: dict[int, dict[int, Box]] = field(default_factory=dict)
    relations: list[TrueRelation] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def track(self, label: str, copy: int) -> int:
        number = self.tracks.setdefault((label, copy), len(self.tracks) + 1)
        self.labels[number] = label
        return number


def _truth(frames: Mapping[int, tuple[Any, Any]], video: VideoInfo | str, *, where: str) -> VideoTruth:
    """The truth of one video from its frames' entries, by frame number counted from 1."""
    found = _Collected()
    size = (0.0, 0.0)
    for number, (entries, person) in frames.items():
        place = f"{where}, frame {number}"
        if number < 1:
            raise FormatError(f"{place}: expected frame numbers from 1, found {number}; mend or leave it out")
        if person is None:
            raise FormatError(f"{place}: expected this frame in {PEOPLE} too, found none; mend or leave it out")
        size = _size(person, place)
        _person(found, number - 1, person, size=size, where=place)
        for entry in entries:
            _object(found, number - 1, entry, size=size, where=f"{place}, {entry.get('class', 'an object')!r}")
    if isinstance(video, str):
        found.notes[f"frames a second unknown (no video), taken as {RATE:g}"] = 1
        count = max(frames, default=0)
        video = VideoInfo(
            path=video,
            duration=count / RATE,
            width=int(size[0]),
            height=int(size[1]),
            frames_per_second=RATE,
            frame_count=count,
        )
    elif max(frames, default=0) > video.frame_count:
        note = f"frame {max(frames)} is annotated, and the video has {video.frame_count} (another file?)"
        found.notes[note] = 1
    return VideoTruth(
        video=video,
        labels=found.labels,
        boxes=found.boxes,
        relations=found.relations,
        annotated=[number - 1 for number in frames],
        source="Action Genome",
        where=where,
        warnings=tuple(f"{where}: {note}, {count}×" for note, count in found.notes.items()),
    )


def _size(person: Any, where: str) -> tuple[float, float]:
    size = take(person, "bbox_size", (tuple, list), where)
    if len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size):
        raise FormatError(f"{where}: expected 'bbox_size' as (width, height), found {size!r}; mend or leave it out")
    return float(size[0]), float(size[1])


def _person(found: _Collected, frame: int, person: Any, *, size: tuple[float, float], where: str) -> None:
    boxes = person.get("bbox")
    if getattr(boxes, "ndim", None) != 2 or boxes.shape[1] != 4:
        raise FormatError(
            f"{where}: expected people's boxes as an array [people, 4], found "
            f"{getattr(boxes, 'shape', type(boxes).__name__)}; mend or leave it out"
        )
    if len(boxes) == 0:
        found.notes["frames without a box of the person"] += 1
        return
    if len(boxes) > 1:
        found.notes["frames with several people, of whom the first is taken"] += 1
    left, top, right, bottom = map(float, boxes[0])
    found.boxes.setdefault(frame, {})[PERSON] = unit_box(left, top, right, bottom, size=size, where=where)


def _object(found: _Collected, frame: int, entry: Any, *, size: tuple[float, float], where: str) -> None:
    label = object_name(take(entry, "class", str, where), where)
    if not take(entry, "visible", bool, where):
        return
    bounds = entry.get("bbox")
    if bounds is None or len(bounds) != 4:
        raise FormatError(f"{where}: expected a box for what is visible, found {bounds!r}; mend or leave it out")
    left, top, width, height = map(float, bounds)
    box = unit_box(left, top, left + width, top + height, size=size, where=where)
    if box[0] >= box[2] or box[1] >= box[3]:
        found.notes["boxes outside the frame, left out"] += 1
        return
    shown = found.boxes.setdefault(frame, {})
    copy = 0
    while (track := found.track(label, copy)) in shown:
        copy += 1
    if copy:
        found.notes[f"frames with several of the class {label!r}, told apart by their order"] += 1
    shown[track] = box
    for name, from_person in (("attention", True), ("spatial", False), ("contacting", True)):
        for relation in _listed(entry, f"{name}_relationship", where):
            subject, target = (PERSON, track) if from_person else (track, PERSON)
            word = relation_name(relation, where)
            if PERSON in shown:
                found.relations.append(
                    TrueRelation(subject=subject, predicate=word, object=target, begin=frame, end=frame + 1)
                )
            else:
                found.notes["relations to a person without a box, left out"] += 1


def _listed(entry: Any, name: str, where: str) -> Sequence[str]:
    relations: Sequence[str] = take(entry, name, (list, tuple, type(None)), where) or ()
    return relations


def _set(entry: Any) -> str:
    metadata = entry.get("metadata") if isinstance(entry, dict) else None
    return str(metadata.get("set", "")) if isinstance(metadata, dict) else ""


def _frames(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise InputError(
            f"{path}: no such file; give the folder of Action Genome's annotations, with {OBJECTS} and {PEOPLE}"
        )
    found = read_pickle(path)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise FormatError(f"{path}: expected a dict by frame, found {type(found).__name__}; download the file again")
    return found
