"""Which reader for which files: by name, or by what lies in the folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from finsta.data.annotations import action_genome, visual_genome
from finsta.data.annotations.action_genome import ActionGenomeReader
from finsta.data.annotations.corpus_graphs import CorpusGraphs, is_corpus
from finsta.data.annotations.graph_files import GraphFiles
from finsta.data.annotations.pvsg import PvsgReader
from finsta.data.annotations.reading import AnnotationItem, json_files
from finsta.data.annotations.video_truth import KeyFrames
from finsta.data.annotations.vidvrd import VidvrdReader
from finsta.data.annotations.visual_genome import VisualGenomeReader
from finsta.errors import InputError

Form = Literal["vidvrd", "action-genome", "pvsg", "visual-genome", "graphs"]
"""``vidvrd`` is VidOR too."""

HEAD = 4096
"""Characters of a file by which its form is told."""


@runtime_checkable
class Reader(Protocol):
    """What gives the items of a data set."""

    def items(self) -> Iterator[AnnotationItem]:
        """One item a video or image, in a fixed order."""


@dataclass(frozen=True, kw_only=True)
class AnnotationSettings:
    """What the readers can be told; each takes what concerns it.

    Attributes:
        split: A part of the data set (Action Genome ``train``, ``test``; PVSG ``train``, ``val``); empty takes all.
        key_frames: See :data:`~finsta.data.annotations.video_truth.KeyFrames`.
        generated: VidVRD: whether boxes that a tracker drew count.
        videos: Action Genome: folder of the videos, which say the frames a second.
        whole_frame: PVSG: do without masks.
        texts: PVSG captions and Visual Genome regions: their text graphs too, linked.
        text_parser: Parser of PVSG's captions.
    """

    split: str = ""
    key_frames: KeyFrames = "all"
    generated: bool = True
    videos: Path | None = None
    whole_frame: bool = False
    texts: bool = False
    text_parser: str = "rules"


def open_annotations(source: Path, form: Form, settings: AnnotationSettings | None = None) -> Reader:
    """The reader of a form over a file or folder."""
    chosen = settings or AnnotationSettings()
    if form == "graphs":
        return CorpusGraphs(source=source) if is_corpus(source) else GraphFiles(source=source)
    if form == "visual-genome":
        return VisualGenomeReader(source=source, texts=chosen.texts)
    if form == "vidvrd":
        return VidvrdReader(source=source, key_frames=chosen.key_frames, generated=chosen.generated)
    if form == "action-genome":
        return ActionGenomeReader(source=source, split=chosen.split, videos=chosen.videos, key_frames=chosen.key_frames)
    return PvsgReader(
        source=source,
        split=chosen.split,
        key_frames=chosen.key_frames,
        whole_frame=chosen.whole_frame,
        texts=chosen.texts,
        text_parser=chosen.text_parser,
    )


def recognise(source: Path) -> Form:
    """The form of a file or folder.

    Raises:
        InputError: if it is of none that is known.
    """
    if named := _by_names(source):
        return named
    for file in json_files(source)[:1]:
        with file.open(encoding="utf-8", errors="replace") as head:
            start = head.read(HEAD)
        if '"finsta-graphs"' in start:
            return "graphs"
        if '"subject/objects"' in start or '"trajectories"' in start or '"relation_instances"' in start:
            return "vidvrd"
        if '"is_thing"' in start or _is_pvsg(start):
            return "pvsg"
    raise InputError(
        f"{source}: expected annotations of VidVRD, VidOR, Action Genome, PVSG or Visual Genome, or graphs or a "
        "corpus of finsta, found none of their files; say which by --from, or give the folder that "
        "docs/annotations.md names"
    )


def _by_names(source: Path) -> Form | None:
    """The form of a folder that has files of known names."""
    here = {path.name for path in source.iterdir()} if source.is_dir() else {source.name}
    if action_genome.OBJECTS in here or (source / "annotations" / action_genome.OBJECTS).is_file():
        return "action-genome"
    if "pvsg.json" in here:
        return "pvsg"
    if here & {visual_genome.WHOLE, visual_genome.PARTS[0]}:
        return "visual-genome"
    return "graphs" if is_corpus(source) else None


def _is_pvsg(start: str) -> bool:
    return all(json.dumps(name) in start for name in ("thing", "objects"))
