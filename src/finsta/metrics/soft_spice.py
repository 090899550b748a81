"""Soft SPICE: the tuples of SPICE compared by the cosine of their embeddings (Li et al., ACL Findings 2023).

Each tuple becomes a phrase: ``(cup)`` "cup", ``(cup, red)`` "red cup", ``(man, hold, cup)`` "man hold cup". With
e the embeddings of unit length of the candidate's phrases c and the reference's r,

    P = mean_c max_r ⟨e_c, e_r⟩,   R = mean_r max_c ⟨e_c, e_r⟩,   F = 2PR / (P + R)

What the FACTUAL scorer prints as soft SPICE is P, and by option (P + R) / 2; P alone does not see what a candidate
lacks, so ours prints F, and gives all three. A tuple may be the best match of several, and of any kind. Cosines below
zero count as zero.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import Protocol, runtime_checkable

import numpy as np

from finsta.graphs.exports.factual import Fact
from finsta.metrics.set_match import check_pairs
from finsta.metrics.spice import spice_tuples
from finsta.shapes import Array, Float


@runtime_checkable
class Encoder(Protocol):
    """What turns texts into vectors, such as a model of sentence-transformers; of any length, it is normalised here."""

    def encode(self, texts: list[str]) -> Float[Array, "texts dim"]:
        """One vector a text, in order."""


@dataclass(frozen=True, kw_only=True)
class SoftSpiceScore:
    """Precision and recall in [0, 1] of one caption, or their means over many."""

    precision: float
    recall: float

    @property
    def f_score(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def soft_spice(
    candidates: Sequence[Collection[Fact]],
    references: Sequence[Collection[Fact]],
    *,
    encoder: Encoder | None = None,
) -> float:
    """Mean F of captions in [0, 1]; arguments and errors as :func:`soft_spice_scores`."""
    return fmean(score.f_score for score in soft_spice_scores(candidates, references, encoder=encoder))


def soft_spice_scores(
    candidates: Sequence[Collection[Fact]],
    references: Sequence[Collection[Fact]],
    *,
    encoder: Encoder | None = None,
) -> list[SoftSpiceScore]:
    """Soft SPICE of each caption; each phrase is encoded once.

    Two empty graphs score 1, an empty one against any other 0.

    Args:
        candidates: The facts of each caption as parsed; see :func:`finsta.graphs.exports.factual.factual_facts`.
        references: The facts of each caption as they should be, in the same order.
        encoder: What embeds phrases; MiniLM where not given.

    Raises:
        InputError: if the two differ in number, or there are none.
        MissingDependencyError: if no encoder is given and MiniLM's package is not installed.
    """
    check_pairs(candidates, references)
    pairs = [(phrases(one), phrases(other)) for one, other in zip(candidates, references, strict=True)]
    words = list(dict.fromkeys(phrase for pair in pairs for side in pair for phrase in side))
    row = {phrase: index for index, phrase in enumerate(words)}
    vectors = _unit((encoder or default_encoder()).encode(words)) if words else np.zeros((0, 1))
    return [_score(vectors[[row[p] for p in one]], vectors[[row[p] for p in other]]) for one, other in pairs]


def phrases(facts: Iterable[Fact]) -> list[str]:
    """The tuples of a graph as phrases, each once."""
    tuples = spice_tuples(facts)
    return list(dict.fromkeys(" ".join(reversed(parts) if len(parts) == 2 else parts) for parts in tuples))


@cache
def default_encoder() -> Encoder:
    """MiniLM, loaded once.

    Raises:
        MissingDependencyError: if its package is not installed.
    """
    from finsta.sentences import SentenceEncoder

    return SentenceEncoder()


def _unit(vectors: Float[Array, "texts dim"]) -> Float[Array, "texts dim"]:
    array = np.asarray(vectors, dtype=np.float64)
    unit: Float[Array, "texts dim"] = array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-12)
    return unit


def _score(candidate: Float[Array, "c dim"], reference: Float[Array, "r dim"]) -> SoftSpiceScore:
    if not len(candidate) or not len(reference):
        same = float(len(candidate) == len(reference))
        return SoftSpiceScore(precision=same, recall=same)
    cosine = np.clip(candidate @ reference.T, 0.0, 1.0)  # [c, r]
    return SoftSpiceScore(precision=float(cosine.max(1).mean()), recall=float(cosine.max(0).mean()))
