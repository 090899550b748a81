"""One contrast over the batches of all processes: graphs and states are gathered, gradients flow back to their owners.

Every process then computes the same loss of the joint batch. The gradient of a gathered row is the sum of what all
processes ask of it, hence that of the joint loss times their number; averaged over processes, as
``DistributedDataParallel`` averages, the gradient of every parameter is that of one process with the joint batch.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import distributed
from torch.nn import functional

from finsta.alignment.contrastive import NodeStates
from finsta.graphs.batch import HolisticBatch
from finsta.shapes import Float, Tensor


def processes() -> int:
    """How many share the work; 1 where no process group was made."""
    ready = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if ready else 1


def gather_batch(batch: HolisticBatch) -> HolisticBatch:
    """The graphs of all processes end to end, by rank. No loss reads the union, so it stays behind."""
    alone = replace(batch, union=batch.text).to("cpu")
    found: list[Any] = [None] * processes()
    distributed.all_gather_object(found, alone)
    return HolisticBatch.concatenate(found).to(batch.text.box.device)


def gather_rows(rows: Float[Tensor, "rows ..."]) -> Float[Tensor, "all_rows ..."]:
    """The rows of all processes end to end, by rank; their numbers may differ, all other sizes may not.

    A process whose rows depend on nothing that is learned, such as none at all, takes part in the backward pass with
    the others, who would wait for it.
    """
    if torch.is_grad_enabled() and not rows.requires_grad:
        rows = rows.detach().requires_grad_()
    gathered: Tensor = _GatherRows.apply(rows)
    return gathered


def gather_tracks(states: Float[Tensor, "tracks frames dim"]) -> Float[Tensor, "all_tracks most_frames dim"]:
    """The same for states of tracks; shorter videos are filled up with zeros."""
    most = torch.tensor(states.shape[1], device=states.device)
    distributed.all_reduce(most, distributed.ReduceOp.MAX)
    return gather_rows(functional.pad(states, (0, 0, 0, int(most) - states.shape[1])))


def gather_edits(edited: NodeStates | None, like: Float[Tensor, "rows dim"], text_nodes: int) -> NodeStates | None:
    """Wrong versions of all processes, their nodes in the joint numbering; every process must call it.

    Args:
        edited: Of this process.
        like: States whose width and type rows of none take.
        text_nodes: How many text nodes this process has.
    """
    counts = _counts(text_nodes, like.device)
    rank = distributed.get_rank()
    states = like.new_zeros(0, like.shape[1]) if edited is None else edited.states.to(like.dtype)
    node = torch.zeros(0, device=like.device, dtype=torch.long) if edited is None else edited.node
    joint = gather_rows(states)
    if not len(joint):
        return None
    # A node number is exact in float64 up to 2^53.
    nodes = gather_rows((node + sum(counts[:rank])).double())
    return NodeStates(states=joint, node=nodes.long())


def _counts(rows: int, device: torch.device) -> list[int]:
    counts = [torch.zeros(1, dtype=torch.long, device=device) for _ in range(processes())]
    distributed.all_gather(counts, torch.tensor([rows], device=device))
    return [int(count) for count in counts]


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        """Every process sends as many rows as the largest has; what is beyond its own is cut off again."""
        ctx.counts = _counts(len(rows), rows.device)
        sent = rows.new_zeros(max(ctx.counts), *rows.shape[1:])
        sent[: len(rows)] = rows
        found = [torch.empty_like(sent) for _ in ctx.counts]
        distributed.all_gather(found, sent)
        return torch.cat([part[:count] for part, count in zip(found, ctx.counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """What all processes ask of this one's rows."""
        total = gradients[0].contiguous().clone()
        distributed.all_reduce(total)
        start = sum(ctx.counts[: distributed.get_rank()])
        return total[start : start + ctx.counts[distributed.get_rank()]]
