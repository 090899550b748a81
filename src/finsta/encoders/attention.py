"""Attention along typed edges, in which the edge multiplies the query."""

import torch
from torch import nn

from finsta.encoders.edge_products import at_least_float32, edge_scores, weighted_sum
from finsta.errors import InputError
from finsta.graphs.batch import EDGE_TYPES, GraphBatch
from finsta.shapes import Float, Int, Tensor

SMALLEST_EDGE_WEIGHT = 1e-4
"""An edge that a parser gives no confidence at all counts as this, so that its logarithm stays finite."""


def edge_softmax(
    score: Float[Tensor, "edges heads"], target: Int[Tensor, " edges"], num_nodes: int
) -> Float[Tensor, "edges heads"]:
    """Softmax over the edges that enter the same node, stable for scores of any size."""
    index = target[:, None].expand_as(score)
    largest = score.new_full((num_nodes, score.shape[1]), -torch.inf)
    largest = largest.scatter_reduce(0, index, score.detach(), "amax")
    weight = (score - largest[target]).exp()
    total = torch.zeros_like(largest).index_add(0, target, weight)
    return weight / total[target]


class GraphAttention(nn.Module):
    r"""Multi-head attention of each node to the sources of the edges that enter it.

    .. math::
        s_{ij}^k = ⟨Q^k h_i ⊙ E^k_{τ(ij)}, K^k h_j⟩ / \sqrt{d_k} + a_k \log c_{ij} + b_{ij}^k, \qquad
        w_{ij}^k = \mathrm{softmax}_{j ∈ N(i)} s_{ij}^k, \qquad
        ĥ_i = O \, ‖_k \sum_j w_{ij}^k V^k h_j

    where N(i) are the in-neighbours of i, itself included by a self edge. The multiplicative edge term is known from
    the paper's source (Dwivedi & Bresson 2021). Our definition: E is a table with one row for each type τ of edge and
    starts near one; c is the edge's confidence (similarity for a cross-modal edge) and a, learned per head, starts at
    one, so that an edge of confidence 1 is left alone and one of 0.5 starts with half the weight; b is a bias given by
    the caller. Nothing has a bias term, so a node whose neighbours are all zero receives exactly zero.

    Args:
        width: d, the width of node states.
        heads: K; must divide the width.
        dropout: Chance that an edge is left out, per head, in training.

    Raises:
        InputError: if ``heads`` does not divide ``width``.
    """

    def __init__(self, width: int, heads: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        if width % heads:
            raise InputError(f"heads must divide the width, found width {width} and {heads} heads; change one of them")
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.edge_factor = nn.Parameter(1 + 0.02 * torch.randn(len(EDGE_TYPES), heads, width // heads))
        self.confidence_power = nn.Parameter(torch.ones(heads))
        self.dropout = nn.Dropout(dropout)

    def split(self, x: Float[Tensor, "nodes width"]) -> Float[Tensor, "nodes heads head_width"]:
        """One row for each head."""
        rows: Float[Tensor, "nodes heads head_width"] = x.unflatten(-1, (self.heads, -1))
        return rows

    def weigh(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, bias: Float[Tensor, "edges heads"] | None = None
    ) -> Float[Tensor, "edges heads"]:
        """w: for each head, the weights of the edges that enter a node sum to one."""
        query, key = self.split(self.query(x)), self.split(self.key(x))
        factor = self.edge_factor.to(query.dtype) / key.shape[-1] ** 0.5
        score = edge_scores(query, key, factor, batch.edge_index, batch.edge_type)  # [E, K]
        return self._normalise(score if bias is None else score + bias, batch)

    def _normalise(self, score: Float[Tensor, "edges heads"], batch: GraphBatch) -> Float[Tensor, "edges heads"]:
        confidence = batch.edge_weight.to(score.dtype).clamp_min(SMALLEST_EDGE_WEIGHT)
        score = score + self.confidence_power * confidence.log()[:, None]
        return edge_softmax(score, batch.edge_index[1], batch.num_nodes)

    def gather(
        self,
        weight: Float[Tensor, "edges heads"],
        value: Float[Tensor, "nodes heads head_width"],
        batch: GraphBatch,
    ) -> Float[Tensor, "nodes heads head_width"]:
        """Σ_j w_ij v_j."""
        return weighted_sum(self.dropout(weight), value, batch.edge_index)

    def forward(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, bias: Float[Tensor, "edges heads"] | None = None
    ) -> Float[Tensor, "nodes width"]:
        """ĥ, before any residual."""
        gathered = self.gather(self.weigh(x, batch, bias), self.split(self.value(x)), batch)
        update: Float[Tensor, "nodes width"] = self.output(gathered.flatten(1))
        return update

    def with_edge_states(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, factor: Float[Tensor, "edges width"]
    ) -> tuple[Float[Tensor, "nodes width"], Float[Tensor, "edges width"]]:
        """ĥ where each edge adds a factor of its own to that of its type; and the products that make the scores."""
        source, target = batch.edge_index
        query, key = self.query(x), self.key(x)
        table = self.edge_factor.flatten(1).to(query.dtype)
        scale = (x.shape[1] // self.heads) ** 0.5
        products = query[target] * (table[batch.edge_type] + factor.to(query.dtype)) * key[source] / scale  # [E, d]
        weight = self._normalise(at_least_float32(self.split(products)).sum(-1), batch)
        gathered = self.gather(weight, self.split(self.value(x)), batch)
        return self.output(gathered.flatten(1)), products
