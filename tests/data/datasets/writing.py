"""Small files in the published formats, written by the tests themselves."""

import json
from pathlib import Path
from typing import Any

from finsta.data.datasets import Dataset, Fault, Located
from finsta.data.samples import Sample


def write(folder: Path, name: str, text: str) -> Path:
    """A text file, with the line ends that the text has."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def write_json(folder: Path, name: str, document: Any) -> Path:
    """A JSON document in one line."""
    return write(folder, name, json.dumps(document))


def write_lines(folder: Path, name: str, *documents: Any) -> Path:
    """One JSON document a line, without a line end after the last."""
    return write(folder, name, "\n".join(map(json.dumps, documents)))


def faults_of(dataset: Dataset) -> tuple[list[Located], list[Fault]]:
    """What is read of a split, and what is left out."""
    faults: list[Fault] = []
    return list(dataset.located(dataset.files.collecting(faults))), faults


def told(dataset: Dataset) -> dict[str, Sample]:
    """The samples by id."""
    return {sample.id: sample for sample in dataset.samples()}
