"""Normal forms of words, with the known slips of spaCy's rule lemmatiser repaired."""

import re

from spacy.tokens import Token

from finsta.text.caption_words import DRINKS
from finsta.text.lexicon import NUMBERS, PERSONAL_PRONOUNS, PLURALS_ONLY

IRREGULAR = {
    "men": "man",
    "women": "woman",
    "people": "people",
    "skis": "ski",
    "skiis": "ski",
    "sking": "ski",
    "skiing": "ski",
}

_BARE_STEM = re.compile(r"[^aeiou]*(?:qu)?[aeiou][^aeiouwxy]")


def lemma_of(token: Token) -> str:
    """Lower-case normal form of a word: a number as digits, a pronoun in the nominative, "riding" as "ride"."""
    word = token.lower_
    if token.pos_ == "PRON" and word in PERSONAL_PRONOUNS:
        return PERSONAL_PRONOUNS[word]
    if word in NUMBERS:
        return NUMBERS[word]
    if word in PLURALS_ONLY and not _are_drunk_from(token):
        return word
    if word in IRREGULAR:
        return IRREGULAR[word]
    if token.pos_ in {"VERB", "AUX"}:
        return verb_lemma(token)
    return (token.lemma_ or token.text).lower()


def _are_drunk_from(token: Token) -> bool:
    """As in "glasses of water", "wine glasses": several of what can be one."""
    return any(child.lower_ == "of" or child.lower_ in DRINKS for child in token.children)


def verb_lemma(token: Token) -> str:
    """Normal form of a verb, also where the tagger took a gerund for a noun."""
    word, lemma = token.lower_, token.lemma_.lower()
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return _repaired(word[: -len(ending)], lemma if lemma != word else "")
    if word.endswith("es") and lemma == word[:-2] and lemma[-1] not in "sz" and _BARE_STEM.fullmatch(lemma):
        return lemma + "e"
    return lemma or word


def _repaired(stem: str, lemma: str) -> str:
    """The verb whose inflected form has this stem.

    A stem of one syllable that ends in one vowel and one consonant would have doubled the consonant ("running"), so
    it has lost an "e": "rid-ing" comes from "ride", although "rid" is a verb too.
    """
    if lemma and lemma != stem:
        return lemma
    if _BARE_STEM.fullmatch(stem) or (not lemma and stem[-1] in "cv"):
        return stem + "e"
    if not lemma and len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    return lemma or stem


def third_person_lemma(word: str) -> str:
    """Normal form of a verb in the third person: "passes" is "pass", "leaves" is "leave"."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes", "oes")):
        return word[:-2]
    return word[:-1]


def gerund_lemma(word: str) -> str:
    """Normal form of a gerund that the tagger took for a noun: "hopping" is "hop"."""
    return _repaired(word.removesuffix("ing"), "")
