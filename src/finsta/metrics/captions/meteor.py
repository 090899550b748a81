"""METEOR 1.5 (Denkowski and Lavie, 2014) for English, task "rank", ``-norm``, as coco-caption calls it, without Java.

Words of the candidate and of one reference are matched if they are the same (weight 1), have the same stem (0.6), share
a WordNet synonym set (0.8), or stand in phrases that the table of paraphrases holds (0.6). Content words count
δ = 0.75, function words 1 − δ. With the weighted shares P of the candidate and R of the reference that are matched, c
chunks and m matched words (the mean of both sides):

    F = P R / (α P + (1 − α) R),   METEOR = F · (1 − γ (c/m)^β),    α = 0.85, β = 0.2, γ = 0.6

and no penalty where one chunk covers both whole. The best reference counts. The corpus figure is computed from the sums
of the counts over all captions, as in coco-caption, not from the mean of the items.

Without the table of paraphrases, 62 MB that come with METEOR and with the package ``pycocoevalcap``, the score is that
of METEOR 1.5 with the modules "exact stem synonym": another, lower number, which is why `evaluate_captions` prints it
under another name. ``python benchmarks/captions.py`` compares both with the Java program where there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.metrics.captions.meteor_alignment import Aligner, chunks_of
from finsta.metrics.captions.meteor_words import FUNCTION_WORDS, meteor_words
from finsta.metrics.captions.scores import CaptionScores, Tokens, check_captions
from finsta.shapes import Array, Float

ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
WEIGHTS = (1.0, 0.6, 0.8, 0.6)
"""Of exact, stem, synonym and paraphrase matches."""


@dataclass(frozen=True, kw_only=True)
class _Side:
    """Word lists of one side with what of them is a function word."""

    words: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, tokens: Tokens) -> "_Side":
        words = tuple(meteor_words(" ".join(tokens)))
        return cls(words=words, weights=tuple(1 - DELTA if word in FUNCTION_WORDS else DELTA for word in words))


def meteor(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]], *, aligner: Aligner) -> CaptionScores:
    """METEOR in [0, 1].

    Args:
        candidates: One tokenised caption an item.
        references: Those of each item.
        aligner: Knows synonyms and paraphrases.

    Raises:
        InputError: as :func:`~finsta.metrics.captions.scores.check_captions`.
    """
    check_captions(candidates, references)
    rows = []
    for candidate, several in zip(candidates, references, strict=True):
        ours = _Side.of(candidate)
        counted = [_counts(ours, _Side.of(reference), aligner) for reference in dict.fromkeys(map(tuple, several))]
        rows.append(max(counted, key=score_of))
    return CaptionScores(corpus=score_of(np.sum(rows, axis=0)), items=np.array([score_of(row) for row in rows]))


def score_of(counts: Float[Array, " counts"]) -> float:
    """METEOR of counts, of one caption or summed over many; see `_counts`."""
    ours, theirs, ours_total, theirs_total, matched, chunks = counts.tolist()
    if not ours or not theirs:
        return 0.0
    precision, recall = ours / ours_total, theirs / theirs_total
    mean = precision * recall / (ALPHA * precision + (1 - ALPHA) * recall)
    return float(mean * (1 - GAMMA * (chunks / matched) ** BETA))


def _counts(ours: _Side, theirs: _Side, aligner: Aligner) -> Float[Array, " counts"]:
    """Weighted matches and weighted words of either side, matched words (mean of both sides), chunks.

    One chunk that covers both whole counts as none, in the sums over captions too.
    """
    matches = aligner(ours.words, theirs.words)
    matched = sum(match.length + match.other_length for match in matches)
    chunks = chunks_of(matches)
    whole = chunks == 1 and matched == len(ours.words) + len(theirs.words)
    return np.array([
        sum(WEIGHTS[m.kind] * sum(ours.weights[m.other : m.other + m.other_length]) for m in matches),
        sum(WEIGHTS[m.kind] * sum(theirs.weights[m.start : m.start + m.length]) for m in matches),
        sum(ours.weights), sum(theirs.weights), matched / 2, 0 if whole else chunks,
    ], dtype=float)  # fmt: skip
