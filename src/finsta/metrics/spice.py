"""SPICE: F1 over object, attribute and relation tuples, synonyms counted as equal (Anderson et al., ECCV 2016).

A graph gives the tuples ``(object)``, ``(object, attribute)`` and ``(subject, relation, object)``. With m matched
pairs of c candidate and r reference tuples, P = m / c, R = m / r, F1 = 2PR / (P + R); the figure of a data set is the
mean of its captions.

What ours does, and where the published implementations differ:

1. Names are compared in lower case with single spaces. Two are equal if they are the same, or if they or their base
   forms share a WordNet synonym set: "boys" and "boy", "couch" and "sofa", whatever the part of speech, as in both
   published ones. A name of several words is looked up as one entry of WordNet ("teddy bear"); a relation such as
   "sit on" is none, so it only equals itself. All three use
   WordNet 3.0; theirs take it from METEOR's tables, ours is its own files with its own rules of base forms, of which
   all that apply count and not the first alone. FACTUAL's scorer, unlike the original, takes a tuple with synonyms
   only where each of its parts is in WordNet, the same words on both sides or not.
2. Equal tuples of one graph count once if they are the same words. The Java original also merges synonyms inside a
   graph ("man" and "person" of one caption become one); FACTUAL's Python scorer can, and does not by default.
3. Each tuple takes part in one match at most, and the number of matches is the largest possible. FACTUAL's scorer
   pairs greedily, the same words first, and can miss a pair that we find; the original lets several candidate tuples
   match one reference tuple.
4. Two graphs without any tuple are equal and score 1; both published ones give 0. One of the two empty scores 0.
5. With several references the tuples of all are put together, as in both.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from finsta.graphs.exports.factual import Fact
from finsta.metrics.set_match import check_pairs
from finsta.metrics.synonyms import Synonyms, default_synonyms


@dataclass(frozen=True, kw_only=True)
class SpiceScore:
    """The counts of one caption, or of one kind of tuple.

    Attributes:
        matched: Pairs of tuples that are equal.
        candidate: Tuples of the candidate.
        reference: Tuples of the reference.
    """

    matched: int
    candidate: int
    reference: int

    @property
    def precision(self) -> float:
        """Share of the candidate's tuples that the reference has, in [0, 1]; 1 where neither has any."""
        return self.matched / self.candidate if self.candidate else float(not self.reference)

    @property
    def recall(self) -> float:
        """Share of the reference's tuples that the candidate has, in [0, 1]; 1 where neither has any."""
        return self.matched / self.reference if self.reference else float(not self.candidate)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]."""
        total = self.candidate + self.reference
        return 2 * self.matched / total if total else 1.0


def spice(
    candidates: Sequence[Collection[Fact]],
    references: Sequence[Collection[Fact]],
    *,
    synonyms: Synonyms | None = None,
) -> float:
    """Mean SPICE of captions in [0, 1].

    Args:
        candidates: The facts of each caption as parsed; see :func:`finsta.graphs.exports.factual.factual_facts`.
        references: The facts of each caption as they should be, in the same order.
        synonyms: Which names mean the same; WordNet where it is at hand, without it a warning and base forms.

    Raises:
        InputError: if the two differ in number, or there are none.
    """
    check_pairs(candidates, references)
    pairs = zip(candidates, references, strict=True)
    return fmean(spice_score(*pair, synonyms=synonyms).f1 for pair in pairs)


def spice_score(
    candidate: Iterable[Fact], reference: Iterable[Fact], *, synonyms: Synonyms | None = None
) -> SpiceScore:
    """The tuples of two graphs matched one to one, as many as can be."""
    ours, theirs = spice_tuples(candidate), spice_tuples(reference)
    return SpiceScore(
        matched=len(match_tuples(ours, theirs, synonyms=synonyms)), candidate=len(ours), reference=len(theirs)
    )


def spice_tuples(facts: Iterable[Fact]) -> list[Fact]:
    """Tuples of one, two and three parts in the order of the facts, each once; names normalised."""
    tuples: list[Fact] = []
    for fact in facts:
        parts = tuple(" ".join(part.lower().split()) for part in fact)
        if len(parts) == 3 and parts[1] == "is":
            tuples += [parts[:1], (parts[0], parts[2])]
        else:
            tuples += [(name,) for name in dict.fromkeys((parts[0], parts[-1]))]
            tuples += [parts] if len(parts) == 3 else []
    return list(dict.fromkeys(tuples))


def match_tuples(
    candidate: Sequence[Fact], reference: Sequence[Fact], *, synonyms: Synonyms | None = None
) -> dict[int, int]:
    """The largest one-to-one matching of equal tuples, the same words first.

    Returns:
        From index in ``candidate`` to index in ``reference``.
    """
    place = {parts: index for index, parts in enumerate(reference)}
    partner = {place[parts]: index for index, parts in enumerate(candidate) if parts in place}  # reference → candidate
    rest = [index for index, parts in enumerate(candidate) if parts not in place]
    if rest and len(partner) < len(reference):
        known = synonyms or default_synonyms()
        equal = [[j for j, other in enumerate(reference) if _equal(parts, other, known)] for parts in candidate]
        for index in rest:
            _augment(index, equal, partner, set())
    return {ours: theirs for theirs, ours in partner.items()}


def _equal(one: Fact, other: Fact, synonyms: Synonyms) -> bool:
    return len(one) == len(other) and all(
        a == b or not synonyms.meanings(a).isdisjoint(synonyms.meanings(b)) for a, b in zip(one, other, strict=True)
    )


def _augment(index: int, equal: Sequence[Sequence[int]], partner: dict[int, int], seen: set[int]) -> bool:
    """Find a partner for a candidate tuple, moving others to another one where that makes room (Kuhn's algorithm)."""
    for other in equal[index]:
        if other not in seen:
            seen.add(other)
            if other not in partner or _augment(partner[other], equal, partner, seen):
                partner[other] = index
                return True
    return False
