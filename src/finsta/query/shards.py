"""The Parquet shards of a corpus: which files there are, whether they are what a query needs, and single rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.corpus.schema import arrow_schema, import_arrow
from finsta.errors import FormatError, InputError

COLUMNS = ("id", "video", "duration", "objects", "relations")
"""What a query reads, beside `graph` for a page."""

MADE_BY = "give the folder that `finsta parse --manifest … --out FOLDER` wrote"


@dataclass(frozen=True, kw_only=True)
class Shards:
    """Files of a corpus in order of name, the clips in them, and what was left out and why."""

    files: tuple[Path, ...]
    clips: int
    warnings: tuple[str, ...] = ()


def find_shards(folder: str | Path) -> Shards:
    """The shards of a corpus: ``FOLDER/shards/*.parquet``, else ``FOLDER/*.parquet``, or the one file that is named.

    A file whose end cannot be read is left out with a warning.

    Raises:
        InputError: if there is no shard, or none can be read.
        FormatError: if a file is Parquet of another kind.
        MissingDependencyError: if Arrow is not installed.
    """
    arrow = import_arrow()
    from pyarrow import parquet

    files, clips, warnings = [], 0, []
    for path in _candidates(Path(folder)):
        try:
            with parquet.ParquetFile(path) as file:
                schema, rows = file.schema_arrow, file.metadata.num_rows
        except (OSError, arrow.ArrowException) as error:
            warnings.append(f"{path}: left out, it cannot be read as Parquet: {_line(error)}")
            continue
        _check(path, schema)
        files.append(path)
        clips += rows
    if not files:
        raise InputError(f"{folder}: expected shards, found none that can be read ({'; '.join(warnings)}); {MADE_BY}")
    return Shards(files=tuple(files), clips=clips, warnings=tuple(warnings))


def read_rows(files: Sequence[Path], places: Iterable[tuple[int, int]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows by the number of their file and their number in it; only the row groups that hold them are read."""
    from pyarrow import parquet

    wanted: dict[int, set[int]] = {}
    places = list(places)
    for file, row in places:
        wanted.setdefault(file, set()).add(row)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for number, rows in wanted.items():
        with parquet.ParquetFile(files[number]) as file:
            start = 0
            for group in range(file.num_row_groups):
                stop = start + file.metadata.row_group(group).num_rows
                inside = sorted(row for row in rows if start <= row < stop)
                if inside:
                    table = file.read_row_group(group, columns=list(columns))
                    taken = table.take([row - start for row in inside]).to_pylist()
                    found |= {(number, row): content for row, content in zip(inside, taken, strict=True)}
                start = stop
    return [found[place] for place in places]


def _candidates(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of shards, found nothing there; {MADE_BY}")
    inner = folder / "shards"
    found = sorted((inner if inner.is_dir() else folder).glob("*.parquet"))
    if not found:
        raise InputError(f"{folder}: expected Parquet files in shards/, or here, found none; {MADE_BY}")
    return found


def _check(path: Path, schema: Any) -> None:
    """Raise ``FormatError`` unless a file has the columns that a query reads."""
    expected = arrow_schema()
    for name in COLUMNS:
        if name not in schema.names:
            found = ", ".join(schema.names)
            raise FormatError(f"{path}: expected a shard with columns {', '.join(COLUMNS)}, found {found}; {MADE_BY}")
        fields, present = _fields(expected.field(name).type), _fields(schema.field(name).type)
        if not fields.keys() <= present.keys():
            raise FormatError(
                f"{path}: expected column {name} to be a list of {', '.join(fields)}, "
                f"found {schema.field(name).type}; {MADE_BY}"
            )


def _fields(kind: Any) -> Mapping[str, Any]:
    """The fields of a list of structures; none for another type."""
    kind = getattr(kind, "value_type", None)
    return {field.name: field.type for field in kind} if kind is not None and hasattr(kind, "get_field_index") else {}


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
