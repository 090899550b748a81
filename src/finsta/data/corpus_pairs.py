"""The clips of a corpus as pairs, whose graphs are read from its shards when they are asked for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from finsta.corpus.keys import Recipe
from finsta.corpus.schema import graph_from_row
from finsta.corpus.shards import GROUP, ShardFolder, open_shard, readable
from finsta.corpus.writer import PRIVATE, SHARDS
from finsta.data.pairs import Pair
from finsta.errors import FormatError, InputError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.shapes import Array, Int

if TYPE_CHECKING:
    import pyarrow

KEPT_GROUPS = 48
"""Row groups that stay in memory, some 2 MB each: more than a shuffled order reads from at a time."""

COLUMNS = ("id", "video", "text", "content", "key", "settings", "version", "duration", "graph")


def is_corpus(folder: Path) -> bool:
    """Whether a folder is one that ``finsta parse --manifest`` wrote."""
    return (folder / SHARDS).is_dir()


class CorpusGraphs:
    """The rows of a corpus by number or by id.

    In memory are a few row groups and, once an id is asked for, 16 bytes a clip.

    Args:
        folder: As ``finsta parse --manifest`` wrote it; clips that are added to it later are not seen.

    Raises:
        InputError: if it holds no shard.
        MissingDependencyError: if Arrow is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._shards = ShardFolder(self.folder / SHARDS, self.folder / PRIVATE)
        found = []
        for number in self._shards.numbers():
            with open_shard(self._shards.path(number)) as file:
                found += [(number, g, file.metadata.row_group(g).num_rows) for g in range(file.num_row_groups)]
        if not found:
            raise InputError(
                f"{folder}: expected a corpus with shards/*.parquet, found none; make one with "
                "`finsta parse --manifest FILE --out FOLDER`"
            )
        self._groups: Int[Array, "groups 3"] = np.array(found, dtype=np.int64)
        self._ends: Int[Array, " groups"] = self._groups[:, 2].cumsum()
        self._table = lru_cache(KEPT_GROUPS)(self._read)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def row(self, number: int) -> dict[str, Any]:
        """The columns :data:`COLUMNS` of a clip."""
        group = int(np.searchsorted(self._ends, number, side="right"))
        place = number - int(self._ends[group] - self._groups[group, 2])
        table = self._table(group)
        return {name: table[name][place].as_py() for name in COLUMNS}

    def find(self, id: str) -> int | None:
        """The number of the clip of an id, or ``None``."""
        hashes, numbers = self._places
        place = int(np.searchsorted(hashes, _hash(id)))
        while place < len(hashes) and hashes[place] == _hash(id):
            if self.row(int(numbers[place]))["id"] == id:
                return int(numbers[place])
            place += 1
        return None

    def graph(self, number: int) -> HolisticSceneGraph:
        """The graph of a clip.

        Raises:
            FormatError: if it is of a video alone.
        """
        row = self.row(number)
        graph = graph_from_row(row)
        if not isinstance(graph, HolisticSceneGraph):
            raise FormatError(
                f"{self.folder}: clip {row['id']!r}: expected the graph of text and video, found one of the video alone"
            )
        return graph

    def with_text(self) -> Int[Array, " clips"] | None:
        """The numbers of the clips that have a text; ``None`` where all have."""
        found, start, every = [], 0, True
        for index, (_, _, rows) in enumerate(self._groups.tolist()):
            missing = self._column(index, "text").is_null().to_numpy(zero_copy_only=False)
            every = every and not missing.any()
            found.append(start + np.flatnonzero(~missing))
            start += rows
        return None if every else np.concatenate(found)

    @cached_property
    def _places(self) -> tuple[Array, Array]:
        """Hashes of all ids in order of size, and the number of each one's clip."""
        parts = [
            np.array([_hash(id) for id in self._column(index, "id").to_pylist()], dtype=np.uint64)
            for index in range(len(self._groups))
        ]
        hashes = np.concatenate(parts)
        order = hashes.argsort(kind="stable")
        return hashes[order], order

    def _column(self, index: int, name: str) -> "pyarrow.Array":
        number, group, _ = self._groups[index].tolist()
        path = self._shards.path(number)
        with open_shard(path) as file, readable(path):
            return file.read_row_group(group, columns=[name])[name].combine_chunks()

    def _read(self, index: int) -> "pyarrow.Table":
        number, group, _ = self._groups[index].tolist()
        path = self._shards.path(number)
        with open_shard(path) as file, readable(path):
            return file.read_row_group(group, columns=list(COLUMNS))


