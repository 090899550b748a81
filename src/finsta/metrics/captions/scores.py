"""What every caption metric takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass

from finsta.errors import InputError
from finsta.shapes import Array, Float

Tokens = Sequence[str]
"""One caption, tokenised: see :func:`finsta.metrics.captions.tokens.tokenize`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CaptionScores:
    """The score of a set of captions and of each one.

    Attributes:
        corpus: The figure that is reported. Of BLEU and METEOR it is computed from sums over all captions, of the
            others it is the mean of the items.
        items: The score of each caption alone.
    """

    corpus: float
    items: Float[Array, " captions"]


def check_captions(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> None:
    """Hold candidates against references.

    Raises:
        InputError: if they differ in number, there are none, or a caption has no reference.
    """
    if len(candidates) != len(references) or not candidates:
        raise InputError(
            f"expected references for each of one or more captions, found {len(candidates)} captions and "
            f"{len(references)} lists of references"
        )
    if bare := [index for index, several in enumerate(references) if not several]:
        raise InputError(
            f"expected one reference or more for each caption, found none for {len(bare)} of {len(references)}, number "
            f"{bare[0]} the first; leave these out"
        )
