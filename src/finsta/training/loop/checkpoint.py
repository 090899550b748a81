"""Checkpoints of a run: written whole or not at all, so that a run killed at any moment resumes from the last one."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from finsta.errors import OutputError
from finsta.training.loop.processes import by_first, is_first, wait

_PREFIX = "step-"


def save_checkpoint(folder: Path, step: int, save: Callable[[Path], object], *, keep: int = 1) -> Path:
    """Have ``save`` write into a hidden folder beside, hand it to the disk, rename it, drop the older ones.

    Every process calls it, and ``save``; the first one makes, names and drops folders.

    Args:
        folder: Of all checkpoints.
        step: Steps done.
        save: Writes files into the folder that it is given.
        keep: Checkpoints that stay, this one included.

    Returns:
        The folder of the checkpoint.

    Raises:
        OutputError: if the disk is full or the folder cannot be written; the earlier ones stay.
    """
    final = folder / f"{_PREFIX}{step:06d}"
    temporary = by_first(lambda: _begin(folder, step))
    try:
        save(temporary)
        wait()
        if is_first():
            _finish(temporary, final)
    except (OSError, RuntimeError) as error:  # torch tells of a full disk by a RuntimeError
        shutil.rmtree(temporary, ignore_errors=True)
        raise _unwritten(final, error) from error
    if is_first():
        drop_checkpoints(folder, keep={number for number, _ in checkpoints(folder)[-keep:]})
    wait()
    return final


def _begin(folder: Path, step: int) -> Path:
    """An empty hidden folder to write a checkpoint into; what killed runs left is removed."""
    temporary = folder / f".{_PREFIX}{step:06d}.{os.getpid()}.tmp"
    try:
        for leftover in folder.glob(f".{_PREFIX}*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary.mkdir(parents=True)
    except OSError as error:
        raise _unwritten(folder / f"{_PREFIX}{step:06d}", error) from error
    return temporary


def _finish(temporary: Path, final: Path) -> None:
    """Give a written folder its name; after this returns, neither a kill nor a power cut can undo it."""
    for path in [*temporary.rglob("*"), temporary]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    if final.exists():
        _remove(final)
    temporary.replace(final)
    handle = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def checkpoints(folder: Path) -> list[tuple[int, Path]]:
    """Step and folder of every whole checkpoint, by step."""
    return sorted((int(path.name.removeprefix(_PREFIX)), path) for path in folder.glob(f"{_PREFIX}*"))


def last_checkpoint(folder: Path) -> tuple[int, Path] | None:
    """Step and folder of the newest whole checkpoint, or ``None``."""
    found = checkpoints(folder)
    return found[-1] if found else None


def drop_checkpoints(folder: Path, *, keep: set[int]) -> None:
    """Remove those of other steps. A kill meanwhile leaves none that is half there."""
    for step, path in checkpoints(folder):
        if step not in keep:
            _remove(path)


def _remove(path: Path) -> None:
    """Take the name away first, so that half of a folder never has it."""
    hidden = path.with_name(f".{path.name}.removed.tmp")
    shutil.rmtree(hidden, ignore_errors=True)
    path.replace(hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def _unwritten(final: Path, error: Exception) -> OutputError:
    return OutputError(
        f"{final}: checkpoint cannot be written: {error}; the last one is kept; make room, and run the same command "
        "again"
    )
