"""Edits of a sentence by character spans that leave it grammatical: capitals, "a" and "an", whole noun phrases."""

import re
from collections.abc import Mapping

from finsta.graphs.scene_graph import Span, TextualSceneGraph
from finsta.text.lexicon import CLASSIFIERS, DEGREE_WORDS, DETERMINERS, NUMBERS, PERSONAL_PRONOUNS, QUANTIFIERS

_ARTICLE = re.compile(r"\b([Aa])n?(\s+)$")
_LAST_WORD = re.compile(r"(\S+)\s+$")
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")
_VOWEL_LETTER_CONSONANT_SOUND = re.compile(r"(?:uni(?!n)|use|us[aeiu]|euro?|one\b|once|u\b)")


def article(word: str) -> str:
    """Give "a" or "an", by the sound that a word starts with."""
    start = word.lower()
    if start.startswith(_SILENT_H):
        return "an"
    return "an" if start[:1] in set("aeiou") and not _VOWEL_LETTER_CONSONANT_SOUND.match(start) else "a"


def opens_sentence(text: str, start: int) -> bool:
    """Whether a sentence starts at a character."""
    before = text[:start].rstrip(" \t\n\"'(")
    return not before or before[-1] in ".!?"


def recased(phrase: str, *, first: bool, was_first: bool) -> str:
    """A phrase moved to, or away from, the start of a sentence that begins with a capital."""
    if first:
        return phrase[:1].upper() + phrase[1:]
    word = phrase.split(" ", 1)[0]
    common = word.lower() in DETERMINERS or word.lower() in PERSONAL_PRONOUNS or " " in phrase or word.endswith("s")
    return phrase[:1].lower() + phrase[1:] if was_first and common and word != "I" else phrase


def substituted(text: str, changes: Mapping[Span, str]) -> str:
    """The text with the characters of each span replaced; capitals and the article before a span follow suit.

    Args:
        text: The whole text.
        changes: New words by span; spans do not overlap.
    """
    parts: list[str] = []
    end = 0
    for (start, stop), phrase in sorted(changes.items()):
        capital = opens_sentence(text, start) and text[start].isupper()
        words = recased(phrase, first=capital, was_first=phrase[:1].isupper())
        before = text[end:start]
        indefinite = None if _starts_with_determiner(words) else _ARTICLE.search(before)
        if indefinite is not None:
            before = before[: indefinite.start()] + indefinite[1] + article(words)[1:] + indefinite[2]
        parts += [before, words]
        end = stop
    return "".join([*parts, text[end:]])


def _starts_with_determiner(phrase: str) -> bool:
    return phrase.split(" ", 1)[0].lower() in DETERMINERS


def noun_phrase(graph: TextualSceneGraph, node: int, mention: Span) -> Span:
    """A mention of an object together with the determiners, quantifiers and attributes before it."""
    text, start = graph.text, mention[0]
    described = {span for attribute in graph.attributes(node) for span in graph.nodes[attribute].mentions}
    attributes = {text[slice(*span)].lower() for span in described}
    words = {word for phrase in attributes for word in phrase.split()}
    while (match := _LAST_WORD.search(text[:start])) is not None:
        word = match[1].lower().rstrip(",")
        wanted = word in words or word in DETERMINERS or word in NUMBERS or _quantifies(text[: match.start()], word)
        joins = word in {"and", *DEGREE_WORDS} and start != mention[0]
        if not (wanted or joins) or (match[1].endswith(",") and word.strip(",") not in words):
            break
        start = match.start()
    return _without_leading_joint(text, start, mention[0]), mention[1]


def _quantifies(before: str, word: str) -> bool:
    """Whether a word is the "of" of "a lot of", or the "lot"."""
    if word in CLASSIFIERS or word in QUANTIFIERS:
        return True
    match = _LAST_WORD.search(before)
    return word == "of" and match is not None and match[1].lower() in CLASSIFIERS | QUANTIFIERS


def _without_leading_joint(text: str, start: int, limit: int) -> int:
    while (match := re.compile(r"(\S+)\s+").match(text, start)) is not None and match.end() <= limit:
        if match[1].lower() not in {"and", *(DEGREE_WORDS - DETERMINERS)}:
            break
        start = match.end()
    return start


def is_pronoun(words: str) -> bool:
    """Whether a mention is a personal pronoun."""
    return words.lower() in PERSONAL_PRONOUNS
