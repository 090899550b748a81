"""Edges that carry states of their own: the full form of the graph Transformer of Dwivedi & Bresson 2021."""

import torch
from torch import nn

from finsta.encoders.feed_forward import FeedForward
from finsta.graphs.batch import EDGE_TYPES, GraphBatch
from finsta.shapes import Float, Tensor


class EdgeStart(nn.Module):
    """The state that an edge starts with: a learned row for its type, times its confidence.

    Args:
        width: d, of edge states as of node states.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(len(EDGE_TYPES), width))

    def forward(self, batch: GraphBatch) -> Float[Tensor, "edges width"]:
        """One row for each edge of the batch, in its order."""
        return batch.edge_weight.to(self.table.dtype)[:, None] * self.table[batch.edge_type]


class EdgeStateLayer(nn.Module):
    r"""What one layer reads of the edge states, and what it leaves in them.

    .. math::
        f_{ij} = E_{τ(ij)} + F e_{ij}, \qquad p_{ij} = Q h_i ⊙ f_{ij} ⊙ K h_j / \sqrt{d_k}, \qquad
        e ← LN(e + P p) ;  e ← LN(e + FFN(e))

    The sum of p over the channels of a head is the attention's score, as without edge states; E is the table of
    :class:`~finsta.encoders.attention.GraphAttention`, which starts near one. Known from the paper's source: edges
    carry states, which the product of query, key and edge updates. Our definition: the table stays under the
    projection. This form holds rows of full width for every edge, so its cost grows with edges as that of the nodes
    does with nodes.

    Args:
        width: d.
        feed_forward: Hidden width of the edges' feed-forward network.
        updates: Whether the states are updated; the last layer of a stack only reads them.
        dropout: On the update and in the feed-forward network.
    """

    def __init__(self, width: int, feed_forward: int, *, updates: bool = True, dropout: float = 0.0) -> None:
        super().__init__()
        self.factor = nn.Linear(width, width, bias=False)
        self.updates = updates
        if updates:
            self.output = nn.Linear(width, width, bias=False)
            self.output_norm = nn.LayerNorm(width)
            self.feed_forward = FeedForward(width, feed_forward, dropout=dropout)
            self.feed_forward_norm = nn.LayerNorm(width)
            self.dropout = nn.Dropout(dropout)

    def forward(
        self, edges: Float[Tensor, "edges width"], products: Float[Tensor, "edges width"]
    ) -> Float[Tensor, "edges width"]:
        """The states after the layer; the same where it only reads them."""
        if not self.updates:
            return edges
        edges = self.output_norm(edges + self.dropout(self.output(products)))
        states: Float[Tensor, "edges width"] = self.feed_forward_norm(edges + self.feed_forward(edges))
        return states
