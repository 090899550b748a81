"""``finsta fine-tune``: a host and a data set in, a host that does a task out."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from finsta.config_fine_tune import FineTuneConfig
from finsta.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FineTune:
    """Train a host for a task of a data set; write a plain checkpoint, and a head beside where the host needs one."""

    # Folder or hub id of a host.
    host: str
    # Name of a data set: `finsta data list`; `manifest` for samples of your own.
    dataset: str
    # Folder of the data set's official files; its videos are in `videos` there, or in --videos.
    root: Path
    # Folder for the fine-tuned host.
    out: Path
    # recognition, captioning, retrieval, paragraph_retrieval, open_qa, multiple_choice_qa or binary_qa; the first that
    # the data set serves by default.
    task: str = ""
    # Variant of the data set; its first by default.
    variant: str = ""
    # Which split to train on.
    split: str = "train"
    # Folder of the data set's videos, plain files or tar shards.
    videos: Path | None = None
    # Samples to take from the head of the split; 0 takes all.
    limit: int = 0
    # Folder for prepared frames; `.finsta/clips` of the data by default.
    cache: Path | None = None
    # How to train.
    config: Annotated[FineTuneConfig, tyro.conf.arg(name="")] = FineTuneConfig()

    def run(self) -> None:
        """Train from where an interrupted run of the same settings stopped.

        Raises:
            HostError: if the host cannot be used, or cannot do the task.
            OutputError: if the folder holds something else, or cannot be written.
            InputError: if no sample can be used.
        """
        from finsta.command_line.output import progress_stages, results, warn
        from finsta.data.datasets import open_dataset
        from finsta.data.places import clip_folder
        from finsta.tasks.items import dataset_items
        from finsta.training.fine_tuning.train import fine_tune

        if self.limit < 0:
            raise InputError(f"--limit: expected 0 or more, found {self.limit}")
        variant = self.variant or None
        dataset = open_dataset(self.dataset, self.root, self.split, variant=variant, videos=self.videos)
        items = dataset_items(dataset, self.task or dataset.task[0], limit=self.limit)
        if items.missing:
            warn(f"{len(items.missing)} videos are missing, {items.missing[0]} the first; trained on the rest")
        with progress_stages() as stages:
            done = fine_tune(
                self.host,
                items,
                self.out,
                config=self.config,
                cache=self.cache or clip_folder(self.root),
                command=f"finsta {' '.join(sys.argv[1:])}",
                stages=stages,
            )
        for video, reason in done.skipped.items():
            warn(f"left out: {reason if video in reason else f'{video}: {reason}'}")
        if done.left_out:
            warn(f"{done.left_out} samples have no answer in the vocabulary of {done.head}, and were left out")
        if done.continued:
            results.print(f"{self.out} is finished already; nothing was done", markup=False)
            return
        results.print(
            f"trained for {items.task} on {done.samples} samples for {self.config.steps} steps; wrote {self.out}",
            markup=False,
        )
