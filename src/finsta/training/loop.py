"""The training loop: steps, learning rates, log, checkpoints. What is learned is the objective's business."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from finsta.errors import TrainingError
from finsta.shapes import Tensor
from finsta.training.checkpoint import last_checkpoint, save_checkpoint
from finsta.training.schedule import BatchSchedule, warm_up_cosine

OnStep = Callable[[int, int], None]
"""Called with steps done and steps in all."""


@dataclass(frozen=True, kw_only=True)
class LoopConfig:
    """The part of a run's settings that the loop reads; see `PostTrainConfig` for the fields."""

    steps: int
    batch_size: int
    warm_up_steps: int
    clip_norm: float
    seed: int
    checkpoint_every: int


class Objective(Protocol):
    """What is trained: a module that turns a batch into the terms of its loss."""

    def __call__(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """The weighted terms, whose sum is the loss; ``progress`` in [0, 1) is the share of the steps done."""
        ...


def run_loop(
    objective: nn.Module,
    optimizer: torch.optim.Optimizer,
    collate: Callable[[Sequence[int]], Any],
    *,
    size: int,
    config: LoopConfig,
    folder: Path,
    on_step: OnStep | None = None,
) -> None:
    """Train until ``config.steps``, from the last checkpoint in the folder if there is one.

    Args:
        objective: See :class:`Objective`.
        optimizer: Its groups' learning rates are the peaks.
        collate: Makes the batch of some indices; it has an ``ids`` attribute for error messages.
        size: How many items indices refer to.
        config: See :class:`LoopConfig`.
        folder: For ``log.jsonl`` and ``checkpoints/``.
        on_step: Told of every step.

    Raises:
        TrainingError: if a term is not finite; names the step, the terms and the pairs.
        OutputError: if a checkpoint cannot be written.
    """
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    set_seed(config.seed)
    accelerator = Accelerator()
    module, prepared = accelerator.prepare(objective, optimizer)
    peaks = [group["lr"] for group in prepared.param_groups]
    start = _resume(accelerator, folder)
    schedule = BatchSchedule(size, batch_size=config.batch_size, seed=config.seed)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        for step in range(start, config.steps):
            began = time.perf_counter()
            rate = warm_up_cosine(step, warm_up=config.warm_up_steps, steps=config.steps)
            for group, peak in zip(prepared.param_groups, peaks, strict=True):
                group["lr"] = peak * rate
            batch = collate(schedule[step])
            terms = module(batch, step / config.steps)
            _check(terms, step, batch)
            prepared.zero_grad()
            accelerator.backward(torch.stack(list(terms.values())).sum())
            norm = accelerator.clip_grad_norm_(module.parameters(), config.clip_norm)
            prepared.step()
            facts = {name: term.item() for name, term in terms.items()}
            facts |= {"gradient_norm": float(norm), "learning_rate": peaks[0] * rate}
            log.write(json.dumps({"step": step, **facts, "seconds": time.perf_counter() - began}) + "\n")
            log.flush()
            if (step + 1) % config.checkpoint_every == 0 and step + 1 < config.steps:
                save_checkpoint(folder / "checkpoints", step + 1, lambda to: accelerator.save_state(str(to)))
            if on_step is not None:
                on_step(step + 1, config.steps)
    accelerator.free_memory()


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The steps of a run in order."""
    path = folder / "log.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def _resume(accelerator: Any, folder: Path) -> int:
    """Load the last checkpoint and cut the log back to it; the step to go on with."""
    found = last_checkpoint(folder / "checkpoints")
    start = 0
    if found is not None:
        start, checkpoint = found
        accelerator.load_state(str(checkpoint))
    kept = [json.dumps(line) + "\n" for line in read_log(folder) if line["step"] < start]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.jsonl").write_text("".join(kept), encoding="utf-8")
    return start


def _check(terms: dict[str, Tensor], step: int, batch: Any) -> None:
    broken = {name: term.item() for name, term in terms.items() if not bool(torch.isfinite(term))}
    if broken:
        raise TrainingError(
            f"step {step}: {', '.join(f'{name} is {value}' for name, value in broken.items())} on the pairs "
            f"{', '.join(batch.ids)}; lower the learning rate, or leave these pairs out, and run again"
        )
