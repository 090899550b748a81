"""How much each node moves against the others: the Gaussian kernel of STGD-GTrm, from box centres."""

from dataclasses import dataclass

import torch

from finsta.encoders.tracks import MotionState, by_track, carried_in, past_in_batch, recall
from finsta.graphs.batch import SELF_EDGE, TEXT, VIDEO, GraphBatch, edge_type
from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.shapes import Bool, Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class Past:
    """Each node's last occurrence in the same shot; rows of nodes without one hold nothing that counts.

    Attributes:
        exists: Whether there is one: a cut ends every past.
        born: Visual nodes without one that appear after the first key frame of their shot.
        states: The layer's input there.
        displacement: How far the box centre came since, in compensated coordinates (1 is the frame's width or height).
        frame: Key frame there.
    """

    exists: Bool[Tensor, " nodes"]
    born: Bool[Tensor, " nodes"]
    states: Float[Tensor, "nodes width"]
    displacement: Float[Tensor, "nodes 2"]
    frame: Int[Tensor, " nodes"]


def look_back(x: Float[Tensor, "nodes width"], batch: GraphBatch, state: MotionState) -> Past:
    """The past of each node, in this batch or carried in."""

    def last(column: Tensor, carried: Tensor) -> Tensor:
        return torch.where(past_in_batch(batch), column[batch.previous.clamp_min(0)], by_track(batch, carried))

    exists = past_in_batch(batch) | carried_in(batch, state.seen)
    exists = exists & (last(batch.shot_index, state.shot) == batch.shot_index)
    visual = batch.modality == VIDEO
    return Past(
        exists=exists,
        born=visual & ~exists & (batch.frame_index > shot_start(batch, state)),
        states=recall(batch, x, state.states),
        displacement=batch.center - recall(batch, batch.center, state.center),
        frame=last(batch.frame_index, state.frame),
    )


def shot_start(batch: GraphBatch, state: MotionState) -> Int[Tensor, " nodes"]:
    """For each visual node, the first key frame of its shot in which anything was seen; -1 if that came before."""
    visual = (batch.modality == VIDEO).nonzero().squeeze(1)
    graph, shot, frame = (column[visual] for column in (batch.graph_index, batch.shot_index, batch.frame_index))
    group = _groups(graph, shot)
    first = frame.new_zeros(len(visual)).scatter_reduce(0, group, frame, "amin", include_self=False)[group]
    first = torch.where(state.graph_shot[graph] == shot, -1, first)
    return torch.zeros_like(batch.frame_index).index_put((visual,), first)


def _groups(*columns: Int[Tensor, " rows"]) -> Int[Tensor, " rows"]:
    """Numbers rows from 0 up such that the same values in all columns, none negative, get the same number.

    The columns are packed into one whole number first: ``unique`` over rows compares them one by one.
    """
    key = columns[0]
    for column in columns[1:]:
        key = key * (torch.cat([column, column.new_zeros(1)]).max() + 1) + column
    number: Tensor = key.unique(return_inverse=True)[1]
    return number


def gaussian_kernel(
    displacement: Float[Tensor, "pairs 2"], deviation: Float[Tensor, " heads"]
) -> Float[Tensor, "pairs heads"]:
    """G = 1 - exp(-‖Δ‖² / 2σ²), in [0, 1): exactly 0 for a Δ of rounding errors, 0.39 for Δ = σ."""
    square = displacement.to(deviation.dtype).square().sum(1)
    return 1 - torch.exp(-square[:, None] / (2 * deviation.square()))


@dataclass(frozen=True, kw_only=True)
class ObjectPairs:
    """Ordered pairs of distinct objects of one key frame that share their previous key frame, inside one shot."""

    first: Int[Tensor, " pairs"]
    second: Int[Tensor, " pairs"]


def object_pairs(batch: GraphBatch, past: Past) -> ObjectPairs:
    """All pairs of common objects, without a loop over key frames."""
    common = ((batch.modality == VIDEO) & batch.is_kind(NodeKind.OBJECT) & past.exists).nonzero().squeeze(1)
    group = _groups(batch.graph_index[common], batch.frame_index[common], past.frame[common])
    order = group.argsort(stable=True)
    common, group = common[order], group[order]
    size = group.bincount()
    begin = (size.cumsum(0) - size)[group]
    size = size[group]  # [members]: how many the group of each has; each meets them all
    first = common.repeat_interleave(size)
    place = torch.arange(len(first), device=first.device) - (size.cumsum(0) - size).repeat_interleave(size)
    second = common[begin.repeat_interleave(size) + place]
    distinct = first != second
    return ObjectPairs(first=first[distinct], second=second[distinct])


