"""CIDEr-D and CIDEr (Vedantam et al., CVPR 2015): how well a caption's n-grams agree with those of its references.

Each caption is, for n = 1 … 4, a vector over n-grams: the count of an n-gram times log N − log max(1, df), where df of
the N items have it in some reference. Per n, a candidate c and a reference r agree by

    CIDEr-D:  e^{−(l_c − l_r)² / 2σ²} · Σ min(c, r) · r / (‖c‖ ‖r‖),   σ = 6, l the length in tokens
    CIDEr:    Σ c · r / (‖c‖ ‖r‖)

and the score is ten times the mean over n and references. The ``CIDEr`` of coco-caption, and so of nearly every paper,
is CIDEr-D; ours prints it under that name. With a single item every weight is log 1 = 0, and so is the score: the
figure is one of a data set. Stemming, which the paper describes and its published code leaves out, is left out too.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from finsta.metrics.captions.bleu import ngrams
from finsta.metrics.captions.scores import CaptionScores, Tokens, check_captions

LONGEST, SIGMA = 4, 6.0

Ngram = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Vectors:
    """A caption's weighted n-grams by length, their norms, and the caption's length."""

    weights: tuple[Mapping[Ngram, float], ...]
    norms: tuple[float, ...]
    length: int


def cider(
    candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]], *, clipped: bool = True
) -> CaptionScores:
    """CIDEr-D in [0, 10], the mean over captions.

    Args:
        candidates: One tokenised caption an item.
        references: Those of each item; document frequencies are counted over all of them.
        clipped: False gives CIDEr without clipping and length penalty.

    Raises:
        InputError: as :func:`~finsta.metrics.captions.scores.check_captions`.
    """
    check_captions(candidates, references)
    counted = [[ngrams(reference, LONGEST) for reference in several] for several in references]
    frequency = Counter(ngram for several in counted for ngram in set().union(*several))
    total = log(len(candidates))
    items = []
    for candidate, several in zip(candidates, counted, strict=True):
        ours = _vectors(ngrams(candidate, LONGEST), frequency, total)
        agreed = [_agreement(ours, _vectors(counts, frequency, total), clipped=clipped) for counts in several]
        items.append(10 * sum(agreed) / len(agreed))
    return CaptionScores(corpus=float(np.mean(items)), items=np.array(items))


def _vectors(counts: Counter[Ngram], frequency: Counter[Ngram], total: float) -> _Vectors:
    weights: tuple[dict[Ngram, float], ...] = tuple({} for _ in range(LONGEST))
    for ngram, count in counts.items():
        weights[len(ngram) - 1][ngram] = count * (total - log(max(1, frequency[ngram])))
    norms = tuple(sqrt(sum(weight * weight for weight in vector.values())) for vector in weights)
    return _Vectors(weights=weights, norms=norms, length=sum(c for ngram, c in counts.items() if len(ngram) == 1))


def _agreement(ours: _Vectors, theirs: _Vectors, *, clipped: bool) -> float:
    """Mean over n of the (clipped) cosine of two captions, times the length penalty."""
    total = 0.0
    for mine, other, norm, other_norm in zip(ours.weights, theirs.weights, ours.norms, theirs.norms, strict=True):
        if norm and other_norm:
            products = ((min(w, other[n]) if clipped else w) * other[n] for n, w in mine.items() if n in other)
            total += sum(products) / (norm * other_norm)
    apart = ours.length - theirs.length
    return total / LONGEST * (exp(-(apart**2) / (2 * SIGMA**2)) if clipped else 1.0)
