"""What a run is judged by while it goes on: a metric every so often, the best weights kept, an early end."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.errors import InputError

FILE = "validation.jsonl"


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What to measure, and what follows from it.

    Attributes:
        measure: Gives every metric by name; called between steps.
        metric: The one that decides; larger is better.
        every: Steps between measurements; the start and the last step are measured too.
        patience: Measurements without a better one after which training ends; 0 never ends it.
        keep_best: Whether the best weights are kept, and are those that the run ends with.
    """

    measure: Callable[[], Mapping[str, float]]
    metric: str
    every: int
    patience: int = 0
    keep_best: bool = False

    def due(self, done: int, steps: int) -> bool:
        """Whether to measure after so many steps."""
        return done % self.every == 0 or done == steps


@dataclass(kw_only=True)
class Standing:
    """How a run stands: what a checkpoint keeps of its validation.

    Attributes:
        best: The best value so far; ``None`` before the first.
        step: Steps done then.
        since: Measurements since that were not better.
    """

    best: float | None = None
    step: int = 0
    since: int = 0

    def take(self, value: float, done: int) -> bool:
        """Take a measurement into account; whether it is the best so far. What is not a number is never better."""
        if self.best is None or value > self.best:
            self.best, self.step, self.since = value, done, 0
            return True
        self.since += 1
        return False


def value_of(metrics: Mapping[str, float], metric: str) -> float:
    """The metric that decides.

    Raises:
        InputError: if it was not measured.
    """
    if metric not in metrics:
        raise InputError(f"--metric: expected one of {', '.join(sorted(metrics))}; found {metric!r}")
    return float(metrics[metric])


def write_measurement(folder: Path, done: int, metrics: Mapping[str, float]) -> None:
    """Append a line to the file of measurements."""
    with (folder / FILE).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"step": done, **metrics}) + "\n")


def read_validation(folder: Path) -> list[dict[str, Any]]:
    """The measurements of a run in order: ``step`` (done by then) and every metric."""
    return read_lines(folder / FILE)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file that a killed run may have left with half a line at its end."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]