def object_motion(batch: GraphBatch, past: Past, deviation: Float[Tensor, " heads"]) -> Float[Tensor, "nodes heads"]:
    """μ of visual objects, zero elsewhere: the lower median over the other common objects of g.

    Forward is the median, backward the mean over the same g. Where fewer than three objects are common (fewer than two
    others), the kernel of the object's own displacement stands in; without a past, zero.
    """
    pairs = object_pairs(batch, past)
    change = past.displacement[pairs.second] - past.displacement[pairs.first]
    kernel = gaussian_kernel(change, deviation)  # [pairs, K]
    others = pairs.first.bincount(minlength=batch.num_nodes)
    middle = _lower_median(change.square().sum(1), pairs.first, others)
    against = torch.zeros(batch.num_nodes, len(deviation), dtype=deviation.dtype, device=deviation.device)
    mean = against.index_add(0, pairs.first, kernel) / others.clamp_min(1)[:, None]
    # g rises with the distance whatever σ is, so one median serves all heads.
    enough = others >= 2
    median = against.index_put((enough.nonzero().squeeze(1),), kernel[middle[enough]].detach())
    alone = gaussian_kernel(past.displacement, deviation)
    moved = torch.where(enough[:, None], median + (mean - mean.detach()), alone)
    counts = (batch.modality == VIDEO) & batch.is_kind(NodeKind.OBJECT) & past.exists
    return torch.where(counts[:, None], moved, 0)


def _lower_median(
    distance: Float[Tensor, " pairs"], first: Int[Tensor, " pairs"], others: Int[Tensor, " nodes"]
) -> Int[Tensor, " nodes"]:
    """For each node the pair in the middle of its distances; of two in the middle the nearer. Only where it has any.

    The nearer, because a node counts as moving only if it changed against more than half of the others.
    """
    order = distance.argsort(stable=True)
    order = order[first[order].argsort(stable=True)]
    middle = others.cumsum(0) - others + (others - 1).clamp_min(0) // 2
    return torch.cat([order, order.new_zeros(1)])[middle.clamp_max(len(order))]


def node_motion(batch: GraphBatch, past: Past, deviation: Float[Tensor, " heads"]) -> Float[Tensor, "nodes heads"]:
    """How much each node moves, per head, in [0, 1).

    - object: μ, see :func:`object_motion`;
    - predicate: g of its (subject, object) pair; where these share no past, or there is no object, the mean of the μ
      of those that have one; the modifier of a predicate likewise;
    - attribute: μ of its object;
    - text node: mean over its visual partners, weighted by similarity; a modifier in the text takes what its owner
      has; zero without partners.
    """
    motion = object_motion(batch, past, deviation)
    visual = batch.modality == VIDEO
    attribute = batch.is_kind(NodeKind.ATTRIBUTE)
    relation = batch.is_kind(NodeKind.PREDICATE) | batch.is_kind(NodeKind.PREDICATE_ATTRIBUTE)
    motion = torch.where((visual & relation)[:, None], _pair_motion(batch, past, motion, deviation), motion)
    motion = torch.where((visual & attribute)[:, None], _of_anchor(motion, batch), motion)
    motion = torch.where(visual[:, None], motion, _partner_motion(batch, motion))
    modifier = ~visual & (attribute | batch.is_kind(NodeKind.PREDICATE_ATTRIBUTE))
    return torch.where(modifier[:, None], _of_anchor(motion, batch), motion)


def _of_anchor(motion: Float[Tensor, "nodes heads"], batch: GraphBatch, end: int = 0) -> Float[Tensor, "nodes heads"]:
    anchor = batch.anchor[:, end]
    return torch.where((anchor >= 0)[:, None], motion[anchor.clamp_min(0)], 0)


def _pair_motion(
    batch: GraphBatch, past: Past, motion: Float[Tensor, "nodes heads"], deviation: Float[Tensor, " heads"]
) -> Float[Tensor, "nodes heads"]:
    subject, target = batch.anchor.clamp_min(0).unbind(1)
    has_past = (batch.anchor >= 0) & past.exists[torch.stack([subject, target], dim=1)]
    together = has_past.all(1) & (past.frame[subject] == past.frame[target])
    kernel = gaussian_kernel(past.displacement[target] - past.displacement[subject], deviation)
    each = _of_anchor(motion, batch, 0) + _of_anchor(motion, batch, 1)  # zero where there is no past
    mean = each / has_past.sum(1).clamp_min(1)[:, None]
    return torch.where(together[:, None], kernel, mean)


def _partner_motion(batch: GraphBatch, motion: Float[Tensor, "nodes heads"]) -> Float[Tensor, "nodes heads"]:
    source, target = batch.edge_index
    arrives = batch.edge_type == edge_type(EdgeKind.CROSS_MODAL_COREFERENCE, reverse=True)
    weight = torch.where(arrives & (batch.modality[target] == TEXT), batch.edge_weight, 0).to(motion.dtype)
    total = weight.new_zeros(batch.num_nodes).index_add(0, target, weight)
    weighted = torch.zeros_like(motion).index_add(0, target, weight[:, None] * motion[source])
    return weighted / torch.where(total > 0, total, 1)[:, None]


def edge_motion(batch: GraphBatch, motion: Float[Tensor, "nodes heads"]) -> Float[Tensor, "edges heads"]:
    """G of each edge: what its source moves; zero for a self edge, since nothing moves against itself.

    No edge joins two objects of one key frame: they meet in a predicate, whose motion is g of that very pair.
    """
    return torch.where((batch.edge_type == SELF_EDGE)[:, None], 0, motion[batch.edge_index[0]])
