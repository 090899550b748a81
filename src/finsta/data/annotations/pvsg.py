"""PVSG: ``pvsg.json`` and folders of panoptic masks, read as they are.

``{"objects": {"thing": [...], "stuff": [...]}, "relations": [...], "split": {"vidor" | "epic_kitchen" | "ego4d":
{"train": [video], "val": [video]}}, "data": [{"video_id", "meta": {"height", "width", "fps", "duration",
"num_frames"}, "objects": [{"object_id", "category", "is_thing", "status"}], "relations": [[subject, object, "holding",
[[first, last], …]]], "captions": [{"time", "description"}], …}]}``. Masks lie at ``SOURCE/masks/VIDEO/0000.png``, one
a frame, five frames a second, numbered from 0; a pixel is an object's id.

Our reading. ``last`` is **included**, as the task's metric reads it. A relation holds in the frames in which both
masks are there (the metric's rule too). A relation outside the file's own list ``relations`` is left out, as the
task's loaders do. ``status`` is what a thing does alone: an action without an object. Boxes are the smallest around
the masks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.data.annotations.masks import boxes_of_mask
from finsta.data.annotations.reading import AnnotationItem, NamedGraph, in_words, safe_name
from finsta.data.annotations.video_truth import KeyFrames, TrueRelation, VideoTruth, evenly
from finsta.data.documents.fields import read_json, take, take_number
from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import Box, VideoInfo

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class PvsgReader:
    """The annotations of a folder.

    Attributes:
        source: ``pvsg.json``, or its folder; the folders of masks lie beside it.
        split: ``train`` or ``val``; empty takes both.
        key_frames: As for :meth:`~finsta.data.annotations.video_truth.VideoTruth.graph`; with a number only the masks
            of those frames are read.
        whole_frame: Do without masks: an object is there whenever a relation or a status says so, and its box is the
            whole frame.
        texts: Also each caption with what its ids refer to, as a holistic graph.
        text_parser: Parser of the captions.
    """

    source: Path
    split: str = ""
    key_frames: KeyFrames = "all"
    whole_frame: bool = False
    texts: bool = False
    text_parser: str = "rules"

    def items(self) -> Iterator[AnnotationItem]:
        """One for each video of the split, in order of the file.

        Raises:
            InputError: if there is no such file.
            FormatError: if it is not of the form.
        """
        path = self.source / "pvsg.json" if self.source.is_dir() else self.source
        document = read_json(path)
        sources = _sources(take(document, "split", dict, str(path)), self.split, str(path))
        known = _Known.of(document, str(path))
        for number, entry in enumerate(take(document, "data", list, str(path))):
            video = str(take(entry, "video_id", str, f"{path}, video {number}"))
            if video not in sources:
                continue
            masks = None if self.whole_frame else path.parent / sources[video] / "masks" / video

            def read(video: str = video, entry: Any = entry, masks: Path | None = masks) -> list[NamedGraph]:
                return self._graphs(video, entry, masks, known, f"{path}, video {video!r}")

            yield AnnotationItem(id=video, read=read, total=len(sources))

    def _graphs(self, video: str, entry: Any, masks: Path | None, known: "_Known", where: str) -> list[NamedGraph]:
        count = self.key_frames if isinstance(self.key_frames, int) else None
        truth = pvsg_truth(entry, known, masks=masks, count=count, where=where)
        graph = truth.graph(self.key_frames if count is None else "all")
        made = [NamedGraph(name=safe_name(video), graph=graph)]
        if self.texts:
            from finsta.data.annotations.pvsg_captions import caption_graphs

            captions = caption_graphs(entry, graph, parser=self.text_parser, where=where)
            made += [
                NamedGraph(name=f"{safe_name(video)}.caption-{number:03d}", graph=caption)
                for number, caption in captions
            ]
        return made


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The classes and relations that the file lists."""

    classes: frozenset[str]
    relations: frozenset[str]

    @classmethod
    def of(cls, document: Any, where: str) -> "_Known":
        objects = take(document, "objects", dict, where)
        classes = [*take(objects, "thing", list, where), *take(objects, "stuff", list, where)]
        return cls(classes=frozenset(classes), relations=frozenset(take(document, "relations", list, where)))


def _sources(split: Mapping[str, Any], wanted: str, where: str) -> dict[str, str]:
    """The folder (vidor, epic_kitchen, ego4d) of each video of a split."""
    found = {}
    for source, parts in split.items():
        if wanted and wanted not in parts:
            raise FormatError(f"{where}: expected a split {wanted!r}, found {', '.join(parts)}; give one of these")
        for part, videos in parts.items():
            found.update({video: source for video in videos if wanted in ("", part)})
    return found


