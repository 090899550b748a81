"""``finsta parse``: a clip and a sentence to graphs, and a page that shows them; or a corpus of clips to shards."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from finsta.config import CorpusConfig, ParseConfig
from finsta.errors import InputError

MOST_LINES = 20
"""Triplets, and links, that are printed; graphs.json has them all."""


@dataclass(frozen=True, kw_only=True)
class Parse:
    """Parse a video, a text, or both into graphs.json and report.html; or the clips of a manifest into shards."""

    # Folder for graphs.json and report.html; of a corpus, for shards/ and failures.jsonl.
    out: Path
    # A file in any container and codec that FFmpeg reads.
    video: Path | None = None
    # A sentence or a paragraph.
    text: str | None = None
    # Many clips: a .jsonl with {"id", "video", "caption"} a line, a list of files, or a folder of videos.
    manifest: Path | None = None
    # Replace what an earlier run wrote into the folder; of a corpus, the rows that were made with other settings.
    overwrite: bool = False
    # How to parse.
    config: Annotated[ParseConfig, tyro.conf.arg(name="")] = ParseConfig()
    # How to share out and write the clips of a manifest.
    corpus: Annotated[CorpusConfig, tyro.conf.arg(name="")] = CorpusConfig()

    def run(self) -> None:
        """Write what there is to write.

        Raises:
            InputError: if nothing is given to parse, or too much, or it cannot be read.
            OutputError: if the folder holds another run, or cannot be written.
        """
        if self.manifest is None:
            self._parse_one()
            return
        from finsta.command_line.parse_corpus import run_corpus

        if self.video is not None or self.text is not None:
            raise InputError("--manifest names the clips and their texts: leave --video and --text out")
        run_corpus(self.manifest, self.out, self.config, self.corpus, overwrite=self.overwrite)

    def _parse_one(self) -> None:
        from finsta.command_line.output import by_name, messages, output_folder, progress_stages, results, warn
        from finsta.graphs.serialization import save_graph
        from finsta.parsing import Pipeline
        from finsta.viewer.report import write_report

        if self.video is None and self.text is None:
            raise InputError("nothing to parse: give --video FILE, --text '…', or both; or --manifest FILE_OR_FOLDER")
        folder = output_folder(self.out, holds="graphs.json", overwrite=self.overwrite)
        with progress_stages() as stages:
            parsed = Pipeline(self.config)(video=self.video, text=self.text, progress=by_name(stages))
        for note in parsed.notes:
            messages.print(note, markup=False)
        for warning in parsed.warnings:
            warn(warning)
        save_graph(parsed.graph, folder / "graphs.json")
        write_report(parsed.graph, parsed.images, folder / "report.html")
        results.print(summary(parsed.graph), markup=False)
        results.print(f"wrote {folder / 'graphs.json'} and {folder / 'report.html'}", markup=False)


def summary(graph: object) -> str:
    """What was found, in a few lines."""
    from finsta.graphs.dynamic import DynamicSceneGraph
    from finsta.graphs.holistic import HolisticSceneGraph
    from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph

    lines = []
    text = graph.text if isinstance(graph, HolisticSceneGraph) else graph
    video = graph.video if isinstance(graph, HolisticSceneGraph) else graph
    if isinstance(text, TextualSceneGraph):
        triplets = list(text.triplets())
        lines += [f"text: {_count(len(text.nodes), 'node')}, {_count(len(triplets), 'triplet')}"]
        for triplet in triplets[:MOST_LINES]:
            ends = [None if end is None else text.phrase(end) for end in (triplet.subject, triplet.object)]
            lines.append(f"  ( {ends[0] or '–'} , {text.phrase(triplet.predicate)} , {ends[1] or '–'} )")
    if isinstance(video, DynamicSceneGraph):
        shots = len({frame.shot for frame in video.frames})
        tracks, frames = _count(len(video.object_tracks), "track"), _count(len(video.frames), "key frame")
        lines.append(f"video: {tracks} in {frames} of {_count(shots, 'shot')}")
    if isinstance(graph, HolisticSceneGraph):
        for link in graph.links[:MOST_LINES]:
            track = graph.video.object_tracks[link.subject_track].label
            end = "" if link.object_track is None else f" → {graph.video.object_tracks[link.object_track].label}"
            phrase = graph.text.phrase(link.text_node)
            numbers = f"{link.interval[0]:.1f}–{link.interval[1]:.1f} s, similarity {link.similarity:.2f}"
            told = link.label or graph.text.nodes[link.text_node].kind is NodeKind.OBJECT
            doubt = "" if told else " (no such relation seen: when its objects are there)"
            lines.append(f"  {phrase!r}: track {link.subject_track} {track}{end}, {numbers}{doubt}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
