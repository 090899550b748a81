"""GTrm: the graph Transformer of textual scene graphs."""

from torch import nn

from finsta.encoders.attention import GraphAttention
from finsta.encoders.edge_states import EdgeStart, EdgeStateLayer
from finsta.encoders.feed_forward import FeedForward
from finsta.graphs.batch import GraphBatch
from finsta.shapes import Float, Tensor


class GraphTransformerLayer(nn.Module):
    """One layer of GTrm: attention along edges, then a feed-forward network, each with residual and norm.

        h ← LN(h + ĥ) ;  h ← LN(h + FFN(h))

    The paper names GTrm; the form is that of Dwivedi & Bresson 2021, with layer norm. ĥ is
    :class:`~finsta.encoders.attention.GraphAttention`. A node without neighbours attends to itself alone.

    Args:
        width: d.
        heads: K; must divide the width.
        feed_forward: Hidden width of the feed-forward network.
        dropout: In attention, after it, and in the feed-forward network.
        edges: How states of edges are read and updated; ``None`` where edges have none.
    """

    def __init__(
        self, width: int, heads: int, feed_forward: int, *, dropout: float = 0.0, edges: EdgeStateLayer | None = None
    ) -> None:
        super().__init__()
        self.edges = edges
        self.attention = GraphAttention(width, heads, dropout=dropout)
        self.attention_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, feed_forward, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def finish(
        self, x: Float[Tensor, "nodes width"], update: Float[Tensor, "nodes width"]
    ) -> Float[Tensor, "nodes width"]:
        """Everything after the attention: residual and norm, feed-forward network, residual and norm."""
        x = self.attention_norm(x + self.dropout(update))
        states: Float[Tensor, "nodes width"] = self.feed_forward_norm(x + self.feed_forward(x))
        return states

    def attend(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, edges: Float[Tensor, "edges width"] | None = None
    ) -> tuple[Float[Tensor, "nodes width"], Float[Tensor, "edges width"] | None]:
        """ĥ, before the residual, and the edge states after this layer (``None`` without any)."""
        if self.edges is None or edges is None:
            return self.attention(x, batch), edges
        update, products = self.attention.with_edge_states(x, batch, self.edges.factor(edges))
        return update, self.edges(edges, products)

    def forward(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, edges: Float[Tensor, "edges width"] | None = None
    ) -> Float[Tensor, "nodes width"]:
        """New states of all nodes."""
        return self.finish(x, self.attend(x, batch, edges)[0])


class GraphTransformer(nn.Module):
    """GTrm: layers one after the other.

    Args:
        width: d.
        heads: K; must divide the width.
        layers: How many.
        feed_forward: Hidden width of the feed-forward networks.
        dropout: See :class:`GraphTransformerLayer`.
        edge_states: Whether edges carry states of their own; see :class:`~finsta.encoders.edge_states.EdgeStateLayer`.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        layers: int,
        *,
        feed_forward: int,
        dropout: float = 0.0,
        edge_states: bool = False,
    ) -> None:
        super().__init__()
        self.edge_start = EdgeStart(width) if edge_states else None
        self.layers = nn.ModuleList(
            GraphTransformerLayer(width, heads, feed_forward, dropout=dropout, edges=edges)
            for edges in edge_state_layers(width, feed_forward, layers, dropout=dropout, edge_states=edge_states)
        )

    def forward(self, x: Float[Tensor, "nodes width"], batch: GraphBatch) -> Float[Tensor, "nodes width"]:
        """States after the last layer."""
        edges = None if self.edge_start is None else self.edge_start(batch)
        for layer in self.layers:
            assert isinstance(layer, GraphTransformerLayer)
            update, edges = layer.attend(x, batch, edges)
            x = layer.finish(x, update)
        return x


def edge_state_layers(
    width: int, feed_forward: int, layers: int, *, dropout: float, edge_states: bool
) -> list[EdgeStateLayer | None]:
    """One for each layer of a stack, the last of which only reads; ``None`` for each where edges have no states."""
    if not edge_states:
        return [None] * layers
    return [EdgeStateLayer(width, feed_forward, updates=index < layers - 1, dropout=dropout) for index in range(layers)]
