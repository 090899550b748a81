"""Patterns of subject, predicate, object, attribute and time over a folder of shards, answered by an engine inside.

``docs/query.md`` describes both ways to ask, and what an answer is.
"""

from finsta.query.answers import Answer, Result
from finsta.query.grammar import is_exact
from finsta.query.pattern import Order, Pattern, Relation, Thing
from finsta.query.search import Corpus, query
from finsta.query.sentence import DEFAULT_PARSER, pattern_of_graph, pattern_of_sentence
from finsta.query.times import TimeWindow
from finsta.query.words import Words

__all__ = [
    "Answer",
    "Corpus",
    "Order",
    "Pattern",
    "Relation",
    "Result",
    "Thing",
    "TimeWindow",
    "Words",
    "pattern_of_graph",
    "query",
    "read_query",
]


def read_query(text: str, *, parser: str = DEFAULT_PARSER, language: str = "en") -> Pattern:
    """What a query asks for: of the exact form where it has an arrow or starts with ``?``, else a sentence.

    Raises:
        InputError: if it asks for nothing, or is not well formed.
    """
    return Pattern.parse(text) if is_exact(text) else pattern_of_sentence(text, parser=parser, language=language)
