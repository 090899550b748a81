"""Which pairs a step sees, and how fast it learns: functions of seed and step, so that a run resumes anywhere."""

import math

import torch


class BatchSchedule:
    """Batches of indices drawn without replacement, epoch after epoch.

    The batch of a step depends only on ``(size, batch_size, seed, step)``. Whole batches only: a rest smaller than a
    batch waits for the next shuffle.
    """

    def __init__(self, size: int, *, batch_size: int, seed: int) -> None:
        if size < 1:
            raise ValueError("expected at least one item to draw from, found none")
        self.size = size
        self.batch_size = min(batch_size, size)
        self.seed = seed

    def __getitem__(self, step: int) -> list[int]:
        """The indices of the batch of a step, counted from 0."""
        per_epoch = self.size // self.batch_size
        epoch, place = divmod(step, per_epoch)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        order = torch.randperm(self.size, generator=generator)
        start = place * self.batch_size
        return [int(index) for index in order[start : start + self.batch_size]]


def warm_up_cosine(step: int, *, warm_up: int, steps: int) -> float:
    """The share of the peak learning rate: linear up to 1 over ``warm_up`` steps, then a cosine to 0 at ``steps``."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * min((step - warm_up) / max(steps - warm_up, 1), 1.0)))
