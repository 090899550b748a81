"""How times and memory are measured, and what a measured row is."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every section is told.

    Attributes:
        quick: Smaller sizes and fewer repetitions: to see that a section runs, not to believe its figures.
        threads: Threads that torch uses, here and in every process that is started for a measurement.
    """

    quick: bool = False
    threads: int = 2


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table.

    Attributes:
        what: What was measured.
        ours: Our figure, with its unit.
        other: The peer's figure, or the floor's, with its name and unit; empty where there is nothing to compare with.
        ratio: The number that is judged.
        wanted: The bound it should keep, such as ``≥ 2.0`` or ``≤ 0.6``; empty where it only informs.
    """

    what: str
    ours: str
    other: str = ""
    ratio: float | None = None
    wanted: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the ratio keeps its bound; ``None`` without one."""
        if not self.wanted or self.ratio is None:
            return None
        sign, bound = self.wanted.split()
        return self.ratio >= float(bound) if sign == "≥" else self.ratio <= float(bound)


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds of each round, by name; the rounds of all names alternate."""

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        """The middle round of one name."""
        return median(self.seconds[name])

    def ratio(self, name: str, other: str) -> float:
        """``name`` over ``other``: the median over rounds of the ratio inside a round, so that drift cancels."""
        return median(a / b for a, b in zip(self.seconds[name], self.seconds[other], strict=True))


def clock() -> float:
    """Seconds on the clock that is read: the processor's with one thread of torch, the wall's with several.

    With one thread nothing waits, so time given to other jobs of the machine need not count; with several, waiting for
    each other is part of the price.
    """
    import torch

    return process_time() if torch.get_num_threads() == 1 else perf_counter()


def alternate(work: dict[str, Callable[[], object]], *, rounds: int, warm_up: int = 1) -> Times:
    """Time several functions A B C A B C …, after ``warm_up`` rounds that do not count."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(warm_up + rounds):
        for name, function in work.items():
            start = clock()
            function()
            if number >= warm_up:
                seconds[name].append(clock() - start)
    return Times(seconds=seconds)


def exponent(sizes: list[float], values: list[float]) -> float:
    """Slope of log value over log size, by least squares: 1 is linear growth, 2 quadratic."""
    x, y = [log(size) for size in sizes], [log(value) for value in values]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True)) / sum((a - middle_x) ** 2 for a in x)


def peak_growth(case: str, settings: Settings, **arguments: Any) -> int:
    """Bytes by which the resident memory of a fresh process rises at its peak while a piece of work is done.

    ``case`` is ``module:function``; the function takes ``arguments``, makes what the work needs (model, input) and
    returns the work, a function without arguments. It is run in a process of its own. The growth is counted from just
    before the work to its highest point, allocator's slack included: what a machine must have free. The function
    should do the same work once on something tiny, so that libraries and thread pools are not counted.
    """
    command = [sys.executable, str(HERE / "measuring.py"), case, str(settings.threads), json.dumps(arguments)]
    # One arena and a fixed threshold: large tensors come from the system and go back to it when freed.
    environment = os.environ | {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"the process that measured {case} failed:\n{done.stderr}")
    return int(done.stdout.split()[-1])


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def _measure_peak() -> None:
    """The other end of :func:`peak_growth`."""
    import torch

    case, threads, arguments = sys.argv[1:]
    torch.set_num_threads(int(threads))
    module, function = case.split(":")
    work = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    Path("/proc/self/clear_refs").write_text("5")  # the highest point so far is forgotten
    before = _status("VmRSS")
    work()
    print(_status("VmHWM") - before)


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = ["| what | ours | beside it | ratio | wanted | |", "|---|---|---|---|---|---|"]
    verdict = {True: "yes", False: "**no**", None: ""}
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"| {row.what} | {row.ours} | {row.other} | {ratio} | {row.wanted} | {verdict[row.met]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    _measure_peak()
