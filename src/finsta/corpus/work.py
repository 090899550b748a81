"""What a worker does with a clip: read it, see whether it is done, parse it.

What comes of that are values that travel between processes and machines.
"""

import json
import os
import stat
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from finsta.corpus.keys import Recipe, content_hash
from finsta.corpus.schema import ClipGraph, ClipSource, Row, row_from_graph
from finsta.errors import FinstaError, MissingDependencyError, TextError, VideoError

Kind = Literal["missing", "video", "text", "error", "crash", "time"]
"""Why a clip has no graph: no such file; a file, or a text, that cannot be used; an error of ours; a worker process
that died; the time limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """A clip for a worker.

    Attributes:
        id: Unique in the corpus.
        video: Absolute path.
        text: What is said about it, if anything.
        mark: Stands for path, size and time of the file, text and recipe; what failed is known by it.
        settled: The key of the row that an earlier run made; with the same key there is nothing to do.
        part: Beginning and end, in seconds, of the part of the video that is meant; None for all of it.
    """

    id: str
    video: str
    text: str | None = None
    mark: str = ""
    settled: str | None = None
    part: tuple[float, float | None] | None = None


Group = tuple[Clip, ...]
"""Clips that one worker takes together, for they may share a video."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A clip without a graph.

    Attributes:
        id: Of the clip.
        video: Path of its file.
        kind: See :data:`Kind`.
        reason: For people.
        mark: Of the clip: it is not tried again while that is the same; empty where there was no file.
        detail: The traceback of an error of ours.
    """

    id: str
    video: str
    kind: Kind
    reason: str
    mark: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A clip with a graph; ``row`` is its row as one line of JSON."""

    id: str
    row: str


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """A clip whose key is the one that was settled already."""

    id: str


Outcome = Parsed | Unchanged | Failure


@runtime_checkable
class HasGraph(Protocol):
    """What a parser of clips gives; :class:`finsta.parsing.Parsed` is one."""

    @property
    def graph(self) -> Any:
        """A graph of video, or of video and text."""


@runtime_checkable
class ClipParser(Protocol):
    """What turns a clip into a graph; :class:`finsta.parsing.Pipeline` is one."""

    def __call__(
        self, *, video: str | Path, text: str | None, start: float | None = None, end: float | None = None
    ) -> HasGraph:
        """Parse one clip, or a part of a video."""


MakeParser = Callable[[], ClipParser]
"""Makes a parser inside of a worker; a function of a module, so that it can be sent there by name."""


class Work:
    """The parser of one worker, applied to groups of clips."""

    def __init__(self, make_parser: MakeParser, recipe: Recipe) -> None:
        self._parser = make_parser()
        self._recipe = recipe

    def outcomes(self, group: Group) -> Iterator[Outcome]:
        """One outcome a clip, in order. Clips of one key are parsed once and have the same graph.

        Raises:
            MissingDependencyError: if something is not installed that every other clip would need as well.
        """
        parsed: dict[str, Row] = {}
        contents: dict[str, str] = {}
        for clip in group:
            try:
                source = self._source(clip, contents)
                if source.key == clip.settled:
                    yield Unchanged(id=clip.id)
                    continue
                earlier = parsed.get(source.key)
                row = self._row(clip, source) if earlier is None else earlier | asdict(source)
                if len(group) > 1:
                    parsed[source.key] = row
                yield Parsed(id=clip.id, row=json.dumps(row, ensure_ascii=False))
            except MissingDependencyError:
                raise
            except Exception as error:  # whatever a clip does, the others go on
                yield failure(clip, error)

    def _source(self, clip: Clip, contents: dict[str, str]) -> ClipSource:
        """Where the clip comes from; ``contents`` remembers the hashes of files that the group shares."""
        status = video_status(clip.video)
        if clip.video not in contents:
            contents[clip.video] = content_hash(clip.video)
        content = contents[clip.video]
        return ClipSource(
            id=clip.id,
            key=self._recipe.key(content, clip.text, clip.part),
            video=clip.video,
            text=clip.text,
            content=content,
            size=status.st_size,
            modified=status.st_mtime_ns,
            settings=self._recipe.settings,
            version=self._recipe.version,
        )

    def _row(self, clip: Clip, source: ClipSource) -> Row:
        start, end = clip.part or (None, None)
        graph: ClipGraph = self._parser(video=clip.video, text=clip.text, start=start, end=end).graph
        status = video_status(clip.video)
        if (status.st_size, status.st_mtime_ns) != (source.size, source.modified):
            raise VideoError(f"{clip.video}: changed while it was parsed; run again when it is whole")
        return row_from_graph(graph, source)


class MissingVideoError(VideoError):
    """There is no such file."""


def video_status(video: str) -> os.stat_result:
    """Size and time of the file of a clip.

    Raises:
        MissingVideoError: if there is none.
        VideoError: if it cannot be reached, or is no regular file, such as a pipe, which would be waited for.
    """
    try:
        status = Path(video).stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingVideoError(f"{video}: no such file") from error
    except (OSError, ValueError) as error:
        raise VideoError(f"{video}: cannot be reached: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise VideoError(f"{video}: expected a video file, found a folder, device or pipe")
    return status


def failure(clip: Clip, error: Exception) -> Failure:
    """What is told of a clip that raised."""
    kind: Kind = "error"
    reason, detail = str(error), ""
    if isinstance(error, VideoError | TextError):
        kind = (
            "text" if isinstance(error, TextError) else "missing" if isinstance(error, MissingVideoError) else "video"
        )
    elif not isinstance(error, FinstaError):
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        detail = "".join(traceback.format_exception(error))
    return Failure(id=clip.id, video=clip.video, kind=kind, reason=reason, mark=clip.mark, detail=detail)


_KINDS: dict[str, type[Parsed] | type[Unchanged] | type[Failure]] = {
    kind.__name__: kind for kind in (Parsed, Unchanged, Failure)
}


def to_json(value: Outcome | Group) -> str:
    """An outcome, or a group of clips, as a line that :func:`outcome_from_json` or :func:`group_from_json` reads."""
    if isinstance(value, tuple):
        return json.dumps([asdict(clip) for clip in value])
    return json.dumps([type(value).__name__, asdict(value)])


def outcome_from_json(line: str) -> Outcome:
    """The inverse of :func:`to_json`."""
    kind, fields = json.loads(line)
    return _KINDS[kind](**fields)


def group_from_json(line: str) -> Group:
    """The inverse of :func:`to_json`."""
    clips = json.loads(line)
    return tuple(Clip(**clip | {"part": tuple(clip["part"]) if clip.get("part") else None}) for clip in clips)
