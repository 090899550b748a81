"""``finsta query``: a sentence or a pattern in; the clips of a corpus that show it, and when, out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from finsta.errors import InputError, OutputError, VideoError

if TYPE_CHECKING:
    from finsta.corpus.schema import ClipGraph
    from finsta.query import Answer, Result
    from finsta.shapes import Image
    from finsta.viewer.hits import Hit


@dataclass(frozen=True, kw_only=True)
class Query:
    """Search a corpus: clips, tracks and intervals that fit a sentence ("person holds cup, 3-8 s") or a pattern."""

    # Folder that `finsta parse --manifest … --out FOLDER` wrote.
    folder: tyro.conf.Positional[Path]
    # A sentence, with a time at its end where wanted, or the exact form "?a:person[red] -hold-> ?b:cup @ 3..8".
    text: tyro.conf.Positional[str]
    # Answers to give, best first.
    limit: int = 20
    # Match words in their own forms only, without synonyms and kinds.
    exact: bool = False
    # Similarity in [0, 1] from which words match; 0.4 takes all that the tables imply ("hold" ~ near).
    least: float = 0.6
    # How a sentence is parsed: `rules`, `learned`, or a folder of `finsta train-text-parser`.
    parser: str = "rules"
    # Whether the graphs of the videos are asked, those of the texts, or both.
    side: Annotated[Literal["video", "text", "both"], tyro.conf.arg(name="in")] = "video"
    # Print the answers as JSON.
    json: Annotated[bool, tyro.conf.arg(name="json")] = False
    # File for a page with a frame of each answer.
    out: Path | None = None

    def run(self) -> None:
        """Print the answers; write the page.

        Raises:
            InputError: if the query asks for nothing, or there is no shard.
            FormatError: if a file is Parquet of another kind.
            OutputError: if the page cannot be written.
            MissingDependencyError: if DuckDB or Arrow is not installed.
        """
        from finsta.command_line.output import messages, results, warn
        from finsta.query import query
        from finsta.query.wording import answer_lines, summary
        from finsta.viewer.hits import write_hits

        if not 0 < self.least <= 1:
            raise InputError(f"--least: expected a similarity in (0, 1], found {self.least}")
        if self.out is not None and self.out.is_dir():
            raise OutputError(f"{self.out}: expected a file to write, found a folder; name a file in it")
        result = query(
            self.folder,
            self.text,
            limit=self.limit,
            exact=self.exact,
            least=self.least,
            parser=self.parser,
            side=self.side,
        )
        for warning in result.warnings:
            warn(warning)
        messages.print(f"understood as: {result.pattern}", markup=False)
        if self.json:
            print(json.dumps({"query": self.text} | result.to_dict(), ensure_ascii=False, indent=1))
        else:
            for number, answer in enumerate(result.answers, start=1):
                for line in answer_lines(number, answer):
                    results.print(line, markup=False)
            for line in (summary(result), *result.reasons):
                results.print(line, markup=False)
        if self.out is not None:
            lead = f"{result.pattern} — {summary(result)}"
            notes = (*result.warnings, *result.reasons)
            write_hits(self.out, self.text, hits(result, self.folder), lead=lead, notes=notes)
            messages.print(f"wrote {self.out}", markup=False)


def hits(result: "Result", folder: Path) -> "list[Hit]":
    """The answers with their graphs and, where the videos are still there, a picture each."""
    from finsta.corpus.schema import graph_from_row
    from finsta.graphs.holistic import HolisticSceneGraph
    from finsta.query.shards import read_rows
    from finsta.query.wording import found_lines
    from finsta.viewer.hits import Hit, shown_frame

    files = sorted({Path(answer.shard) for answer in result.answers})
    places = [(files.index(Path(answer.shard)), answer.row) for answer in result.answers]
    rows = read_rows(files, places, ("id", "graph"))
    found = []
    for answer, row in zip(result.answers, rows, strict=True):
        graph = graph_from_row(row)
        video = graph.video if isinstance(graph, HolisticSceneGraph) else graph
        tracks = _tracks(answer, graph)
        number = shown_frame(video, answer.intervals[0], list(tracks))
        images, missing = (
            ([], "no key frame")
            if number is None
            else _picture(answer, video.video.start + video.frames[number].time, folder)
        )
        found.append(
            Hit(
                title=answer.id,
                video=answer.video,
                score=answer.score,
                intervals=answer.intervals,
                tracks=tracks,
                lines=tuple(found_lines(answer)),
                graph=video,
                image=images[0] if images else None,
                missing=missing,
            )
        )
    return found


def _tracks(answer: "Answer", graph: "ClipGraph") -> dict[int, str]:
    """The tracks of an answer with their names; for one of the text, those that its objects are linked to."""
    named = {thing.track: thing.label for thing in answer.things}
    if answer.side == "text":
        links = getattr(graph, "object_links", ())
        named = {link.subject_track: named[link.text_node] for link in links if link.text_node in named}
    return {track: f"{label} {track}" for track, label in named.items()}


def _picture(answer: "Answer", time: float, folder: Path) -> "tuple[Sequence[Image], str]":
    """The frame at a time, or why there is none; a relative path is looked for here and beside the corpus."""
    from finsta.video.frames import frames_at
    from finsta.viewer.pictures import MAX_SIDE

    places = [Path(answer.video), folder / answer.video, folder.parent / answer.video]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return [], f"{answer.video} is not there any more: boxes without their picture"
    try:
        return frames_at(path, [time], max_side=MAX_SIDE), ""
    except VideoError as error:
        return [], f"no picture: {error}"
