"""``finsta train-text-parser``: captions with graphs in, a text parser out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from finsta.config import TextParserConfig


@dataclass(frozen=True, kw_only=True)
class TrainTextParser:
    """Train the learned text parser on captions with scene graphs, in the CSV format of the FACTUAL data set."""

    # CSV with the columns caption and scene_graph.
    data: Path
    # Folder for the parser; `finsta parse --text-parser FOLDER` takes it.
    out: Path
    # How to train.
    config: Annotated[TextParserConfig, tyro.conf.arg(name="")] = TextParserConfig()

    def run(self) -> None:
        """Train from where an interrupted run of the same settings stopped.

        Raises:
            InputError: if the data cannot be read.
            OutputError: if the folder holds something else, or cannot be written.
        """
        from finsta.command_line.output import progress_stages, results
        from finsta.graphs.exports.factual_csv import read_captions
        from finsta.training.text_parser.train import train_text_parser

        rows = read_captions(self.data)
        with progress_stages() as stages:
            train_text_parser(rows, self.out, config=self.config, stages=stages)
        results.print(f"parser: {self.out}; measure it with finsta evaluate-text", markup=False)
