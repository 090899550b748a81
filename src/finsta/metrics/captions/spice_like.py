"""SPICE of captions with finsta's own parser in place of the Stanford one: a number of its own, near to SPICE.

Candidate and references are parsed to facts, the facts of an item's references are put together, and the two are
compared as :mod:`finsta.metrics.spice` says. The figure depends on the parser, so compare it only with figures of the
same one; it is printed as ``SPICE-like``.
"""

from collections.abc import Callable, Sequence

import numpy as np

from finsta.graphs.exports.factual import Fact, factual_facts
from finsta.metrics.captions.scores import CaptionScores
from finsta.metrics.spice import spice_score
from finsta.metrics.synonyms import Synonyms
from finsta.text import DEFAULT_PARSER, TextParser, parse_texts


def spice_like(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    parser: TextParser | str = DEFAULT_PARSER,
    synonyms: Synonyms | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CaptionScores:
    """Mean F1 of facts in [0, 1].

    Args:
        candidates: One caption an item, as written.
        references: Those of each item.
        parser: As :func:`finsta.parse_text` takes it.
        synonyms: Which names mean the same; WordNet where it is at hand.
        progress: Called with texts parsed and texts in all; a text that repeats is parsed once.
    """
    texts = list(dict.fromkeys([*candidates, *(text for several in references for text in several)]))
    facts: dict[str, list[Fact]] = {}
    for text, graph in zip(texts, parse_texts(texts, parser=parser), strict=True):
        facts[text] = list(factual_facts(graph))
        if progress is not None:
            progress(len(facts), len(texts))
    items = [
        spice_score(facts[ours], [fact for text in several for fact in facts[text]], synonyms=synonyms).f1
        for ours, several in zip(candidates, references, strict=True)
    ]
    return CaptionScores(corpus=float(np.mean(items)), items=np.array(items))
