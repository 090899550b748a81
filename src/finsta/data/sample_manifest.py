"""Samples of one's own, for any task: a ``.jsonl`` with one a line, paths relative to it.

A line has ``id`` and ``video`` (a path), and what the task asks for: ``captions`` or ``caption``; ``label``, the name
of a class; ``question`` with ``choices`` and ``answer`` (an index), or with ``answers``; ``kind``; ``start`` and
``end`` in seconds. A statement to be judged is a ``question`` whose ``answers`` are ``["true"]`` or ``["false"]``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.corpus.manifest import check_unique, json_lines
from finsta.data.samples import Sample
from finsta.data.segments import Segment
from finsta.errors import FormatError, InputError


@dataclass(frozen=True, kw_only=True)
class SampleManifest:
    """What such a file holds.

    Attributes:
        samples: In the order of the file; ``video`` is the path as written.
        segments: Of each sample the file, and which part of it.
        classes: The names that stand as ``label``, in the order of the alphabet.
    """

    samples: tuple[Sample, ...]
    segments: tuple[Segment, ...]
    classes: tuple[str, ...]


def read_sample_manifest(path: Path) -> SampleManifest:
    """Read it.

    Raises:
        InputError: if there is no such file.
        FormatError: names file and line of what is no sample.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such manifest; expected a .jsonl with one sample a line")
    entries = list(json_lines(path, _entry))
    if not entries:
        raise FormatError(f"{path}: expected one JSON object a line, found none")
    check_unique((sample.id for sample, _, _ in entries), path)
    classes = tuple(sorted({label for _, _, label in entries if label is not None}))
    number = {label: index for index, label in enumerate(classes)}
    samples = [_labelled(sample, None if label is None else number[label]) for sample, _, label in entries]
    return SampleManifest(samples=tuple(samples), segments=tuple(segment for _, segment, _ in entries), classes=classes)


def _entry(entry: Mapping[str, Any], folder: Path) -> tuple[Sample, Segment, str | None]:
    captions = entry.get("captions", ())
    if isinstance(captions, str) or "caption" in entry:
        captions = (captions if isinstance(captions, str) else entry["caption"],)
    start, end = (None if entry.get(name) is None else float(entry[name]) for name in ("start", "end"))
    sample = Sample(
        id=str(entry["id"]),
        video=entry["video"],
        start=start,
        end=end,
        captions=tuple(captions),
        question=entry.get("question"),
        choices=tuple(entry.get("choices", ())),
        answer=entry.get("answer"),
        answers=tuple(entry.get("answers", ())),
        kind=entry.get("kind", ""),
    )
    return sample, Segment(folder / entry["video"], start, end), entry.get("label")


def _labelled(sample: Sample, label: int | None) -> Sample:
    return Sample(**{name: getattr(sample, name) for name in Sample.__dataclass_fields__} | {"label": label})
