"""A worker process, from both ends: what runs in it, and the handle by which the other process drives it."""

import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection

from finsta.corpus.keys import Recipe
from finsta.corpus.work import Clip, Failure, Group, MakeParser, Outcome, Parsed, Unchanged, Work
from finsta.errors import FinstaError, WorkError

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class _Ready:
    """The models are loaded, or the last group is done: the worker takes another."""


def serve(link: Connection, make_parser: MakeParser, recipe: Recipe) -> None:
    """In the worker: load the models once, then answer groups with outcomes until the other end is closed.

    What every other clip would meet as well, such as a package that is missing, is sent as an exception and ends the
    worker.
    """
    _settle_in()
    try:
        work = Work(make_parser, recipe)
        _one_thread()
        link.send(_Ready())
        while True:
            for outcome in work.outcomes(link.recv()):
                link.send(outcome)
            _one_thread()  # torch may be loaded by the first clip only
            link.send(_Ready())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # nobody asks any more
    except FinstaError as error:
        link.send(error)
    except Exception:
        link.send(WorkError("a worker could not start:\n" + traceback.format_exc()))


def _settle_in() -> None:
    """A worker leaves Ctrl-C to its parent, dies with it, and uses one thread: the others have workers of their own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    warnings.simplefilter("ignore")  # those of a clip stand in its graph
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _one_thread() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)


class Worker:
    """The handle of a worker process.

    Attributes:
        link: Readable when there is something to :meth:`read`.
        ready: Whether the models are loaded and no clip is in work.
        started: Whether the models were loaded at all.
        clips: The clips of the group in work that have no outcome yet.
    """

    def __init__(self, make_parser: MakeParser, recipe: Recipe, *, time_limit: float) -> None:
        context = get_context("spawn")
        self.link, other = context.Pipe()
        self._process = context.Process(target=serve, args=(other, make_parser, recipe), daemon=True)
        self._process.start()
        other.close()  # so that the death of the process closes the link
        self._limit = time_limit or float("inf")
        self._since = time.monotonic()
        self.ready, self.started = False, False
        self.clips: deque[Clip] = deque()

    def give(self, group: Group) -> None:
        """Have a ready worker take a group."""
        self.clips.extend(group)
        self.ready, self._since = False, time.monotonic()
        with suppress(OSError):  # it has died; reading says so
            self.link.send(group)

    @property
    def deadline(self) -> float:
        """When the clip in work has taken too long, in :func:`time.monotonic` seconds; loading models may take long."""
        return self._since + self._limit if self.clips else float("inf")

    def read(self) -> Outcome | None:
        """What the worker says next: an outcome, or ``None`` for ready.

        Raises:
            EOFError: if the process has died.
            FinstaError: what it raised itself.
        """
        try:
            said = self.link.recv()
        except OSError as error:  # the process died in the middle of a message
            raise EOFError from error
        if isinstance(said, FinstaError):
            raise said
        self._since = time.monotonic()
        if isinstance(said, Parsed | Unchanged | Failure):
            self.clips.popleft()
            return said
        self.ready = self.started = True
        return None

    def end(self) -> str:
        """Make an end of the process, dead or alive; says in words how it had ended, if it had."""
        if self.link.closed:
            return "ended"
        self.link.close()
        self._process.join(timeout=0.5)
        code = self._process.exitcode
        self._process.kill()
        self._process.join()
        self._process.close()
        if code is None or code == 0:
            return "ended"
        if code > 0:
            return f"ended with exit status {code}"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
