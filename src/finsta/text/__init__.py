"""Sentence to textual scene graph (TSG), and edits of a sentence by way of its graph."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from finsta.errors import InputError
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.text.edits import EditedCaption, EditVocabulary, edit_caption
from finsta.text.entities import checked_entities, graph_of_entities

DEFAULT_PARSER = "learned"
"""The parser of :func:`parse_text` where none is named."""

__all__ = ["EditVocabulary", "EditedCaption", "TextParser", "edit_caption", "open_parser", "parse_text", "parse_texts"]


@runtime_checkable
class TextParser(Protocol):
    """What turns texts into graphs; pass your own to :func:`parse_text`."""

    def parse(self, text: str) -> TextualSceneGraph:
        """The graph of one text."""

    def parse_many(self, texts: Iterable[str]) -> Iterator[TextualSceneGraph]:
        """The graphs of many texts, in order."""


@cache
def open_parser(name: str = DEFAULT_PARSER, *, language: str = "en") -> TextParser:
    """The parser of a name, loaded on first use and kept.

    Args:
        name: ``learned``, ``rules``, or a folder that ``finsta train-text-parser`` wrote.
        language: Two letters, as spaCy names it. Other languages than English are parsed by the rules of Universal
            Dependencies, whatever the name.

    Raises:
        InputError: if the name is neither, and no folder.
        MissingDependencyError: if no spaCy pipeline of the language is installed.
        FormatError: if the folder holds no parser.
    """
    if language != "en":
        from finsta.text.universal import UniversalParser

        return UniversalParser(language)
    if name == "rules":
        from finsta.text.rules import RuleParser

        return RuleParser()
    from finsta.text.learned.parser import LearnedParser

    if name == "learned":
        return LearnedParser()
    if Path(name).is_dir():
        return LearnedParser(Path(name))
    raise InputError(f"text parser {name!r}: expected learned, rules, or a folder of finsta train-text-parser")


def parse_text(
    text: str,
    *,
    parser: TextParser | str = DEFAULT_PARSER,
    entities: Sequence[Sequence[int]] | None = None,
    language: str = "en",
) -> TextualSceneGraph:
    """Parse a sentence or paragraph into its textual scene graph.

    Args:
        text: A text that is empty, names nothing or does not look English gives what can be had and a warning in
            ``graph.warnings``.
        parser: ``learned``, ``rules``, a folder of ``finsta train-text-parser``, or an object of your own.
        entities: Phrases as character ranges ``[start, end)``; the graph then has one object for each of them and no
            other, with what the parser finds of them; see :mod:`finsta.text.entities`.
        language: Two letters, as spaCy names it; other languages than English need a spaCy pipeline of theirs.

    Raises:
        TextError: if it is no ``str``, or longer than the parser takes (1,000,000 characters); if an entity is empty,
            leaves the text or overlaps another.
        MissingDependencyError: if no spaCy pipeline of the language is installed.
    """
    if entities is not None and isinstance(text, str):
        checked_entities(text, entities)
    chosen = open_parser(parser, language=language) if isinstance(parser, str) else parser
    graph = chosen.parse(text)
    return graph if entities is None else graph_of_entities(graph, entities)


def parse_texts(
    texts: Iterable[str], *, parser: TextParser | str = DEFAULT_PARSER, processes: int = 1, language: str = "en"
) -> Iterator[TextualSceneGraph]:
    """Parse many texts in batches, lazily and in order; raises as :func:`parse_text` does.

    Args:
        texts: Any number of them.
        parser: As for one text; with several processes an object must be one that can be pickled.
        processes: With 2 or more, that many workers of one thread each, each with models of its own; they take some
            seconds to start.
        language: As for one text.
    """
    if processes == 1:
        chosen = open_parser(parser, language=language) if isinstance(parser, str) else parser
        return chosen.parse_many(texts)
    from finsta.text.parallel import parse_in_processes, sent

    make = partial(open_parser, parser, language=language) if isinstance(parser, str) else sent(parser)
    return parse_in_processes(texts, make, processes=processes)
