"""``finsta ground``: a clip and a sentence in; which thing each phrase refers to, and when each event happens, out."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from finsta.config import ParseConfig

if TYPE_CHECKING:
    from finsta.grounding.result import Grounding


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Ground a sentence in a video: grounding.json with a track for each phrase, an interval for each predicate."""

    # A file in any container and codec that FFmpeg reads.
    video: Path
    # A sentence or a paragraph.
    text: str
    # Folder for grounding.json, graphs.json and report.html.
    out: Path
    # Folder that `finsta post-train` wrote; without one the links of the parser are the answer.
    checkpoint: Path | None = None
    # Replace what an earlier run wrote into the folder.
    overwrite: bool = False
    # How to parse.
    config: Annotated[ParseConfig, tyro.conf.arg(name="")] = ParseConfig()

    def run(self) -> None:
        """Write the three files.

        Raises:
            InputError: if the video, the text or the checkpoint cannot be read.
            OutputError: if the folder holds another run, or cannot be written.
        """
        from finsta.command_line.output import by_name, messages, output_folder, progress_stages, results, warn
        from finsta.graphs.holistic import HolisticSceneGraph
        from finsta.graphs.serialization import save_graph
        from finsta.grounding import GroundingModel, ground_by_links, save_grounding
        from finsta.parsing import Pipeline
        from finsta.viewer.report import write_report

        folder = output_folder(self.out, holds="grounding.json", overwrite=self.overwrite)
        model = None if self.checkpoint is None else GroundingModel.load(self.checkpoint)
        with progress_stages() as stages:
            parsed = Pipeline(self.config)(video=self.video, text=self.text, progress=by_name(stages))
        graph = parsed.graph
        assert isinstance(graph, HolisticSceneGraph)
        for note in parsed.notes:
            messages.print(note, markup=False)
        for warning in parsed.warnings:
            warn(warning)
        if model is None:
            messages.print("no --checkpoint: grounded by the links of the parser, not by a trained model", markup=False)
            grounding = ground_by_links(graph)
        else:
            grounding = model.ground(graph, video=self.video)
            graph = grounding.on(graph)
        save_graph(graph, folder / "graphs.json")
        write_report(graph, parsed.images, folder / "report.html")
        save_grounding(grounding, graph.video, folder / "grounding.json")
        results.print(summary(grounding), markup=False)
        results.print(f"wrote {folder / 'grounding.json'} and {folder / 'report.html'}", markup=False)


def summary(grounding: "Grounding") -> str:
    """What was found, a line for each phrase."""
    lines = [f"grounded by: {grounding.source}"]
    for phrase in grounding.phrases:
        start, end = phrase.boxes[0].time, phrase.boxes[-1].time
        lines.append(
            f"  {phrase.phrase!r}: track {phrase.track} ({phrase.label}), {len(phrase.boxes)} boxes, {start:.1f}–"
            f"{end:.1f} s, score {phrase.score:.2f}"
        )
    for predicate in grounding.predicates:
        end_track = "" if predicate.object_track is None else f" → {predicate.object_track}"
        lines.append(
            f"  {predicate.phrase!r}: track {predicate.subject_track}{end_track}, {predicate.interval[0]:.1f}–"
            f"{predicate.interval[1]:.1f} s, score {predicate.score:.2f}"
        )
    if len(lines) == 1:
        lines.append("  nothing: the text names nothing that has a track in the video")
    return "\n".join(lines)
