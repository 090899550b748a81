"""VidVRD and VidOR: one JSON file a video, read as it is.

``{"video_id", "frame_count", "fps", "width", "height", "subject/objects": [{"tid", "category"}], "trajectories": [for
each frame [{"tid", "bbox": {"xmin", "ymin", "xmax", "ymax"}, "generated"}]], "relation_instances": [{"subject_tid",
"predicate", "object_tid", "begin_fid", "end_fid"}]}``; VidOR has ``version`` and ``video_path`` besides, and says by
``tracker`` who drew a generated box.

Our reading: boxes are pixels with **inclusive** edges (a box from 0 to 639 fills a width of 640), as the task's own
scorer reads them; ``end_fid`` is excluded; ``generated`` boxes, which a tracker drew between those drawn by hand, count
like the others unless left out. Labels become words: ``in_front_of`` is "in front of".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.data.annotations.reading import (
    AnnotationItem,
    NamedGraph,
    in_words,
    json_files,
    safe_name,
    unique_names,
    unit_box,
)
from finsta.data.annotations.video_truth import KeyFrames, TrueRelation, VideoTruth
from finsta.data.documents.fields import read_json, take, take_number
from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import Box, VideoInfo


@dataclass(frozen=True, kw_only=True)
class VidvrdReader:
    """The annotations of a folder.

    Attributes:
        source: A file, or a folder whose ``.json`` files are read, those of its subfolders too.
        key_frames: As for :meth:`~finsta.data.annotations.video_truth.VideoTruth.graph`.
        generated: Whether boxes that a tracker drew count.
    """

    source: Path
    key_frames: KeyFrames = "all"
    generated: bool = True

    def items(self) -> Iterator[AnnotationItem]:
        """One for each file, in order of their names; a file is opened when its graph is asked for.

        Raises:
            InputError: if there is no such file or folder, or it holds no ``.json``.
        """
        files = json_files(self.source)
        if not files:
            raise InputError(
                f"{self.source}: expected a VidVRD or VidOR annotation file, or a folder of them, found none; "
                "give the folder that holds the .json files of the videos"
            )
        for file, name in unique_names(self.source, files).items():

            def read(file: Path = file, name: str = name) -> list[NamedGraph]:
                truth = read_vidvrd(file, generated=self.generated)
                return [NamedGraph(name=safe_name(name), graph=truth.graph(self.key_frames))]

            yield AnnotationItem(id=name, read=read, total=len(files))


def read_vidvrd(path: str | Path, *, generated: bool = True) -> VideoTruth:
    """The annotation of one video.

    Args:
        path: The JSON file.
        generated: Whether boxes that a tracker drew count.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is not of the form; it names file, item and what to do.
    """
    path = Path(path)
    where = str(path)
    document = read_json(path)
    name = str(take(document, "video_id", (str, int), where))
    trajectories = take(document, "trajectories", list, where)
    if not trajectories:
        raise FormatError(f"{where}: expected the boxes of one frame at least, found no frame; leave the video out")
    size = (take_number(document, "width", where, least=1.0), take_number(document, "height", where, least=1.0))
    rate = take_number(document, "fps", where, least=0.001)
    labels = _labels(take(document, "subject/objects", list, where), where)
    boxes, outside = _boxes(trajectories, labels, size=size, generated=generated, where=where)
    stated = int(take_number(document, "frame_count", where, least=0.0))
    warnings = [] if stated == len(trajectories) else [_miscounted(where, stated, len(trajectories))]
    warnings += [f"{where}: {outside} boxes lie outside the frame and are left out"] if outside else []
    relations = take(document, "relation_instances", list, where)
    return VideoTruth(
        video=VideoInfo(
            path=str(document.get("video_path") or f"{name}.mp4"),
            duration=len(trajectories) / rate,
            width=int(size[0]),
            height=int(size[1]),
            frames_per_second=rate,
            frame_count=len(trajectories),
        ),
        labels=labels,
        boxes=boxes,
        relations=[_relation(entry, f"{where}, relation {number}") for number, entry in enumerate(relations)],
        source="VidOR" if "version" in document else "VidVRD",
        where=where,
        warnings=tuple(warnings),
    )


def _labels(entries: list[Any], where: str) -> dict[int, str]:
    labels: dict[int, str] = {}
    for number, entry in enumerate(entries):
        place = f"{where}, subject/object {number}"
        track = take(entry, "tid", int, place)
        if track in labels:
            raise FormatError(f"{place}: expected each track once, found track {track} again; mend or leave it out")
        labels[track] = in_words(take(entry, "category", str, place))
    return labels


def _boxes(
    trajectories: list[Any], labels: dict[int, str], *, size: tuple[float, float], generated: bool, where: str
) -> tuple[dict[int, dict[int, Box]], int]:
    """Boxes by frame and track, and how many lie outside the frame."""
    boxes: dict[int, dict[int, Box]] = {}
    outside = 0
    for frame, entries in enumerate(trajectories):
        if not isinstance(entries, list):
            raise FormatError(
                f"{where}, frame {frame}: expected a list of boxes, found {entries!r}; mend or leave it out"
            )
        for entry in entries:
            place = f"{where}, frame {frame}"
            track = take(entry, "tid", int, place)
            if track not in labels:
                raise FormatError(
                    f"{place}: expected tracks of `subject/objects`, found track {track}, which is not there; "
                    "mend or leave it out"
                )
            if entry.get("generated") and not generated:
                continue
            bounds = take(entry, "bbox", dict, f"{place}, track {track}")
            left, top, right, bottom = (
                take_number(bounds, name, f"{place}, track {track}") for name in ("xmin", "ymin", "xmax", "ymax")
            )
            box = unit_box(left, top, right + 1, bottom + 1, size=size, where=f"{place}, track {track}")
            if box[0] < box[2] and box[1] < box[3]:
                boxes.setdefault(frame, {})[track] = box
            else:
                outside += 1
    return boxes, outside


def _relation(entry: Any, where: str) -> TrueRelation:
    begin, end = (int(take_number(entry, name, where, least=0.0)) for name in ("begin_fid", "end_fid"))
    if end <= begin:
        raise FormatError(
            f"{where}: expected begin_fid < end_fid (which is excluded), found {begin} and {end}; mend or leave it out"
        )
    return TrueRelation(
        subject=take(entry, "subject_tid", int, where),
        predicate=in_words(take(entry, "predicate", str, where)),
        object=take(entry, "object_tid", int, where),
        begin=begin,
        end=end,
    )


def _miscounted(where: str, stated: int, found: int) -> str:
    return f"{where}: the file states {stated} frames and has boxes for {found}; {found} are taken"
