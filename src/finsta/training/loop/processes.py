"""Several processes that train one model: who this one is, and what they tell each other.

Gradients are averaged after the backward pass, not while it runs as ``DistributedDataParallel`` does. The contrastive
losses gather rows of all processes and send gradients back inside the backward pass; which parameters a process uses
depends on its graphs. Two streams of messages whose order depends on the data would meet in a different order on
different processes, and mix up. One after the other they cannot.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed, nn

from finsta.alignment.gathering import processes

Value = TypeVar("Value")

PATIENCE = timedelta(hours=6)
"""How long a process waits for the others: one may parse or decode for hours while the others have nothing to do."""

BUCKET = 1 << 24
"""Numbers that are averaged in one message: 64 MB in single precision."""


def join_processes() -> None:
    """Meet the other processes, where ``torchrun`` or ``accelerate launch`` has started some; else nothing."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and processes() == 1:
        from accelerate import PartialState

        PartialState(timeout=PATIENCE)


def leave_processes() -> None:
    """Part from the other processes, at the end of a program."""
    if processes() > 1:
        distributed.destroy_process_group()


def process() -> int:
    """Number of this process; 0 where it is alone."""
    return distributed.get_rank() if processes() > 1 else 0


def is_first() -> bool:
    """Whether this is the process that writes and prints."""
    return process() == 0


def wait() -> None:
    """Until all processes have come here."""
    if processes() > 1:
        distributed.barrier()


@contextmanager
def first_goes_first() -> Iterator[None]:
    """The first process of each machine does the block, then the others do it, and find what it left on the disk."""
    leads = int(os.environ.get("LOCAL_RANK", "0")) == 0
    if not leads:
        wait()
    yield
    if leads:
        wait()
    wait()


def by_first(make: Callable[[], Value]) -> Value:
    """What the first process makes, on all of them. An error of ``make`` ends the first, and with it the launcher."""
    if processes() == 1:
        return make()
    found: list[Any] = [make() if is_first() else None]
    distributed.broadcast_object_list(found, src=0)
    value: Value = found[0]
    return value


def from_all(value: Value) -> list[Value]:
    """The values of all processes, by number."""
    if processes() == 1:
        return [value]
    found: list[Any] = [None] * processes()
    distributed.all_gather_object(found, value)
    return found


def anywhere(flag: bool, device: torch.device) -> bool:
    """Whether it holds on any process; every process must ask."""
    if processes() == 1:
        return flag
    found = torch.tensor([int(flag)], device=device)
    distributed.all_reduce(found, distributed.ReduceOp.MAX)
    return bool(found.item())


def share_state(module: nn.Module) -> None:
    """All processes start from the parameters and buffers of the first."""
    if processes() > 1:
        with torch.no_grad():
            for value in (*module.parameters(), *module.buffers()):
                distributed.broadcast(value.data, src=0)


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Give every process the mean of their gradients. A parameter that no process used keeps none.

    Args:
        parameters: The same, in the same order, on all processes; those without ``requires_grad`` are passed over.
    """
    if processes() == 1:
        return
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if not trained:
        return
    used = torch.tensor([p.grad is not None for p in trained], dtype=torch.int32, device=trained[0].device)
    distributed.all_reduce(used, distributed.ReduceOp.MAX)
    for parameter, anywhere in zip(trained, used.tolist(), strict=True):
        if anywhere and parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    for bucket in _buckets([p.grad for p in trained if p.grad is not None]):
        flat = torch.cat([gradient.flatten() for gradient in bucket])
        distributed.all_reduce(flat)
        flat /= processes()
        for gradient, mean in zip(bucket, flat.split([gradient.numel() for gradient in bucket]), strict=True):
            gradient.copy_(mean.view_as(gradient))


def _buckets(gradients: list[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Neighbours of one type, :data:`BUCKET` numbers together."""
    bucket: list[torch.Tensor] = []
    for gradient in gradients:
        full = sum(other.numel() for other in bucket) + gradient.numel() > BUCKET
        if bucket and (full or gradient.dtype != bucket[0].dtype):
            yield bucket
            bucket = []
        bucket.append(gradient)
    if bucket:
        yield bucket
