"""Batches by their number; a sample that cannot be read is replaced by another one, always the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from finsta.errors import HostError, InputError, TrainingError
from finsta.training.loop.contract import Collate
from finsta.training.loop.schedule import BatchSchedule

FEWEST_DRAWN = 100
"""Samples over which the share of broken ones is taken at least: one broken sample at the start proves nothing."""

MOST_TRIED = 1000
"""Replacements that are tried for one place."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A batch, and what of it could not be read: number of the sample and why."""

    batch: Any
    skipped: dict[int, str] = field(default_factory=dict)


class Supply:
    """Collates the batches of a schedule; several threads may ask at once.

    Where a batch cannot be made, its samples are tried one by one. The place of a broken one is taken by the first
    that can be read of a random order of the samples that are not in the batch; the order depends on seed and number
    of the batch alone, and no two places (hence no two processes) try the same. So a run that is resumed, or shared
    otherwise, replaces alike. Where nothing is left to take its place, it stays empty.

    Args:
        collate: Makes the batch of some indices, told its number; raises ``InputError`` where one cannot be read.
        schedule: Which samples are in which batch.
    """

    def __init__(self, collate: Collate, schedule: BatchSchedule) -> None:
        self.collate = collate
        self.schedule = schedule
        self.broken: dict[int, str] = {}

    def __call__(self, number: int) -> Drawn:
        """This process's part of a batch.

        Raises:
            TrainingError: if not one sample of it can be read.
        """
        indices = self.schedule.share(number)
        if not any(index in self.broken for index in indices):
            try:
                return Drawn(batch=self.collate(indices, number))
            except HostError:
                raise
            except InputError as error:
                reason = error
            if all(self._readable(index) for index in indices):
                raise reason
        return self._mended(number, indices)

    def _mended(self, number: int, indices: Sequence[int]) -> Drawn:
        kept, skipped = [], {}
        for place, index in zip(self.schedule.places, indices, strict=True):
            if self._readable(index):
                kept.append(index)
                continue
            skipped[index] = self.broken[index]
            found = next((other for other in self._others(number, place) if self._readable(other)), None)
            if found is not None:
                kept.append(found)
        if not kept:
            reason = next(iter(skipped.values()))
            raise TrainingError(f"batch {number}: not one of its {len(indices)} samples can be read: {reason}")
        return Drawn(batch=self.collate(kept, number), skipped=skipped)

    def _others(self, number: int, place: int) -> Iterator[int]:
        """What may take a place of a batch, in order: every place has its own."""
        size, batch = self.schedule.size, set(self.schedule[number])
        width = self.schedule.batch_size
        generator = torch.Generator().manual_seed((self.schedule.seed * 7_368_787 + number) % 2**63)
        tried: set[int] = set()
        turn = 0
        for _ in range(MOST_TRIED * width):
            if len(tried) + len(batch) >= size:
                return
            other = int(torch.randint(size, (1,), generator=generator))
            if other in batch or other in tried:
                continue
            tried.add(other)
            if turn % width == place:
                yield other
            turn += 1

    def _readable(self, index: int) -> bool:
        if index in self.broken:
            return False
        try:
            self.collate([index], 0)
        except HostError:
            raise
        except InputError as error:
            self.broken[index] = str(error)
            return False
        return True


@dataclass(kw_only=True)
class Losses:
    """How many samples were drawn, and which could not be read; too many stop the run.

    Attributes:
        most: The share of the samples drawn that may be broken, in [0, 1].
        drawn: By this process so far.
        skipped: Times that a sample could not be read.
        reasons: Of each broken sample why, by its name.
    """

    most: float
    drawn: int = 0
    skipped: int = 0
    reasons: dict[str, str] = field(default_factory=dict)

    def count(self, drawn: int, skipped: dict[str, str]) -> None:
        """Take a batch into account.

        Raises:
            TrainingError: if too many samples were broken.
        """
        self.drawn += drawn
        self.skipped += len(skipped)
        self.reasons |= skipped
        if self.skipped > self.most * max(self.drawn, FEWEST_DRAWN):
            name, reason = next(reversed(self.reasons.items()))
            raise TrainingError(
                f"{self.skipped} of {self.drawn} samples could not be read, more than the share of {self.most:g} that "
                f"is allowed; the last one is {name}: {reason}; mend the data, or raise --broken-share"
            )
