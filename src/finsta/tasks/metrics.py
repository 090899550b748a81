"""Retrieval metrics from a similarity matrix, defined under ties, with any number of correct answers to a query."""

from dataclasses import dataclass

import numpy as np

from finsta.errors import InputError
from finsta.shapes import Array, Bool, Float


@dataclass(frozen=True, kw_only=True)
class RetrievalRanks:
    """How far each query had to look for its first correct answer, in expectation when ties are broken at random.

    Attributes:
        rank: Expected rank of the first correct answer; 1 is best.
        hits: For each K of ``cutoffs`` the probability in [0, 1] that a correct answer is among the first K.
        cutoffs: The K of R@K.
    """

    rank: Float[Array, " queries"]
    hits: Float[Array, "cutoffs queries"]
    cutoffs: tuple[int, ...]

    def summary(self) -> dict[str, float]:
        """``R@K`` in percent, and median and mean rank: ``MdR``, ``MnR``."""
        recalls = {f"R@{k}": 100 * float(hit.mean()) for k, hit in zip(self.cutoffs, self.hits, strict=True)}
        return recalls | {"MdR": float(np.median(self.rank)), "MnR": float(self.rank.mean())}


def retrieval_ranks(
    similarity: Float[Array, "queries items"],
    correct: Bool[Array, "queries items"],
    *,
    cutoffs: tuple[int, ...] = (1, 5, 10),
) -> RetrievalRanks:
    r"""Rank the items for each query by similarity and find the first correct one.

    A query whose best correct items score s, k of them, has g wrong items above s and e wrong items equal to s. Ties
    are broken at random, so the first of the k among k + e places is at

    .. math:: E[rank] = 1 + g + \frac{e}{k + 1}, \qquad
              P(rank \le K) = 1 - \binom{e}{m} \Big/ \binom{e + k}{m}, \quad m = K - g

    (0 for m ≤ 0, 1 for m > e). With one correct item that is 1 + g + e/2, and the share of the e + 1 places within K: a
    model that scores everything alike gets chance, not 100 % and not 0. R@K, median and mean rank are the field's own;
    their values under ties are our definition. With several correct items the first one counts, as for MSVD.

    Args:
        similarity: Larger is more similar; infinities are fine.
        correct: True where the item is a right answer to the query; one at least for each query.
        cutoffs: The K of R@K.

    Raises:
        InputError: if the shapes differ, a similarity is not a number, there is no query, or a query has no answer.
    """
    _check(similarity, correct)
    best = np.where(correct, similarity, -np.inf).max(axis=1, keepdims=True)
    above = (similarity > best).sum(axis=1)
    tied = (~correct & (similarity == best)).sum(axis=1)
    right = (correct & (similarity == best)).sum(axis=1)
    hits = np.stack([1 - _all_wrong(tied, right, cutoff - above) for cutoff in cutoffs])
    return RetrievalRanks(rank=1 + above + tied / (right + 1), hits=hits, cutoffs=cutoffs)


def dual_softmax(similarity: Float[Array, "texts videos"]) -> Float[Array, "texts videos"]:
    r"""Logits that count a video for a text only as far as the text is among the best for that video, and so back.

    .. math:: s'_{ij} = \log \frac{e^{s_{ij}}}{\sum_j e^{s_{ij}}} + \log \frac{e^{s_{ij}}}{\sum_i e^{s_{ij}}}

    Cheng et al. (CAMoE, 2021) multiply the softmax over one side with that over the other; here in logarithms, so that
    negative logits do no harm. It reads the whole test set at once: a query is ranked with the help of the other
    queries, which figures without it are not.

    Args:
        similarity: The host's own logits, its scale included: the softmaxes are as sharp as the host makes them.
    """
    both: Array = _log_softmax(similarity, axis=1) + _log_softmax(similarity, axis=0)
    return both


def _log_softmax(values: Array, *, axis: int) -> Array:
    above = values - values.max(axis=axis, keepdims=True)
    found: Array = above - np.log(np.exp(above).sum(axis=axis, keepdims=True))
    return found


def _all_wrong(tied: Array, right: Array, places: Array) -> Array:
    """Probability that the first ``places`` of ``tied`` wrong and ``right`` correct items, shuffled, are all wrong."""
    probability = np.ones(len(tied))
    for place in range(max(int(places.max()), 0)):
        chance = np.clip(tied - place, 0, None) / np.clip(tied + right - place, 1, None)
        probability = np.where(place < places, probability * chance, probability)
    return probability


def _check(similarity: Array, correct: Array) -> None:
    if similarity.ndim != 2 or similarity.shape != correct.shape or not similarity.size:
        raise InputError(
            f"expected similarity and correct answers as two matrices [queries, items] that are not empty, "
            f"found {similarity.shape} and {correct.shape}"
        )
    if np.isnan(similarity).any():
        raise InputError(
            f"{int(np.isnan(similarity).sum())} of {similarity.size} similarities are not numbers (NaN); "
            "the model has diverged, or its weights are damaged"
        )
    unanswered = np.flatnonzero(~correct.any(axis=1))
    if len(unanswered):
        raise InputError(f"{len(unanswered)} queries have no correct item, number {unanswered[0]} the first")
