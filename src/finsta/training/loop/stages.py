"""Who is told how far the stages of a run are."""

from collections.abc import Callable

from finsta.training.loop.processes import is_first

Stages = Callable[[str], Callable[[int, int], None]]
"""Given the title of a stage, gives what is called with items done and items in all."""


def silent(title: str) -> Callable[[int, int], None]:
    """Stages that nobody watches."""
    return lambda done, total: None


def on_first(stages: Stages | None) -> Stages:
    """Stages that one process alone shows."""
    return stages if stages is not None and is_first() else silent
