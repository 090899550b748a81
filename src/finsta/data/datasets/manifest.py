"""Data of one's own: one JSON object a line, in ``train.jsonl``, ``val.jsonl``, ``test.jsonl``, for any task.

A line has ``id`` and ``video``, the path of the file, relative to the folder of videos if one is given and else to the
manifest; ``start`` and ``end`` in seconds where a part is meant; and what its task needs: ``caption`` or ``captions``;
``label``, the name of a class; ``question`` with ``answers`` (or ``answer``, a text); ``choices`` with ``answer``, the
number of the right one from 0, or its text; ``kind``. What `finsta data manifest` writes is such a file.

Class names are the lines of ``classes.txt`` if it is there, else the labels of ``train.jsonl``, else those of the first
other split that is there, sorted.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import take, take_number
from finsta.data.documents.text import read_json_lines, read_lines
from finsta.data.samples import Sample
from finsta.errors import FormatError

SPLITS = ("train", "val", "test")
SPAN = ("start", "end")


def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    path = files.need(f"{split}.jsonl", what=f"the {split} samples")
    index = {name: number for number, name in enumerate(files.keep(_classes))}
    for where, entry in read_json_lines(path, broken=partial(files.fault, "broken")):
        label = entry.get("label")
        if label is not None and not (isinstance(label, str) and label in index):
            files.fault(
                "outside",
                f"{where}: expected a label of the {len(index)} class names, found {label!r}; mend it, or add it to "
                "classes.txt",
            )
            continue
        try:
            yield where, _sample(entry, index, where)
        except FormatError as error:
            files.fault("broken", str(error))


def _sample(entry: dict[str, Any], index: dict[str, int], where: str) -> Sample:
    choices = tuple(_texts(entry, "choices", where))
    answer = entry.get("answer")
    if isinstance(answer, bool) and not choices:
        answer = str(answer).lower()  # of a statement
    answers = tuple(_texts(entry, "answers", where)) or ((answer,) if isinstance(answer, str) and not choices else ())
    start, end = (take_number(entry, name, where, least=0.0) if entry.get(name) is not None else None for name in SPAN)
    if start is not None and end is not None and end < start:
        raise FormatError(f"{where}: expected start before end in seconds, found {start:g} and {end:g}; mend the line")
    label = entry.get("label")
    return Sample(
        id=str(take(entry, "id", (str, int), where)),
        video=take(entry, "video", str, where),
        start=start,
        end=end,
        captions=tuple(_texts(entry, "captions", where)) or tuple(_texts(entry, "caption", where)),
        label=None if label is None else index[label],
        question=take(entry, "question", str, where) if entry.get("question") is not None else None,
        choices=choices,
        answer=_right(choices, answer, where) if choices and answer is not None else None,
        answers=answers,
        kind=str(entry.get("kind") or ""),
    )


def _texts(entry: dict[str, Any], name: str, where: str) -> Sequence[str]:
    """A list of texts, or one text; none where the field is not there."""
    found = entry.get(name)
    several = [found] if isinstance(found, str) else found or []
    if not isinstance(several, list) or not all(isinstance(text, str) for text in several):
        raise FormatError(f"{where}: expected {name!r} as a text or a list of texts, found {found!r}; mend the line")
    return several


def _right(choices: Sequence[str], answer: Any, where: str) -> int:
    if answer in choices:
        return choices.index(answer)
    if isinstance(answer, int) and 0 <= answer < len(choices):
        return answer
    raise FormatError(
        f"{where}: expected the right choice as a number of 0 to {len(choices) - 1} or as its text, found {answer!r}; "
        "mend the line"
    )


def _classes(files: AnnotationFiles) -> tuple[str, ...]:
    if path := files.find("classes.txt"):
        return tuple(name for _, name in read_lines(path))
    for split in SPLITS:
        if path := files.find(f"{split}.jsonl"):
            lines = read_json_lines(path, broken=lambda _: None)
            return tuple(sorted({entry["label"] for _, entry in lines if isinstance(entry.get("label"), str)}))
    return ()


DATASET = DatasetSpec(
    name="manifest",
    title="A manifest of one's own",
    paths=True,
    variants={
        "samples": Variant(
            tasks=(
                "recognition",
                "captioning",
                "retrieval",
                "paragraph_retrieval",
                "open_qa",
                "multiple_choice_qa",
                "binary_qa",
            ),
            protocol="As whoever made it says; it serves the tasks whose fields it has.",
            metric="that of the task",
            source="docs/datasets.md",
            read=_read,
            classes=_classes,
            splits={split: (Official(source="nobody"),) for split in SPLITS},
        )
    },
)
