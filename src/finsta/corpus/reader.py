"""The graphs of a corpus, read from its shards as they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from finsta.corpus.schema import ClipGraph, Row, graph_from_row
from finsta.corpus.shards import ShardFolder, open_shard, readable
from finsta.corpus.writer import PRIVATE, SHARDS
from finsta.errors import InputError


@dataclass(frozen=True)
class CorpusClip:
    """A clip with its graph, which is built when it is first asked for.

    Attributes:
        row: All columns; see docs/file-formats.md.
    """

    row: Row = field(repr=False)

    @property
    def id(self) -> str:
        """Unique in the corpus."""
        return str(self.row["id"])

    @property
    def video(self) -> Path:
        """The file when it was parsed."""
        return Path(self.row["video"])

    @property
    def text(self) -> str | None:
        """What was parsed with it."""
        text: str | None = self.row["text"]
        return text

    @cached_property
    def graph(self) -> ClipGraph:
        """Of video and text where there is a text, else of the video."""
        return graph_from_row(self.row)


class Corpus:
    """The clips of a folder of shards. In memory are the ids, once one is asked for, and one row group at a time.

    Args:
        folder: As ``finsta parse --manifest`` wrote it; clips that are added to it later may or may not be seen.

    Raises:
        InputError: if it holds no shard.
        MissingDependencyError: if Arrow is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._shards = ShardFolder(self.folder / SHARDS, self.folder / PRIVATE)
        self._numbers = self._shards.numbers()
        if not self._numbers:
            raise InputError(
                f"{folder}: expected a corpus with shards/*.parquet, found none; make one with "
                "`finsta parse --manifest FILE --out FOLDER`"
            )

    def __len__(self) -> int:
        return sum(self._shards.count(number) for number in self._numbers)

    def __iter__(self) -> Iterator[CorpusClip]:
        return self.stream()

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def __getitem__(self, id: str) -> CorpusClip:
        """The clip of an id.

        Raises:
            InputError: if there is none.
        """
        if id not in self._places:
            raise InputError(f"{self.folder}: expected the id of a clip, found {id!r}, which is none; see `.ids`")
        number, group, place = self._places[id]
        return CorpusClip(self._group(number, group)[place])

    @property
    def ids(self) -> list[str]:
        """All clips, in the order of the shards."""
        return list(self._places)

    def stream(self, *, seed: int | None = None, part: int = 0, parts: int = 1) -> Iterator[CorpusClip]:
        """The clips of every ``parts``-th row group, the first of which is number ``part``.

        Args:
            seed: Shuffles the row groups, and the clips within each; left out, they come in the order of the shards.
            part: Which share: of each of several processes, such as the workers of a data loader.
            parts: Shares in all.

        Raises:
            InputError: if there is no such part.
        """
        if not 0 <= part < parts:
            raise InputError(f"expected a part from 0 to {parts - 1}, found {part}")
        return self._stream(seed, part, parts)

    def _stream(self, seed: int | None, part: int, parts: int) -> Iterator[CorpusClip]:
        groups = self._groups
        random = None if seed is None else Random(seed)
        if random is not None:
            groups = random.sample(groups, len(groups))
        for number, group in groups[part::parts]:
            rows = self._group(number, group)
            if random is not None:
                random.shuffle(rows)
            yield from map(CorpusClip, rows)

    @cached_property
    def _groups(self) -> list[tuple[int, int]]:
        """Every row group, as number of the shard and in it."""
        found = []
        for number in self._numbers:
            with open_shard(self._shards.path(number)) as file:
                found += [(number, group) for group in range(file.num_row_groups)]
        return found

    @cached_property
    def _places(self) -> dict[str, tuple[int, int, int]]:
        """Shard, row group, and place in it, of each clip."""
        places = {}
        for number in self._numbers:
            with open_shard(self._shards.path(number)) as file, readable(self._shards.path(number)):
                for group in range(file.num_row_groups):
                    ids = file.read_row_group(group, columns=["id"])["id"].to_pylist()
                    places.update({id: (number, group, place) for place, id in enumerate(ids)})
        return places

    def _group(self, number: int, group: int) -> list[dict[str, Any]]:
        with open_shard(self._shards.path(number)) as file, readable(self._shards.path(number)):
            rows: list[Row] = file.read_row_group(group).to_pylist()
        return rows


def open_corpus(folder: str | Path) -> Corpus:
    """The corpus in a folder; see :class:`Corpus`."""
    return Corpus(folder)
