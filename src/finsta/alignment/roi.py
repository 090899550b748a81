"""Visual tokens pooled over boxes: the host's own grid seen through the graph's nodes (our definition)."""

import torch

from finsta.graphs.batch import GraphBatch
from finsta.shapes import Float, Int, Tensor

SMALLEST_SIDE = 1e-4
"""A box thinner than this, as a share of the picture, is widened to it, so that it still lies in some cell."""


def roi_weights(boxes: Float[Tensor, "boxes 4"], rows: int, columns: int) -> Float[Tensor, "boxes cells"]:
    """How much of each box lies in each cell of a grid of tokens, as shares of the box: rows sum to one.

    Args:
        boxes: ``xyxy`` in [0, 1]. A box without area counts as the cell at its centre.
        rows: Of the grid, from top to bottom.
        columns: Of the grid, from left to right; cell ``row * columns + column`` is the order of the tokens.
    """
    cover = cell_cover(boxes, rows, columns)
    return cover / cover.sum(1, keepdim=True)


def cell_cover(boxes: Float[Tensor, "boxes 4"], rows: int, columns: int) -> Float[Tensor, "boxes cells"]:
    """The share of each cell that each box covers, in [0, 1]."""
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = ((boxes[:, 2:] - boxes[:, :2]) / 2).clamp_min(SMALLEST_SIDE / 2)
    center = center.clamp(SMALLEST_SIDE / 2, 1 - SMALLEST_SIDE / 2)
    lower, upper = (center - half).clamp_min(0), (center + half).clamp_max(1)
    across = _overlap(lower[:, 0], upper[:, 0], columns)
    down = _overlap(lower[:, 1], upper[:, 1], rows)
    return (down[:, :, None] * across[:, None, :]).flatten(1)


def nearest_frames(
    time: Float[Tensor, " items"], graph: Int[Tensor, " items"], frame_times: Float[Tensor, "batch frames"]
) -> Int[Tensor, " items"]:
    """The host's sampled frame that is nearest in time; the earlier of two that are equally near.

    Args:
        time: Seconds.
        graph: Row of ``frame_times`` of each item.
        frame_times: Seconds at which the host's frames were taken.
    """
    return (frame_times[graph].to(time.dtype) - time[:, None]).abs().argmin(1)


def pool_tokens(
    tokens: Float[Tensor, "batch frames cells dim"],
    weights: Float[Tensor, "items cells"],
    graph: Int[Tensor, " items"],
    frame: Int[Tensor, " items"],
) -> Float[Tensor, "items dim"]:
    """Weighted sums of the tokens of one frame each, as one sparse product; differentiable in the tokens."""
    tokens = tokens if tokens.dtype == torch.float64 else tokens.float()
    count, frames, cells, _ = tokens.shape
    item, cell = weights.nonzero(as_tuple=True)
    place = (graph * frames + frame)[item] * cells + cell
    sums = torch.sparse_coo_tensor(
        torch.stack([item, place]),
        weights[item, cell].to(tokens.dtype),
        (len(weights), count * frames * cells),
        check_invariants=False,
    )
    pooled: Tensor = torch.sparse.mm(sums, tokens.flatten(0, 2))
    return pooled


def pool_regions(
    tokens: Float[Tensor, "batch frames cells dim"],
    batch: GraphBatch,
    frame_times: Float[Tensor, "batch frames"],
    grid: tuple[int, int],
) -> Float[Tensor, "nodes dim"]:
    """The tokens of every visual node: pooled over the boxes of the objects that it hangs on, at the nearest frame.

    An object and its attributes are pooled over its box, a predicate over subject ∪ object; a node that hangs on
    nothing over the whole frame.

    Args:
        tokens: One frame is ``rows * columns`` tokens, row by row; class tokens are left out by the caller.
        batch: The dynamic scene graphs; graph b belongs to clip b.
        frame_times: Seconds at which the host's frames were taken.
        grid: ``(rows, columns)``.
    """
    weights = node_weights(batch, batch.anchor[:, 0], batch.anchor[:, 1], grid)
    frame = nearest_frames(batch.time, batch.graph_index, frame_times)
    return pool_tokens(tokens, weights, batch.graph_index, frame)


def node_weights(
    batch: GraphBatch, first: Int[Tensor, " items"], second: Int[Tensor, " items"], grid: tuple[int, int]
) -> Float[Tensor, "items cells"]:
    """Grid weights of the union of two nodes' boxes, by node index; -1 for none, twice -1 for the whole frame."""
    cover = torch.maximum(_cover_of(batch, first, grid), _cover_of(batch, second, grid))
    cover = torch.where(((first < 0) & (second < 0))[:, None], 1.0, cover)
    return cover / cover.sum(1, keepdim=True)


def _cover_of(batch: GraphBatch, node: Int[Tensor, " items"], grid: tuple[int, int]) -> Float[Tensor, "items cells"]:
    return cell_cover(batch.box[node.clamp_min(0)], *grid) * (node >= 0)[:, None]


def _overlap(
    lower: Float[Tensor, " boxes"], upper: Float[Tensor, " boxes"], count: int
) -> Float[Tensor, "boxes cells"]:
    """The share of each of ``count`` equal cells of [0, 1] that lies between ``lower`` and ``upper``."""
    edges = torch.arange(count + 1, device=lower.device, dtype=lower.dtype) / count
    inside = torch.minimum(upper[:, None], edges[1:]) - torch.maximum(lower[:, None], edges[:-1])
    return inside.clamp_min(0) * count
