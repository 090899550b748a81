"""Rows of tokens of unequal length, side by side; language models read them without gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finsta.shapes import Bool, Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Token ids, padded to the longest row.

    Attributes:
        ids: Of the tokens; padding holds the padding token.
        mask: 1 = real token, as language models of `transformers` take it.
    """

    ids: Int[Tensor, "rows length"]
    mask: Int[Tensor, "rows length"]

    def to(self, device: torch.device) -> "Rows":
        """The same on another device."""
        return Rows(ids=self.ids.to(device), mask=self.mask.to(device))


def pad_rows(rows: Sequence[Sequence[int]], padding: int, *, left: bool = False) -> Rows:
    """Rows padded on the right, where a causal model never looks; on the left for a model that writes on."""
    longest = max((len(row) for row in rows), default=0)
    ids = torch.full((len(rows), longest), padding)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for index, row in enumerate(rows):
        place = slice(longest - len(row), longest) if left else slice(0, len(row))
        ids[index, place] = torch.tensor(row, dtype=torch.long)
        mask[index, place] = 1
    return Rows(ids=ids, mask=mask)


@dataclass(frozen=True, kw_only=True)
class Behind:
    """Texts as they go behind what all of them share, and where the states of their tokens are found again.

    Attributes:
        rows: What the model reads: the shared tokens, then the real tokens of each text, then padding.
        place: For each token of the texts as they came, its position in `rows`.
        mask: True = real token of the texts as they came.
    """

    rows: Rows
    place: Int[Tensor, "texts length"]
    mask: Bool[Tensor, "texts length"]

    def states(self, hidden: Float[Tensor, "texts all_length width"]) -> Float[Tensor, "texts length width"]:
        """States of the texts' tokens, as the texts came; zero where there is padding."""
        found = hidden.gather(1, self.place[:, :, None].expand(-1, -1, hidden.shape[-1]))
        return found * self.mask[:, :, None].to(found.dtype)

    def last(self, hidden: Float[Tensor, "texts all_length width"]) -> Float[Tensor, "texts width"]:
        """State of the last real token of each row: the only one that has read all of it."""
        end = self.rows.mask.sum(1).sub(1).clamp_min(0)
        return hidden[torch.arange(len(hidden), device=hidden.device), end]


def behind(
    shared: Int[Tensor, " prefix"],
    ids: Int[Tensor, "texts length"],
    mask: Int[Tensor, "texts length"],
    start: int | None,
) -> Behind:
    """Lay texts, padded on whichever side, behind shared tokens without a gap.

    A token that starts every text (``<s>``) has no place in the middle of a row: where something is shared it is left
    out, and its state is that of the last shared token, which like it has read nothing of the text.

    Args:
        shared: Tokens that every row begins with; may be none.
        ids: Of the texts.
        mask: 1 = real token.
        start: Id of the token that starts a text, if the language model has one.
    """
    real = mask.bool()
    first = real & (real.cumsum(1) == 1)
    dropped = first & (ids == start) if start is not None and len(shared) else torch.zeros_like(real)
    kept = real & ~dropped
    place = (len(shared) + kept.cumsum(1) - 1).clamp_min(0)  # a dropped first token finds the last shared one
    length = len(shared) + int(kept.sum(1).max()) if len(ids) else len(shared)
    filled = ids.new_zeros(len(ids), length + 1)
    column = torch.where(kept, place, length)  # what is not kept goes into a column that is cut off
    filled.scatter_(1, column, ids)
    seen = mask.new_zeros(len(ids), length + 1).scatter_(1, column, 1)
    filled[:, : len(shared)], seen[:, : len(shared)] = shared, 1
    return Behind(rows=Rows(ids=filled[:, :length], mask=seen[:, :length]), place=place, mask=real)
