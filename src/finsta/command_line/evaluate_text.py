"""``finsta evaluate-text``: a text parser against captions with reference graphs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from finsta.errors import InputError, OutputError
from finsta.text import DEFAULT_PARSER

if TYPE_CHECKING:
    from finsta.metrics.evaluation import TextEvaluation


@dataclass(frozen=True, kw_only=True)
class EvaluateText:
    """Measure a text parser on a CSV of captions and scene graphs (the format of the FACTUAL data set)."""

    # The file; its columns `caption` and `scene_graph` are read.
    csv: Annotated[Path, tyro.conf.Positional]
    # `learned`, `rules`, or a folder of `finsta train-text-parser`.
    parser: str = DEFAULT_PARSER
    # Captions to take from the head of the file; 0 takes all.
    limit: int = 0
    # Processes that parse.
    processes: int = 1
    # Also measure soft SPICE with MiniLM.
    soft_spice: bool = False
    # Examples to print of each class of error.
    examples: int = 2
    # File to write all numbers and every wrong caption to, as JSON.
    out: Path | None = None

    def run(self) -> None:
        """Print the figures, then the classes of error with examples.

        Raises:
            InputError: if the file cannot be read or is not in the format.
            OutputError: if the output cannot be written.
            MissingDependencyError: if a model that is needed is not installed.
        """
        from finsta.command_line.output import progress_bar, results
        from finsta.graphs.exports.factual_csv import read_captions
        from finsta.graphs.serialization import write_text
        from finsta.metrics.evaluation import evaluate_text
        from finsta.metrics.soft_spice import default_encoder

        for name, value, least in (("limit", self.limit, 0), ("processes", self.processes, 1)):
            if value < least:
                raise InputError(f"--{name}: expected {least} or more, found {value}")
        if self.out is not None and self.out.is_dir():
            raise OutputError(f"{self.out}: expected a file to write, found a folder; name a file in it")
        captions = read_captions(self.csv, limit=self.limit or None)
        encoder = default_encoder() if self.soft_spice else None
        with progress_bar("captions") as progress:
            evaluation = evaluate_text(
                captions, parser=self.parser, processes=self.processes, encoder=encoder, progress=progress
            )
        for line in _lines(evaluation, self.examples):
            results.print(line, markup=False)
        if self.out is not None:
            document = {"parser": self.parser, "data": str(self.csv)} | evaluation.to_dict()
            write_text(self.out, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
            results.print(f"wrote {self.out}", markup=False)


def _lines(evaluation: "TextEvaluation", examples: int) -> list[str]:
    from finsta.graphs.exports.factual import format_facts

    lines = [
        f"{'captions':<44}{evaluation.captions:10}",
        f"{'set match':<44}{100 * evaluation.set_match:10.2f}",
        f"{'SPICE':<44}{100 * evaluation.spice:10.2f}",
    ]
    if evaluation.soft_spice is not None:
        lines.append(f"{'soft SPICE':<44}{100 * evaluation.soft_spice:10.2f}")
    lines.append(f"{'captions/s':<44}{evaluation.captions_per_second:10.0f}")
    for kind, (errors, captions) in evaluation.counts().items():
        lines.append(f"{kind.value:<44}{errors:10} in {captions} captions")
        for caption, error in evaluation.examples(kind, examples):
            sides = (("expected", error.expected), ("found", error.found))
            parts = [f"{side} {format_facts([fact])}" for side, fact in sides if fact is not None]
            lines.append(f"    {caption.strip()}: {', '.join(parts) or 'only an object alone'}")
    return lines
