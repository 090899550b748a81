"""Text files by lines, and files of one JSON object a line; each line comes with its place, ``FILE:LINE``."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from finsta.errors import FormatError, InputError

Broken = Callable[[str], None]
"""Takes the message about an entry that cannot be used, which is then left out; or raises."""


def refuse(message: str) -> None:
    """A :data:`Broken` that leaves nothing out.

    Raises:
        FormatError: always.
    """
    raise FormatError(message)


@contextmanager
def open_text(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """A file of text in UTF-8, with or without byte order mark; errors while it is read are ours.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is not in UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            yield file
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give the annotation file") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: expected text in UTF-8, found {error.reason}; download the file again") from error


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of every line that is not blank, without the blanks around it; the last may lack its end.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is not in UTF-8.
    """
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if text := line.strip():
                yield f"{path}:{number}", text


def read_json_lines(path: Path, *, broken: Broken = refuse) -> Iterator[tuple[str, dict[str, Any]]]:
    """Place and object of every line.

    Args:
        path: The file.
        broken: Takes the message about a line that holds no object.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is not in UTF-8, or by ``broken``.
    """
    for where, text in read_lines(path):
        try:
            entry = json.loads(text)
        except json.JSONDecodeError as error:
            broken(
                f"{where}: expected a whole JSON object a line, found {error.msg} at column {error.colno}; "
                "download the file again"
            )
            continue
        if isinstance(entry, dict):
            yield where, entry
        else:
            broken(f"{where}: expected one JSON object a line, found {text[:60]!r}; give the file as published")
