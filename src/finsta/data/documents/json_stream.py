"""The elements of a JSON array, or the members of an object, one at a time and in bounded memory.

The file is read in pieces of a megabyte; what is kept is the element at hand. The standard library's own decoder reads
each element, so that the cost is that of ``json.loads``. The array or object may lie inside others: ``within`` names
the keys that lead to it, and what lies beside the way is gone through without being kept.
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from finsta.data.documents.text import open_text
from finsta.errors import FormatError

CHUNK = 1 << 20
"""Characters read at a time."""

LARGEST = 1 << 28
"""Characters of the largest element; a longer one is taken for a file of another form."""

SLACK = 16
"""A fault this near to the end of what was read may be a value cut in two: the longest literal has nine characters."""


def stream_array(path: Path, *, within: tuple[str, ...] = (), chunk: int = CHUNK) -> Iterator[Any]:
    """The elements of the array that a file holds, in order.

    Args:
        path: The file.
        within: Keys that lead to the array, from the outermost object inwards.
        chunk: Characters read at a time.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if the file holds no array there, or it is broken or cut short; the elements before it have been
            given.
    """
    return (element for _, element in located_array(path, within=within, chunk=chunk))


def located_array(path: Path, *, within: tuple[str, ...] = (), chunk: int = CHUNK) -> Iterator[tuple[str, Any]]:
    """As :func:`stream_array`, each element with its place, ``FILE:LINE, element 3`` (counted from 0)."""
    with open_text(path) as file:
        window = _Window(path, file, chunk)
        window.descend(within)
        for number, element in enumerate(window.elements()):
            yield f"{path}:{window.begun}, element {number}", element


def stream_object(path: Path, *, within: tuple[str, ...] = (), chunk: int = CHUNK) -> Iterator[tuple[str, Any]]:
    """Keys and values of the object that a file holds, in order; a key that is repeated is given again.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if the file holds no object there, or it is broken or cut short; the members before it have been
            given.
    """
    return ((key, value) for _, key, value in located_object(path, within=within, chunk=chunk))


def located_object(path: Path, *, within: tuple[str, ...] = (), chunk: int = CHUNK) -> Iterator[tuple[str, str, Any]]:
    """As :func:`stream_object`, each member with its place, ``FILE:LINE, 'key'``, before key and value."""
    with open_text(path) as file:
        window = _Window(path, file, chunk)
        window.descend(within)
        for key in window.names():
            line = window.begun
            yield f"{path}:{line}, {key!r}", key, window.value()


class _Window:
    """The part of the file that is in memory, and the place in it."""

    def __init__(self, path: Path, file: TextIO, chunk: int) -> None:
        self._path = path
        self._file = file
        self._chunk = chunk
        self._buffer = ""
        self._at = 0
        self._line = 1
        self._counted = 0
        self.begun = 1
        self._kind = "array"
        self._place = "at its start"
        self._decoder = json.JSONDecoder()

    @property
    def line(self) -> int:
        """The line of the place, counted from 1."""
        self._line += self._buffer.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def descend(self, keys: tuple[str, ...]) -> None:
        """Go to the value of a key, and of a key in that, and so on."""
        for wanted in keys:
            passed = []
            for key in self.names():
                if key == wanted:
                    break
                passed.append(repr(key))
                self._skip()
            else:
                found = ", ".join(passed[:8]) or "no key"
                raise FormatError(
                    f"{self._path}: expected the key {wanted!r}, found {found}; give the file as published"
                )

    def elements(self) -> Iterator[Any]:
        """The elements of the array at the place."""
        self._open("[", "array")
        if self._peek() == "]":
            self._at += 1
            return
        for number in count():
            self._place = f"element {number}"
            yield self.value()
            self._place = f"element {number + 1}"
            if self._ends("]"):
                return

    def names(self) -> Iterator[str]:
        """The keys of the object at the place; after each its value is to be taken."""
        self._open("{", "object")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if (found := self._peek()) != '"':
                raise self._broken(f"{found!r} where a key belongs" if found else "the end of the file")
            key: str = self.value()
            self._place = f"{key!r}"
            if (found := self._mark()) != ":":
                raise self._broken(f"{found!r} where ':' belongs" if found else "the end of the file")
            yield key
            self._place = f"after {key!r}"
            if self._ends("}"):
                return

    def value(self) -> Any:
        """The value at the place, taken; ``begun`` is the line it begins on."""
        self._peek()
        self.begun = self.line
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

    def _skip(self) -> None:
        """Go past the value at the place without keeping more of it than one of its parts."""
        found = self._peek()
        if found == "[":
            for _ in self.elements():
                pass
        elif found == "{":
            for _ in self.names():
                self.value()
        else:
            self.value()

    def _open(self, bracket: str, kind: str) -> None:
        if (found := self._mark()) != bracket:
            what, remedy = (
                (f"{found!r} at its start", "give another file") if found else ("nothing", "download it again")
            )
            raise FormatError(f"{self._path}: expected a JSON {kind}, found {what}; {remedy}")
        self._kind = kind

    def _ends(self, bracket: str) -> bool:
        """Take the mark after an element; whether it was the last."""
        mark = self._mark()
        if mark not in (bracket, ","):
            raise self._broken(f"{mark!r} where ',' or {bracket!r} belongs" if mark else "the end of the file")
        return mark == bracket

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
        self._line, self._counted = self.line, 0
        self._buffer, self._at = kept + read, 0
        return bool(read)

    def _broken(self, reason: str) -> FormatError:
        article = "a whole JSON array" if self._kind == "array" else "a whole JSON object"
        place = f"{self._path}:{self.line}, {self._place}"
        return FormatError(f"{place}: expected {article}, found {reason}; download the file again")
