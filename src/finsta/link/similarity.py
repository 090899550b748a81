"""How alike a phrase and a track are: the plug point, and the form that needs no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from finsta.link.vocabulary import (
    COLOURS,
    CONCEPTS,
    DETERMINERS,
    FEMALE,
    GENERIC_LABELS,
    GROUPS,
    IRREGULAR,
    MALE,
    OTHER,
    SIZES,
    STATES,
    STATIONARY,
    TEXTURES,
)
from finsta.shapes import Array, Float, UInt8

Crop = UInt8[Array, "_ _ 3"]
"""A region cut from an RGB image, of any size."""

SAME, KIND, SIBLING, GROUP, GENERIC, DIFFERENT = 1.0, 0.9, 0.5, 0.7, 0.35, 0.0

_MODIFIERS = DETERMINERS.union(
    *(
        frozenset((name, *words.split()))
        for table in (COLOURS, SIZES, TEXTURES, STATES)
        for name, words in table.items()
    )
)


@dataclass(frozen=True, kw_only=True, eq=False)
class TrackView:
    """What a similarity may see of an object track.

    Attributes:
        number: The track.
        label: Its label in the video graph.
        attributes: Attribute → share of the track's key frames that carry it, in (0, 1].
        crops: The largest few of its regions, cut from the key frames; none where there are no pictures.
    """

    number: int
    label: str
    attributes: Mapping[str, float] = field(default_factory=dict)
    crops: tuple[Crop, ...] = ()


@runtime_checkable
class PhraseSimilarity(Protocol):
    """Scores what the phrases name against what the tracks show."""

    def scores(self, phrases: Sequence[str], tracks: Sequence[TrackView]) -> Float[Array, "phrases tracks"]:
        """Similarities in [0, 1]; under 0.3 two things do not match (``objects.OBJECT_THRESHOLD``)."""
        ...


class LexicalSimilarity:
    """Phrase against label by a table of words; needs no model and sees no picture (our definition).

    1 for the same noun, 0.9 for a kind of it or its synonym (rider ~ person, bike ~ bicycle), 0.7 for a general word
    (vehicle ~ car), 0.5 for two kinds of one thing (boy ~ man), 0.35 for any thing that can move against the "moving
    object" of a class-agnostic detector, 0 otherwise.
    """

    def scores(self, phrases: Sequence[str], tracks: Sequence[TrackView]) -> Float[Array, "phrases tracks"]:
        """See :class:`PhraseSimilarity`."""
        rows = [[phrase_label_similarity(phrase, track.label) for track in tracks] for phrase in phrases]
        return np.array(rows, dtype=np.float64).reshape(len(phrases), len(tracks))


def phrase_label_similarity(phrase: str, label: str) -> float:
    """Similarity in [0, 1] of a noun phrase and a detector's label, by words alone."""
    named = normal_form(label)
    head = head_noun(phrase, also=named)
    return word_similarity(head, head_noun(named, also=head))


def word_similarity(word: str, label: str) -> float:
    """Similarity in [0, 1] of two nouns in normal form."""
    if word == label:
        return SAME
    if label in GENERIC_LABELS:
        return DIFFERENT if word in STATIONARY else GENERIC
    if {word, label} & MALE and {word, label} & FEMALE:
        return DIFFERENT
    ours, theirs = CONCEPTS.get(word, frozenset()), CONCEPTS.get(label, frozenset())
    if label in ours or word in theirs:
        return KIND
    if ({label} | theirs) & set(GROUPS.get(word, ())) or ({word} | ours) & set(GROUPS.get(label, ())):
        return GROUP
    return SIBLING if ours & theirs else DIFFERENT


def is_known(word: str) -> bool:
    """Whether the tables say what a noun in normal form means, so that nobody else need be asked."""
    return word in CONCEPTS or word in GROUPS or word in OTHER or word in STATIONARY


def head_noun(phrase: str, *, also: str = "") -> str:
    """The noun that a phrase is about: its longest known ending, else the phrase without its modifiers.

    ``also`` counts as known: ``head_noun("old grand piano", also="piano")`` is ``"piano"``.
    """
    words = normal_form(phrase).split()
    for start in range(len(words)):
        ending = " ".join(words[start:])
        if ending == also or is_known(ending):
            return ending
    return without_modifiers(" ".join(words))


def without_modifiers(phrase: str) -> str:
    """A phrase without the determiners, colours, sizes, textures and states before its noun."""
    words = phrase.split()
    while len(words) > 1 and words[0] in _MODIFIERS:
        words = words[1:]
    return " ".join(words)


def normal_form(phrase: str) -> str:
    """Lower case, last word in the singular; plurals are cut only where that gives a word that the tables know."""
    words = phrase.lower().replace("_", " ").split()
    if not words or " ".join(words) in CONCEPTS:
        return " ".join(words)
    return " ".join((*words[:-1], _singular(words[-1])))


def _singular(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if is_known(word) or not word.endswith("s"):
        return word
    stems = [word[: -len(end)] + new for end, new in (("ies", "y"), ("es", ""), ("s", "")) if word.endswith(end)]
    known = [stem for stem in stems if is_known(stem)]
    regular = word[:-1] if len(word) > 3 and not word.endswith(("ss", "us", "is")) else word
    return known[0] if known else regular
