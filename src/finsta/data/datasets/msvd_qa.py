"""MSVD-QA: questions about the clips of MSVD, made from their captions."""

from collections.abc import Iterator
from typing import Any

from finsta.data.datasets.description import Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import take
from finsta.data.documents.json_stream import located_array
from finsta.data.documents.text import read_lines
from finsta.data.samples import Sample
from finsta.errors import FormatError

MAPPING = "youtube_mapping.txt"
"""A line for each clip: its name, and ``vid`` with the number by which the questions know it."""

KINDS = ("what", "who", "how", "when", "where")
"""First words of the questions, by which accuracy is given."""


def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """One sample a question. Without the mapping, videos are called ``vidN``."""
    path = files.need(f"{split}_qa.json", what=f"the {split} questions")
    mapping = _mapping(files)
    for where, entry in located_array(path):
        try:
            yield where, _sample(entry, mapping, where)
        except FormatError as error:
            files.fault("broken", str(error))
        except KeyError as error:
            files.fault(
                "unannotated",
                f"{where}: expected a clip of {MAPPING}, found {error}; give the questions and the mapping of MSVD-QA",
            )


def _sample(entry: Any, mapping: dict[str, str], where: str) -> Sample:
    video = take(entry, "video_id", (int, str), where)
    name = f"vid{video}" if isinstance(video, int) or video.isdigit() else video
    if mapping and name not in mapping.values():
        name = mapping[name]
    question = take(entry, "question", str, where).strip()
    first = question.partition(" ")[0].lower()
    return Sample(
        id=str(take(entry, "id", (int, str), where)),
        video=name,
        question=question,
        answers=(str(take(entry, "answer", (str, int), where)).strip(),),
        kind=first if first in KINDS else "other",
    )


def _mapping(files: AnnotationFiles) -> dict[str, str]:
    """Names by ``vidN``; empty where there is no such file."""
    path = files.find(MAPPING)
    found = {}
    for where, line in read_lines(path) if path is not None else ():
        name, _, number = line.partition(" ")
        if not number.strip().startswith("vid"):
            raise FormatError(f"{where}: expected a name and vidN, found {line[:60]!r}; give the file as published")
        found[number.strip()] = name
    return found


def _official(samples: int, videos: int) -> tuple[Official, ...]:
    return (Official(samples=samples, videos=videos, source="Xu et al. 2017"),)


QA = Variant(
    tasks=("open_qa",),
    protocol="One answer, exact match, also by the first word of the question.",
    metric="accuracy, accuracy by first word",
    source="Xu et al. 2017; just-ask (answers of the training questions, at most 4,000)",
    splits={"train": _official(30933, 1200), "val": _official(6415, 250), "test": _official(13157, 520)},
    read=_read,
    folders=("msvd_qa", "msvd-qa", "msvdqa"),
)
"""The variant ``qa`` of MSVD."""
