"""What makes two names equal for SPICE: the same words, a common base form, or a common WordNet synonym set."""

import warnings
from functools import cache
from typing import Protocol, runtime_checkable

from finsta.metrics.morphology import base_forms
from finsta.metrics.wordnet import WordNet
from finsta.models import wordnet_path


@runtime_checkable
class Synonyms(Protocol):
    """What knows which names mean the same; pass your own to :func:`finsta.metrics.spice`."""

    def meanings(self, name: str) -> frozenset[str]:
        """Keys of a name in lower case ("teddy bears"); two names are equal where their keys intersect."""


class BaseForms:
    """Names are equal where they are the same up to number and inflection; for use without WordNet."""

    def meanings(self, name: str) -> frozenset[str]:
        """The name and the base forms that its last word may have as a noun or a verb."""
        return frozenset([name, *base_forms(name, "noun"), *base_forms(name, "verb")])


@cache
def default_synonyms() -> Synonyms:
    """WordNet where it is at hand; else :class:`BaseForms`, with a warning once."""
    path = wordnet_path()
    if path is not None:
        return WordNet(path)
    warnings.warn(
        "WordNet is not here, so SPICE counts no synonyms as equal, only forms of one word; "
        "run: finsta models get wordnet",
        stacklevel=2,
    )
    return BaseForms()
