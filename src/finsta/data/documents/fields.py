"""Documents of others, and fields taken from them: of the kind expected, or an error that says what was found."""

import json
import math
from pathlib import Path
from typing import Any

from finsta.errors import FormatError, InputError

_NOTHING = object()
"""A field that is not there."""


def read_json(path: Path) -> Any:
    """A JSON document.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is no whole JSON document.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give the annotation file") from error
    except ValueError as error:
        raise FormatError(f"{path}: expected a whole JSON document, found {error}; download the file again") from error


def take(entry: Any, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    """A field of an object, of the kind expected.

    Raises:
        FormatError: if ``entry`` is no object, lacks the field, or has it of another kind.
    """
    if isinstance(entry, dict):
        value = entry.get(name, _NOTHING)
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
    raise _mistaken(entry, name, kind, where)


def take_number(entry: Any, name: str, where: str, *, least: float = -math.inf) -> float:
    """A finite number of at least ``least``; raises as :func:`take` does."""
    value = take(entry, name, (int, float), where)
    if not math.isfinite(value) or value < least:
        raise FormatError(f"{where}: expected {name!r} of {least:g} or more, found {value}; mend or leave it out")
    return float(value)


def _mistaken(entry: Any, name: str, kind: type | tuple[type, ...], where: str) -> FormatError:
    """What is wrong with a field; made only where something is, since fields are taken a million times."""
    if not isinstance(entry, dict):
        return FormatError(f"{where}: expected an object with {name!r}, found {shown(entry)}; mend or leave it out")
    if name not in entry:
        found = ", ".join(map(str, list(entry)[:8])) or "no field"
        return FormatError(f"{where}: expected the field {name!r}, found {found}; mend or leave it out")
    expected = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
    return FormatError(f"{where}: expected {name!r} as {expected}, found {shown(entry[name])}; mend or leave it out")


def shown(value: Any) -> str:
    """A value with its type, cut short, for messages."""
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '…'}"
