"""Sentence to textual scene graph (TSG), and edits of a sentence by way of its graph."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol, runtime_checkable

from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.text.edits import EditedCaption, EditVocabulary, edit_caption
from finsta.text.entities import checked_entities, graph_of_entities

__all__ = ["EditVocabulary", "EditedCaption", "TextParser", "edit_caption", "parse_text", "parse_texts"]


@runtime_checkable
class TextParser(Protocol):
    """What turns texts into graphs; pass your own to :func:`parse_text`."""

    def parse(self, text: str) -> TextualSceneGraph:
        """The graph of one text."""

    def parse_many(self, texts: Iterable[str]) -> Iterator[TextualSceneGraph]:
        """The graphs of many texts, in order."""


@cache
def default_parser() -> TextParser:
    """The rule parser, loaded on first use and kept."""
    from finsta.text.rules import RuleParser

    return RuleParser()


def parse_text(
    text: str, *, parser: TextParser | None = None, entities: Sequence[Sequence[int]] | None = None
) -> TextualSceneGraph:
    """Parse a sentence or paragraph into its textual scene graph.

    Args:
        text: English. A text that is empty, names nothing or does not look English gives what can be had and a
            warning in ``graph.warnings``.
        parser: Another parser than the rules over spaCy's dependency parse.
        entities: Phrases as character ranges ``[start, end)``; the graph then has one object for each of them and no
            other, with what the parser finds of them; see :mod:`finsta.text.entities`.

    Raises:
        TextError: if it is no ``str``, or longer than the parser takes (1,000,000 characters); if an entity is empty,
            leaves the text or overlaps another.
        MissingDependencyError: if no English spaCy pipeline is installed.
    """
    if entities is not None and isinstance(text, str):
        checked_entities(text, entities)
    graph = (parser or default_parser()).parse(text)
    return graph if entities is None else graph_of_entities(graph, entities)


def parse_texts(
    texts: Iterable[str], *, parser: TextParser | None = None, processes: int = 1
) -> Iterator[TextualSceneGraph]:
    """Parse many texts in batches, lazily and in order; raises as :func:`parse_text` does.

    Args:
        texts: Any number of them.
        parser: Another parser; with several processes it must be one that can be pickled.
        processes: With 2 or more, that many workers of one thread each, each with models of its own; they take some
            seconds to start.
    """
    if processes == 1:
        return (parser or default_parser()).parse_many(texts)
    from finsta.text.parallel import parse_in_processes, sent

    return parse_in_processes(texts, default_parser if parser is None else sent(parser), processes=processes)
