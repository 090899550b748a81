"""The shards of a corpus: Parquet files of rows, numbered, each of which appears or changes whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from finsta.corpus.disk import put_in_place, written
from finsta.corpus.schema import FORMAT, VERSION, Row, arrow_schema, import_arrow
from finsta.errors import FinstaError, FormatError

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet

GROUP = 64
"""Rows in a row group: what a reader holds in memory at a time."""

COMPRESSION = "zstd"


class Record(NamedTuple):
    """What a row is known by: columns of these names, and the number of the shard that holds it, if one does."""

    id: str
    key: str
    content: str
    size: int
    modified: int
    settings: str
    version: str
    shard: int | None = None


RECORD_COLUMNS = Record._fields[:-1]


@dataclass(frozen=True)
class ShardFolder:
    """The shards ``00000.parquet``, ``00001.parquet`` … of a folder, and a place for one that is being written.

    Rows of one id stand in one shard only, and keep their place in it when the shard is replaced.
    """

    folder: Path
    temporary: Path

    def path(self, number: int) -> Path:
        """The file of a shard."""
        return self.folder / f"{number:05d}.parquet"

    def numbers(self) -> list[int]:
        """The shards that are there."""
        return sorted(int(path.stem) for path in self.folder.glob("*.parquet") if path.stem.isdecimal())

    def records(self) -> Iterator[Record]:
        """What each row is known by; graphs are not read."""
        for number in self.numbers():
            with open_shard(self.path(number)) as file, readable(self.path(number)):
                for batch in file.iter_batches(columns=list(RECORD_COLUMNS)):
                    columns = [batch.column(name).to_pylist() for name in RECORD_COLUMNS]
                    yield from (Record._make((*row, number)) for row in zip(*columns, strict=True))

    def count(self, number: int) -> int:
        """Rows of a shard."""
        with open_shard(self.path(number)) as file:
            return int(file.metadata.num_rows)

    def write(self, number: int, rows: Iterable[Row], *, keep: bool = False) -> None:
        """Write a shard, or, with ``keep``, add to one.

        Raises:
            OutputError: if it cannot be written; nothing has changed then.
        """
        kept = self._tables(number) if keep else iter(())
        self._write(number, _regrouped([kept, _tables_of(rows)]))

    def replace_rows(self, number: int, rows: Mapping[str, Row]) -> None:
        """Put rows, by id, in the place of those that a shard holds.

        Raises:
            OutputError: if it cannot be written; nothing has changed then.
        """
        pa = import_arrow()

        def replaced(table: "pyarrow.Table") -> "pyarrow.Table":
            if rows.keys().isdisjoint(table["id"].to_pylist()):
                return table
            merged = [rows.get(row["id"], row) for row in table.to_pylist()]
            return pa.Table.from_pylist(merged, schema=arrow_schema())

        self._write(number, map(replaced, self._tables(number)))

    def _write(self, number: int, tables: "Iterable[pyarrow.Table]") -> None:
        import_arrow()
        from pyarrow.parquet import ParquetWriter

        with written(self.path(number)):
            self.folder.mkdir(parents=True, exist_ok=True)
            with ParquetWriter(self.temporary, arrow_schema(), compression=COMPRESSION) as writer:
                for table in tables:
                    writer.write_table(table, row_group_size=GROUP)
            put_in_place(self.temporary, self.path(number))

    def _tables(self, number: int) -> "Iterator[pyarrow.Table]":
        with open_shard(self.path(number)) as file, readable(self.path(number)):
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def open_shard(path: Path) -> "pyarrow.parquet.ParquetFile":
    """A shard, opened for reading.

    Raises:
        FormatError: if it is none, or of a later format.
        MissingDependencyError: if Arrow is not installed.
    """
    import_arrow()
    from pyarrow.parquet import ParquetFile

    with readable(path):
        file = ParquetFile(path)
    metadata = file.schema_arrow.metadata or {}
    found = tuple(metadata.get(name.encode(), b"").decode() for name in ("format", "version"))
    if found != (FORMAT, VERSION):
        file.close()
        raise FormatError(
            f"{path}: expected a shard of format {FORMAT!r}, version {VERSION!r}; found format {found[0]!r}, "
            f"version {found[1]!r}"
        )
    return file


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what Arrow says of a file that it cannot read into an error of ours.

    Raises:
        FormatError: in place of Arrow's own.
    """
    pa = import_arrow()
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, FinstaError):
            raise
        raise FormatError(
            f"{path}: expected a shard of a corpus, found what cannot be read ({error}); move it away, and run "
            "`finsta parse --manifest` again: the clips that it held are parsed anew"
        ) from error


def _tables_of(rows: Iterable[Row]) -> "Iterator[pyarrow.Table]":
    pa = import_arrow()
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == GROUP:
            yield pa.Table.from_pylist(chunk, schema=arrow_schema())
            chunk = []
    if chunk:
        yield pa.Table.from_pylist(chunk, schema=arrow_schema())


def _regrouped(parts: "Sequence[Iterator[pyarrow.Table]]") -> "Iterator[pyarrow.Table]":
    """The same rows in tables of :data:`GROUP`, so that row groups do not shrink as shards grow."""
    pa = import_arrow()
    rest = arrow_schema().empty_table()
    for part in parts:
        for table in part:
            rest = pa.concat_tables([rest, table])
            while rest.num_rows >= GROUP:
                yield rest.slice(0, GROUP)
                rest = rest.slice(GROUP)
    if rest.num_rows:
        yield rest
