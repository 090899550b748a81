"""The two products of attention along edges, without a row of full width for every edge.

An edge joins two rows of width d; to gather them for all edges at once costs several times the memory of the node
states and, on a processor, more time than the projections. Here

- :func:`edge_scores` gathers a few thousand edges at a time, and again in backward instead of keeping them;
- :func:`weighted_sum` is a sparse product: rows are read where they stand and added up on the way
  (``torch.embedding_bag``, one bag for each node and head).

Both take edges in any order and are custom operators: plain torch on every device, one node for ``torch.compile``,
differentiable once. What they compute is written out in the two functions' docstrings.
"""

from collections.abc import Iterator
from typing import Any

import torch

from finsta.shapes import Float, Int, Tensor

CHUNK_BYTES = {"cpu": 4 << 20, "default": 256 << 20}
"""Bytes of one gathered piece of edges: on a processor what stays in its cache, elsewhere what fills the device."""


def at_least_float32(tensor: Tensor) -> Tensor:
    """The tensor in float32, or in float64 if it is: what exponentials and sums are taken in under autocast."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def edge_scores(
    query: Float[Tensor, "nodes heads head_width"],
    key: Float[Tensor, "nodes heads head_width"],
    factor: Float[Tensor, "types heads head_width"],
    edge_index: Int[Tensor, "2 edges"],
    edge_type: Int[Tensor, " edges"],
) -> Float[Tensor, "edges heads"]:
    """⟨q_i ⊙ f_τ, k_j⟩ for each edge of type τ from j to i; in float32 at least."""
    scores: Tensor = _edge_scores(query.contiguous(), key.contiguous(), factor.contiguous(), edge_index, edge_type)
    return scores


def weighted_sum(
    weight: Float[Tensor, "edges heads"],
    value: Float[Tensor, "nodes heads head_width"],
    edge_index: Int[Tensor, "2 edges"],
) -> Float[Tensor, "nodes heads head_width"]:
    """Σ_j w_ij v_j over the edges that enter i; zeros where none does. In the type of ``value``."""
    gathered: Tensor = _weighted_sum(weight.to(value.dtype).contiguous(), value.contiguous(), edge_index)
    return gathered


def _pieces(rows: Tensor, edges: int) -> Iterator[slice]:
    """Ranges of edges, as many at a time as ``CHUNK_BYTES`` allows."""
    limit = CHUNK_BYTES.get(rows.device.type, CHUNK_BYTES["default"])
    size = max(limit // (4 * max(rows[0:1].numel(), 1)), 1)
    for start in range(0, edges, size):
        yield slice(start, min(start + size, edges))


def _rows(table: Tensor, index: Tensor) -> Tensor:
    return at_least_float32(table.index_select(0, index))


@torch.library.custom_op("finsta::edge_scores", mutates_args=())
def _edge_scores(query: Tensor, key: Tensor, factor: Tensor, edge_index: Tensor, edge_type: Tensor) -> Tensor:
    source, target = edge_index
    scores = query.new_empty(len(edge_type), query.shape[1], dtype=torch.promote_types(query.dtype, torch.float32))
    for piece in _pieces(query, len(edge_type)):
        product = _rows(query, target[piece])
        product.mul_(factor.index_select(0, edge_type[piece])).mul_(key.index_select(0, source[piece]))
        torch.sum(product, -1, out=scores[piece])
    return scores


@_edge_scores.register_fake
def _(query: Tensor, key: Tensor, factor: Tensor, edge_index: Tensor, edge_type: Tensor) -> Tensor:
    dtype = torch.promote_types(query.dtype, torch.float32)
    return query.new_empty(edge_type.shape[0], query.shape[1], dtype=dtype)


@torch.library.custom_op("finsta::edge_scores_backward", mutates_args=())
def _edge_scores_backward(
    gradient: Tensor, query: Tensor, key: Tensor, factor: Tensor, edge_index: Tensor, edge_type: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    source, target = edge_index
    of_query, of_key, of_factor = (torch.zeros_like(table, dtype=gradient.dtype) for table in (query, key, factor))
    by_head = of_factor.transpose(0, 1)  # [K, types, d/K]
    kinds = torch.arange(len(factor), device=edge_type.device)
    for piece in _pieces(query, len(edge_type)):
        start, end, kind = source[piece], target[piece], edge_type[piece]
        queries, keys, factors = _rows(query, end), _rows(key, start), _rows(factor, kind)
        # The gradient of the table sums over the edges of each type: a product with which edge is of which type.
        share = (kind[:, None] == kinds)[:, :, None] * gradient[piece][:, None, :]  # [piece, types, K]
        by_head += torch.bmm(share.permute(2, 1, 0), (queries * keys).transpose(0, 1))
        factors.mul_(gradient[piece][:, :, None])
        of_query.index_add_(0, end, keys.mul_(factors))
        of_key.index_add_(0, start, queries.mul_(factors))
    return of_query.to(query.dtype), of_key.to(key.dtype), of_factor.to(factor.dtype)


@_edge_scores_backward.register_fake
def _(
    gradient: Tensor, query: Tensor, key: Tensor, factor: Tensor, edge_index: Tensor, edge_type: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    return torch.empty_like(query), torch.empty_like(key), torch.empty_like(factor)


def _keep_inputs(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _scores_gradient(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    return *_edge_scores_backward(gradient, *context.saved_tensors), None, None


_edge_scores.register_autograd(_scores_gradient, setup_context=_keep_inputs)


def _bags(node: Tensor, num_nodes: int, heads: int) -> tuple[Tensor, Tensor]:
    """The entries of an ``[edges, heads]`` matrix, flat, by (node, head): their order, and where each pair begins."""
    order = node.argsort(stable=True)
    count = node.bincount(minlength=num_nodes)
    start = count.cumsum(0) - count
    sorted_node, head = node[order], torch.arange(heads, device=node.device)
    rank = torch.arange(len(node), device=node.device) - start[sorted_node]
    place = (start[sorted_node] * heads + rank)[:, None] + head * count[sorted_node][:, None]
    entry = order[:, None] * heads + head
    by_bag = torch.empty_like(entry.flatten()).index_put_((place.flatten(),), entry.flatten())
    return by_bag, ((start * heads)[:, None] + head * count[:, None]).flatten()


def _sum_into(weight: Tensor, value: Tensor, source: Tensor, target: Tensor) -> Tensor:
    nodes, heads, width = value.shape
    if value.numel() == 0 or len(source) == 0:
        return torch.zeros_like(value)
    entries, offsets = _bags(target, nodes, heads)
    row = (source[:, None] * heads + torch.arange(heads, device=source.device)).flatten()[entries]
    per_sample = weight.flatten()[entries]
    table = value.view(nodes * heads, width)
    # No scaling by frequency, mode "sum", dense gradients: the last three flags of the operator.
    return torch.embedding_bag(table, row, offsets, False, 0, False, per_sample)[0].view_as(value)


@torch.library.custom_op("finsta::weighted_sum", mutates_args=())
def _weighted_sum(weight: Tensor, value: Tensor, edge_index: Tensor) -> Tensor:
    return _sum_into(weight, value, edge_index[0], edge_index[1])


@_weighted_sum.register_fake
def _(weight: Tensor, value: Tensor, edge_index: Tensor) -> Tensor:
    return torch.empty_like(value)


@torch.library.custom_op("finsta::weighted_sum_backward", mutates_args=())
def _weighted_sum_backward(
    gradient: Tensor, weight: Tensor, value: Tensor, edge_index: Tensor
) -> tuple[Tensor, Tensor]:
    nodes, heads, width = value.shape
    if value.numel() == 0 or weight.numel() == 0:
        return torch.zeros_like(weight), torch.zeros_like(value)
    head = torch.arange(heads, device=value.device)
    row, bag = ((end[:, None] * heads + head).flatten() for end in edge_index)
    # ⟨gradient_i, v_j⟩ for each edge and head; the operator reads which bag an entry is in, not the offsets.
    of_weight = torch.ops.aten._embedding_bag_per_sample_weights_backward(
        gradient.view(nodes * heads, width), value.view(nodes * heads, width), row, row[:1], bag, 0
    )
    return of_weight.view_as(weight), _sum_into(weight, gradient, edge_index[1], edge_index[0])


@_weighted_sum_backward.register_fake
def _(gradient: Tensor, weight: Tensor, value: Tensor, edge_index: Tensor) -> tuple[Tensor, Tensor]:
    return torch.empty_like(weight), torch.empty_like(value)


def _sum_gradient(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    return *_weighted_sum_backward(gradient.contiguous(), *context.saved_tensors), None


_weighted_sum.register_autograd(_sum_gradient, setup_context=_keep_inputs)
