"""The training loop: steps, learning rates, log, checkpoints. What is learned is the objective's business."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from finsta.training.loop.contract import Collate, Items, LoopConfig, Objective, Trained
from finsta.training.loop.engine import open_engine
from finsta.training.loop.run import LOG, OnStep, Run
from finsta.training.loop.trackers import check_trackers
from finsta.training.loop.validation import Validation, read_lines

__all__ = ["Items", "LoopConfig", "Objective", "Trained", "read_log", "run_loop"]


def run_loop(
    objective: nn.Module,
    optimizer: torch.optim.Optimizer,
    collate: Collate,
    *,
    size: int | Items,
    config: LoopConfig,
    folder: Path,
    on_step: OnStep | None = None,
    validation: Validation | None = None,
) -> Trained:
    """Train until ``config.steps``, from the last checkpoint in the folder if there is one.

    Everything random is set anew before each batch, from seed, step and process: so the run that is resumed draws the
    same numbers. Where processes share the work, each calls this, and the first one writes.

    Args:
        objective: See :class:`Objective`; what it names in ``unchanging`` is left out of checkpoints.
        optimizer: Its groups' learning rates are the peaks.
        collate: Makes the batch of some indices, given its number, in several threads at once if there are workers; its
            ``ids`` are named in error messages. ``InputError`` says that one cannot be read.
        size: How many items indices refer to, or more about them.
        config: See :class:`LoopConfig`.
        folder: For ``log.jsonl``, ``validation.jsonl``, ``checkpoints/``, ``best/`` and ``tensorboard/``.
        on_step: Told of every step.
        validation: What to measure on the way.

    Raises:
        TrainingError: if a term or the gradient is not finite (the batch is saved), or too many samples are broken.
        OutputError: if a checkpoint cannot be written.
    """
    check_trackers(config.report_to)
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(
        objective,
        optimizer,
        precision=config.precision,
        shard=config.shard,
        trackers=list(config.report_to),
        folder=folder,
    )
    items = size if isinstance(size, Items) else Items(size=size)
    run = Run(engine, optimizer, items=items, config=config, folder=folder, validation=validation)
    return run(collate, on_step or _unwatched)


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The steps of a run in order."""
    return read_lines(folder / LOG)


def _unwatched(done: int, total: int) -> None:
    """Nobody watches."""
