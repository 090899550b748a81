"""Two processes that train a small stack of layers, whole or sharded, as ``torchrun`` starts them."""

import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from finsta.training.loop import sharding
from finsta.training.loop.processes import is_first, join_processes, leave_processes
from tests.training.tiny_run import CONFIG, train


class Stack(nn.Module):
    """Layers in a list, a single number, and a parameter that no step uses."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(3, 8)
        self.layers = nn.ModuleList(nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.2), nn.GELU()) for _ in range(3))
        self.last = nn.Linear(8, 1)
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.unused = nn.Linear(2, 2)

    def forward(self, batch, progress):
        x = self.first(batch.x)
        for layer in self.layers:
            x = x + layer(x)
        return {"square": (self.scale * self.last(x)[:, 0] - batch.y).square().mean()}


class StopError(Exception):
    pass


def main():
    """FOLDER and HOW: ``plain``, ``sharded``, ``bf16`` or ``stopped``, which is sharded and goes on after a stop."""
    join_processes()
    torch.set_num_threads(1)
    sharding.SMALLEST = 1
    folder, how = Path(sys.argv[1]), sys.argv[2]
    config = replace(
        CONFIG, batch_size=6, clip_norm=0.5, shard=how != "plain", precision="bf16" if how == "bf16" else "fp32"
    )
    metric = [0.1, 0.5, 0.9, 0.3, 0.2, 0.1]

    def stop(done, total):
        if done == 5:
            raise StopError

    if how == "stopped":
        try:
            train(folder, config=config, objective=Stack(), metric=metric, keep_best=True, on_step=stop)
        except StopError:
            metric = metric[2:]
    weights, trained = train(folder, config=config, objective=Stack(), metric=metric, keep_best=True)
    if is_first():
        torch.save({"weights": weights, "steps": trained.steps, "best": trained.best}, folder / "weights.pt")
    leave_processes()


if __name__ == "__main__":
    main()
