"""BLEU-1 to BLEU-4 (Papineni et al., ACL 2002), as coco-caption computes it.

With c_n the candidates' n-grams that the references hold, each n-gram at most as often as in the one reference that has
it most often, g_n all n-grams of the candidates, c the tokens of the candidates and r those of the references:

    BLEU-N = BP · (∏_{n ≤ N} c_n / g_n)^{1/N},    BP = min(1, e^{1 - r / c})

c_n, g_n, c and r are sums over all captions. Of each caption's references the one whose length is nearest counts for r,
the shorter of two as near. Where there is no n-gram at all, coco-caption's small constants make the score 0.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from finsta.metrics.captions.scores import CaptionScores, Tokens, check_captions
from finsta.shapes import Array, Float

SMALL, TINY = 1e-9, 1e-15
"""Added to denominators and numerators, as in coco-caption."""


def bleu(
    candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]], *, longest: int = 4
) -> tuple[CaptionScores, ...]:
    """BLEU-1, …, BLEU-``longest`` in [0, 1].

    Raises:
        InputError: as :func:`~finsta.metrics.captions.scores.check_captions`.
    """
    check_captions(candidates, references)
    counts = np.array([_counts(*pair, longest) for pair in zip(candidates, references, strict=True)], dtype=float)
    items, corpus = _scores(counts, longest), _scores(counts.sum(axis=0, keepdims=True), longest)[0]
    return tuple(CaptionScores(corpus=float(corpus[n]), items=items[:, n]) for n in range(longest))


def ngrams(tokens: Tokens, longest: int) -> Counter[tuple[str, ...]]:
    """All n-grams up to a length, and how often each stands in a caption."""
    return Counter(
        tuple(tokens[start : start + n]) for n in range(1, longest + 1) for start in range(len(tokens) - n + 1)
    )


def _counts(candidate: Tokens, references: Sequence[Tokens], longest: int) -> list[int]:
    """Right n-grams by length, n-grams by length, tokens, tokens of the nearest reference."""
    most: Counter[tuple[str, ...]] = Counter()
    for reference in references:
        most |= ngrams(reference, longest)
    right = [0] * longest
    for ngram, count in ngrams(candidate, longest).items():
        right[len(ngram) - 1] += min(count, most[ngram])
    made = [max(0, len(candidate) - n) for n in range(longest)]
    nearest = min((abs(len(reference) - len(candidate)), len(reference)) for reference in references)[1]
    return [*right, *made, len(candidate), nearest]


def _scores(counts: Float[Array, "rows counts"], longest: int) -> Float[Array, "rows longest"]:
    right, made, ours, theirs = counts[:, :longest], counts[:, longest : 2 * longest], counts[:, -2], counts[:, -1]
    product = np.cumprod((right + TINY) / (made + SMALL), axis=1)
    ratio = (ours + TINY) / (theirs + SMALL)
    brevity = [math.exp(1 - 1 / value) if value < 1 and 1 / value < 700 else float(value >= 1) for value in ratio]
    scores: Array = product ** (1 / np.arange(1, longest + 1)) * np.array(brevity)[:, None]
    return scores
