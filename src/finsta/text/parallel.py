"""Texts parsed by several processes: chunks in order, lazily, each worker with models of its own, loaded once."""

import gc
import os
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from finsta.errors import InputError, TextError
from finsta.graphs.scene_graph import TextualSceneGraph

if TYPE_CHECKING:
    from finsta.text import TextParser

CHUNK = 512
"""Texts that a worker takes at a time: as many as spaCy does, and about 0.2 MB on the way back."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_Parsed = tuple[list[TextualSceneGraph], Exception | None]

_in_worker: dict[str, Any] = {}
"""Of this process, where it is a worker: ``make``, what makes the parser, and ``parser``, once it is made."""


def parse_in_processes(
    texts: Iterable[str], make_parser: "Callable[[], TextParser]", *, processes: int, chunk: int = CHUNK
) -> Iterator[TextualSceneGraph]:
    """The graphs of texts in order, made by worker processes of one thread each.

    Texts are drawn as graphs are taken, at most two chunks a worker ahead. What a parser raises is raised here, after
    the graphs of the texts before; the workers end when the last graph is taken, or the iterator is closed.

    Args:
        texts: As many as there are; they need not fit into memory.
        make_parser: Makes the parser inside each worker; a function of a module, so that it can be sent there by name.
            :func:`sent` turns a parser at hand into one.
        processes: Number of workers, at least 1.
        chunk: Texts that a worker takes at a time, at least 1.

    Raises:
        InputError: if a number is below 1.
        TextError: if a worker dies, or cannot start.
    """
    for name, value in (("processes", processes), ("chunk", chunk)):
        if value < 1:
            raise InputError(f"expected {name} of at least 1, found {value}; 1 parses with one worker")
    return _parsed(iter(texts), make_parser, processes, chunk)


def sent(parser: "TextParser") -> "Callable[[], TextParser]":
    """A parser as something that makes it: the parser itself is pickled and sent to the workers."""
    return partial(_itself, parser)


def _itself(parser: "TextParser") -> "TextParser":
    return parser


def _parsed(
    texts: Iterator[str], make_parser: "Callable[[], TextParser]", processes: int, chunk: int
) -> Iterator[TextualSceneGraph]:
    waiting: deque[Future[_Parsed]] = deque()
    workers = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(make_parser,)
    )
    try:
        while True:
            while len(waiting) < 2 * processes and (block := list(islice(texts, chunk))):
                waiting.append(workers.submit(_parse_chunk, block))
            if not waiting:
                return
            graphs, error = waiting.popleft().result()
            yield from graphs
            if error is not None:
                raise error
    except BrokenProcessPool as broken:
        raise TextError(
            f"expected {processes} worker processes that parse to the end, found one dead; use processes=1 if memory "
            'is short, and in a script call this below `if __name__ == "__main__":`'
        ) from broken
    finally:
        workers.shutdown(cancel_futures=True)


def _start_worker(make_parser: "Callable[[], TextParser]") -> None:
    """Workers share the cores; threads inside them would only wait for one another."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    _in_worker["make"] = make_parser


def _parse_chunk(texts: list[str]) -> _Parsed:
    """In a worker: the graphs of a chunk, and what was raised after them."""
    graphs: list[TextualSceneGraph] = []
    try:
        for graph in _own_parser().parse_many(texts):
            graphs.append(graph)
        gc.collect()
    except Exception as error:  # handed to the caller, who raises it
        error.add_note("in a worker process:\n" + "".join(traceback.format_exception(error)))
        return graphs, error
    return graphs, None


def _own_parser() -> "TextParser":
    """The worker's parser: loaded with the first chunk, so that an error in loading comes back as that chunk's."""
    if "parser" not in _in_worker:
        _in_worker["parser"] = _in_worker["make"]()
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        gc.collect()
        gc.freeze()  # the models stay; looking through them again and again for garbage takes time
        gc.disable()  # what is in circles is looked for between chunks instead
    parser: TextParser = _in_worker["parser"]
    return parser
