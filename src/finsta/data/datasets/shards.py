"""Tar shards: where in the file each video lies, and videos taken out of it one by one.

Only the headers are read, 512 bytes a member, wherever they lie; a terabyte of videos is indexed without being read.
The three forms of long names (ustar's prefix, GNU's and pax's own members) are known. A shard must not be compressed as
a whole: videos are compressed already, and nothing can be found by its place in a gzip file.
"""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from finsta.errors import FormatError, InputError, OutputError

BLOCK = 512
PIECE = 1 << 20
"""Bytes copied at a time."""

REGULAR = (b"0", b"\0", b"7")
LONG_NAME, PAX = b"L", b"x"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file in a shard: its name with folders, and where its bytes are."""

    name: str
    offset: int
    size: int


def shard_members(path: Path) -> Iterator[Member]:
    """The files of a shard, in order.

    Raises:
        InputError: if the shard cannot be read.
        FormatError: if it is no plain tar file, or cut short.
    """
    try:
        with path.open("rb") as file:
            yield from _members(path, file, path.stat().st_size)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the shard and its permissions") from error
    except FormatError:
        raise
    except ValueError as error:
        raise FormatError(f"{path}: expected a whole tar file, found {error}; download the shard again") from error


def take_out(shard: Path, offset: int, size: int, target: Path) -> Path:
    """Copy the bytes of a member into a file, whole or not at all; one of that size that is there already is kept.

    Raises:
        OutputError: if the file cannot be written.
        FormatError: if the shard ends before the member does.
    """
    if target.is_file() and target.stat().st_size == size:
        return target
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with shard.open("rb") as source, temporary.open("wb") as sink:
            source.seek(offset)
            shutil.copyfileobj(_Part(source, size), sink, PIECE)
            if sink.tell() != size:
                raise FormatError(f"{shard}: ends inside {target.name}; download the shard again")
        temporary.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target.parent}: a video of {shard.name} cannot be kept there: {error.strerror}; free space, or give "
            "another cache folder"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return target


def shard_key(path: Path) -> str:
    """Tells a shard from others, and from itself once it has been changed."""
    state = path.stat()
    return hashlib.sha256(f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:16]


class _Part:
    """The next bytes of a file, and no more."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def read(self, most: int = PIECE, /) -> bytes:
        """At most so many of the bytes that are left."""
        piece = self._file.read(min(most, self._left))
        self._left -= len(piece)
        return piece


def _members(path: Path, file: BinaryIO, length: int) -> Iterator[Member]:
    at, override = 0, _Override()
    while at + BLOCK <= length:
        file.seek(at)
        header = file.read(BLOCK)
        if not header.strip(b"\0"):
            return
        _check(path, header, at)
        kind, size = header[156:157], _number(header[124:136])
        start = at + BLOCK
        if kind == PAX:
            override = _pax(file.read(size))
        elif kind == LONG_NAME:
            override = _Override(name=_text(file.read(size)))
        else:
            size = size if override.size is None else override.size
            if start + size > length:
                raise FormatError(f"{path}: ends inside {override.name or _name(header)}; download the shard again")
            if kind in REGULAR:
                yield Member(name=override.name or _name(header), offset=start, size=size)
            override = _Override()
        at = start + -(-size // BLOCK) * BLOCK
    if at < length or at > length:
        raise FormatError(f"{path}: expected headers of {BLOCK} bytes, found the end of the file; download it again")


@dataclass(frozen=True, kw_only=True)
class _Override:
    """What a member of its own says of the member after it."""

    name: str = ""
    size: int | None = None


def _check(path: Path, header: bytes, at: int) -> None:
    """By its checksum: the sum of all bytes, those of the checksum counted as blanks."""
    try:
        stated = int(header[148:156].strip(b"\0 ") or b"0", 8)
    except ValueError:
        stated = -1
    if stated != sum(header) - sum(header[148:156]) + 8 * 32:
        raise FormatError(
            f"{path}: expected a tar file without compression, found no header at byte {at}; unpack it "
            "(`gunzip`), or download it again"
        )


def _number(field: bytes) -> int:
    """An octal number, or a binary one where it is too large for that."""
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    return _natural(field.strip(b"\0 ") or b"0", 8)


def _natural(digits: bytes, base: int) -> int:
    """A number that is not negative: with another, the next header would be looked for where one has been."""
    if (number := int(digits, base)) < 0:
        raise ValueError(f"the size {number}")
    return number


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _pax(data: bytes) -> _Override:
    """Records ``LENGTH KEY=VALUE``, each with a line end; the length counts the whole record."""
    fields: dict[bytes, bytes] = {}
    while data:
        length = _natural(data[: data.index(b" ")], 10)
        if not length:
            raise ValueError("a record without length")
        key, _, value = data[data.index(b" ") + 1 : length - 1].partition(b"=")
        fields[key] = value
        data = data[length:]
    size = fields.get(b"size")
    return _Override(name=fields.get(b"path", b"").decode(), size=None if size is None else _natural(size, 10))


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
