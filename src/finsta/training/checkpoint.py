"""Checkpoints of a run: written whole or not at all, so that a run killed at any moment resumes from the last one."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from finsta.errors import OutputError

_PREFIX = "step-"


def save_checkpoint(folder: Path, step: int, save: Callable[[Path], object]) -> None:
    """Have ``save`` write into a hidden folder beside, rename it, drop the older ones.

    Raises:
        OutputError: if the disk is full or the folder cannot be written; the last checkpoint stays.
    """
    temporary = folder / f".{_PREFIX}{step:06d}.{os.getpid()}.tmp"
    final = folder / f"{_PREFIX}{step:06d}"
    try:
        for leftover in folder.glob(f".{_PREFIX}*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary.mkdir(parents=True)
        save(temporary)
        shutil.rmtree(final, ignore_errors=True)
        temporary.replace(final)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise OutputError(f"{final}: checkpoint cannot be written: {error}; the last one is kept") from error
    for older in sorted(folder.glob(f"{_PREFIX}*"))[:-1]:
        shutil.rmtree(older, ignore_errors=True)


def last_checkpoint(folder: Path) -> tuple[int, Path] | None:
    """Step and folder of the newest whole checkpoint, or ``None``."""
    found = sorted(folder.glob(f"{_PREFIX}*"))
    if not found:
        return None
    return int(found[-1].name.removeprefix(_PREFIX)), found[-1]
