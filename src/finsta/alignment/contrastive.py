"""Contrast with several positives, masks and weights; the report that every alignment loss returns."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Generic, ParamSpec, TypeVar

import torch
from torch import nn
from torch.nn import functional

from finsta.shapes import Bool, Float, Int, Tensor

Explanation = TypeVar("Explanation")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

COLDEST, HOTTEST = 0.01, 1.0
"""Bounds of a learned temperature: colder than 0.01 the gradient is noise, hotter than 1 nothing is told apart."""


class Temperature(nn.Module):
    """A learned temperature τ between 0.01 and 1 (the start value is known from the paper, the bounds are ours).

        τ = exp(log 0.01 + σ(θ) · (log 1 − log 0.01))

    The bounds are approached and never reached, so that no gradient dies there as it does with a clamp.

    Args:
        start: The first value, strictly between the bounds.
    """

    def __init__(self, start: float = 0.07) -> None:
        super().__init__()
        if not COLDEST < start < HOTTEST:
            raise ValueError(f"a learned temperature must start between {COLDEST} and {HOTTEST}, found {start}")
        share = math.log(start / COLDEST) / math.log(HOTTEST / COLDEST)
        self.position = nn.Parameter(torch.tensor(math.log(share / (1 - share))))

    def forward(self) -> Float[Tensor, ""]:
        """τ."""
        exponent = math.log(COLDEST) + torch.sigmoid(self.position) * math.log(HOTTEST / COLDEST)
        return exponent.exp()


@dataclass(frozen=True, kw_only=True)
class NodeStates:
    """States that belong to text nodes: of their phrases, or of wrong versions of their phrases.

    Attributes:
        states: One row for each phrase.
        node: The text node of each, as an index of ``HolisticBatch.text``. A wrong version, from a caption edited to be
            wrong, is a negative for what that node refers to (our definition).
    """

    states: Float[Tensor, "phrases dim"]
    node: Int[Tensor, " phrases"]


@dataclass(frozen=True, kw_only=True)
class LossReport(Generic[Explanation]):
    """A loss and what it was made of.

    Attributes:
        loss: Scalar; exactly 0, with a path for the gradient, where there was nothing to contrast.
        positives: Pairs pulled together, over both directions' rows once.
        negatives: Pairs pushed apart.
        ignored: Pairs of posed rows that are neither.
        accuracy: Share of posed rows whose best positive beats every negative; a tie is lost. ``None`` without rows.
        negatives_by: Number of negatives of each group; a negative may stand in more than one.
        accuracy_by: The same share against one group of negatives only, for each group that occurs.
        explanation: What was paired with what, for a viewer; ``None`` unless asked for.
    """

    loss: Float[Tensor, ""]
    positives: int = 0
    negatives: int = 0
    ignored: int = 0
    accuracy: float | None = None
    negatives_by: Mapping[str, int] = field(default_factory=dict)
    accuracy_by: Mapping[str, float] = field(default_factory=dict)
    explanation: Explanation | None = None


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Rows that look for their positives among the columns. A pair in neither mask is ignored.

    Attributes:
        similarity: Any finite numbers, e.g. cosines.
        positive: True for positives.
        negative: True for negatives; does not overlap ``positive``.
        weight: Of each positive pair, ≥ 0.
        negative_weight: How many times each negative counts, > 0; one each by default.
    """

    similarity: Float[Tensor, "rows columns"]
    positive: Bool[Tensor, "rows columns"]
    negative: Bool[Tensor, "rows columns"]
    weight: Float[Tensor, "rows columns"]
    negative_weight: Float[Tensor, "rows columns"] | None = None

    @property
    def posed(self) -> Bool[Tensor, " rows"]:
        """Rows with a positive and a negative; the others pose no question."""
        return self.positive.any(1) & self.negative.any(1)

    def transposed(self) -> "Contrast":
        """The columns look for their rows."""
        return type(self)(
            similarity=self.similarity.T,
            positive=self.positive.T,
            negative=self.negative.T,
            weight=self.weight.T,
            negative_weight=None if self.negative_weight is None else self.negative_weight.T,
        )

    def with_negatives(self, similarity: Float[Tensor, "rows more"], negative: Bool[Tensor, "rows more"]) -> "Contrast":
        """The same with further columns, which are negatives or ignored."""
        return type(self)(
            similarity=torch.cat([self.similarity, similarity], 1),
            positive=torch.cat([self.positive, torch.zeros_like(negative)], 1),
            negative=torch.cat([self.negative, negative], 1),
            weight=torch.cat([self.weight, torch.zeros_like(similarity)], 1),
        )

    def against(self, group: Bool[Tensor, "rows columns"]) -> "Contrast":
        """The same with the negatives of one group only."""
        return replace(self, negative=self.negative & group)

    def columns(self, start: int, end: int | None = None) -> "Contrast":
        """The same with the negatives in a range of columns only."""
        group = torch.zeros_like(self.negative)
        group[:, start:end] = True
        return self.against(group)

    def tally(self) -> "Tally":
        """How many of the posed rows are won, a tie is lost; and how many negatives there are, posed or not."""
        posed, negatives = self.posed, int(self.negative.sum())
        scores, positive, negative = self.similarity.detach()[posed], self.positive[posed], self.negative[posed]
        if not len(scores):
            return Tally(negatives=negatives)
        best, worst = (scores.masked_fill(~mask, -torch.inf).amax(1) for mask in (positive, negative))
        return Tally(won=int((best > worst).sum()), posed=len(scores), negatives=negatives)

    def share_won(self) -> float | None:
        """Share of the posed rows whose best positive beats all negatives, a tie is lost; ``None`` without rows."""
        return self.tally().share


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Rows won of those posed, and the negatives; tallies of blocks of rows add up."""

    won: int = 0
    posed: int = 0
    negatives: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            won=self.won + other.won, posed=self.posed + other.posed, negatives=self.negatives + other.negatives
        )

    @property
    def share(self) -> float | None:
        """Won of posed; ``None`` without rows."""
        return self.won / self.posed if self.posed else None


def shares_won(groups: Mapping[str, Contrast]) -> dict[str, float]:
    """:meth:`Contrast.share_won` of each contrast that has rows, by name."""
    return shares({name: contrast.tally() for name, contrast in groups.items()})


def shares(tallies: Mapping[str, Tally]) -> dict[str, float]:
    """The share of each tally that has rows, by name."""
    return {name: share for name, tally in tallies.items() if (share := tally.share) is not None}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of a contrast, one for each positive pair, before they are averaged."""

    value: Float[Tensor, " terms"]
    weight: Float[Tensor, " terms"]


