"""The region of a node: what stands around it in its graph, pooled by attention."""

import torch
from torch import nn

from finsta.graphs.batch import GraphBatch, edge_type
from finsta.graphs.scene_graph import EdgeKind
from finsta.shapes import Bool, Float, Tensor

STRUCTURAL = (EdgeKind.SUBJECT, EdgeKind.OBJECT, EdgeKind.ATTRIBUTE, EdgeKind.PREDICATE_ATTRIBUTE)
"""The edges that say how one thing stands to another at one time, within one modality."""


def structural_edges(graph: GraphBatch) -> Bool[Tensor, " edges"]:
    """Which edges are structural, in both directions: no self edge, no temporal order, no link between modalities."""
    kinds = [edge_type(kind, reverse=reverse) for kind in STRUCTURAL for reverse in (False, True)]
    return torch.isin(graph.edge_type, torch.tensor(kinds, device=graph.edge_type.device))


class Regions(nn.Module):
    """The n-hop neighbourhood of each node, attention-pooled (known from the paper; the form of attention is ours).

        r_v = P[h_v ; Σ_u α_vu h_u]
        α_vu ∝ exp(a·h_u) · Σ_{k=0…n} exp(b_k) · reach^k_vu

    reach^0 is the identity. reach^k_vu sums, over the walks of k structural edges from u to v, the product of the
    edges' confidences, times the confidence of u: the reach is hop-limited, and what the parser doubts weighs less.
    The sum over walks is never formed: each hop is one sparse product of (Σ e^{a·h} h, Σ e^{a·h}), and the running
    maximum of the exponents travels along, so that scores of any size neither overflow nor vanish.

    Args:
        width: Width of the node states.
        hops: n ≥ 0; with 0 a node sees itself alone. A node without structural edges does so with any n.
        output_width: Width of r; that of the states by default.
    """

    def __init__(self, width: int, *, hops: int = 2, output_width: int | None = None) -> None:
        super().__init__()
        self.hops = hops
        self.score = nn.Linear(width, 1, bias=False)
        self.hop_score = nn.Parameter(torch.zeros(hops + 1))
        self.project = nn.Linear(2 * width, output_width or width)

    def forward(self, states: Float[Tensor, "nodes width"], graph: GraphBatch) -> Float[Tensor, "nodes output"]:
        """The regions of all nodes."""
        regions: Tensor = self.project(torch.cat([states, self.context(states, graph)], 1))
        return regions

    def context(self, states: Float[Tensor, "nodes width"], graph: GraphBatch) -> Float[Tensor, "nodes width"]:
        """Σ_u α_vu h_u."""
        scores = self.score(states)  # [N, 1]
        # exp(score − its own value) is 1, but carries the gradient; the value itself travels as `largest`.
        one = (scores - scores.detach()).exp()
        total = torch.cat([one * states, one], 1)  # [N, d + 1]: numerator and denominator
        largest = scores.detach().squeeze(1)
        walks = [(total, largest)]
        total = total * graph.confidence.to(total.dtype)[:, None]
        largest = largest.masked_fill(graph.confidence == 0, -torch.inf)
        for _ in range(self.hops):
            total, largest = _hop(total, largest, graph)
            walks.append((total, largest))
        return _merge(walks, self.hop_score)


def _hop(
    total: Float[Tensor, "nodes columns"], largest: Float[Tensor, " nodes"], graph: GraphBatch
) -> tuple[Float[Tensor, "nodes columns"], Float[Tensor, " nodes"]]:
    """One sparse product: what stood at a node stands at its neighbours, relative to the largest exponent there."""
    kept = structural_edges(graph) & (graph.edge_weight > 0)
    source, target = graph.edge_index[:, kept]
    reached = torch.full_like(largest, -torch.inf).scatter_reduce(0, target, largest[source], "amax")
    share = graph.edge_weight[kept].to(total.dtype) * _relative(largest[source], reached[target])
    return torch.zeros_like(total).index_add(0, target, share[:, None] * total[source]), reached


def _merge(
    walks: list[tuple[Float[Tensor, "nodes columns"], Float[Tensor, " nodes"]]], hop_score: Float[Tensor, " hops"]
) -> Float[Tensor, "nodes width"]:
    """The walks of every length, weighed by the score of the length, as one mean."""
    offset = hop_score.detach()
    largest = torch.stack([level + shift for (_, level), shift in zip(walks, offset, strict=True)]).amax(0)
    pooled = torch.zeros_like(walks[0][0])
    for (total, level), score, shift in zip(walks, hop_score, offset, strict=True):
        share = _relative(level + shift, largest) * (score - shift).exp()
        pooled = pooled + share[:, None] * total
    return pooled[:, :-1] / pooled[:, -1:]


def _relative(level: Float[Tensor, " items"], largest: Float[Tensor, " items"]) -> Float[Tensor, " items"]:
    """``exp(level − largest)``, 0 where nothing arrived."""
    return torch.where(level == -torch.inf, 0.0, (level - largest).nan_to_num(nan=0.0).exp())
