"""Write a world in published formats: videos first, then annotation files, and last the note that says all is there."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from finsta.data.world.formats.clips import World, read_world
from finsta.data.world.formats.content import VideoJob
from finsta.data.world.formats.table import FORMATS, format_names
from finsta.data.world.formats.videos import make_video
from finsta.errors import OutputError
from finsta.graphs.serialization import write_bytes, write_text

FORMAT = "finsta-world-format"
VERSION = 1
"""Rises whenever the same world would be written otherwise than before."""

NOTE = "format.json"
"""What a folder was made of; its field ``whole`` says that everything is there."""

_FEW = 40
"""So few videos are made faster without other processes."""

Report = Callable[[int, int], None]
"""Called with videos done and videos wanted, now and then."""

Progress = Callable[[str], Report]
"""Given the name of a format, gives what is called while it is written."""


def write_formats(
    root: str | Path, formats: Sequence[str], *, progress: Progress | None = None, workers: int = 2
) -> dict[str, Path]:
    """Write a finished world in published formats, each in ``formats/{name}`` below it (our definition).

    A folder holds the annotation files under their published names and ``videos/`` under the official ones: other names
    of the world's files where the container is the official one, files made of them else. Annotation files are the same
    bytes for the same world. What an interrupted run has made is kept; a folder that was made of a smaller world, or of
    another one, is made anew.

    Args:
        root: Folder of the world.
        formats: Names of data sets, or ``all``.
        progress: Gives what is told how far each format is.
        workers: Processes. With two or more, a script must call this under ``if __name__ == "__main__"``.

    Raises:
        InputError: if there is no such format, or no finished world with clips in every split.
        OutputError: if a folder holds something else, or cannot be written.
    """
    root = Path(root)
    names = format_names(formats)
    world = read_world(root)
    stage = progress or (lambda name: lambda done, wanted: None)
    return {name: _write(root / "formats" / name, name, world, stage(name), workers) for name in names}


def _write(folder: Path, name: str, world: World, report: Report, workers: int) -> Path:
    note = {"format": FORMAT, "version": VERSION, "name": name, "world": world.identity()}
    if _claim(folder, note):
        report(1, 1)
        return folder
    content = FORMATS[name](world)
    report(0, len(content.videos))
    for done, _ in enumerate(_make_all(folder, content.videos, workers), 1):
        report(done, len(content.videos))
    for file, data in content.files.items():
        write_bytes(folder / file, data)
    _write_note(folder, note | {"files": sorted(content.files), "videos": len(content.videos), "whole": True})
    return folder


def _claim(folder: Path, note: dict[str, Any]) -> bool:
    """Make the folder this format's; true where it is whole already.

    Raises:
        OutputError: if it is something else's.
    """
    found = _read_note(folder)
    if found is None and folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder}: holds files but no {NOTE} of finsta; take them away, or choose another output")
    if found is not None and all(found.get(key) == value for key, value in note.items()):
        return bool(found.get("whole"))
    if found is not None:
        _empty(folder)
    _write_note(folder, note | {"whole": False})
    return False


def _empty(folder: Path) -> None:
    """Take away what was made of another world, the note last."""
    try:
        for path in folder.iterdir():
            if path.name != NOTE:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made anew: {error.strerror}; choose another output") from error


def _read_note(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def _write_note(folder: Path, note: dict[str, Any]) -> None:
    write_text(folder / NOTE, json.dumps(note, indent=1) + "\n")


def _make_all(folder: Path, jobs: Sequence[VideoJob], workers: int) -> Iterator[None]:
    make = partial(make_video, folder)
    if workers == 1 or sum(job.way in ("cut", "recode") for job in jobs) <= _FEW:
        yield from map(make, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(make, jobs, chunksize=8)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
