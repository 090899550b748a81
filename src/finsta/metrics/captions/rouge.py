"""ROUGE-L (Lin, 2004) as coco-caption computes it: the longest common subsequence of a caption with its references.

P is the largest share of the candidate's tokens, R the largest share of a reference's tokens, that a longest common
subsequence holds; each may come from another reference. With β = 1.2,

    ROUGE-L = (1 + β²) P R / (R + β² P)

and 0 where they have no token in common. An empty caption scores 0; coco-caption gives 1 where a reference is empty
too.
"""

from collections.abc import Sequence

import numpy as np

from finsta.metrics.captions.scores import CaptionScores, Tokens, check_captions

BETA = 1.2


def rouge_l(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> CaptionScores:
    """ROUGE-L in [0, 1], the mean over captions.

    Raises:
        InputError: as :func:`~finsta.metrics.captions.scores.check_captions`.
    """
    check_captions(candidates, references)
    items = np.array([_score(*pair) for pair in zip(candidates, references, strict=True)])
    return CaptionScores(corpus=float(items.mean()), items=items)


def common_subsequence(first: Tokens, second: Tokens) -> int:
    """Length of the longest common subsequence of two token lists."""
    previous = [0] * (len(second) + 1)
    for token in first:
        current = [0]
        for place, other in enumerate(second):
            current.append(previous[place] + 1 if token == other else max(previous[place + 1], current[place]))
        previous = current
    return previous[-1]


def _score(candidate: Tokens, references: Sequence[Tokens]) -> float:
    common = [common_subsequence(reference, candidate) for reference in references]
    if not any(common):
        return 0.0
    precision = max(common) / len(candidate)
    recall = max(count / len(reference) for count, reference in zip(common, references, strict=True) if reference)
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)
