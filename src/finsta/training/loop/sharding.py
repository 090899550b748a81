"""Parameters, gradients and optimizer shared out over processes (FSDP2), for models that one GPU does not hold."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import distributed, nn

from finsta.alignment.gathering import processes
from finsta.errors import FormatError, InputError
from finsta.shapes import Tensor
from finsta.training.loop.processes import average_gradients, is_first, process, share_state

SMALLEST = 1 << 16
"""Parameters of a layer that is worth a message of its own."""


def launcher_shards() -> bool:
    """Whether ``accelerate launch --use_fsdp`` started this process."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true", "yes")


class ShardedEngine:
    """``fully_shard`` of torch, on each repeated layer and on the rest: a layer is whole while it is at work.

    Every process must call the same modules in the same order, since each call gathers parameters from all; the
    objectives of this package do. Lower precision is autocast's, as on one process.

    Args:
        objective: What is trained.
        optimizer: Of its parameters; nothing was learned yet.
        accelerator: Names the device.
        precision: Of the computation.

    Raises:
        InputError: if there is one process only, or the precision is half, which would need a scaler for shards.
    """

    alike = False

    def __init__(
        self, objective: nn.Module, optimizer: torch.optim.Optimizer, accelerator: Any, precision: str
    ) -> None:
        if processes() == 1:
            raise InputError("--shard: expected several processes to share parameters, found one; start with torchrun")
        if precision == "fp16":
            raise InputError("--shard: expected --precision fp32 or bf16, found fp16")
        self.accelerator = accelerator
        self.device: torch.device = accelerator.device
        self._type = torch.bfloat16 if precision == "bf16" else None
        self.objective = objective.to(self.device)
        self.optimizer = optimizer
        share_state(objective)
        self._parts = _shard(objective, optimizer)

    def terms(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """See `Engine`."""
        with nullcontext() if self._type is None else torch.autocast(self.device.type, self._type):
            terms = self.objective(batch, progress)
        return {name: term.float() for name, term in terms.items()}

    def backward(self, loss: Tensor, *, last: bool) -> None:
        """See `Engine`; the gradients of the step's other batches wait, whole, on each process."""
        self._parts[-1].set_requires_gradient_sync(last)
        loss.backward()
        if last:
            average_gradients(p for p in self.objective.parameters() if p.ndim == 0)

    def step(self, clip_norm: float) -> tuple[float, bool]:
        """See `Engine`."""
        gradients = [p.grad for p in self.objective.parameters() if p.grad is not None]
        norm = _norm(gradients, self.device)
        if norm < float("inf"):
            for gradient in gradients:
                gradient.mul_(min(clip_norm / (norm + 1e-6), 1.0))
            self.optimizer.step()
            self.optimizer.zero_grad()
        return norm, norm < float("inf")

    def save(self, folder: Path) -> None:
        """See `Engine`; every process writes its own shards."""
        optimizer = self.optimizer.state_dict()
        optimizer["state"] = {number: _local(state) for number, state in optimizer["state"].items()}
        state = {"objective": _local(self.objective.state_dict()), "optimizer": optimizer, "processes": processes()}
        with (folder / f"state-{process()}.pt").open("wb") as file:
            torch.save(state, file)

    def load(self, folder: Path) -> None:
        """See `Engine`.

        Raises:
            FormatError: if it is of another number of processes, or cannot be read.
        """
        try:
            state = torch.load(folder / f"state-{process()}.pt", map_location=self.device, weights_only=True)
        except (OSError, RuntimeError, EOFError) as error:
            raise FormatError(f"{folder}: expected shards of {processes()} processes, found: {error}") from error
        if state["processes"] != processes():
            raise FormatError(
                f"{folder}: expected shards of {processes()} processes, found those of {state['processes']}; start as "
                "many, or remove the folder"
            )
        with torch.no_grad():
            for name, value in self.objective.state_dict().items():
                getattr(value, "_local_tensor", value).copy_(state["objective"][name])
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        optimizer = state["optimizer"]
        optimizer["state"] = {n: _like(parameters[n], kept) for n, kept in optimizer["state"].items()}
        self.optimizer.load_state_dict(optimizer)

    def weights(self) -> dict[str, Any]:
        """See `Engine`; every process gathers, the first keeps."""
        state = {}
        for name, value in self.objective.state_dict().items():
            whole = value.full_tensor() if hasattr(value, "full_tensor") else value
            if is_first():
                state[name] = whole.detach().cpu().clone()
        return state

    @contextmanager
    def whole(self) -> Iterator[None]:
        """See `Engine`: all parameters are gathered for the block, so that the model must fit."""
        for part in self._parts:
            part.set_reshard_after_forward(False)
            part.unshard()
        try:
            yield
        finally:
            for part in self._parts:
                part.set_reshard_after_forward(part is not self._parts[-1])
                part.reshard()

    def finish(self, weights: dict[str, Any] | None) -> None:
        """See `Engine`: on the first process plain parameters take the place of the shards."""
        state = self.weights() if weights is None else weights
        if not is_first():
            return
        for prefix, module in self.objective.named_modules(remove_duplicate=False):
            for name, parameter in list(module.named_parameters(recurse=False)):
                value = state[f"{prefix}.{name}".lstrip(".")]
                setattr(module, name, nn.Parameter(value, requires_grad=parameter.requires_grad))
        for part in self._parts:
            _forget(part)


def check_even(batch_size: int, count: int) -> None:
    """See that all processes have as many pairs, and so call the host's modules as often.

    Raises:
        InputError: if they have not.
    """
    if batch_size % count:
        raise InputError(
            f"--shard: expected --batch-size to be a multiple of the {count} processes, found {batch_size}, which they "
            "cannot share equally"
        )


def _shard(objective: nn.Module, optimizer: torch.optim.Optimizer) -> list[Any]:
    """Share out the parameters, and give the optimizer the new ones; the sharded modules, the whole last."""
    from torch.distributed.fsdp import fully_shard

    names = {id(parameter): name for name, parameter in objective.named_parameters()}
    parts: list[Any] = [fully_shard(layer) for layer in _layers(objective)]
    numbers = {parameter for parameter in objective.parameters() if parameter.ndim == 0}  # temperatures stay whole
    parts.append(fully_shard(objective, reshard_after_forward=False, ignored_params=numbers))
    sharded = dict(objective.named_parameters())
    for group in optimizer.param_groups:
        group["params"] = [sharded[names[id(parameter)]] for parameter in group["params"]]
    return parts


def _norm(gradients: list[Tensor], device: torch.device) -> float:
    """Of the whole gradient: the sum of squares of all shards, and of what is whole once."""
    total = torch.zeros(2, device=device)
    for gradient in gradients:
        shard = getattr(gradient, "_local_tensor", None)
        total[0 if shard is not None else 1] += (gradient if shard is None else shard).float().square().sum()
    distributed.all_reduce(total[:1])
    return float(total.sum().sqrt())


def _layers(objective: nn.Module) -> list[nn.Module]:
    """The repeated layers of all towers: entries of lists of modules, large enough, not inside of one another.

    Of an objective with a host only the host's: the graph encoders are small beside it, and call parts of their layers.
    """
    found: list[nn.Module] = []
    for module in getattr(objective, "model", objective).modules():
        if isinstance(module, nn.ModuleList):
            for layer in module:
                inside = any(layer is inner for outer in found for inner in outer.modules())
                if not inside and sum(p.numel() for p in layer.parameters()) >= SMALLEST:
                    found.append(layer)
    return found


def _forget(part: nn.Module) -> None:
    """Take the hooks of sharding off a module that is plain again."""
    part._forward_pre_hooks.clear()
    part._forward_hooks.clear()


def _local(state: dict[str, Any]) -> dict[str, Any]:
    """This process's shard of each tensor."""
    return {name: getattr(value, "_local_tensor", value) for name, value in state.items()}


def _like(parameter: Any, kept: dict[str, Any]) -> dict[str, Any]:
    """Shards as tensors of the kind that the parameter is."""
    from torch.distributed.tensor import DTensor

    def whole(value: Any) -> Any:
        if not isinstance(value, Tensor) or value.ndim == 0 or not isinstance(parameter, DTensor):
            return value
        return DTensor.from_local(
            value, parameter.device_mesh, parameter.placements, shape=parameter.shape, stride=parameter.stride()
        )

    return {name: whole(value) for name, value in kept.items()}
