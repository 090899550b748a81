"""Work done ahead of time in a thread, so that decoding and detecting do not wait for each other."""

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

_WAIT = 0.1
"""Seconds after which a waiting thread looks whether it is still needed."""


class _End:
    """What comes after the last item: nothing, or the error that ended the work."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[Item], *, depth: int) -> Iterator[Item]:
    """The items in order, made in a thread of their own that is at most ``depth`` items ahead.

    An error in making them is raised where the next item is asked for. When the caller stops early the thread ends too.
    """
    queue: Queue[Item | _End] = Queue(maxsize=depth)
    stopped = Event()

    def put(item: Item | _End) -> bool:
        while not stopped.is_set():
            try:
                queue.put(item, timeout=_WAIT)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as raised:  # raised again by the reader
            error = raised
        put(_End(error))

    thread = Thread(target=work, name="finsta-ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = queue.get(timeout=_WAIT)
            except Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()
        thread.join()
