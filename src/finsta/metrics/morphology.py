"""Base forms of English words by the detachment rules that WordNet publishes for its `morphy`.

The rules propose; a dictionary, where there is one, decides. Without one every proposal of three letters or more
counts, so that "boys" and "boy" still meet.
"""

from collections.abc import Callable, Iterator, Mapping

RULES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (
        ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
        ("ies", "y"),
    ),
    "verb": (
        ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ),
    "adjective": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adverb": (),
}  # fmt: skip
"""For each part of speech, endings to take off and what to put in their place."""

SHORTEST = 3
"""Letters that a base form proposed without a dictionary has at least: "ring" is no form of "re"."""


def base_forms(word: str, part: str, *, known: Callable[[str], bool] | None = None) -> Iterator[str]:
    """Base forms of a word for one part of speech, the word itself not included.

    Args:
        word: One word, or several joined as the dictionary joins them; the last one is inflected.
        part: A key of :data:`RULES`.
        known: Whether the dictionary holds a form; without it each form of :data:`SHORTEST` letters or more is taken.
    """
    if part == "noun" and word.endswith("ful"):
        yield from (f"{base}ful" for base in base_forms(word.removesuffix("ful"), part, known=known))
        return
    if word.endswith("ss") or len(word) < SHORTEST:
        return
    for ending, replacement in RULES[part]:
        if not word.endswith(ending):
            continue
        form = word.removesuffix(ending) + replacement
        if known(form) if known else len(form) >= SHORTEST:
            yield form
