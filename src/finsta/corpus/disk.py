"""What a writer that may be killed at any moment builds on: a lock, appended lines, and files that appear whole."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finsta.errors import OutputError

SYNC_SECONDS = 2.0
"""Appended lines are handed to the disk at least this often: a killed process loses none of them, a power cut these."""


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Turn what the system says of a file that cannot be written into an error of ours.

    Raises:
        OutputError: in place of an ``OSError``.
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written: {reason}; make room, or choose another --out") from error


@contextmanager
def folder_lock(path: Path) -> Iterator[None]:
    """Hold a folder for this process alone. The lock is of the system's making and ends with the process.

    Args:
        path: A file, which is made and stays.

    Raises:
        OutputError: if another process holds it.
    """
    import fcntl

    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(file, 200, 0).decode("utf-8", "replace").strip() or "another process"
            raise OutputError(
                f"{path.parent.parent}: {holder} writes into it; wait for it, or choose another --out"
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        os.close(file)


def put_in_place(temporary: Path, path: Path) -> None:
    """Give a finished file its name, over what had it before; after this returns, a power cut cannot undo it."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot
            os.fsync(handle)
    finally:
        os.close(handle)


class LineFile:
    """A file to which whole lines are appended. What a killed writer left of a last line is cut off when it is opened.

    Args:
        path: Made if it is not there; its folder too.

    Raises:
        OutputError: if it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with written(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self.size = self._last_newline()
            os.ftruncate(self._file, self.size)
        self._synced = time.monotonic()

    def _last_newline(self) -> int:
        """Bytes up to and including the last newline."""
        end = os.fstat(self._file).st_size
        while end > 0:
            start = max(end - (1 << 16), 0)
            found = os.pread(self._file, end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def append(self, line: str) -> tuple[int, int]:
        """Append a line, which holds no newline; gives its place: offset and length in bytes.

        Raises:
            OutputError: if it cannot be written.
        """
        data = memoryview(line.encode() + b"\n")
        place = (self.size, len(data) - 1)
        with written(self.path):
            while data:
                data = data[os.write(self._file, data) :]
            if time.monotonic() - self._synced > SYNC_SECONDS:
                self.sync()
        self.size += place[1] + 1
        return place

    def sync(self) -> None:
        """Hand what was appended to the disk."""
        os.fsync(self._file)
        self._synced = time.monotonic()

    def read(self, place: tuple[int, int]) -> str:
        """The line at a place; what is no text in it is replaced."""
        return os.pread(self._file, place[1], place[0]).decode("utf-8", "replace")

    def places(self) -> Iterator[tuple[int, int]]:
        """The place of each line, in order."""
        with self.path.open("rb") as lines:
            offset = 0
            for line in lines:
                yield offset, len(line) - 1
                offset += len(line)

    def clear(self) -> None:
        """Forget all lines."""
        with written(self.path):
            os.ftruncate(self._file, 0)
            self.sync()
        self.size = 0

    def close(self) -> None:
        """Hand all to the disk, and close."""
        with suppress(OSError):
            self.sync()
        os.close(self._file)
