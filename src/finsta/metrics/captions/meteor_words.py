"""The words that METEOR 1.5 compares: how it writes them, which of them are function words, which are synonyms."""

import re
from collections.abc import Callable
from functools import lru_cache

from finsta.metrics.wordnet import WordNet

_LETTER = "A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿ"
_SIGNS = str.maketrans(dict.fromkeys("`‘’", "'") | dict.fromkeys("“”", ' " ') | {"–": "-"})

_FUNCTION_WORDS = """
    the , . to of and a in that for " is on 's it with was as said at he by be from have has are his but an this not i
    will ’ they ) -rrb- ( -lrb- who their had we which were been more or s its would about new one after you : also up
    when there than $ all out her people she year two - can if last first “ over other ” into some what so -- no time
    years could ? 't — ' 'hood
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""METEOR's list of words that occur often in English text."""

_ENDINGS = (
    ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y"),
    ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""), ("er", ""), ("est", ""), ("er", "e"),
    ("est", "e"),
)  # fmt: skip
"""WordNet's endings of nouns, verbs and adjectives, in METEOR's order."""


def meteor_words(text: str) -> list[str]:
    """The words of a text as METEOR's option ``-norm`` writes them: "t-shirt" gives two, "man 's" three."""
    line = re.sub(rf"([^0-9{_LETTER}\s.'`,\-‘’])", r" \1 ", f" {text} ")
    line = re.sub(r"\.{2,}", lambda dots: f" {dots[0]} ", line)
    for before, after in ((r"\D", r"\D"), (r"\d", r"\D"), (r"\D", r"\d")):
        line = re.sub(f"({before}),({after})", r"\1 , \2", line, flags=re.ASCII)
    line = line.translate(_SIGNS).replace("''", ' " ').replace("--", " - ")
    line = re.sub(rf"([0-9{_LETTER}.])-([0-9{_LETTER}])", r"\1 \2", line)
    line = re.sub(rf"([^{_LETTER}])'([^{_LETTER}])", r"\1 ' \2", line)
    line = re.sub(rf"([^0-9{_LETTER}])'([{_LETTER}])", r"\1 ' \2", line)
    line = re.sub(rf"([{_LETTER}])'([^{_LETTER}])", r"\1 ' \2", line)
    line = re.sub(rf"([{_LETTER}])'([{_LETTER}])", r"\1 '\2", line)
    line = re.sub(r"([0-9])'(s)", r"\1 '\2", line)
    words = line.split()
    return [part for place, word in enumerate(words) for part in _full_stop(word, words[place + 1 :][:1])]


def meanings_of(wordnet: WordNet) -> Callable[[str], frozenset[str]]:
    """What tells the synonym sets of a word: its own, and those of its irregular bases or else of one regular base.

    Sets are named by their number alone, as METEOR does, so that a noun's and a verb's of one number are the same.
    """

    @lru_cache(maxsize=100_000)
    def meanings(word: str) -> frozenset[str]:
        bases = wordnet.irregular_bases(word) or [_base(word, wordnet)]
        return frozenset(key[1:] for form in (word, *bases) for key in wordnet.sets(form))

    return meanings


def _base(word: str, wordnet: WordNet) -> str:
    """The first base form by the endings that WordNet holds; the word itself where none."""
    whole, tail = (word.removesuffix("ful"), "ful") if word.endswith("ful") else (word, "")
    if not tail and (word.endswith("ss") or len(word) <= 2):
        return word
    for ending, other in _ENDINGS:
        form = whole.removesuffix(ending) + other
        if whole.endswith(ending) and wordnet.sets(form):
            return form + tail
    return word


def _full_stop(word: str, following: list[str]) -> list[str]:
    """A word and its full stop as two words, unless it is an abbreviation."""
    lower = word.lower()
    if len(word) < 2 or not word.endswith(".") or set(word) == {"."}:
        return [lower]
    if "." in word[:-1] and re.search(f"[{_LETTER}]", word):
        return [lower.replace(".", "")]
    if following and following[0][:1].islower():
        return [lower]
    return [lower[:-1], "."]