def contrast_terms(contrast: Contrast, temperature: Float[Tensor, ""] | float) -> Terms:
    """Multi-positive InfoNCE of the rows against the columns (our choice among its forms).

    1. A row and each of its positives are pulled together.
    2. A row and its negatives are pushed apart; an ignored pair carries no gradient.

        ℓ_ip = log(1 + Σ_n v_in exp((s_in − s_ip) / τ)),   weight of the term: w_ip / |P_i|

    The positives of a row do not compete with each other, so that perfect alignment costs nothing however many there
    are; SupCon puts all of them into the denominator and keeps a floor of log |P_i|. With one positive a row this is
    InfoNCE (NT-Xent, the CLIP loss of one direction). Uniform similarities and unit ``negative_weight`` give
    log(1 + number of negatives), hence log B in a batch of B pairs. A row without a positive or without a negative
    poses no question and gives no term.

    Args:
        contrast: s, the masks, w and v.
        temperature: τ > 0.
    """
    posed = contrast.posed
    logits, positive = contrast.similarity[posed] / temperature, contrast.positive[posed]
    against = logits.masked_fill(~contrast.negative[posed], -torch.inf)
    if contrast.negative_weight is not None:
        against = against + contrast.negative_weight[posed].log()
    total = torch.logsumexp(against, 1)
    row, column = positive.nonzero(as_tuple=True)
    return Terms(
        value=functional.softplus(total[row] - logits[row, column], threshold=50.0),
        weight=contrast.weight[posed][row, column] / positive.sum(1)[row],
    )


def weighted_mean(terms: Sequence[Terms]) -> Float[Tensor, ""]:
    """Mean of the terms by their weights; 0 where there is none or all weights are 0."""
    value, weight = (torch.cat([getattr(term, name) for term in terms]) for name in ("value", "weight"))
    return (value * weight).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)


def cosines(a: Float[Tensor, "rows dim"], b: Float[Tensor, "columns dim"]) -> Float[Tensor, "rows columns"]:
    """Cosine of every row of ``a`` with every row of ``b``; 0 with a vector of zeros."""
    return functional.normalize(a, dim=-1) @ functional.normalize(b, dim=-1).T


def full_precision(states: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The same numbers in float32, unless they are in float64 already: sums and exponentials want more than half."""
    return states if states.dtype == torch.float64 else states.float()


def without_autocast(loss: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run a loss with autocast off: at τ = 0.01 the rounding of a product in half precision is worth a logit of 0.4."""

    @wraps(loss)
    def precise(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
        with torch.autocast(tensors[0].device.type, enabled=False):
            return loss(*args, **kwargs)

    return precise


def nothing_to_contrast(*states: Tensor) -> Float[Tensor, ""]:
    """Zero, with a path to every tensor along which a gradient of zeros runs."""
    zero = full_precision(states[0]).new_zeros(())
    return zero + sum(full_precision(tensor).flatten()[:0].sum() for tensor in states)
