"""Top-1, Top-5 and mean class accuracy of recognition, over several views of each video."""

from dataclasses import dataclass

import numpy as np

from finsta.errors import InputError
from finsta.shapes import Array, Float, Int


@dataclass(frozen=True, kw_only=True, eq=False)
class TopK:
    """How often the right class is among the first K.

    Attributes:
        hits: For each K of ``cutoffs`` the probability in [0, 1] that the right class is among the first K, ties broken
            at random.
        cutoffs: The K of Top-K.
        labels: The right classes.
    """

    hits: Float[Array, "cutoffs videos"]
    cutoffs: tuple[int, ...]
    labels: Int[Array, " videos"]

    def summary(self) -> dict[str, float]:
        """``Top-K`` and ``mean_class_accuracy`` (the mean over classes of their Top-1), in percent."""
        shares = {f"Top-{k}": 100 * float(hit.mean()) for k, hit in zip(self.cutoffs, self.hits, strict=True)}
        first = [self.hits[0][self.labels == label].mean() for label in np.unique(self.labels)]
        return shares | {"mean_class_accuracy": 100 * float(np.mean(first))}


def average_views(logits: Float[Array, "videos views classes"]) -> Float[Array, "videos classes"]:
    """Class probabilities, averaged over the clips and crops of each video: softmax first, then the mean.

    Raises:
        InputError: if a logit is not a number.
    """
    if np.isnan(logits).any():
        raise InputError(
            f"{int(np.isnan(logits).sum())} of {logits.size} class scores are not numbers (NaN); the model has "
            "diverged, or its weights are damaged"
        )
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    mean: Array = (exponents / exponents.sum(axis=-1, keepdims=True)).mean(axis=1)
    return mean


def top_k(
    scores: Float[Array, "videos classes"], labels: Int[Array, " labels"], *, cutoffs: tuple[int, ...] = (1, 5)
) -> TopK:
    r"""Whether the right class is among the K best, in expectation when ties are broken at random.

    With g classes above the right one and e others equal to it,

    .. math:: P(rank \le K) = \min(1, \max(0, (K - g) / (e + 1)))

    so that a model that scores every class alike gets K / classes. With fewer classes than K, Top-K is 100 %.

    Args:
        scores: Larger is likelier.
        labels: Index of the right class.
        cutoffs: The K of Top-K.

    Raises:
        InputError: if the two differ in number, there is none, a label is outside, or a score is not a number.
    """
    if len(scores) != len(labels) or not scores.size:
        raise InputError(f"expected a label for each video, found {len(scores)} videos and {len(labels)} labels")
    if outside := [int(label) for label in labels if not 0 <= label < scores.shape[1]]:
        raise InputError(f"expected labels from 0 to {scores.shape[1] - 1}, found {outside[0]}; check the class list")
    if np.isnan(scores).any():
        raise InputError(
            f"{int(np.isnan(scores).sum())} of {scores.size} class scores are not numbers (NaN); the model has "
            "diverged, or its weights are damaged"
        )
    own = scores[np.arange(len(labels)), labels][:, None]
    above, tied = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    hits = np.stack([np.clip((cutoff - above) / tied, 0, 1) for cutoff in cutoffs])
    return TopK(hits=hits, cutoffs=cutoffs, labels=labels)
