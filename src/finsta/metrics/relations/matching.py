"""Matching in order of score, and average precision over what was matched."""

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.boxes import TOLERANCE
from finsta.shapes import Array, Bool, Float, Int


def by_score(scores: Float[Array, " found"], *, where: str) -> Int[Array, " found"]:
    """Indices from the highest score to the lowest; equal scores stay in the order given.

    Raises:
        InputError: if a score is not a finite number.
    """
    wrong = np.flatnonzero(~np.isfinite(scores))
    if len(wrong):
        raise InputError(
            f"{where}, prediction {wrong[0]}: expected a finite score, found {scores[wrong[0]]}; "
            "leave the prediction out, or give it a number"
        )
    order: Array = np.argsort(-scores, kind="stable")
    return order


def greedy_match(overlap: Float[Array, "found gold"], threshold: float) -> Int[Array, " found"]:
    """For each prediction, in order of rows, the free gold item that overlaps it most, or -1.

    Each gold item is taken once. Among equal overlaps the first gold item is taken.

    Args:
        overlap: Rows from the surest prediction down; below zero for what may never match.
        threshold: Least overlap of a match.
    """
    matches = np.full(len(overlap), -1)
    if not overlap.shape[1]:
        return matches
    free = np.ones(overlap.shape[1], dtype=bool)
    for row in np.flatnonzero((overlap >= threshold - TOLERANCE).any(axis=1)):
        best = int(np.argmax(np.where(free, overlap[row], -np.inf)))
        if free[best] and overlap[row, best] >= threshold - TOLERANCE:
            matches[row] = best
            free[best] = False
    return matches


def average_precision(right: Bool[Array, " found"], gold: int) -> float:
    """Area under precision over recall, the precision made monotone: the VOC form of 2010 and later.

    Args:
        right: Whether each prediction matched, from the surest down.
        gold: How many there were to find; one at least.
    """
    if not right.any():
        return 0.0
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[right].sum() / gold)
