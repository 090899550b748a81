"""Which pairs a step sees, and how fast it learns: functions of seed and step, so that a run resumes anywhere."""

import math
from functools import lru_cache

import torch

from finsta.shapes import Int, Tensor

WHOLE = 1 << 20
"""Items, or blocks of items, that are put into one random order at most: 8 MB, however many items there are."""

MIXED = 1 << 16
"""Items of a larger number that are mixed with each other."""

WINDOW = 32
"""Blocks that are mixed with each other where items lie in blocks of their own, such as the row groups of shards."""


class Shuffle:
    """A new order of all items for each epoch, of which any part can be had without the rest.

    At most :data:`WHOLE` items are put into one random order. Of more, neighbours become blocks, so that memory does
    not grow: the blocks are shuffled, and the items of consecutive ones among themselves. So it is with items that lie
    in blocks of their own, of which only :data:`WINDOW` need be open at a time then.

    Args:
        size: How many items there are.
        seed: Decides the orders.
        block: Neighbours that lie together; 1 where every item is read as easily as any other.
    """

    def __init__(self, size: int, *, seed: int, block: int = 1) -> None:
        self.size = size
        self.seed = seed
        self.block = block if block > 1 else -(-size // WHOLE)
        blocks = -(-size // self.block)
        mixed = WINDOW if block > 1 else MIXED // self.block
        self.window = blocks if self.block == 1 else min(mixed, blocks)
        self._blocks = lru_cache(1)(self._shuffled_blocks)
        self._items = lru_cache(2)(self._shuffled_items)

    def part(self, epoch: int, start: int, stop: int) -> list[int]:
        """The items from place ``start`` up to ``stop`` of the order of an epoch."""
        found: list[int] = []
        window = start // (self.window * self.block)
        while len(found) < stop - start:
            first, items = self._items(epoch, window)
            found += items[max(start - first, 0) : stop - first].tolist()
            window += 1
        return found

    def _shuffled_blocks(self, epoch: int) -> Int[Tensor, " blocks"]:
        blocks = -(-self.size // self.block)
        if blocks == self.window:
            return torch.arange(blocks)
        return torch.randperm(blocks, generator=self._generator(epoch, -1))

    def _shuffled_items(self, epoch: int, window: int) -> tuple[int, Int[Tensor, " items"]]:
        """The place of the first item of a window, and its items. The last block may be shorter than the others."""
        blocks = self._blocks(epoch)
        missing = -self.size % self.block
        before = window * self.window
        short = int((blocks[:before] == len(blocks) - 1).any()) * missing
        items = (blocks[before : before + self.window, None] * self.block + torch.arange(self.block)).flatten()
        items = items[items < self.size]
        order = torch.randperm(len(items), generator=self._generator(epoch, window))
        return before * self.block - short, items[order]

    def _generator(self, epoch: int, window: int) -> torch.Generator:
        return torch.Generator().manual_seed((self.seed * 1_000_003 + epoch + window * 0x9E3779B97F4A7C15) % 2**63)


class BatchSchedule:
    """Batches of indices drawn without replacement, epoch after epoch.

    The batch of a step depends only on ``(size, batch_size, seed, step)``. Whole batches only: a rest smaller than a
    batch waits for the next shuffle. Where several processes share the work, each takes its part of the same batch, so
    that a run sees the same pairs on any number of them.

    Args:
        size: How many items there are.
        batch_size: Items of a batch, of all processes together.
        seed: Decides the order.
        block: See :class:`Shuffle`.
        process: Number of this process.
        processes: How many share the work.

    Raises:
        ValueError: if there is no item, or a batch has fewer items than there are processes.
    """

    def __init__(
        self, size: int, *, batch_size: int, seed: int, block: int = 1, process: int = 0, processes: int = 1
    ) -> None:
        if size < 1:
            raise ValueError("expected at least one item to draw from, found none")
        self.size = size
        self.batch_size = min(batch_size, size)
        self.seed = seed
        self.process, self.processes = process, processes
        if self.batch_size < processes:
            raise ValueError(
                f"expected batches of at least one item for each of {processes} processes, found {self.batch_size}; "
                "raise --batch-size, or start fewer processes"
            )
        self._shuffle = Shuffle(size, seed=seed, block=block)

    def __getitem__(self, step: int) -> list[int]:
        """The indices of the batch of a step, counted from 0, of all processes together."""
        epoch, place = divmod(step, self.size // self.batch_size)
        start = place * self.batch_size
        return self._shuffle.part(epoch, start, start + self.batch_size)

    @property
    def places(self) -> range:
        """Which places of every batch are this process's."""
        first, last = (self.batch_size * number // self.processes for number in (self.process, self.process + 1))
        return range(first, last)

    def share(self, step: int) -> list[int]:
        """The indices of this process in the batch of a step."""
        return self[step][self.places.start : self.places.stop]


def warm_up_cosine(step: int, *, warm_up: int, steps: int) -> float:
    """The share of the peak learning rate: linear up to 1 over ``warm_up`` steps, then a cosine to 0 at ``steps``."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * min((step - warm_up) / max(steps - warm_up, 1), 1.0)))
