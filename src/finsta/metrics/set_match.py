"""Set match: the share of captions whose facts are exactly those of the reference.

The strictest measure of a text parser. Facts are compared as strings, without synonyms; their order and repeats do not
count. The definition is that of the FACTUAL benchmark (Li et al., ACL Findings 2023).
"""

from collections.abc import Collection, Sequence
from statistics import fmean

from finsta.errors import InputError
from finsta.graphs.exports.factual import Fact


def is_set_match(candidate: Collection[Fact], reference: Collection[Fact]) -> bool:
    """Whether two graphs state the same facts."""
    return set(candidate) == set(reference)


def set_match(candidates: Sequence[Collection[Fact]], references: Sequence[Collection[Fact]]) -> float:
    """Share of captions in [0, 1] whose facts equal the reference's.

    Args:
        candidates: The facts of each caption as parsed; see :func:`finsta.graphs.exports.factual.factual_facts`.
        references: The facts of each caption as they should be, in the same order.

    Raises:
        InputError: if the two differ in number, or there are none.
    """
    check_pairs(candidates, references)
    return fmean(is_set_match(*pair) for pair in zip(candidates, references, strict=True))


def check_pairs(candidates: Sequence[object], references: Sequence[object]) -> None:
    """Raise ``InputError`` unless there is one reference for each candidate, and one at least."""
    if len(candidates) != len(references) or not candidates:
        raise InputError(
            f"expected as many references as candidates and one at least, found {len(candidates)} candidates and "
            f"{len(references)} references"
        )
