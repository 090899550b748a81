"""What there is to know about a data set: its variants, splits, official counts, protocol, reader and video names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from finsta.data.datasets.files import AnnotationFiles
from finsta.data.samples import Sample

Task = Literal[
    "recognition", "captioning", "retrieval", "paragraph_retrieval", "open_qa", "multiple_choice_qa", "binary_qa"
]

Located = tuple[str, Sample]
"""A sample and where it stands, such as ``train.csv:17`` or ``val.json, element 3``, for messages."""

Read = Callable[[AnnotationFiles, str], Iterator[Located]]
"""Reads a split, one sample at a time. What is wrong with one entry goes to :meth:`AnnotationFiles.fault`; a file of
another form raises ``FormatError``."""

ReadClasses = Callable[[AnnotationFiles], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Official:
    """How many there should be; None where nobody says.

    Attributes:
        samples: Entries, as the variant's reader gives them.
        videos: Videos with different names.
        captions: Captions of all samples together.
        distinct_captions: Those of them that differ; in retrieval, equal ones tie.
        classes: Class names.
        source: Who counts so.
    """

    samples: int | None = None
    videos: int | None = None
    captions: int | None = None
    distinct_captions: int | None = None
    classes: int | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way in which a data set is used.

    Attributes:
        tasks: What it serves.
        protocol: What is evaluated on what, in a sentence or two.
        metric: What is reported, the first one first.
        source: Where the protocol is from.
        splits: Official counts of each split. Several where several are published: the data set's own first.
        read: See :data:`Read`.
        classes: Reads the class names in the order of their indices, for recognition.
        folders: Names that a folder of this variant's files often has; they decide between files of the same name.
    """

    tasks: tuple[Task, ...]
    protocol: str
    metric: str
    source: str
    splits: Mapping[str, Sequence[Official]]
    read: Read
    classes: ReadClasses | None = None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoName:
    """A name under which a sample's video may lie.

    Attributes:
        stem: Name of the file without folder and extension.
        start: Seconds at which the sample begins in a file of this name; None is its start.
        end: Seconds at which it ends there.
    """

    stem: str
    start: float | None = None
    end: float | None = None


def official_name(sample: Sample) -> Sequence[VideoName]:
    """The official name alone."""
    return (VideoName(stem=sample.video, start=sample.start, end=sample.end),)


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """A data set.

    Attributes:
        name: What it is opened by, such as ``msrvtt``.
        title: As its authors write it.
        variants: By name; the first is taken unless another is asked for.
        suffix: Official extension of the videos.
        video_names: The names under which a sample's video may lie, the official one first.
        paths: Whether a sample's ``video`` is a path instead of a name: below the folder of videos if one is given,
            else below that of the annotation files.
    """

    name: str
    title: str
    variants: Mapping[str, Variant]
    suffix: str = ".mp4"
    video_names: Callable[[Sample], Sequence[VideoName]] = official_name
    paths: bool = False
