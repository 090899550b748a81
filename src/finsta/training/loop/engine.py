"""The machine under the loop: device, precision, averaging over processes or sharding, and what a checkpoint holds."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from torch import nn

from finsta.errors import FormatError, InputError
from finsta.shapes import Tensor
from finsta.training.loop.processes import average_gradients, is_first, join_processes, share_state
from finsta.training.loop.sharding import ShardedEngine, launcher_shards

Precision = Literal["fp32", "bf16", "fp16"]

STATE = "state.pt"


@runtime_checkable
class Engine(Protocol):
    """What the loop asks of the machine."""

    device: torch.device
    accelerator: Any
    alike: bool
    """Whether each process has the whole model, so that one of them can judge it alone."""

    def terms(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """The weighted terms of the loss, in single precision."""

    def backward(self, loss: Tensor, *, last: bool) -> None:
        """Add to the gradients; ``last`` of the step's batches."""

    def step(self, clip_norm: float) -> tuple[float, bool]:
        """The norm of the gradient before it was clipped, and whether a step was taken: not where it is not finite."""

    def save(self, folder: Path) -> None:
        """Write what a run goes on from into a folder; every process calls it."""

    def load(self, folder: Path) -> None:
        """Read what :meth:`save` wrote."""

    def weights(self) -> dict[str, Any]:
        """The state of the objective, whole, on the first process."""

    def whole(self) -> AbstractContextManager[None]:
        """A block in which the objective's parts may be called on their own."""

    def finish(self, weights: dict[str, Any] | None) -> None:
        """Leave a plain module behind, with these weights where some are given (on the first process)."""


def open_engine(
    objective: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    precision: Precision,
    shard: bool,
    trackers: list[str],
    folder: Path,
) -> Engine:
    """The engine that is asked for: sharded by the settings or by ``accelerate launch --use_fsdp``, else plain.

    Raises:
        InputError: if the launcher asks for something else.
    """
    from accelerate import Accelerator
    from accelerate.utils import ProjectConfiguration

    join_processes()
    places = ProjectConfiguration(project_dir=str(folder), logging_dir=str(folder / "tensorboard"))
    accelerator = Accelerator(mixed_precision="no", log_with=trackers or None, project_config=places)
    kind = accelerator.distributed_type.value
    if not kind.startswith(("NO", "MULTI", "FSDP")):
        raise InputError(
            f"expected plain processes or FSDP, found {kind}; start with torchrun, or with `accelerate launch "
            "--multi_gpu` or `--use_fsdp`"
        )
    if shard or launcher_shards():
        return ShardedEngine(objective, optimizer, accelerator, precision)
    return PlainEngine(objective, optimizer, accelerator, precision)


class PlainEngine:
    """The whole model on every process; gradients averaged after the backward pass (`finsta.training.loop.processes`).

    Lower precision is autocast's: weights, gradients and optimizer stay in single precision.
    """

    alike = True

    def __init__(
        self, objective: nn.Module, optimizer: torch.optim.Optimizer, accelerator: Any, precision: Precision
    ) -> None:
        self.accelerator = accelerator
        self.device: torch.device = accelerator.device
        self.objective = objective.to(self.device)
        self.optimizer = optimizer
        self._type = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=precision == "fp16")
        share_state(objective)

    def terms(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """See :class:`Engine`."""
        lower = nullcontext() if self._type is None else torch.autocast(self.device.type, self._type)
        with lower:
            terms = self.objective(batch, progress)
        return {name: term.float() for name, term in terms.items()} if self._type else terms

    def backward(self, loss: Tensor, *, last: bool) -> None:
        """See :class:`Engine`."""
        self._scaler.scale(loss).backward()
        if last:
            average_gradients(self.objective.parameters())

    def step(self, clip_norm: float) -> tuple[float, bool]:
        """See :class:`Engine`. Half precision lowers its scale where the gradient is not finite, and passes over it."""
        self._scaler.unscale_(self.optimizer)
        norm = float(nn.utils.clip_grad_norm_(self.objective.parameters(), clip_norm))
        finite = norm < float("inf")
        if finite or self._scaler.is_enabled():
            self._scaler.step(self.optimizer)
            self._scaler.update()
            self.optimizer.zero_grad()
        return norm, finite or self._scaler.is_enabled()

    def save(self, folder: Path) -> None:
        """See :class:`Engine`; one file, written by the first process."""
        if not is_first():
            return
        state = {
            "objective": self._kept(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
        }
        with (folder / STATE).open("wb") as file:
            torch.save(state, file)

    def load(self, folder: Path) -> None:
        """See :class:`Engine`.

        Raises:
            FormatError: if it does not fit the objective, or cannot be read.
        """
        try:
            state = torch.load(folder / STATE, map_location="cpu", weights_only=True)
            self._put(state["objective"])
            self.optimizer.load_state_dict(state["optimizer"])
            self._scaler.load_state_dict(state["scaler"])
        except (OSError, RuntimeError, KeyError, ValueError, EOFError) as error:
            raise FormatError(
                f"{folder}: expected a checkpoint of this run, found what cannot be read ({error}); remove that "
                "folder, and the run goes on from the one before, or from the start"
            ) from error

    def weights(self) -> dict[str, Any]:
        """See :class:`Engine`."""
        return {name: value.detach().cpu().clone() for name, value in self._kept().items()}

    @contextmanager
    def whole(self) -> Iterator[None]:
        """See :class:`Engine`; they always may."""
        yield

    def finish(self, weights: dict[str, Any] | None) -> None:
        """See :class:`Engine`."""
        if weights is not None:
            self._put(weights)

    def _kept(self) -> dict[str, Any]:
        """The state without what training cannot change, such as the frozen language model beside its adapters."""
        return {name: value for name, value in self.objective.state_dict().items() if name not in self._unchanging()}

    def _put(self, state: dict[str, Any]) -> None:
        found = self.objective.load_state_dict(state, strict=False)
        missing = set(found.missing_keys) - self._unchanging()
        if missing or found.unexpected_keys:
            raise ValueError(f"missing {sorted(missing)[:3]}, unexpected {found.unexpected_keys[:3]}")

    def _unchanging(self) -> frozenset[str]:
        """What the objective says stays as it was; a run begins from the same."""
        names: frozenset[str] = getattr(self.objective, "unchanging", frozenset())
        return names
