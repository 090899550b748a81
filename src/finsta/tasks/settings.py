"""What every task is told beside its items."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[int, int], None]


def nothing(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """How a task is run; none of it changes the figures.

    Attributes:
        batch_size: Clips, or pairs of clip and text, in one pass.
        cache: Folder to keep decoded frames in; None keeps them for one call.
        progress: Called with steps done and steps in all.
    """

    batch_size: int = 16
    cache: Path | None = None
    progress: Progress = nothing
