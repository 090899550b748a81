"""The network that every layer applies to each row by itself."""

from torch import nn

from finsta.shapes import Float, Tensor


class FeedForward(nn.Module):
    """Two layers with a GELU between them, applied to each row.

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

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows width"]:
        """The update, before the residual."""
        hidden = self.dropout(self.activation(self.expand(x)))
        update: Float[Tensor, "rows width"] = self.dropout(self.contract(hidden))
        return update
