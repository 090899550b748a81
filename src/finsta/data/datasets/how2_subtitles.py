"""The subtitles of How2QA: a line for each clip of a minute, found by name without holding the file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import take, take_number
from finsta.data.samples import Subtitle
from finsta.errors import FormatError, InputError

NAMES = ("how2r_qa_sub.jsonl", "preprocessed_subtitles.jsonl", "subtitles.jsonl")
"""As its authors, HERO and VALUE call the file."""

CLIP = 60.0
"""Seconds of a clip."""


class How2Subtitles:
    """Where the subtitles of each clip begin in the file; a line is read when it is asked for.

    Args:
        path: A file with ``{"vid_name", "sub": [{"text", "start", "end"}]}`` a line, in seconds of the clip; None for
            no subtitles.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._places: dict[str, int] | None = None
        self._last: tuple[str, list[Subtitle]] = ("", [])

    def of_clip(self, names: Sequence[str], start: float | None, end: float | None) -> tuple[Subtitle, ...]:
        """What is said in a part of a clip that is known by one of several names, in seconds of the clip."""
        for name in names:
            if lines := self._lines(name):
                return tuple(line for line in lines if _touches(line, start, end))
        return ()

    def of_video(self, video: str, start: float, end: float) -> tuple[Subtitle, ...]:
        """What is said in a part of a whole video, in seconds of the video."""
        found = []
        for number in range(int(start // CLIP), int(end // CLIP) + 1) if self._path is not None else ():
            first = CLIP * number
            for line in self._lines(f"{video}_{first:.0f}_{first + CLIP:.0f}"):
                found.append(Subtitle(text=line.text, start=line.start + first, end=line.end + first))
        return tuple(line for line in found if _touches(line, start, end))

    def _lines(self, name: str) -> list[Subtitle]:
        if self._path is None:
            return []
        if self._places is None:
            self._places = _places(self._path)
        place = self._places.get(name)
        if place is None:
            return []
        if self._last[0] != name:
            self._last = name, _subtitles(self._path, place)
        return self._last[1]


def open_subtitles(files: AnnotationFiles) -> How2Subtitles:
    """Those that lie beside the questions, if there are any."""
    return How2Subtitles(files.find(*NAMES))


def _touches(line: Subtitle, start: float | None, end: float | None) -> bool:
    return (start is None or line.end > start) and (end is None or line.start < end)


def _places(path: Path) -> dict[str, int]:
    """The first byte of the line of each clip."""
    places: dict[str, int] = {}
    at = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    places[take(_object(line, f"{path}:{number}"), "vid_name", str, f"{path}:{number}")] = at
                at += len(line)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; give the subtitles, or take them away") from error
    return places


def _object(line: bytes, where: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise FormatError(f"{where}: expected a whole JSON object a line, found {error}; download it again") from error


def _subtitles(path: Path, place: int) -> list[Subtitle]:
    with path.open("rb") as file:
        file.seek(place)
        entry = _object(file.readline(), f"{path}, byte {place}")
    where = f"{path}, {entry['vid_name']!r}"
    return [
        Subtitle(
            text=take(line, "text", str, where),
            start=take_number(line, "start", where, least=0.0),
            end=take_number(line, "end", where, least=0.0),
        )
        for line in take(entry, "sub", list, where)
    ]
