"""GTrm: the graph Transformer of textual scene graphs."""

from torch import nn

from finsta.encoders.attention import GraphAttention
from finsta.graphs.batch import GraphBatch
from finsta.shapes import Float, Tensor


class FeedForward(nn.Module):
    """Two layers with a GELU between them, applied to each node.

    Args:
        width: d, of input and output.
        hidden: Width between the two layers.
        dropout: After each of the two.
    """

    def __init__(self, width: int, hidden: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.expand = nn.Linear(width, hidden)
        self.contract = nn.Linear(hidden, width)
        self.activation = nn.GELU()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "nodes width"]) -> Float[Tensor, "nodes width"]:
        """The update, before the residual."""
        hidden = self.dropout(self.activation(self.expand(x)))
        update: Float[Tensor, "nodes width"] = self.dropout(self.contract(hidden))
        return update


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
    """

    def __init__(self, width: int, heads: int, feed_forward: int, *, dropout: float = 0.0) -> None:
        super().__init__()
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

    def forward(self, x: Float[Tensor, "nodes width"], batch: GraphBatch) -> Float[Tensor, "nodes width"]:
        """New states of all nodes."""
        return self.finish(x, self.attention(x, batch))


class GraphTransformer(nn.Module):
    """GTrm: layers one after the other.

    Args:
        width: d.
        heads: K; must divide the width.
        layers: How many.
        feed_forward: Hidden width of the feed-forward networks.
        dropout: See :class:`GraphTransformerLayer`.
    """

    def __init__(self, width: int, heads: int, layers: int, *, feed_forward: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            GraphTransformerLayer(width, heads, feed_forward, dropout=dropout) for _ in range(layers)
        )

    def forward(self, x: Float[Tensor, "nodes width"], batch: GraphBatch) -> Float[Tensor, "nodes width"]:
        """States after the last layer."""
        for layer in self.layers:
            x = layer(x, batch)
        return x