def pvsg_truth(entry: Any, known: _Known, *, masks: Path | None, count: int | None, where: str) -> VideoTruth:
    """The truth of one entry of ``data``.

    Args:
        entry: The entry.
        known: What the file lists.
        masks: Folder of the video's masks; ``None`` takes the whole frame for every box.
        count: Number of frames to read, evenly spaced; ``None`` reads all.
        where: File and video, for messages.

    Raises:
        InputError: if a mask is missing.
        FormatError: if the entry is not of the form.
    """
    meta = take(entry, "meta", dict, where)
    frames = int(take_number(meta, "num_frames", where, least=0.0))
    if frames == 0:
        raise FormatError(f"{where}: expected one frame at least, found 'num_frames' 0; leave the video out")
    rate = take_number(meta, "fps", where, least=0.001)
    objects = take(entry, "objects", list, where)
    labels = _labels(objects, known, where)
    listed = take(entry, "relations", (list, type(None)), where) or []
    relations, unknown = _relations(listed, known, labels, frames, where)
    relations += _actions(objects, frames, where)
    annotated = range(frames) if count is None else evenly(range(frames), count)
    if masks is None:
        boxes, strange = _present(relations, annotated), 0
    else:
        boxes, strange = _masks(masks, annotated, labels)
    seen = {track for tracks in boxes.values() for track in tracks}
    unseen = [relation for relation in relations if not seen.issuperset(relation.ends)]
    relations = [relation for relation in relations if seen.issuperset(relation.ends)]
    warnings = [f"{where}: no masks, every box is the whole frame"] if masks is None else []
    if unseen and count is None:
        warnings.append(f"{where}: {len(unseen)} relations are of objects that no mask shows, and are left out")
    warnings += [f"{where}: {unknown} relations are not in the file's list, and are left out"] if unknown else []
    warnings += [f"{where}: {strange} boxes of ids that are no objects are left out"] if strange else []
    return VideoTruth(
        video=VideoInfo(
            path=f"{take(entry, 'video_id', str, where)}.mp4",
            duration=frames / rate,
            width=int(take_number(meta, "width", where, least=1.0)),
            height=int(take_number(meta, "height", where, least=1.0)),
            frames_per_second=rate,
            frame_count=frames,
        ),
        labels=labels,
        boxes=boxes,
        relations=relations,
        annotated=annotated,
        source="PVSG",
        where=where,
        warnings=tuple(warnings),
    )


def _labels(objects: Sequence[Any], known: _Known, where: str) -> dict[int, str]:
    labels: dict[int, str] = {}
    for number, entry in enumerate(objects):
        place = f"{where}, object {number}"
        track = take(entry, "object_id", int, place)
        category = take(entry, "category", str, place)
        if category not in known.classes:
            raise FormatError(
                f"{place}: expected one of the {len(known.classes)} classes of the file, found {category!r}; "
                "mend or leave it out"
            )
        if track in labels:
            raise FormatError(f"{place}: expected each id once, found {track} again; mend or leave it out")
        labels[track] = in_words(category)
    return labels


def _relations(
    entries: Sequence[Any], known: _Known, labels: Mapping[int, str], frames: int, where: str
) -> tuple[list[TrueRelation], int]:
    """The relations of the file's list, and the number of the others."""
    found, unknown = [], 0
    for number, entry in enumerate(entries):
        place = f"{where}, relation {number}"
        if not isinstance(entry, list) or len(entry) != 4:
            raise FormatError(
                f"{place}: expected [subject, object, relation, intervals], found {entry!r}; mend or leave it out"
            )
        subject, target, predicate, intervals = entry
        if predicate not in known.relations:
            unknown += 1
            continue
        for end in (subject, target):
            if end not in labels:
                raise FormatError(
                    f"{place}: expected ids of objects, found {end!r}, which is none; mend or leave it out"
                )
        for begin, end in _intervals(intervals, frames, place):
            found.append(
                TrueRelation(subject=subject, predicate=in_words(predicate), object=target, begin=begin, end=end)
            )
    return found, unknown


def _actions(objects: Sequence[Any], frames: int, where: str) -> list[TrueRelation]:
    found = []
    for entry in objects:
        status = entry.get("status")
        for action, intervals in status.items() if isinstance(status, dict) else ():
            place = f"{where}, status {action!r} of object {entry['object_id']}"
            for begin, end in _intervals(intervals, frames, place):
                found.append(TrueRelation(subject=entry["object_id"], predicate=in_words(action), begin=begin, end=end))
    return found


def _intervals(entries: Any, frames: int, where: str) -> Iterator[tuple[int, int]]:
    """Half-open intervals of frames; what reaches past the last frame is cut off."""
    for entry in entries if isinstance(entries, list) else [entries]:
        whole = isinstance(entry, list) and len(entry) == 2 and all(isinstance(frame, int) for frame in entry)
        if not whole or not 0 <= entry[0] <= entry[1]:
            raise FormatError(
                f"{where}: expected intervals [first, last] of frames with 0 ≤ first ≤ last, found {entry!r}; "
                "mend or leave it out"
            )
        if entry[0] < frames:
            yield entry[0], min(entry[1] + 1, frames)


def _masks(folder: Path, frames: Sequence[int], labels: Mapping[int, str]) -> tuple[dict[int, dict[int, Box]], int]:
    """Boxes by frame and object, and the number of boxes of other ids."""
    if not folder.is_dir():
        raise InputError(
            f"{folder}: expected the masks of this video, found no folder; unpack the masks there, or do without them "
            "(--whole-frame: every box is then the whole frame)"
        )
    boxes, strange = {}, 0
    for frame in frames:
        found = boxes_of_mask(folder / f"{frame:04d}.png")
        boxes[frame] = {number: box for number, box in found.items() if number in labels}
        strange += len(found) - len(boxes[frame])
    return boxes, strange


def _present(relations: Sequence[TrueRelation], frames: Sequence[int]) -> dict[int, dict[int, Box]]:
    """The whole frame for each object, in the frames in which something is said of it."""
    wanted = set(frames)
    boxes: dict[int, dict[int, Box]] = {}
    for relation in relations:
        for frame in wanted.intersection(range(relation.begin, relation.end)):
            boxes.setdefault(frame, {}).update(dict.fromkeys(relation.ends, WHOLE))
    return boxes
