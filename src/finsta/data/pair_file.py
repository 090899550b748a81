"""A manifest of any size, each line of which is read when it is asked for."""

import os
from array import array
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import overload

import numpy as np

from finsta.corpus.manifest import read_line
from finsta.data.pairs import Pair, manifest_of, pair_from
from finsta.errors import FormatError


class PairFile(Sequence[Pair]):
    """The pairs of a manifest. In memory are the places of its lines, 8 bytes a pair.

    One pass finds the places and sees that no id appears twice, for which some 40 bytes a pair are taken and given
    back. A line that is no pair is an error when it is asked for.

    Args:
        data: A ``.jsonl`` file, or a folder that holds ``train.jsonl`` and its like.
        split: Which of them; unused for a file.

    Raises:
        InputError: if there is no such file.
        FormatError: if it has no line, or an id appears twice.
    """

    def __init__(self, data: str | Path, split: str | None = None) -> None:
        self.path = manifest_of(Path(data), split)
        self._folder = self.path.parent.resolve()
        self._places = _places(self.path)
        if len(self) == 0:
            raise FormatError(f"{self.path}: expected one JSON object a line, found none")
        self._file = os.open(self.path, os.O_RDONLY)
        self._check_unique()

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)

    def __len__(self) -> int:
        return len(self._places) - 1

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Pair]: ...
    def __getitem__(self, index: int | slice) -> Pair | Sequence[Pair]:
        """The pair of an index.

        Raises:
            FormatError: names the file and the line of what is no pair.
        """
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        try:
            return self._read(index, 0)
        except FormatError:
            return self._read(index, self._number(index))

    def _read(self, index: int, number: int) -> Pair:
        return read_line(self._line(index), self.path, number, lambda entry: pair_from(entry, self._folder))

    def _number(self, index: int) -> int:
        """Of a line, blank ones counted: what an error says. Found by reading the file up to it."""
        with self.path.open("rb") as lines:
            return 1 + sum(1 for line in lines if lines.tell() <= self._places[index])

    def _line(self, index: int) -> bytes:
        start, stop = self._places[index], self._places[index + 1]
        return os.pread(self._file, stop - start, start)

    def _check_unique(self) -> None:
        hashes = np.fromiter((self._hash(index) for index in range(len(self))), np.uint64, len(self))
        order = hashes.argsort(kind="stable")
        equal = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        for place in equal.tolist():
            first, second = self[int(order[place])].id, self[int(order[place + 1])].id
            if first == second:
                raise FormatError(f"{self.path}: id {first!r} appears twice; ids must be unique")

    def _hash(self, index: int) -> int:
        """Of the id; of a line that is no pair, its number."""
        try:
            name = read_line(self._line(index), self.path, 0, lambda entry: str(entry["id"]))
        except FormatError:
            name = f"line {index}"
        return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def _places(path: Path) -> "array[int]":
    """Where each line that is not blank begins, and the end of the last; a blank one counts to the line before it."""
    places = array("q")
    offset = 0
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                places.append(offset)
            offset += len(line)
    places.append(offset)
    return places
