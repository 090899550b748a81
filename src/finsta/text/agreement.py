"""What a mention is, as far as it decides what it can mean: role, number, gender, definiteness."""

from spacy.tokens import Token

from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import ANIMALS, COLLECTIVES, DEFINITE_DETERMINERS, FEMALE, MALE, PERSONS, SKIPPED_ADJECTIVES
from finsta.text.nominals import noun_attribute

ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4}
"""Adjectives that count things of one name in the order in which they were brought in."""

MEMBERS = {"one", "another", "other", "others"}
"""Words that alone name some of what was named before: "one chases the other"."""


def role(token: Token) -> str:
    """``subject``, ``object``, or ``oblique`` after a preposition; a telegraphic caption's head is a subject too."""
    while token.dep_ == "conj" and token.head.pos_ in {"NOUN", "PROPN", "PRON"}:
        token = token.head
    if token.dep_ in {"nsubj", "nsubjpass", "ROOT", "attr"}:
        return "subject"
    return "oblique" if token.dep_ == "pobj" else "object"


def is_reciprocal(token: Token) -> bool:
    """The "other" of "each other"."""
    return token.lower_ in {"other", "another"} and token.i > 0 and token.nbor(-1).lower_ in {"each", "one"}


def is_member(token: Token) -> bool:
    """Whether "one" or "other" stands alone for some of several."""
    bare = not any(child.dep_ in {"prep", "amod", "acl", "relcl"} for child in token.children)
    return token.lower_ in MEMBERS and bare and not is_reciprocal(token)


def ordinal(token: Token) -> int | None:
    """Which of several a noun means, counted from zero: 1 for "the second cat"."""
    return next((ORDINALS[child.lower_] for child in token.lefts if child.lower_ in ORDINALS), None)


def is_plural(token: Token) -> bool:
    """Whether a mention is of several."""
    return token.tag_ in {"NNS", "NNPS"} or token.lower_ in {"they", "them", "their", "people"}


def is_definite(token: Token) -> bool:
    """Whether a noun has a determiner or possessor that points back."""
    return any(
        (child.dep_ == "det" and child.lower_ in DEFINITE_DETERMINERS) or child.dep_ == "poss" for child in token.lefts
    )


def is_bare_noun(token: Token) -> bool:
    """Whether a noun stands without any determiner or number, as in a telegraphic caption."""
    return not any(child.dep_ in {"det", "poss", "nummod", "predet"} for child in token.lefts)


def may_point_back(token: Token) -> bool:
    """Whether a noun can name something again: definite, proper, or bare."""
    return token.pos_ == "PROPN" or is_definite(token) or is_bare_noun(token)


def attributive(token: Token) -> set[str]:
    """Normal forms of the adjectives and numbers before a noun."""
    return {
        lemma_of(child)
        for child in token.lefts
        if (child.dep_ in {"amod", "nummod"} or noun_attribute(child)) and child.lower_ not in SKIPPED_ADJECTIVES
    }


def gender(token: Token) -> str:
    """``male``, ``female``, ``person``, ``animal`` or ``thing``; ``any`` for "one" and "the other"."""
    lemma = lemma_of(token)
    if token.lower_ in MEMBERS:
        return "any"
    if lemma in MALE or lemma == "he" or (lemma.endswith("man") and not lemma.endswith("woman")):
        return "male"
    if lemma in FEMALE or lemma == "she" or lemma.endswith("woman"):
        return "female"
    if lemma in PERSONS or token.pos_ == "PROPN":
        return "person"
    return "animal" if lemma in ANIMALS else "thing"


def agrees(form: str, heads: list[Token]) -> bool:
    """Whether a pronoun's normal form can stand for these mentions together."""
    if form == "they":
        return len(heads) > 1 or is_plural(heads[0]) or lemma_of(heads[0]) in COLLECTIVES
    if len(heads) > 1 or is_plural(heads[0]):
        return False
    kind = gender(heads[0])
    if heads[0].pos_ == "PRON":
        return lemma_of(heads[0]) == form
    wanted = {"he": {"male", "person", "animal"}, "she": {"female", "person", "animal"}}
    return kind == "any" or kind in wanted.get(form, {"thing", "animal"})
