"""Sentence to textual scene graph (TSG), and edits of a sentence by way of its graph."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Protocol, runtime_checkable

from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.text.edits import EditedCaption, EditVocabulary, edit_caption

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


def parse_text(text: str, *, parser: TextParser | None = None) -> TextualSceneGraph:
    """Parse a sentence or paragraph into its textual scene graph.

    Args:
        text: English. A text that is empty, names nothing or does not look English gives what can be had and a
            warning in ``graph.warnings``.
        parser: Another parser than the rules over spaCy's dependency parse.

    Raises:
        TextError: if it is no ``str``, or longer than the parser takes (1,000,000 characters).
        MissingDependencyError: if no English spaCy pipeline is installed.
    """
    return (parser or default_parser()).parse(text)


def parse_texts(texts: Iterable[str], *, parser: TextParser | None = None) -> Iterator[TextualSceneGraph]:
    """Parse many texts in batches, lazily and in order; raises as :func:`parse_text` does."""
    return (parser or default_parser()).parse_many(texts)
