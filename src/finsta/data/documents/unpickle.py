"""Pickles of annotations, read without running anything that a pickle could ask for.

A pickle is a program: it names functions and calls them. Here only what plain values need may be named: sets, bytes,
and arrays and scalars of numpy with a fixed size an element. Even these are not numpy's own constructors but stand-ins
that check what they are given, since ``numpy.dtype`` can be talked into types that hold pointers. Everything else is an
error before it is called.
"""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np

from finsta.errors import FormatError, InputError

PLAIN_CODE = re.compile(r"[<>=|]?(b1|[iu][1248]|f[248]|c(8|16)|[SU]\d{1,5})")
"""Codes of the numpy types that may stand in an array: truth values, numbers, text of fixed length."""


class _ForbiddenError(Exception):
    """Something that a pickle of plain values has no need of."""


def read_pickle(path: str | Path) -> Any:
    """What a pickle holds, if it holds dicts, lists, tuples, sets, text, bytes, numbers and plain arrays only.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it names anything else, holds an array of objects, or is no whole pickle; nothing of it has run.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file, encoding="latin1").load()
    except _ForbiddenError as error:
        raise FormatError(
            f"{path}: expected a pickle of plain values and arrays, found {error}; nothing of it was run; "
            "get the file from its publisher again, or save it as plain values"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give the annotation file") from error
    except Exception as error:
        raise FormatError(
            f"{path}: expected a whole pickle, found {type(error).__name__}: {error}; download the file again"
        ) from error


class _PlainUnpickler(pickle.Unpickler):
    """Knows the few names of :data:`_ALLOWED`."""

    def find_class(self, module: str, name: str) -> Any:
        found = _ALLOWED.get((module, name))
        if found is None:
            raise _ForbiddenError(f"{module}.{name}")
        return found

    def persistent_load(self, pid: Any) -> NoReturn:
        raise _ForbiddenError("a reference to something outside the file")


class _Dtype:
    """Stands for ``numpy.dtype``: keeps the code and the byte order, refuses objects, fields and subarrays."""

    def __init__(self, code: Any, *_: Any) -> None:
        if not isinstance(code, str) or not PLAIN_CODE.fullmatch(code):
            raise _ForbiddenError(f"the array type {code!r}")
        self.dtype = np.dtype(cast("Any", code))

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 5 or any(part is not None for part in state[2:5]):
            raise _ForbiddenError("an array type with fields")
        if state[1] in ("<", ">", "="):
            self.dtype = self.dtype.newbyteorder(state[1])


class _ArrayKind:
    """Stands for ``numpy.ndarray`` where a pickle says what to rebuild; it cannot be called."""

    def __new__(cls, *_: Any) -> "_ArrayKind":
        raise _ForbiddenError("numpy.ndarray called as a function")


class _PlainArray(np.ndarray[Any, Any]):
    """An array whose state is checked before numpy sees it."""

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        super().__setstate__(cast("Any", (1, shape, _plain(dtype), bool(fortran), _checked(data, dtype, shape))))


def _plain(dtype: Any) -> Any:
    if not isinstance(dtype, _Dtype):
        raise _ForbiddenError(f"an array whose type is {dtype!r}")
    return dtype.dtype


def _checked(data: Any, dtype: Any, shape: Any) -> bytes:
    raw = data.encode("latin1") if isinstance(data, str) else data
    if not isinstance(raw, bytes | bytearray | memoryview):
        raise _ForbiddenError("an array of objects")
    expected = _plain(dtype).itemsize
    for size in shape:
        if not isinstance(size, int) or size < 0:
            raise _ForbiddenError(f"an array of shape {shape!r}")
        expected *= size
    if len(raw) != expected:
        raise _ForbiddenError(f"an array of shape {shape!r} with {len(raw)} bytes where {expected} belong")
    return bytes(raw)


def _reconstruct(kind: Any, *_: Any) -> Any:
    if kind is not _ArrayKind:
        raise _ForbiddenError(f"an array of the kind {kind!r}")
    return np.ndarray.__new__(_PlainArray, (0,), dtype=np.int8)


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> Any:
    return np.frombuffer(_checked(data, dtype, shape), dtype=_plain(dtype)).reshape(shape, order=order)


def _scalar(dtype: Any, data: Any) -> Any:
    return np.frombuffer(_checked(data, dtype, ()), dtype=_plain(dtype))[0]


def _encode(text: Any, encoding: Any = None) -> bytes:
    """How Python 3 writes bytes into pickles that Python 2 can read."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise _ForbiddenError(f"_codecs.encode with {encoding!r}")
    return text.encode("latin1")


def _bytes(data: Any = b"", *encoding: Any) -> bytearray | bytes:
    if encoding:
        return _encode(data, *encoding)
    if not isinstance(data, bytes | bytearray | list | tuple):
        raise _ForbiddenError("bytes made of a number")
    return bytearray(data)


_NUMPY: dict[tuple[str, str], Callable[..., Any]] = {
    ("multiarray", "_reconstruct"): _reconstruct,
    ("multiarray", "scalar"): _scalar,
    ("numeric", "_frombuffer"): _from_buffer,
}

_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _ArrayKind,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
    **{(f"numpy.{core}.{module}", name): made for core in ("core", "_core") for (module, name), made in _NUMPY.items()},
    **{
        (builtins, kind.__name__): kind
        for builtins in ("builtins", "__builtin__")
        for kind in (set, frozenset, complex)
    },
    **{(builtins, name): _bytes for builtins in ("builtins", "__builtin__") for name in ("bytes", "bytearray")},
}
"""Names that a pickle may use, and what they stand for here."""
