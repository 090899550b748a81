"""Batches made by other threads while a step runs, in the order of the steps whatever the number of threads."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """What ``make`` gives for each number, one after another; up to ``workers`` are made ahead of need.

    Decoding leaves Python's lock, so that several threads decode at once. ``make`` must not depend on when it is
    called, nor draw from the global random generators: then what comes out does not depend on the threads.

    Args:
        make: Called with each number once.
        numbers: In order.
        workers: Threads, and things in memory ahead of need; 0 makes each when it is asked for.
    """

    def __init__(self, make: Callable[[int], Made], numbers: range, *, workers: int) -> None:
        self.waited = 0.0
        """Seconds that were spent waiting in all."""
        self._make = make
        self._numbers = iter(numbers)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="finsta-batch") if workers else None
        self._coming: deque[Future[Made]] = deque()
        for _ in range(workers):
            self._ask()

    def _ask(self) -> None:
        number = next(self._numbers, None)
        if number is not None and self._pool is not None:
            self._coming.append(self._pool.submit(self._make, number))

    def __next__(self) -> Made:
        """The next one; an error of ``make`` is raised when its turn has come.

        Raises:
            StopIteration: after the last number.
        """
        began = time.perf_counter()
        if self._pool is None:
            made = self._make(next(self._numbers))
        else:
            if not self._coming:
                raise StopIteration
            made = self._coming.popleft().result()
            self._ask()
        self.waited += time.perf_counter() - began
        return made

    def __iter__(self) -> Iterator[Made]:
        """Itself."""
        return self

    def close(self) -> None:
        """Make no more; what is being made is waited for."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


@contextmanager
def ahead(make: Callable[[int], Made], numbers: range, *, workers: int) -> Iterator[Ahead[Made]]:
    """An :class:`Ahead` whose threads end with the block."""
    coming = Ahead(make, numbers, workers=workers)
    try:
        yield coming
    finally:
        coming.close()
