"""``finsta``: reads the command, runs it, and turns what the user can mend into one line instead of a traceback."""

import os
import sys
from typing import Annotated, Any

import tyro

from finsta import __version__
from finsta.command_line.compare import Compare
from finsta.command_line.convert import Convert
from finsta.command_line.data import Data
from finsta.command_line.demo import Demo
from finsta.command_line.describe import Describe
from finsta.command_line.evaluate import Evaluate
from finsta.command_line.evaluate_graphs import EvaluateGraphs
from finsta.command_line.evaluate_grounding import EvaluateGrounding
from finsta.command_line.evaluate_text import EvaluateText
from finsta.command_line.fine_tune import FineTune
from finsta.command_line.ground import Ground
from finsta.command_line.hosts import Hosts
from finsta.command_line.info import Info
from finsta.command_line.models import Models
from finsta.command_line.parse import Parse
from finsta.command_line.post_train import PostTrain, post_train_defaults
from finsta.command_line.query import Query
from finsta.command_line.train_relation_head import TrainRelationHead
from finsta.command_line.train_text_parser import TrainTextParser
from finsta.command_line.world import World
from finsta.errors import FinstaError

DESCRIPTION = (
    "Structural spatio-temporal alignment for video-language models: scene graphs in, a better checkpoint out."
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Exits with 0; 1 for what the user can mend; 2 for wrong options; 3 where all was done but for some clips of a
    corpus, which are named; 130 on Ctrl-C; 141 where the reader of its output stops reading. `finsta data` says itself
    what 3 and 4 mean.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        print(__version__)
        return
    try:
        command = _read(arguments)
        command.run()
    except FinstaError as error:
        print(f"finsta: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # `finsta … | head` has read enough; what Python writes at its end must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("finsta: interrupted; what was written is kept, the same command continues", file=sys.stderr)
        sys.exit(130)


def _read(arguments: list[str]) -> Any:
    defaults = post_train_defaults(arguments)
    post_train: Any = tyro.conf.subcommand("post-train")
    if defaults is not None:
        post_train = tyro.conf.subcommand("post-train", default=defaults)
    commands: Any = (
        Annotated[Parse, tyro.conf.subcommand("parse")]
        | Annotated[Query, tyro.conf.subcommand("query")]
        | Annotated[Convert, tyro.conf.subcommand("convert")]
        | Annotated[World, tyro.conf.subcommand("world")]
        | Annotated[Data, tyro.conf.subcommand("data")]
        | Annotated[PostTrain, post_train]
        | Annotated[FineTune, tyro.conf.subcommand("fine-tune")]
        | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
        | Annotated[Compare, tyro.conf.subcommand("compare")]
        | Annotated[EvaluateGraphs, tyro.conf.subcommand("evaluate-graphs")]
        | Annotated[EvaluateText, tyro.conf.subcommand("evaluate-text")]
        | Annotated[Ground, tyro.conf.subcommand("ground")]
        | Annotated[EvaluateGrounding, tyro.conf.subcommand("evaluate-grounding")]
        | Annotated[Demo, tyro.conf.subcommand("demo")]
        | Annotated[TrainTextParser, tyro.conf.subcommand("train-text-parser")]
        | Annotated[TrainRelationHead, tyro.conf.subcommand("train-relation-head")]
        | Annotated[Info, tyro.conf.subcommand("info")]
        | Annotated[Models, tyro.conf.subcommand("models")]
        | Annotated[Hosts, tyro.conf.subcommand("hosts")]
        | Annotated[Describe, tyro.conf.subcommand("describe")]
    )
    options = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitSubcommandPrefixes)
    return tyro.cli(commands, prog="finsta", description=DESCRIPTION, args=arguments or ["--help"], config=options)
