"""``finsta post-train``: a host and pairs in, an enhanced host out."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from finsta.config import PostTrainConfig, control

if TYPE_CHECKING:
    from finsta.data.pairs import Pair
    from finsta.training import PostTrained


@dataclass(frozen=True, kw_only=True)
class PostTrain:
    """Improve a host on video-text pairs; write a plain checkpoint that loads in bare transformers."""

    # Folder or hub id of a model of transformers; `finsta hosts` lists the families.
    host: str
    # A data folder (its train.jsonl is used), a pairs.jsonl, or a corpus that `finsta parse --manifest` wrote.
    data: Path
    # Folder for the enhanced host.
    out: Path
    # Train with the host's own loss alone: the fair control of the same run.
    control: bool = False
    # A corpus parsed from the same manifest: graphs are taken from its shards, by the pairs' ids.
    graphs: Path | None = None
    # Pairs to validate on, with --validate-every: a manifest, or a data folder; val.jsonl of the data by default.
    validation: Path | None = None
    # Folder for prepared frames and parsed graphs; `.finsta` of the data by default.
    cache: Path | None = None
    # Settings from a JSON file, such as the run/config.json of an earlier run; options given here win.
    config_file: Path | None = None
    # How to train.
    config: Annotated[PostTrainConfig, tyro.conf.arg(name="")] = PostTrainConfig()

    def run(self) -> None:
        """Train from where an interrupted run of the same settings stopped.

        Started several times by ``torchrun`` or ``accelerate launch``, the first process alone writes and prints.

        Raises:
            HostError: if the host cannot be used.
            OutputError: if the folder holds something else, or cannot be written.
            InputError: if no pair can be used.
            TrainingError: if the run cannot go on.
        """
        from finsta.command_line.output import progress_stages, warn
        from finsta.data.opening import open_pairs
        from finsta.data.places import cache_folder
        from finsta.training import post_train
        from finsta.training.loop.processes import leave_processes

        config = control(self.config) if self.control else self.config
        shown = os.environ.get("RANK", "0") == "0"
        with progress_stages(shown=shown) as stages:
            done = post_train(
                self.host,
                open_pairs(self.data, "train", graphs=self.graphs, lazily=config.prepare == "during"),
                self.out,
                config=config,
                cache=self.cache or cache_folder(self.data),
                data=str(self.data),
                command=f"finsta {' '.join(sys.argv[1:])}",
                stages=stages,
                validation=self._validation(config),
                tell=warn,
            )
        leave_processes()
        if shown:
            self._tell(done, config)

    def _validation(self, config: PostTrainConfig) -> "Sequence[Pair]":
        from finsta.data.pairs import read_pairs

        if not config.validate_every:
            return ()
        if self.validation is None and not (self.data / "val.jsonl").is_file():
            return ()
        return read_pairs(self.validation or self.data, "val")

    def _tell(self, done: "PostTrained", config: PostTrainConfig) -> None:
        from finsta.command_line.output import results, warn

        for pair, reason in (done.trained.skipped if done.trained else {}).items():
            warn(f"left out pair {pair}: {reason}")
        if done.pairs < config.batch_size:
            warn(f"a step saw {done.pairs} pairs, not {config.batch_size}: there are no more")
        if done.trained is None:
            results.print(f"{self.out} is finished already; nothing was done", markup=False)
            return
        steps = done.trained.steps
        if done.trained.best is not None:
            value, step = done.trained.best
            results.print(f"best {config.metric}: {value:g} after {step} steps", markup=False)
            if config.keep_best and step == 0:
                warn("no step made it better than it was: the host is written as it came")
        results.print(f"trained on {done.pairs} pairs for {steps} steps; wrote {self.out}", markup=False)


def post_train_defaults(arguments: list[str]) -> PostTrain | None:
    """The command's defaults, taken from ``--config-file`` where it is given, so that other options override it."""
    from finsta.command_line.arguments import value_of

    path = value_of(arguments, "--config-file") if arguments[:1] == ["post-train"] else None
    if path is None:
        return None
    from finsta.training.loop.run_folder import read_config

    missing = dict.fromkeys(("host", "data", "out"), tyro.MISSING)
    defaults = object.__new__(PostTrain)  # what is missing is of no type that the dataclass would take
    for f in fields(PostTrain):
        object.__setattr__(defaults, f.name, missing.get(f.name, f.default))
    object.__setattr__(defaults, "config", read_config(PostTrainConfig, Path(path)))
    return defaults
