"""Text parsers side by side, each as a function from texts to facts, and the peer's words put into our conventions."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from finsta.graphs.exports.factual import Fact, factual_facts
from finsta.text import parse_texts
from finsta.text.parallel import CHUNK
from finsta.text.pipeline import find_model

OURS = ("learned", "rules")
PEER = "sng_parser"

NUMBERS = dict(zip("one two three four five six seven eight nine ten".split(), map(str, range(1, 11)), strict=True))  # noqa: SIM905
PRONOUNS = frozenset("it they them he she him her that this which who what i you we us one".split())  # noqa: SIM905


def facts_of(name: str) -> Callable[[Iterable[str]], Iterator[list[Fact]]]:
    """What turns texts into facts, one process, models loaded when the first text comes."""
    if name == PEER:
        return lambda texts: (peer_facts(peer_graph(text)) for text in texts)
    return lambda texts: (factual_facts(graph) for graph in parse_texts(texts, parser=name))


def graphs_by_one(name: str, texts: list[str]) -> Iterator[Any]:
    """Graphs of texts in order, made in this process."""
    yield from (peer_graph(text) for text in texts) if name == PEER else parse_texts(texts, parser=name)


def graphs_by_two(name: str, texts: list[str]) -> Iterator[Any]:
    """Graphs of texts in order, made by two processes of one thread each, of which the start is a part."""
    if name != PEER:
        yield from parse_texts(texts, parser=name, processes=2)
        return
    from multiprocessing import get_context

    with get_context("spawn").Pool(2, initializer=peer_parser) as pool:
        yield from pool.imap(peer_graph, texts, chunksize=CHUNK)


@cache
def peer_parser() -> Any:
    """sng_parser over the spaCy pipeline that ours takes as well."""
    from sng_parser import Parser

    return Parser("spacy", model=find_model())


def peer_graph(text: str) -> dict[str, Any]:
    """The graph of one text, as sng_parser gives it; it takes one text at a time."""
    graph: dict[str, Any] = peer_parser().parse(text)
    return graph


def peer_facts(graph: dict[str, Any]) -> list[Fact]:
    """The facts of a graph of sng_parser by the conventions of ``finsta.graphs.exports.factual``.

    Objects by their surface, relations by their lemma, counts in digits, determiners left out. Pronouns are left out
    too: it means to, by a mark that spaCy no longer sets.
    """
    names = [entity["head"].lower() for entity in graph["entities"]]
    facts: list[Fact] = []
    for name, entity in zip(names, graph["entities"], strict=True):
        words = [modifier["span"].lower() for modifier in entity["modifiers"] if modifier["dep"] != "det"]
        facts += [(name, "is", NUMBERS.get(word, word)) for word in words]
    facts += [
        (names[relation["subject"]], relation["lemma_relation"].lower(), names[relation["object"]])
        for relation in graph["relations"]
    ]
    kept = [fact for fact in facts if not {fact[0], fact[-1]} & PRONOUNS]
    alone: list[Fact] = [(name,) for name in names if name not in PRONOUNS]
    return list(dict.fromkeys(kept or alone))
