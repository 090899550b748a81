"""What a format consists of, before any of it is written: files by name, and how each video is made."""

import csv
import io
import json
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Way = Literal["link", "join", "cut", "recode"]


@dataclass(frozen=True, kw_only=True)
class VideoJob:
    """How a video of a format is made of files of the world.

    Attributes:
        target: Its path in the folder of the format; the extension says how it is coded.
        way: ``link`` gives a file another name, ``join`` puts the pictures of several one after the other, ``cut``
            takes frames ``first`` to ``last``, ``recode`` makes a file of another kind, of all frames or of these.
        sources: Files of the world.
        slot: Of ``join``: seconds from the start of one to that of the next.
        first: Of ``cut`` and ``recode``.
        last: Of ``cut`` and ``recode``, included; None is the last one.
    """

    target: str
    way: Way
    sources: tuple[Path, ...]
    slot: float = 0.0
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, kw_only=True)
class FormatContent:
    """A format: annotation files by their published names, and the videos under their official ones."""

    files: Mapping[str, bytes]
    videos: tuple[VideoJob, ...]


def json_bytes(document: Any, *, indent: int | None = None) -> bytes:
    """A JSON document."""
    return (json.dumps(document, ensure_ascii=False, indent=indent) + "\n").encode()


def json_lines(entries: Iterable[Any]) -> bytes:
    """One JSON document a line."""
    return b"".join(json_bytes(entry) for entry in entries)


def table(
    rows: Iterable[Sequence[Any]],
    *,
    header: Sequence[str] | None = None,
    delimiter: str = ",",
    quoted: bool = True,
    end: str = "\n",
) -> bytes:
    """A table, comma- or tab-separated, with or without a header."""
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    )
    writer.writerows([header] if header is not None else [])
    writer.writerows(rows)
    return text.getvalue().encode()


def lines(entries: Iterable[str]) -> bytes:
    """One entry a line."""
    return "".join(f"{entry}\n" for entry in entries).encode()


def pickled(document: Any) -> bytes:
    """A pickle of plain values, in the protocol that Python 3 wrote when the data sets were published."""
    return pickle.dumps(document, protocol=3)
