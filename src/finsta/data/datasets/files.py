"""The annotation files of a data set: found by their published names, in whatever folder below the root they lie."""

import os
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, TypeVar

from finsta.errors import FormatError, InputError

T = TypeVar("T")

DEPTH = 3
"""Folders below the root that are looked into."""

SUFFIXES = frozenset({".csv", ".json", ".jsonl", ".pickle", ".pkl", ".tsv", ".txt"})
"""Of annotation files, in upper or lower case."""

FaultKind = Literal["duplicate", "outside", "unannotated", "broken"]
"""An id that stands there twice; a label outside the class list; an id of a list without annotation; any other."""


class MissingFileError(InputError):
    """An annotation file is not there under any of its published names."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with one entry of a file.

    Attributes:
        kind: See :data:`FaultKind`.
        message: Where it is, what was expected, what was found, what to do.
    """

    kind: FaultKind
    message: str


class AnnotationFiles:
    """What a reader asks for the files it reads, and tells what is wrong in them.

    Args:
        root: The folder, searched three folders deep; or one file, which is then the only one.
        folders: Names that decide between files of the same name: one that lies below such a folder goes first.
        foreign: Says of the name of a folder below the root whether it belongs to another data set; it is passed over.

    Raises:
        InputError: if there is no such folder or file.
    """

    def __init__(
        self, root: Path, *, folders: tuple[str, ...] = (), foreign: Callable[[str], bool] = lambda _: False
    ) -> None:
        self.root = root
        self.used: list[Path] = []
        self._folders = frozenset(name.lower() for name in folders)
        self._faults: list[Fault] | None = None
        self._kept: dict[Callable[[AnnotationFiles], Any], Any] = {}
        if not root.exists():
            raise InputError(f"{root}: no such folder; give the folder of the data set's annotation files")
        self._names: dict[str, list[Path]] = {}
        for path in [root] if root.is_file() else _annotation_files(root, DEPTH, foreign):
            self._names.setdefault(path.name.lower(), []).append(path)

    def collecting(self, faults: list[Fault] | None) -> "AnnotationFiles":
        """The same files; faults of entries, which are then left out, go to a list. None raises the first."""
        other = copy(self)
        other.used = []
        other._faults = faults
        return other

    def find(self, *names: str) -> Path | None:
        """The first of some files that is there; upper and lower case are one, ``*`` stands for any characters.

        Raises:
            InputError: if several folders hold it, and nothing says which is meant.
        """
        for name in names:
            wanted = name.lower()
            found = self._names.get(wanted, [])
            if "*" in wanted:
                found = [path for key, paths in self._names.items() if fnmatchcase(key, wanted) for path in paths]
            if found:
                path = self._choose(found)
                if path not in self.used:
                    self.used.append(path)
                return path
        return None

    def need(self, *names: str, what: str) -> Path:
        """The first of some files that is there.

        Args:
            names: As for :meth:`find`.
            what: What the file holds, for the message.

        Raises:
            MissingFileError: if none is there.
            InputError: if several folders hold it.
        """
        path = self.find(*names)
        if path is None:
            held = sorted({paths[0].name for paths in self._names.values()})
            shown = ", ".join(held[:8]) + (f" and {len(held) - 8} more" if len(held) > 8 else "")
            raise MissingFileError(
                f"{self.root}: expected {what} in {' or '.join(names)}, found {shown or 'no annotation file'}; "
                "give the folder that holds the file under its published name"
            )
        return path

    def keep(self, read: Callable[["AnnotationFiles"], T]) -> T:
        """What a function reads of these files, read once: class names, the videos of a list. Not for samples."""
        if read not in self._kept:
            self._kept[read] = read(self)
        found: T = self._kept[read]
        return found

    def fault(self, kind: FaultKind, message: str) -> None:
        """Tell what is wrong with an entry, which the reader then leaves out.

        Raises:
            FormatError: unless faults are collected.
        """
        if self._faults is None:
            raise FormatError(message)
        self._faults.append(Fault(kind=kind, message=message))

    def _choose(self, found: list[Path]) -> Path:
        def rank(path: Path) -> tuple[bool, int]:
            parts = [part.lower() for part in path.parent.parts]
            return not self._folders & set(parts), len(parts)

        best = min(map(rank, found))
        chosen = [path for path in found if rank(path) == best]
        if len(chosen) > 1:
            raise InputError(
                f"{self.root}: expected one {chosen[0].name}, found {' and '.join(map(str, chosen))}; "
                "give the folder of one of them"
            )
        return chosen[0]


def _annotation_files(folder: Path, depth: int, foreign: Callable[[str], bool]) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}; check the path and its permissions") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if depth and not foreign(entry.name):
                yield from _annotation_files(Path(entry.path), depth - 1, foreign)
        elif (path := Path(entry.path)).suffix.lower() in SUFFIXES:
            yield path
