"""METEOR's table of English paraphrases, where there is one: 62 MB that finsta neither holds nor fetches.

The file is gzipped text of three lines an entry: a probability, a phrase, a phrase that means the same. It comes with
METEOR 1.5 (``data/paraphrase-en.gz``) and with the package ``pycocoevalcap``, which need not be imported for it.
"""

import gzip
import os
from collections.abc import Collection
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from finsta.errors import FormatError, InputError
from finsta.metrics.captions.meteor_alignment import Phrases

VARIABLE = "FINSTA_METEOR_PARAPHRASES"
"""Names the file, before any other place."""


def paraphrase_table() -> Path | None:
    """The table: the file that ``FINSTA_METEOR_PARAPHRASES`` names, or that of an installed ``pycocoevalcap``.

    Raises:
        InputError: if the variable names no file.
    """
    if chosen := os.environ.get(VARIABLE):
        if not Path(chosen).is_file():
            raise InputError(f"{VARIABLE}={chosen}: expected METEOR's paraphrase-en.gz, found no such file")
        return Path(chosen)
    package = find_spec("pycocoevalcap")
    places = package.submodule_search_locations if package else None
    files = [Path(place) / "meteor" / "data" / "paraphrase-en.gz" for place in places or ()]
    return next((file for file in files if file.is_file()), None)


def read_paraphrases(path: Path, words: Collection[str]) -> Phrases:
    """The entries of the table both of whose phrases are made of these words alone.

    Args:
        path: The gzipped table.
        words: All words of the captions to score; the rest of the table cannot match.

    Raises:
        FormatError: if the file is not such a table.
    """
    known = {word.encode() for word in words}
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    try:
        with gzip.open(path) as file:
            while entry := list(islice(file, 3)):
                _probability, phrase, other = entry
                ours, theirs = phrase.split(), other.split()
                if known.issuperset(ours) and known.issuperset(theirs):
                    found.setdefault(_words(ours), []).append(_words(theirs))
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(
            f"{path}: expected METEOR's gzipped paraphrase table, three lines an entry, found something else ({error})"
        ) from error
    return {phrase: tuple(others) for phrase, others in found.items()}


def _words(phrase: list[bytes]) -> tuple[str, ...]:
    return tuple(word.decode() for word in phrase)
