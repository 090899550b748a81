"""Where the figures of a run go besides ``log.jsonl``: TensorBoard, Weights & Biases, trackio, through Accelerate."""

import importlib.util
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finsta.errors import InputError, MissingDependencyError
from finsta.training.loop.processes import is_first

TRACKERS = {"tensorboard": "tensorboard", "wandb": "wandb", "trackio": "trackio"}
"""Those that can be chosen, and the package of each."""


def check_trackers(names: Sequence[str]) -> None:
    """See that trackers are known and installed, before a run begins.

    Raises:
        InputError: if one is unknown.
        MissingDependencyError: if its package is not installed.
    """
    for name in names:
        if name not in TRACKERS:
            raise InputError(f"--report-to: expected {', '.join(TRACKERS)}, found {name!r}")
        if importlib.util.find_spec(TRACKERS[name]) is None:
            raise MissingDependencyError(
                f"--report-to {name} needs the package {TRACKERS[name]}, found none; run: pip install {TRACKERS[name]}"
            )


class Trackers:
    """The trackers of a run, written to by the first process alone. A run that is resumed goes on in the same place.

    TensorBoard writes to ``tensorboard/`` of the run's folder, and forgets what a killed run wrote beyond the step that
    is resumed from. The others know a run by the name in the file ``tracker-id``.

    Args:
        accelerator: Made with the same names.
        names: See :data:`TRACKERS`.
        folder: Of the run.
        start: Steps done already.
        settings: What the run is made with.
    """

    def __init__(
        self, accelerator: Any, names: Sequence[str], folder: Path, *, start: int, settings: Mapping[str, Any]
    ) -> None:
        self._accelerator = accelerator if names and is_first() else None
        if self._accelerator is None:
            return
        identity = _identity(folder / "tracker-id")
        again = {"resume": "allow", "config": dict(settings)}
        accelerator.init_trackers(
            "finsta",
            init_kwargs={
                "tensorboard": {"purge_step": start + 1},
                "wandb": {"id": identity, "name": folder.parent.name, "dir": str(folder), **again},
                "trackio": {"name": f"{folder.parent.name}-{identity}", **again},
            },
        )

    def log(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write figures under ``group/name``."""
        if self._accelerator is not None:
            self._accelerator.log({f"{group}/{name}": value for name, value in values.items()}, step=step)

    def close(self) -> None:
        """Hand over what is not written yet."""
        if self._accelerator is not None:
            for tracker in self._accelerator.trackers:  # `end_training` would end the process group too
                tracker.finish()


def _identity(path: Path) -> str:
    if not path.is_file():
        path.write_text(uuid.uuid4().hex[:12], encoding="utf-8")
    return path.read_text(encoding="utf-8")
