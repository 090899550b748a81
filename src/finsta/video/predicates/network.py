"""The network of the relation head: dilated convolutions over the numbers of a pair through time (our definition)."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from finsta.shapes import Float, Int, Tensor
from finsta.video.predicates.features import NUMBERS

DILATIONS = (1, 2, 4, 8, 1)
"""Steps between the three taps of each layer: the last one sees 16 steps to either side, two seconds at 8 a second."""


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """Pairs of objects side by side, each with its own steps, the rest of the row padded.

    Attributes:
        numbers: See :mod:`finsta.video.predicates.features`.
        prior: Log-odds of each predicate by the classes of the pair.
        subject: Index of its class; 0 is a class that training did not know.
        object: The same of the object; 1 for none.
        mask: True where there is a step.
    """

    numbers: Float[Tensor, "pairs steps numbers"]
    prior: Float[Tensor, "pairs predicates"]
    subject: Int[Tensor, " pairs"]
    object: Int[Tensor, " pairs"]
    mask: Tensor

    def to(self, device: torch.device) -> "PairBatch":
        """The same on a device."""
        return PairBatch(**{name: value.to(device) for name, value in vars(self).items()})


class _Layer(nn.Module):
    """h_t ← h_t + W₂ · gelu(W₁ [LN(h)_{t−d} ; LN(h)_t ; LN(h)_{t+d}]), d the dilation; zeros beyond the ends.

    A convolution written as a product: on a CPU twice as fast as ``Conv1d`` for so few channels.
    """

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.dilation = dilation
        self.taps = nn.Linear(3 * width, width)
        self.output = nn.Linear(width, width)

    def forward(self, h: Float[Tensor, "pairs steps width"], mask: Tensor) -> Float[Tensor, "pairs steps width"]:
        reach, steps = self.dilation, h.shape[1]
        padded = functional.pad(self.norm(h) * mask, (0, 0, reach, reach))
        inner = self.taps(torch.cat([padded[:, start : start + steps] for start in (0, reach, 2 * reach)], -1))
        updated: Tensor = h + self.output(functional.gelu(inner)) * mask
        return updated


class RelationNetwork(nn.Module):
    """Log-odds of every predicate at every step of a pair.

        h_0 = W x_t + L_s[class of subject] + L_o[class of object]
        logits_t = V · LN(h_5) + a ⊙ prior(classes),     a learned for each predicate, from 1

    The prior is added as MOTIFS adds its frequency bias. A predicate is only ever said of pairs, or only of single
    objects, where training showed no other case; the prior's floor sees to that.

    Args:
        predicates: How many.
        classes: How many, the two reserved ones included.
        width: Of the states.
        dropout: Of the last states, in training.
    """

    def __init__(self, *, predicates: int, classes: int, width: int = 64, dropout: float = 0.1) -> None:
        super().__init__()
        self.project = nn.Linear(NUMBERS, width)
        self.subject = nn.Embedding(classes, width)
        self.object = nn.Embedding(classes, width)
        for table in (self.subject, self.object):
            nn.init.normal_(table.weight, std=0.1)
        self.layers = nn.ModuleList(_Layer(width, dilation) for dilation in DILATIONS)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, predicates)
        self.trust = nn.Parameter(torch.ones(predicates))
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, batch: PairBatch) -> Float[Tensor, "pairs steps predicates"]:
        """Log-odds; those of padded steps mean nothing."""
        batch = batch.to(self.output.weight.device)
        mask = batch.mask[..., None].to(batch.numbers.dtype)
        h = self.project(batch.numbers) + (self.subject(batch.subject) + self.object(batch.object))[:, None]
        h = h * mask
        for layer in self.layers:
            h = layer(h, mask)
        logits: Tensor = self.output(self.dropout(self.norm(h))) + (self.trust * batch.prior)[:, None]
        return logits
