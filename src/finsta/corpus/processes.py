"""Groups of clips through a pool of worker processes, whatever happens to any of them."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from multiprocessing import connection
from types import TracebackType

from finsta.corpus.keys import Recipe
from finsta.corpus.work import Clip, Failure, Group, MakeParser, Outcome
from finsta.corpus.worker import Worker
from finsta.errors import InputError, WorkError

TRIES = 2
"""Workers that a clip may cost: the first may have died for another reason, such as the memory of its neighbours."""

STARTS = 3
"""Workers in a row that may die before they are ready."""


class ProcessPool:
    """Worker processes on this machine that keep their models from group to group.

    A worker that dies is replaced. The clip that it had in work is given to another one, alone, and fails if that dies
    too; a clip that takes longer than the limit fails at once. The other clips of the group go on.

    Args:
        make_parser: Makes the parser of each worker; sent there by name.
        recipe: How clips are parsed.
        workers: Processes at most, at least 1; no more are started than there are groups.
        time_limit: Seconds that a clip may take; 0 for no limit.
    """

    def __init__(self, make_parser: MakeParser, recipe: Recipe, *, workers: int, time_limit: float = 0.0) -> None:
        if workers < 1:
            raise InputError(f"expected at least 1 worker, found {workers}")
        self._make_parser, self._recipe = make_parser, recipe
        self._most, self._limit = workers, time_limit
        self._workers: list[Worker] = []
        self._waiting: deque[Group] = deque()
        self._deaths: Counter[str] = Counter()
        self._failed_starts = 0

    def __enter__(self) -> "ProcessPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they do."""
        while self._workers:
            self._workers.pop().end()

    def outcomes(self, groups: Iterable[Group]) -> Iterator[Outcome]:
        """One outcome a clip, as they come; groups are drawn as workers get free.

        Raises:
            WorkError: if workers die before they are ready.
            FinstaError: what a worker could not start for, or every clip would meet as well.
        """
        source = iter(groups)
        while True:
            self._hand_out(source)
            if not self._waiting and not any(worker.clips for worker in self._workers):
                return
            wait = min(worker.deadline for worker in self._workers) - time.monotonic()
            links = [worker.link for worker in self._workers]
            readable = connection.wait(links, None if wait == float("inf") else max(wait, 0.0))
            for worker in list(self._workers):
                if worker.link in readable:
                    yield from self._heard(worker)
                elif time.monotonic() >= worker.deadline:
                    yield self._too_long(worker)

    def _hand_out(self, source: Iterator[Group]) -> None:
        """Give groups to the workers that are ready, and start workers for those that still wait."""
        self._waiting.extend(islice(source, max(self._most - len(self._waiting), 0)))
        for worker in self._workers:
            if worker.ready and self._waiting:
                worker.give(self._waiting.popleft())
        soon = sum(not worker.ready and not worker.clips for worker in self._workers)
        for _ in range(min(self._most - len(self._workers), len(self._waiting) - soon)):
            self._workers.append(Worker(self._make_parser, self._recipe, time_limit=self._limit))

    def _heard(self, worker: Worker) -> Iterator[Outcome]:
        try:
            outcome = worker.read()
        except EOFError:
            yield from self._died(worker)
            return
        self._failed_starts = 0
        if outcome is not None:
            yield outcome

    def _died(self, worker: Worker) -> Iterator[Failure]:
        self._workers.remove(worker)
        how = worker.end()
        if not worker.started:
            self._failed_starts += 1
            if self._failed_starts == STARTS:
                raise WorkError(
                    f"{STARTS} workers in a row died before they were ready; the last {how}. Use fewer --workers if "
                    'memory is short, and in a script call this below `if __name__ == "__main__":`'
                )
            return
        clip = self._first_clip(worker)
        if clip is None:
            return
        self._deaths[clip.id] += 1
        if self._deaths[clip.id] < TRIES:
            self._waiting.appendleft((clip,))
            return
        reason = f"{clip.video}: its worker process {how}, and so did the one before"
        yield Failure(id=clip.id, video=clip.video, kind="crash", reason=reason, mark=clip.mark)

    def _too_long(self, worker: Worker) -> Failure:
        self._workers.remove(worker)
        worker.end()
        clip = self._first_clip(worker)
        assert clip is not None  # without a clip there is no deadline
        reason = f"{clip.video}: took longer than the limit of {self._limit:g} s"
        return Failure(id=clip.id, video=clip.video, kind="time", reason=reason, mark=clip.mark)

    def _first_clip(self, worker: Worker) -> Clip | None:
        """The clip that an ended worker had in work; the rest of its group waits for another one."""
        if not worker.clips:
            return None
        clip = worker.clips.popleft()
        if worker.clips:
            self._waiting.appendleft(tuple(worker.clips))
        return clip
