"""``finsta post-train``: a host and pairs in, an enhanced host out."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import tyro

from finsta.config import PostTrainConfig, control


@dataclass(frozen=True, kw_only=True)
class PostTrain:
    """Improve a host on video-text pairs; write a plain checkpoint that loads in bare transformers."""

    # Folder or hub id of a CLIP or X-CLIP model.
    host: str
    # A data folder (its train.jsonl is used) or a pairs.jsonl.
    data: Path
    # Folder for the enhanced host.
    out: Path
    # Train with the host's own loss alone: the fair control of the same run.
    control: bool = False
    # Folder for prepared frames and parsed graphs; `.finsta` of the data by default.
    cache: Path | None = None
    # Settings from a JSON file, such as the run/config.json of an earlier run; options given here win.
    config_file: Path | None = None
    # How to train.
    config: Annotated[PostTrainConfig, tyro.conf.arg(name="")] = PostTrainConfig()

    def run(self) -> None:
        """Train from where an interrupted run of the same settings stopped.

        Raises:
            HostError: if the host cannot be used.
            OutputError: if the folder holds something else, or cannot be written.
            InputError: if no pair can be used.
        """
        from finsta.command_line.output import progress_stages, results, warn
        from finsta.data.pairs import read_pairs
        from finsta.data.places import cache_folder
        from finsta.training import post_train

        pairs = read_pairs(self.data, "train")
        config = control(self.config) if self.control else self.config
        command = f"finsta {' '.join(sys.argv[1:])}"
        with progress_stages() as stages:
            done = post_train(
                self.host,
                pairs,
                self.out,
                config=config,
                cache=self.cache or cache_folder(self.data),
                data=str(self.data),
                command=command,
                stages=stages,
            )
        for pair, reason in done.failures.items():
            warn(f"left out pair {pair}: {reason}")
        if done.pairs < config.batch_size:
            warn(f"a step saw {done.pairs} pairs, not {config.batch_size}: there are no more")
        if done.continued:
            results.print(f"{self.out} is finished already; nothing was done", markup=False)
            return
        results.print(f"trained on {done.pairs} pairs for {config.steps} steps; wrote {self.out}", markup=False)


def post_train_defaults(arguments: list[str]) -> PostTrain | None:
    """The command's defaults, taken from ``--config-file`` where it is given, so that other options override it."""
    from finsta.command_line.arguments import value_of

    path = value_of(arguments, "--config-file") if arguments[:1] == ["post-train"] else None
    if path is None:
        return None
    from finsta.training.run_folder import read_config

    missing = dict.fromkeys(("host", "data", "out"), tyro.MISSING)
    defaults = object.__new__(PostTrain)  # what is missing is of no type that the dataclass would take
    for f in fields(PostTrain):
        object.__setattr__(defaults, f.name, missing.get(f.name, f.default))
    object.__setattr__(defaults, "config", read_config(PostTrainConfig, Path(path)))
    return defaults
