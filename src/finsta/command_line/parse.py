"""``finsta parse``: a clip and a sentence to graphs, and a page that shows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from finsta.config import ParseConfig
from finsta.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Parse:
    """Parse a video, a text, or both into scene graphs: graphs.json and report.html."""

    # Folder for graphs.json and report.html.
    out: Path
    # A file in any container and codec that FFmpeg reads.
    video: Path | None = None
    # A sentence or a paragraph.
    text: str | None = None
    # Replace what an earlier run wrote into the folder.
    overwrite: bool = False
    # How to parse.
    config: Annotated[ParseConfig, tyro.conf.arg(name="")] = ParseConfig()

    def run(self) -> None:
        """Write both files.

        Raises:
            InputError: if neither video nor text is given, or one cannot be read.
            OutputError: if the folder holds another run, or cannot be written.
        """
        from finsta.command_line.output import output_folder, progress_bar, results, warn
        from finsta.graphs.serialization import save_graph
        from finsta.parsing import Pipeline
        from finsta.viewer.report import write_report

        if self.video is None and self.text is None:
            raise InputError("nothing to parse: give --video FILE, --text '…', or both")
        folder = output_folder(self.out, holds="graphs.json", overwrite=self.overwrite)
        with progress_bar("frames") as progress:
            parsed = Pipeline(self.config)(video=self.video, text=self.text, progress=progress)
        for warning in parsed.warnings:
            warn(warning)
        save_graph(parsed.graph, folder / "graphs.json")
        write_report(parsed.graph, parsed.images, folder / "report.html")
        results.print(summary(parsed.graph), markup=False)
        results.print(f"wrote {folder / 'graphs.json'} and {folder / 'report.html'}", markup=False)