@dataclass(frozen=True, kw_only=True)
class CorpusPair(Pair):
    """A pair whose graph is a row of a corpus.

    Attributes:
        corpus: Where the row is.
        number: Its number there.
    """

    corpus: CorpusGraphs = field(repr=False, compare=False)
    number: int

    def load(self) -> HolisticSceneGraph:
        """The graph.

        Raises:
            FormatError: if it is of another text than the pair's caption.
        """
        text = self.corpus.row(self.number)["text"]
        if text != self.caption:
            raise FormatError(
                f"{self.corpus.folder}: clip {self.id!r}: expected the graph of the pair's caption "
                f"{self.caption[:60]!r}, found that of {str(text)[:60]!r}; parse the manifest that is trained on"
            )
        return self.corpus.graph(self.number)


class CorpusPairs(Sequence[CorpusPair]):
    """Every clip of a corpus that has a text, as a pair; each is read when it is asked for.

    Args:
        folder: Of the corpus.

    Raises:
        InputError: if it holds no shard, or no clip has a text.
    """

    block = GROUP
    """Neighbours that are read together."""

    def __init__(self, folder: str | Path) -> None:
        self.corpus = CorpusGraphs(folder)
        self._numbers = self.corpus.with_text()
        if len(self) == 0:
            raise InputError(
                f"{folder}: expected clips with texts, found only clips without; parse a manifest with some"
            )

    def __len__(self) -> int:
        return len(self.corpus) if self._numbers is None else len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> CorpusPair: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CorpusPair]: ...
    def __getitem__(self, index: int | slice) -> CorpusPair | Sequence[CorpusPair]:
        """The pair of an index."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        number = index if self._numbers is None else int(self._numbers[index])
        row = self.corpus.row(number)
        start, end = _part(row)
        return CorpusPair(
            id=row["id"],
            video=Path(row["video"]),
            caption=row["text"],
            start=start,
            end=end,
            corpus=self.corpus,
            number=number,
        )


class WithGraphs(Sequence[Pair]):
    """Pairs of a manifest whose graphs are looked for in a corpus, by their ids.

    Args:
        pairs: Of the manifest that the corpus was parsed from, or of one with the same ids and captions.
        corpus: Where to look; a pair that is not in it stays as it is.
    """

    def __init__(self, pairs: Sequence[Pair], corpus: CorpusGraphs) -> None:
        self._pairs = pairs
        self._corpus = corpus

    def __len__(self) -> int:
        return len(self._pairs)

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Pair]: ...
    def __getitem__(self, index: int | slice) -> Pair | Sequence[Pair]:
        """The pair of an index, with its graph if the corpus has it."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        pair = self._pairs[index]
        number = None if pair.graph is not None else self._corpus.find(pair.id)
        return pair if number is None else CorpusPair(**vars(pair), corpus=self._corpus, number=number)


def _part(row: dict[str, Any]) -> tuple[float | None, float | None]:
    """What of the video the row is about: its key is that of the whole video, or the graph says where it begins."""
    if Recipe(settings=row["settings"], version=row["version"]).key(row["content"], row["text"]) == row["key"]:
        return None, None
    start = float(json.loads(row["graph"])["video"]["video"].get("start", 0.0))
    return start, start + row["duration"]


def _hash(id: str) -> int:
    return int.from_bytes(blake2b(id.encode(), digest_size=8).digest(), "little")
