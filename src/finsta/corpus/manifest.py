"""What there is to parse: the lines of a manifest, a plain list of files, or a folder of videos."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from finsta.errors import FormatError, InputError

Entry = TypeVar("Entry")

VIDEO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("3gp", "avi", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg"),
        *("mpg", "mts", "ogv", "ts", "vob", "webm", "wmv", "y4m"),
    )
)
"""Files that a folder is searched for, in upper or lower case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestClip:
    """A clip to parse.

    Attributes:
        id: Unique in its manifest.
        video: Absolute path of the file.
        text: A sentence or a paragraph about it, if there is one.
        start: Seconds at which the part of the video begins that is meant; None is the beginning.
        end: Seconds at which it ends; None is the end.
    """

    id: str
    video: str
    text: str | None = None
    start: float | None = None
    end: float | None = None

    @property
    def part(self) -> tuple[float, float | None] | None:
        """What of the video is meant; None for all of it."""
        return None if self.start is None and self.end is None else (self.start or 0.0, self.end)


def read_manifest(source: str | Path) -> list[ManifestClip]:
    """The clips of a manifest, in its order.

    Args:
        source: A ``.jsonl`` file with an object ``{"id", "video"}`` a line, with ``caption`` or ``text`` where there is
            a text, and ``start`` and ``end`` in seconds where a part of the video is meant; any other file is a list
            with one path a line, which serves as id; a folder stands for the videos in it, at any depth, with the path
            in it as id. Paths in a file are relative to the file.

    Raises:
        InputError: if there is no such file or folder, or no video in the folder.
        FormatError: names file and line of what is no clip, or an id that appears twice.
    """
    source = Path(source)
    if source.is_dir():
        return _folder(source)
    if not source.is_file():
        raise InputError(f"{source}: expected a manifest or a folder of videos, found nothing there; check the path")
    clips = list(json_lines(source, _clip, expected="id and video") if source.suffix == ".jsonl" else _list(source))
    if not clips:
        raise FormatError(f"{source}: expected one clip a line, found none")
    check_unique((clip.id for clip in clips), source)
    return clips


def json_lines(
    path: Path, read: Callable[[Mapping[str, Any], Path], Entry], *, expected: str = "id, video and caption"
) -> Iterator[Entry]:
    """The entries of a JSON-lines file, made by ``read`` from each object and the file's folder.

    Raises:
        FormatError: names file and line of what is no such object.
    """
    folder = path.parent.resolve()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            yield read_line(line, path, number, lambda entry: read(entry, folder), expected=expected)


def read_line(
    line: bytes,
    path: Path,
    number: int,
    read: Callable[[Mapping[str, Any]], Entry],
    *,
    expected: str = "id, video and caption",
) -> Entry:
    """The entry that ``read`` makes of the object in a line.

    Raises:
        FormatError: names file and line of what is no such object.
    """
    try:
        return read(_object(line))
    except (ValueError, KeyError, TypeError) as error:
        found = line.strip()[:80].decode("utf-8", "replace")
        raise FormatError(
            f"{path}:{number}: expected an object with {expected}, found {found!r} ({_why(error)})"
        ) from error


def _why(error: Exception) -> str:
    """What is wrong with a line, in words."""
    if isinstance(error, json.JSONDecodeError):
        return f"this is no JSON from column {error.colno} on: {error.msg}"
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _object(line: bytes) -> Mapping[str, Any]:
    found = json.loads(line.strip())
    if not isinstance(found, dict):
        raise TypeError(f"no object but a {type(found).__name__}")
    return found


def check_unique(ids: Iterable[str], path: Path) -> None:
    """Raise ``FormatError`` where an id appears twice."""
    seen: set[str] = set()
    for found in ids:
        if found in seen:
            raise FormatError(f"{path}: id {found!r} appears twice; ids must be unique")
        seen.add(found)


def _clip(entry: Mapping[str, Any], folder: Path) -> ManifestClip:
    if not isinstance(entry["video"], str):
        raise TypeError("`video` is a string, the path of the file")
    texts = [entry[name] for name in ("caption", "text") if entry.get(name) is not None]
    if any(not isinstance(text, str) for text in texts):
        raise TypeError("`caption` and `text` are strings")
    if len(set(texts)) > 1:
        raise ValueError("`caption` and `text` differ: give one of them")
    start, end = (None if entry.get(name) is None else float(entry[name]) for name in ("start", "end"))
    return ManifestClip(
        id=str(entry["id"]),
        video=str(folder / entry["video"]),
        text=texts[0] if texts else None,
        start=start,
        end=end,
    )


def _list(path: Path) -> Iterator[ManifestClip]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path}: expected a manifest (.jsonl) or a list of files, found no text; for one clip give --video"
        ) from error
    names = dict.fromkeys(line.strip() for line in lines if line.strip())
    return (ManifestClip(id=name, video=str(path.parent.resolve() / name)) for name in names)


def _folder(folder: Path) -> list[ManifestClip]:
    if manifests := sorted(path.name for path in folder.glob("*.jsonl")):
        raise InputError(
            f"{folder}: holds {', '.join(manifests)}: give one of these files instead of the folder, "
            "or the folder of the videos alone"
        )
    top = folder.resolve()
    found = sorted(path for path in top.rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file())
    if not found:
        raise InputError(f"{folder}: expected videos in the folder, found none; give a manifest, or another folder")
    return [ManifestClip(id=path.relative_to(top).as_posix(), video=str(path)) for path in found]
