"""Words that are no words: mapped to the frequent word that one slip of the pen away."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

SHORTEST = 4
"""Words of fewer letters are one slip away from too much else."""


class Spelling:
    """Finds the known word that a misspelt one means: one letter left out, added, changed, or two swapped.

    Args:
        frequent: Words to correct to, with how often they occur; ties go to the more frequent.
        known: Words that are right as they are, besides.
    """

    def __init__(self, frequent: Mapping[str, int], known: Iterable[str] = ()) -> None:
        self.frequent = dict(frequent)
        self.known = frozenset(known)
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in self.frequent:
            if len(word) >= SHORTEST:
                for key in _shortened(word):
                    self._near[key].append(word)
        self._kept: dict[str, str] = {}

    def __call__(self, word: str, lemma: str) -> str:
        """The word itself, in lower case, or what it means.

        Args:
            word: As it stands in the text.
            lemma: Its normal form, by which inflected forms of known words are recognised.
        """
        word = word.lower()
        if len(word) < SHORTEST or word in self.frequent or not word.isalpha():
            return word
        if word in self.known or lemma.lower() in self.known:
            return word
        if word not in self._kept:
            self._kept[word] = self._nearest(word)
        return self._kept[word]

    def _nearest(self, word: str) -> str:
        near = {candidate for key in _shortened(word) for candidate in self._near.get(key, ())}
        return max(near, key=lambda candidate: (self.frequent[candidate], candidate), default=word)


def _shortened(word: str) -> set[str]:
    """The word, and the word with each of its letters left out: two words one slip apart share one of these."""
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}
