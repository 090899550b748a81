"""The English stemmer of Snowball ("Porter 2"), in the form of 2006 that METEOR 1.5 carries.

Written from the published description of the algorithm. Regions: R1 starts after the first consonant that follows a
vowel, R2 is the R1 of R1. A word of two letters or fewer is its own stem.
"""

import re
from functools import lru_cache

_VOWELS = "aeiouy"
_DOUBLES = ("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt")
_WHOLE = {
    "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl", "gently": "gentl",
    "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news", "howe": "howe",
    "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
}  # fmt: skip
_KEPT = {"inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"}
_STEP_2 = (
    ("ization", "ize"), ("ational", "ate"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"),
    ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"), ("alism", "al"),
    ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("enci", "ence"), ("anci", "ance"),
    ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"), ("ogi", "og"), ("li", ""),
)  # fmt: skip
_STEP_3 = (
    ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ative", ""),
    ("ical", "ic"), ("ness", ""), ("ful", ""),
)  # fmt: skip
_STEP_4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion",
    "al", "er", "ic",
)  # fmt: skip


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a word in lower case; "running" and "runs" give "run"."""
    if len(word) <= 2:
        return word
    word = word.removeprefix("'")
    if word in _WHOLE:
        return _WHOLE[word]
    if len(word) <= 2:
        return word
    word = re.sub(rf"(^|[{_VOWELS}])y", r"\1Y", word)
    first, second = _regions(word)
    word = _step_1a(_step_0(word))
    if word in _KEPT:
        return word
    word = _step_1c(_step_1b(word, first))
    word = _step_4(_step_3(_step_2(word, first), first, second), second)
    return _step_5(word, first, second).replace("Y", "y")


def _regions(word: str) -> tuple[int, int]:
    """Where R1 and R2 start."""
    start = re.match("gener|commun|arsen", word)
    first = start.end() if start else _after(word, 0)
    return first, _after(word, first)


def _after(word: str, start: int) -> int:
    found = re.compile(rf"[{_VOWELS}][^{_VOWELS}]").search(word, start)
    return found.end() if found else len(word)


def _step_0(word: str) -> str:
    return re.sub("(?:'s'|'s|')$", "", word)


def _step_1a(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")) and re.search(f"[{_VOWELS}]", word[:-2]):
        return word[:-1]
    return word


def _step_1b(word: str, first: int) -> str:
    found = re.search("(eedly|eed|ingly|edly|ing|ed)$", word)
    if not found:
        return word
    base = word[: found.start()]
    if found[0].startswith("eed"):
        return base + "ee" if found.start() >= first else word
    if not re.search(f"[{_VOWELS}]", base):
        return word
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if base.endswith(_DOUBLES):
        return base[:-1]
    return base + "e" if len(base) <= first and _short_end(base) else base


def _step_1c(word: str) -> str:
    return re.sub(rf"(?<=.[^{_VOWELS}])[yY]$", "i", word)


def _step_2(word: str, first: int) -> str:
    for ending, other in _STEP_2:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            wanted = {"li": "cdeghkmnrt", "ogi": "l"}.get(ending)
            fits = len(base) >= first and (wanted is None or base.endswith(tuple(wanted)))
            return base + other if fits else word
    return word


def _step_3(word: str, first: int, second: int) -> str:
    for ending, other in _STEP_3:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            return base + other if len(base) >= (second if ending == "ative" else first) else word
    return word


def _step_4(word: str, second: int) -> str:
    for ending in _STEP_4:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            fits = len(base) >= second and (ending != "ion" or base.endswith(("s", "t")))
            return base if fits else word
    return word


def _step_5(word: str, first: int, second: int) -> str:
    base = word[:-1]
    if word.endswith("e") and (len(base) >= second or (len(base) >= first and not _short_end(base))):
        return base
    if word.endswith("ll") and len(base) >= second:
        return base
    return word


def _short_end(word: str) -> bool:
    """Whether a word ends in a short syllable."""
    return bool(re.search(rf"(?:[^{_VOWELS}][{_VOWELS}][^{_VOWELS}wxY]|^[{_VOWELS}][^{_VOWELS}])$", word))
