"""WordNet's synonym sets by name, read from the file that ``finsta models get wordnet`` writes."""

import gzip
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from finsta.errors import FormatError
from finsta.metrics.morphology import base_forms

PARTS = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}
"""WordNet's letters of the parts of speech."""


class WordNet:
    """Names are equal where they, or base forms of them, share a synonym set of any part of speech.

    Args:
        path: The file; :mod:`finsta.models.wordnet` describes it. It is read on first use, in a fraction of a second.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, frozenset[str]] = {}

    def meanings(self, name: str) -> frozenset[str]:
        """The synonym sets of a name in lower case and of its base forms, e.g. ``{"n2958343", "n2959942", …}``.

        Raises:
            FormatError: if the file does not hold WordNet.
        """
        if name not in self._known:
            word = name.replace(" ", "_")
            sets = set(self._words.get(word, "").split())
            for letter in PARTS:
                for base in self._bases(word, letter):
                    sets.update(self._sets(base, letter))
            self._known[name] = frozenset(sets)
        return self._known[name]

    def sets(self, word: str) -> list[str]:
        """The synonym sets of a word as it stands, no base form looked for."""
        return self._words.get(word, "").split()

    def irregular_bases(self, word: str) -> list[str]:
        """Its irregular base forms, as any part of speech: "mice" gives "mouse"."""
        return [base for letter in PARTS for base in self._irregular.get((letter, word), ())]

    def _bases(self, word: str, letter: str) -> Iterator[str]:
        """Irregular base forms where there are any, else those of the rules that WordNet holds."""
        if irregular := self._irregular.get((letter, word)):
            yield from irregular
        else:
            yield from base_forms(word, PARTS[letter], known=lambda form: bool(self._sets(form, letter)))

    def _sets(self, word: str, letter: str) -> list[str]:
        return [key for key in self._words.get(word, "").split() if key.startswith(letter)]

    @property
    def _words(self) -> dict[str, str]:
        return self._tables[0]

    @property
    def _irregular(self) -> dict[tuple[str, str], list[str]]:
        return self._tables[1]

    @cached_property
    def _tables(self) -> tuple[dict[str, str], dict[tuple[str, str], list[str]]]:
        try:
            words, _, forms = gzip.decompress(self.path.read_bytes()).decode().partition("\n\n")
            entries = (line.split("\t") for line in words.splitlines() if not line.startswith("#"))
            sets = {word: keys for word, keys in entries}  # noqa: C416 (the unpacking is the check)
            lines = (line.split("\t") for line in forms.splitlines())
            irregular = {(letter, form): bases.split() for letter, form, bases in lines}
        except (OSError, ValueError, EOFError) as error:
            raise FormatError(
                f"{self.path}: expected WordNet as `finsta models get wordnet` writes it, found something else "
                f"({error}); delete the file and run that command again"
            ) from error
        return sets, irregular
