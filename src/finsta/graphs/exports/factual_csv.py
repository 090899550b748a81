"""Captions with their reference graphs: a CSV file in the format of the FACTUAL data set."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from finsta.errors import FormatError, InputError
from finsta.graphs.exports.factual import Fact, from_factual

COLUMNS = ("caption", "scene_graph")
"""The columns that are read; others may stand beside them."""


@dataclass(frozen=True, kw_only=True)
class CaptionFacts:
    """A caption and the facts that its graph should hold, as the annotators wrote them, each once."""

    caption: str
    facts: tuple[Fact, ...]


def read_captions(path: Path, *, limit: int | None = None) -> list[CaptionFacts]:
    """Captions in the order of the file.

    Args:
        path: A CSV file, UTF-8, whose first line names the columns, :data:`COLUMNS` among them.
        limit: Read that many at most.

    Raises:
        InputError: if the file cannot be read, or holds no caption.
        FormatError: if a column is missing, or a graph is none; it names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            captions = list(islice(_rows(csv.DictReader(file), path), limit))
    except OSError as error:
        raise InputError(
            f"{path}: expected a CSV file with the columns {', '.join(COLUMNS)}, cannot read it: {error.strerror}"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{path}: expected a CSV file in UTF-8, found something else: {error}") from error
    if not captions:
        raise InputError(f"{path}: expected one caption at least, found none")
    return captions


def _rows(reader: "csv.DictReader[str]", path: Path) -> Iterator[CaptionFacts]:
    found = reader.fieldnames or []
    if missing := [column for column in COLUMNS if column not in found]:
        raise FormatError(
            f"{path}: expected the columns {', '.join(COLUMNS)} in the first line, found {', '.join(found) or 'none'}; "
            f"{', '.join(missing)} missing"
        )
    for row in reader:
        try:
            facts = from_factual(row["scene_graph"] or "")
        except FormatError as error:
            raise FormatError(f"{path}, line {reader.line_num}: {error}") from error
        yield CaptionFacts(caption=row["caption"], facts=tuple(dict.fromkeys(facts)))
