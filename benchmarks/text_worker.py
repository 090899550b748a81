"""One parser measured in a process of its own; started by ``text_graphs.py``, prints one line of JSON."""

import json
import os
import re
import sys
from pathlib import Path
from time import perf_counter, time
from typing import Any

FIRST = "a man holds a red cup"


def quality(name: str, texts: list[str], started: float) -> dict[str, Any]:
    """Facts, seconds from the start of the process to the first graph, and peak memory."""
    from text_peers import facts_of

    parse = facts_of(name)
    next(iter(parse([FIRST])))
    ready = time() - started
    return {"facts": list(parse(texts)), "ready": ready, "peak": _peak("self")}


def one(name: str, texts: list[str]) -> dict[str, Any]:
    """Captions/s of one process, models loaded before."""
    from text_peers import graphs_by_one

    next(iter(graphs_by_one(name, [FIRST])))
    start = perf_counter()
    count = sum(1 for _ in graphs_by_one(name, texts))
    return {"rate": count / (perf_counter() - start)}


def two(name: str, texts: list[str]) -> dict[str, Any]:
    """Captions/s of two processes, their start left out, and the peak memory of all three.

    Both take texts by chunks of the same size. When the first graph arrives, each worker has had its first chunk at
    most: the time from then on belongs to the texts after these two, or more.
    """
    from finsta.text.parallel import CHUNK
    from text_peers import graphs_by_two

    first, peak = 0.0, 0
    for number, _graph in enumerate(graphs_by_two(name, texts)):
        first = first or perf_counter()
        if number % CHUNK == 0:
            peak = max(peak, sum(map(_peak, ("self", *_children()))))
    return {"rate": (len(texts) - 2 * CHUNK) / (perf_counter() - first), "peak": peak}


def _peak(process: str) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return 1024 * int(found[1]) if found else 0


def _children() -> list[str]:
    threads = Path("/proc/self/task").iterdir()
    return [child for thread in threads for child in (thread / "children").read_text().split()]


def main() -> None:
    """Arguments: mode and parser; texts as JSON on standard input."""
    mode, name = sys.argv[1:]
    texts: list[str] = json.load(sys.stdin)
    if mode == "quality":
        found = quality(name, texts, float(os.environ["FINSTA_STARTED"]))
    else:
        found = {"one": one, "two": two}[mode](name, texts)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
