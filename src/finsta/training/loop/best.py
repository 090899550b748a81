"""The best weights of a run so far, kept beside its checkpoints."""

from pathlib import Path
from typing import Any

import torch

from finsta.errors import FormatError
from finsta.training.loop.checkpoint import checkpoints, drop_checkpoints, save_checkpoint
from finsta.training.loop.processes import is_first, wait

WEIGHTS = "weights.pt"
ALL = 1 << 30


class BestWeights:
    """Weights by the step that they are of.

    A run may go back to its last checkpoint at any time, and so to an earlier best: the others go only when a
    checkpoint no longer needs them.

    Args:
        folder: Its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, weights: dict[str, Any], step: int) -> None:
        """Keep weights beside those that there are; every process calls it.

        Raises:
            OutputError: if they cannot be written.
        """

        def write(to: Path) -> None:
            if is_first():
                with (to / WEIGHTS).open("wb") as file:
                    torch.save(weights, file)

        save_checkpoint(self.folder, step, write, keep=ALL)

    def load(self, step: int) -> dict[str, Any]:
        """The weights of a step.

        Raises:
            FormatError: if they are not there.
        """
        path = self.folder / f"step-{step:06d}" / WEIGHTS
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError) as error:
            raise FormatError(
                f"{path}: expected the best weights of the run, found none that can be read: {error}"
            ) from error
        return state

    def drop_others(self, step: int) -> None:
        """Remove all but those of a step."""
        if is_first() and checkpoints(self.folder):
            drop_checkpoints(self.folder, keep={step})
        wait()
