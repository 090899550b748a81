"""Parameters shared out over processes by FSDP, for models that one GPU does not hold: through Accelerate."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from finsta.errors import InputError
from finsta.shapes import Tensor
from finsta.training.processes import is_first


def wants_shards() -> bool:
    """Whether the launcher asks for FSDP."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true", "yes")


class ShardedEngine:
    """FSDP2 (``fully_shard``), as Accelerate sets it up from the launcher's settings.

    Every process must call the same modules in the same order, since each call gathers parameters from all: an
    objective that leaves out a tower where its part of the batch has no use for it would wait for ever.

    Raises:
        InputError: if the launcher asks for the first version of FSDP.
    """

    alike = False

    def __init__(self, objective: nn.Module, optimizer: torch.optim.Optimizer, accelerator: Any) -> None:
        if not accelerator.is_fsdp2:
            raise InputError("expected FSDP of version 2, found version 1; launch with --fsdp_version 2")
        self.accelerator = accelerator
        self.device: torch.device = accelerator.device
        self.module, self.optimizer = accelerator.prepare(objective, optimizer)

    def terms(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """See `Engine`."""
        return {name: term.float() for name, term in self.module(batch, progress).items()}

    def backward(self, loss: Tensor, *, last: bool) -> None:
        """See `Engine`; the gradients of the step's other batches wait on each process."""
        self.module.set_requires_gradient_sync(last)
        self.accelerator.backward(loss)

    def step(self, clip_norm: float) -> tuple[float, bool]:
        """See `Engine`."""
        norm = float(self.accelerator.clip_grad_norm_(self.module.parameters(), clip_norm))
        finite = norm < float("inf")
        if finite or self.accelerator.scaler is not None:
            self.optimizer.step()
            self.optimizer.zero_grad()
        return norm, finite or self.accelerator.scaler is not None

    def save(self, folder: Path) -> None:
        """See `Engine`; every process writes its shards."""
        self.accelerator.save_state(str(folder))

    def load(self, folder: Path) -> None:
        """See `Engine`."""
        self.accelerator.load_state(str(folder))

    def weights(self) -> dict[str, Any]:
        """See `Engine`; gathered on the first process."""
        state: dict[str, Any] = self.accelerator.get_state_dict(self.module)
        return state

    @contextmanager
    def whole(self) -> Iterator[None]:
        """See `Engine`: what belongs to no wrapped layer is gathered for the block; the layers gather their own."""
        self.module.unshard()
        try:
            yield
        finally:
            self.module.reshard()

    def finish(self, weights: dict[str, Any] | None) -> None:
        """See `Engine`: on the first process plain parameters take the place of the shards."""
        state = weights if weights is not None else self.weights()
        if not is_first():
            return
        for prefix, module in self.module.named_modules():
            for name, parameter in list(module.named_parameters(recurse=False)):
                value = state[f"{prefix}.{name}".lstrip(".")]
                setattr(module, name, nn.Parameter(value, requires_grad=parameter.requires_grad))
