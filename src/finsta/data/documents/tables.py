"""Tables in text files, comma- or tab-separated, row by row: columns by name, each row with its place ``FILE:LINE``."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from finsta.data.documents.text import Broken, open_text, refuse
from finsta.errors import FormatError

Row = tuple[str, tuple[str, ...]]
"""Place, and the fields that were asked for, in the order in which they were."""


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    header: bool = True,
    delimiter: str = ",",
    quoted: bool = True,
    broken: Broken = refuse,
) -> Iterator[Row]:
    """The rows of a table, one at a time.

    Args:
        path: The file.
        columns: With a header, the columns that are wanted, wherever they stand and whatever else there is; without,
            all columns in their order.
        header: Whether the first line names the columns.
        delimiter: Between fields.
        quoted: Whether ``"`` encloses fields; where it does not, it is a letter like any other.
        broken: Takes the message about a row with another number of fields.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it has another header, is not in UTF-8, or a quote does not end; or by ``broken``.
    """
    with open_text(path, newline="") as file:
        rows = csv.reader(
            file, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, strict=quoted
        )
        try:
            width, places = len(columns), tuple(range(len(columns)))
            if header:
                names = next(rows, [])
                width, places = len(names), _places(names, columns, f"{path}:1", delimiter)
            for row in rows:
                if len(row) == width:
                    yield f"{path}:{rows.line_num}", tuple([row[place] for place in places])
                elif row:
                    broken(_misfit(f"{path}:{rows.line_num}", row, width, delimiter))
        except csv.Error as error:
            raise FormatError(
                f"{path}:{rows.line_num}: expected whole rows, found {error}; download the file again"
            ) from error


def read_header(path: Path, *, delimiter: str = ",") -> tuple[str, ...]:
    """The fields of the first line; none in an empty file."""
    with open_text(path, newline="") as file:
        return tuple(field.strip() for field in next(csv.reader(file, delimiter=delimiter), []))


def _places(names: Sequence[str], columns: Sequence[str], where: str, delimiter: str) -> tuple[int, ...]:
    found = [name.strip() for name in names]
    if missing := [column for column in columns if column not in found]:
        raise FormatError(
            f"{where}: expected the columns {', '.join(columns)} between {_named(delimiter)}, found no "
            f"{', '.join(missing)} but {_shown(found)}; give the file as published, with its header"
        )
    return tuple(found.index(column) for column in columns)


def _misfit(where: str, row: Sequence[str], width: int, delimiter: str) -> str:
    return (
        f"{where}: expected {width} fields between {_named(delimiter)}, found {len(row)}: {_shown(row)}; "
        "mend the row, or download the file again"
    )


def _named(delimiter: str) -> str:
    return {"\t": "tabs", ",": "commas"}.get(delimiter, repr(delimiter))


def _shown(row: Sequence[str]) -> str:
    text = ", ".join(row)
    return repr(text if len(text) <= 80 else f"{text[:77]}…")
