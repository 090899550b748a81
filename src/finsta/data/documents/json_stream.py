"""The elements of a JSON array in a file that is too large to be loaded, one at a time and in bounded memory.

The file is read in pieces of a megabyte; what is kept is the element at hand. The standard library's own decoder reads
each element, so that the cost is that of ``json.loads``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from finsta.errors import FormatError, InputError

CHUNK = 1 << 20
"""Characters read at a time."""

LARGEST = 1 << 28
"""Characters of the largest element; a longer one is taken for a file of another form."""

SLACK = 16
"""A fault this near to the end of what was read may be a value cut in two: the longest literal has nine characters."""


def stream_array(path: Path, *, chunk: int = CHUNK) -> Iterator[Any]:
    """The elements of the array that a file holds, in order.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if the file holds no array, or it is broken or cut short; the elements before have been given.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _Window(path, file, chunk).elements()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give the annotation file") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: expected JSON in UTF-8, found {error.reason}; download the file again") from error


class _Window:
    """The part of the file that is in memory, and the place in it."""

    def __init__(self, path: Path, file: TextIO, chunk: int) -> None:
        self._path = path
        self._file = file
        self._chunk = chunk
        self._buffer = ""
        self._at = 0
        self._number = 0
        self._decoder = json.JSONDecoder()

    def elements(self) -> Iterator[Any]:
        if (found := self._mark()) != "[":
            raise FormatError(f"{self._path}: expected a JSON array, found {found!r} at its start; give another file")
        if self._peek() == "]":
            return
        while True:
            yield self._element()
            self._number += 1
            mark = self._mark()
            if mark == "]":
                return
            if mark != ",":
                raise self._broken(f"{mark!r} where ',' or ']' belongs" if mark else "the end of the file")

    def _element(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                cut = error.pos >= len(self._buffer) - SLACK or error.msg.startswith("Unterminated string")
                if cut and self._more():
                    continue
                raise self._broken(error.msg if not cut else "the end of the file inside the element") from error
            if isinstance(value, int | float) and not self._buffer[end:].strip("0123456789+-.eE") and self._more():
                continue  # the number may go on
            self._at = end
            return value

    def _mark(self) -> str:
        """The next character that is no blank, taken; empty at the end of the file."""
        found = self._peek()
        self._at += len(found)
        return found

    def _peek(self) -> str:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at].isspace():
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, at least doubling what is kept; false at the end of the file."""
        kept = self._buffer[self._at :]
        if len(kept) > LARGEST:
            raise self._broken(f"more than {LARGEST:,} characters in one element")
        read = self._file.read(max(self._chunk, len(kept)))
        self._buffer, self._at = kept + read, 0
        return bool(read)

    def _broken(self, reason: str) -> FormatError:
        place = f"{self._path}, element {self._number}"
        return FormatError(f"{place}: expected a whole JSON array, found {reason}; download the file again")
