"""Phrase against label by MiniLM sentence embeddings, where the tables of words are silent."""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from finsta.link.similarity import (
    GENERIC,
    TrackView,
    head_noun,
    is_known,
    normal_form,
    phrase_label_similarity,
    word_similarity,
)
from finsta.link.vocabulary import CONCEPTS, GENERIC_LABELS, GROUPS, OTHER, STATIONARY
from finsta.sentences import SentenceEncoder
from finsta.shapes import Array, Float, Tensor

NEAREST = 10
LOW, HIGH = 0.3, 0.6
"""Cosines of MiniLM at which a known word begins to count as a reading of an unknown one, and counts in full."""
OPEN_LOW, OPEN_HIGH = 0.4, 0.8
"""The same for a label that the tables do not know, which has its bare cosine only."""


class SentenceSimilarity:
    """Known words go by the table; an unknown word is read as the ten known words that MiniLM puts nearest to it.

    With ``c_k`` the cosines of these words ``w_k``, taken from [0.3, 0.6] to [0, 1],

        s(phrase, label) = c_1 · Σ_k c_k table(w_k, label) / Σ_k c_k

    A bare cosine will not do: that of "toddler" and "person" is 0.29, that of "tree" and "chair" 0.43. On 63 rare
    nouns that are a COCO class and 93 that are none, on which the two bounds were chosen, this links 31 and 3; a cosine
    of at least 0.55 to the label links 19 and 5 (our definition).

    Args:
        folder: Holds a sentence encoder of ``transformers``, mean pooled; by default that of the package.

    Raises:
        MissingDependencyError: if no folder is given and the package is not installed.
        InputError: if the folder holds no model.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._encoder = SentenceEncoder(folder)
        self._known = sorted(set(CONCEPTS) | set(GROUPS) | OTHER)
        self._score = cache(self._score_uncached)

    def scores(self, phrases: Sequence[str], tracks: Sequence[TrackView]) -> Float[Array, "phrases tracks"]:
        """See :class:`finsta.link.similarity.PhraseSimilarity`."""
        rows = [[self._score(phrase, track.label) for track in tracks] for phrase in phrases]
        return np.array(rows, dtype=np.float64).reshape(len(phrases), len(tracks))

    def _score_uncached(self, phrase: str, label: str) -> float:
        lexical = phrase_label_similarity(phrase, label)
        named = normal_form(label)
        head = head_noun(phrase, also=named)
        if is_known(head) or lexical > GENERIC:
            return lexical
        readings = self._readings(head)
        total = sum(readings.values())
        if named in GENERIC_LABELS:
            still = sum(weight for word, weight in readings.items() if word in STATIONARY)
            return 0.0 if 2 * still > total else GENERIC
        table = sum(weight * word_similarity(word, named) for word, weight in readings.items())
        read = max(readings.values(), default=0.0) * table / total if total else 0.0
        return read if is_known(named) else max(read, self._bare(head, named))

    def _readings(self, word: str) -> dict[str, float]:
        cosine = self._known_embeddings @ self._encoder.embed([word])[0]
        value, place = cosine.topk(NEAREST)
        weight = ((value - LOW) / (HIGH - LOW)).clamp(0, 1).tolist()
        return {self._known[index]: share for index, share in zip(place.tolist(), weight, strict=True) if share}

    def _bare(self, word: str, label: str) -> float:
        first, second = self._encoder.embed([word, label])
        return min(max((float(first @ second) - OPEN_LOW) / (OPEN_HIGH - OPEN_LOW), 0.0), 1.0)

    @cached_property
    def _known_embeddings(self) -> Tensor:
        return self._encoder.embed(self._known)
