"""Is a text English enough for the rules? Measured, not guessed: the share of its words that English has."""

from functools import cache

from spacy.language import Language
from spacy.tokens import Doc

ENOUGH_KNOWN = 0.6
"""Least share of known words. 1,000 captions of the FACTUAL data never fall below 0.7."""

ENOUGH_LATIN = 0.7
"""Least share of Latin letters among all letters."""

FEWEST_WORDS = 3
"""A text of fewer words is not judged by its words: a name alone would condemn it."""

_LAST_LATIN = 0x24F


@cache
def known_words(pipeline: Language) -> frozenset[str]:
    """The English words of a pipeline's lemmatiser; of two letters only function words, for the rest are initials."""
    stop_words = pipeline.Defaults.stop_words
    words: set[str] = set(stop_words)
    lookups = (
        getattr(pipeline.get_pipe("lemmatizer"), "lookups", None) if "lemmatizer" in pipeline.component_names else None
    )
    for table in ("lemma_index", "lemma_exc"):
        if lookups is not None and lookups.has_table(table):
            words |= {word for forms in lookups.get_table(table).values() for word in forms if len(word) > 2}
    return frozenset(words)


@cache
def known_verbs(pipeline: Language) -> frozenset[str]:
    """Normal forms of the verbs that a pipeline's lemmatiser knows; none where it has no list."""
    lookups = (
        getattr(pipeline.get_pipe("lemmatizer"), "lookups", None) if "lemmatizer" in pipeline.component_names else None
    )
    if lookups is None or not lookups.has_table("lemma_index"):
        return frozenset()
    forms = lookups.get_table("lemma_index").get("verb", ())
    irregular = lookups.get_table("lemma_exc").get("verb", {}) if lookups.has_table("lemma_exc") else {}
    return frozenset(forms) | {lemma for lemmas in irregular.values() for lemma in lemmas}


def language_warning(doc: Doc, known: frozenset[str]) -> str | None:
    """Why a text does not look English, or ``None``.

    Args:
        doc: The parsed text.
        known: The words that count as English; a word counts too if its lemma is among them.
    """
    text = doc.text
    letters = [] if text.isascii() else [letter for letter in text if letter.isalpha()]
    latin = sum(ord(letter) <= _LAST_LATIN for letter in letters)
    if letters and latin < ENOUGH_LATIN * len(letters):
        return (
            f"the text does not look English: {len(letters) - latin} of its {len(letters)} letters are not Latin; "
            "the graph is a best effort"
        )
    words = [token for token in doc if token.is_alpha]
    found = sum(token.lower_ in known or token.lemma_.lower() in known for token in words)
    if len(words) >= FEWEST_WORDS and found < ENOUGH_KNOWN * len(words):
        return (
            f"the text does not look English: {found} of its {len(words)} words are known; the graph is a best effort"
        )
    return None
