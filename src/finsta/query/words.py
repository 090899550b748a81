"""Which words of a corpus a word of a query matches, and how well: by form, by the tables of ``link/``, by WordNet."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

from finsta.link.relations import NAMES, PARAPHRASE, mirrored, predicate_similarity
from finsta.link.similarity import normal_form, phrase_label_similarity
from finsta.link.vocabulary import COLOURS, NEAR_COLOURS, SIZES, STATES, TEXTURES
from finsta.metrics.morphology import base_forms
from finsta.metrics.wordnet import WordNet
from finsta.models import wordnet_path

SYNONYM = 0.9
"""Of two words that WordNet, or a table, holds to be one."""
SAME_VERB = 0.8
SHARED_SENSES = 0.2
"""Verbs have many senses ("pass" and "run" share one of theirs), so two are synonyms only from this share of common
senses on, ``2 |A ∩ B| / (|A| + |B|)``."""
NEAR_COLOUR = 0.5
SIBLING = 0.5
"""Of two ways to move ("walk" and "run")."""

PACES = {"quickly": "rapidly fast swiftly speedily hastily briskly", "slowly": "gradually leisurely"}
"""Adverbs of pace, by the name that video graphs use."""

_CLASSES: tuple[Mapping[str, str], ...] = (COLOURS, SIZES, TEXTURES, STATES)


class Part(StrEnum):
    """What a word stands for in a pattern."""

    OBJECT = "object"
    ATTRIBUTE = "attribute"
    PREDICATE = "predicate"
    MODIFIER = "modifier"


@dataclass(frozen=True, kw_only=True)
class Words:
    """Compares the words of queries with those of a corpus.

    Attributes:
        exact: Only forms of one word are equal ("holding", "hold"), and a relation is read in its own direction only.
        least: Similarity in [0, 1] from which a word matches; 0.6 takes kinds and synonyms ("man" ~ person, "couch" ~
            sofa), and of what an action implies the surest ("ride" ~ on), 0.4 all that the tables imply ("hold" ~
            near).
    """

    exact: bool = False
    least: float = 0.6

    def similarity(self, part: Part, word: str, label: str) -> float:
        """Similarity in [0, 1] of a word of a query and a label of the corpus; 0 where it is less than ``least``."""
        forms, theirs = _forms(part, word), _forms(part, label)
        if forms & theirs:
            return 1.0
        if self.exact:
            return 0.0
        found = max(_TABLES[part](word, label), self._synonyms(part, forms, theirs))
        return found if found >= self.least else 0.0

    def matches(self, part: Part, word: str | None, labels: Iterable[str]) -> dict[str, float]:
        """The labels that a word matches, with their similarities; ``None`` matches every label fully."""
        if word is None:
            return dict.fromkeys(labels, 1.0)
        found = ((label, self.similarity(part, word, label)) for label in labels)
        return {label: value for label, value in found if value > 0}

    def mirrored(self, word: str | None, labels: Iterable[str]) -> dict[str, float]:
        """Labels that say a predicate from the other end: "right of" for "left of", "near" for itself.

        Only of where things are: who touches whom is an action, whose ends differ.
        """
        if self.exact or word is None:
            return {}
        mirrors = {
            label: mirror for label in labels if (mirror := mirrored(" ".join(_plain(label)))) not in (None, "touch")
        }
        found = {label: self.similarity(Part.PREDICATE, word, mirror) for label, mirror in mirrors.items()}
        return {label: value for label, value in found.items() if value > 0}

    @property
    def knows_synonyms(self) -> bool:
        """Whether WordNet is at hand, where it is asked."""
        return self.exact or self._wordnet is not None

    @cached_property
    def _wordnet(self) -> WordNet | None:
        path = wordnet_path()
        return None if path is None else _wordnet_of(path)

    def _synonyms(self, part: Part, forms: frozenset[str], theirs: frozenset[str]) -> float:
        """What WordNet says: a common synonym set of the part of speech, or enough of them for verbs."""
        if self._wordnet is None:
            return 0.0
        letter = {Part.OBJECT: "n", Part.ATTRIBUTE: "a", Part.PREDICATE: "v", Part.MODIFIER: "r"}[part]
        ours, other = (self._senses(words, letter) for words in (forms, theirs))
        common = len(ours & other)
        if part is not Part.PREDICATE:
            return SYNONYM if common else 0.0
        return SAME_VERB if common and 2 * common / (len(ours) + len(other)) >= SHARED_SENSES else 0.0

    def _senses(self, forms: frozenset[str], letter: str) -> frozenset[str]:
        assert self._wordnet is not None
        keys = (key for form in forms for key in self._wordnet.meanings(form))
        return frozenset(key for key in keys if key.startswith(letter))


@cache
def _wordnet_of(path: Path) -> WordNet:
    return WordNet(path)


@cache
def _forms(part: Part, word: str) -> frozenset[str]:
    """The forms by which two words are one: "sitting_on" is "sit on", "cups" is "cup"."""
    words = _plain(word)
    if not words:
        return frozenset()
    if part is Part.OBJECT:
        return frozenset((" ".join(words), normal_form(" ".join(words))))
    if part is not Part.PREDICATE:
        return frozenset((" ".join(words),))
    if len(words) > 1 and words[0] == "be":
        words = words[1:]
    first, rest = words[0], words[1:]
    return frozenset(" ".join((form, *rest)) for form in (first, *_verb_forms(first)))


def _verb_forms(word: str) -> list[str]:
    forms = list(base_forms(word, "verb"))
    doubled = [form[:-1] for form in forms if len(form) > 3 and form[-1] == form[-2] and form[-1] not in "lsz"]
    return forms + doubled


def _plain(word: str) -> list[str]:
    return word.lower().replace("_", " ").replace("towards", "toward").split()


def _object(word: str, label: str) -> float:
    return phrase_label_similarity(" ".join(_plain(word)), " ".join(_plain(label)))


def _attribute(word: str, label: str) -> float:
    ours, theirs = _classified(word), _classified(label)
    if ours is None or theirs is None:
        return 0.0
    return SYNONYM if ours == theirs else NEAR_COLOUR if frozenset((ours[1], theirs[1])) in NEAR_COLOURS else 0.0


def _classified(word: str) -> tuple[int, str] | None:
    """The class of an attribute and its name there: ``(0, "red")`` for "crimson"."""
    word = " ".join(_plain(word))
    found = (
        (place, name)
        for place, table in enumerate(_CLASSES)
        for name, others in table.items()
        if word == name or word in others.split()
    )
    return next(found, None)


def _modifier(word: str, label: str) -> float:
    names = [{name for name, others in PACES.items() if one in (name, *others.split())} for one in (word, label)]
    return SYNONYM if names[0] & names[1] else 0.0


def _predicate(word: str, label: str) -> float:
    pairs = ((a, b) for a in _forms(Part.PREDICATE, word) for b in _forms(Part.PREDICATE, label))
    return max((_predicate_forms(a, b) for a, b in pairs), default=0.0)


def _predicate_forms(word: str, label: str) -> float:
    """The table's similarity, except for two paraphrases of one name of motion: those are siblings, not the same."""
    found = predicate_similarity(word, label)
    siblings = found == PARAPHRASE and not {word, label} & NAMES and mirrored(word) is None
    return SIBLING if siblings else found


_TABLES: Mapping[Part, Callable[[str, str], float]] = {
    Part.OBJECT: _object,
    Part.ATTRIBUTE: _attribute,
    Part.PREDICATE: _predicate,
    Part.MODIFIER: _modifier,
}
"""Similarity by the hand-made tables, for each part of a pattern."""
