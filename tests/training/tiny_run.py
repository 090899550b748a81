"""A tiny run of the loop, as a test and as a program: a network with dropout learns to add up rows of numbers."""

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from finsta.errors import InputError
from finsta.training.loop.loop import LoopConfig, run_loop
from finsta.training.loop.validation import Validation

ITEMS = 23
CONFIG = LoopConfig(
    steps=9,
    batch_size=4,
    warm_up_steps=2,
    clip_norm=1.0,
    seed=5,
    checkpoint_every=3,
    accumulation=2,
    workers=2,
)


@dataclass(frozen=True)
class Batch:
    ids: tuple[str, ...]
    x: torch.Tensor
    y: torch.Tensor


class Adding(nn.Module):
    """Dropout draws from torch, a weight from numpy's generator: what a resumed run must draw again."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.3), nn.GELU(), nn.Linear(8, 1))
        self.unused = nn.Linear(2, 2)

    def forward(self, batch, progress):
        found = self.layers(batch.x)[:, 0]
        return {
            "square": (found - batch.y).square().mean(),
            "size": 1e-3 * found.abs().mean() * float(np.random.rand()),
        }


def collate(indices, number):
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(ITEMS, 3, generator=generator)
    x = table[list(indices)]
    return Batch(ids=tuple(map(str, indices)), x=x, y=x.sum(1))


def broken(*bad):
    """A collate for which some items cannot be read."""

    def collate_others(indices, number):
        if found := [index for index in indices if index in bad]:
            raise InputError(f"item {found[0]} is broken")
        return collate(indices, number)

    return collate_others


def train(folder, *, config=CONFIG, collate=collate, on_step=None, metric=None, objective=None, **options):
    """Run; gives the weights and how it ended. ``metric`` maps steps done to a value."""
    objective = objective or Adding()
    optimizer = torch.optim.AdamW(objective.parameters(), lr=0.05)
    validation = None
    if metric is not None:
        values = iter(metric)
        validation = Validation(measure=lambda: {"good": next(values)}, metric="good", every=2, **options)
    trained = run_loop(
        objective, optimizer, collate, size=ITEMS, config=config, folder=folder, on_step=on_step, validation=validation
    )
    return {name: value.clone() for name, value in objective.state_dict().items()}, trained


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def main():
    """``python -m tests.training.tiny_run FOLDER KILL_AT``: dies by SIGKILL at a step, or while it writes a checkpoint.

    KILL_AT is a number of steps done, or ``save:N``: in the middle of the checkpoint of step N.
    """
    torch.set_num_threads(1)
    folder, at = Path(sys.argv[1]), sys.argv[2]
    if at.startswith("save:"):
        original = torch.save

        def save(state, file):
            original(state, file)
            if f"step-{int(at[5:]):06d}" in file.name and "checkpoints" in file.name:
                file.truncate(100)
                os.kill(os.getpid(), signal.SIGKILL)

        torch.save = save

    def on_step(done, total):
        if str(done) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    weights, _ = train(folder, config=replace(CONFIG, keep_checkpoints=2), on_step=on_step)
    torch.save(weights, folder / "weights.pt")


if __name__ == "__main__":
    main()
