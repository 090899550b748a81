"""The text form of the FACTUAL data set: ``( man , hold , cup ) , ( cup , is , red )``.

A fact is ``(subject, relation, object)``, ``(object, "is", attribute)`` or, alone, ``(object,)``. The conventions are
read off the data set's annotations (37,861 captions); where they leave a choice, ours is the one that agrees with
more of them:

1. An object is written as in the text, number kept, in lower case ("boys"); a relation by its lemma with its
   preposition ("sit on"); a count in digits. ``TextNode.canonical`` takes precedence over all of these.
2. An attribute is written as in the text, all its words ("largest", "partly cloudy"), no normal form.
3. A verb without object is an attribute in its surface form, ``( man , is , smiling )``, unless the same subject has
   the same verb with an object or a preposition besides. So is a passive without agent, ``( jar , is , filled )``.
4. What is negated ("is not facing the camera") is no fact.
5. A predicate that has neither subject nor object, modifiers of predicates and the order of events have no form here.
6. An object alone stands only where there is no other fact.
7. Each fact stands once, in order of mention of its attribute or predicate.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from finsta.errors import FormatError
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextNode, TextualSceneGraph

Fact = tuple[str, ...]
"""``(subject, relation, object)``, ``(object, "is", attribute)`` or ``(object,)``."""

NEGATIONS = frozenset({"not", "n't", "n’t", "never", "no"})
_FACT = re.compile(r"\(([^()]*)\)")
_MARKS = re.compile(r"[()]|(?<!\S),(?!\S)")


def factual_facts(graph: TextualSceneGraph) -> list[Fact]:
    """The facts of a graph by the conventions above; empty for a graph without objects."""
    facts = dict.fromkeys(_fact(graph, nodes) for nodes in fact_nodes(graph))
    return list(facts or dict.fromkeys((_object(graph.nodes[index]),) for index in graph.indices(NodeKind.OBJECT)))


@runtime_checkable
class Named(Protocol):
    """What a fact needs to know of a node."""

    @property
    def kind(self) -> NodeKind:
        """What it stands for."""

    @property
    def lemma(self) -> str:
        """Normal form."""

    @property
    def canonical(self) -> str:
        """As the annotators write it; empty where the normal form serves."""


@runtime_checkable
class Facts(Protocol):
    """A graph that holds facts: a finished one, or one that the rules still write."""

    @property
    def nodes(self) -> Sequence[Named]:
        """In any order."""

    def targets(self, source: int, kind: EdgeKind, /) -> list[int]:
        """Where the edges of one kind that leave a node arrive."""

    def sources(self, target: int, kind: EdgeKind, /) -> list[int]:
        """Where the edges of one kind that arrive at a node come from."""


def fact_nodes(graph: Facts) -> Iterator[tuple[int, ...]]:
    """The nodes of each fact of three parts: owner and attribute, or subject, predicate and object.

    A verb without object is the attribute of its owner.
    """
    for index, node in enumerate(graph.nodes):
        if node.kind is NodeKind.ATTRIBUTE:
            for owner in graph.sources(index, EdgeKind.ATTRIBUTE):
                yield owner, index
        elif node.kind is NodeKind.PREDICATE and not _is_negated(graph, index):
            yield from _predicate_nodes(graph, index)


def relation_name(node: Named) -> str:
    """How a fact calls the relation that a predicate is."""
    return _words(node.canonical or node.lemma)


def to_factual(graph: TextualSceneGraph) -> str:
    """The facts of a graph as one line; the empty string for a graph without objects."""
    return format_facts(factual_facts(graph))


def format_facts(facts: Iterable[Fact]) -> str:
    """Facts as one line, in the order given; :func:`from_factual` reads them back."""
    return " , ".join(f"( {' , '.join(fact)} )" for fact in facts)


def from_factual(text: str) -> list[Fact]:
    """Read the facts of one line, repeats and order kept; an empty line holds none.

    Raises:
        FormatError: if the line is anything but facts of one or three parts, none of them empty.
    """
    between = _FACT.sub("", text).replace(",", " ").strip()
    if between:
        raise FormatError(f"expected facts such as ( cup , is , red ), found {between!r} outside of parentheses")
    facts = [tuple(part.strip() for part in f" {inside} ".split(" , ")) for inside in _FACT.findall(text)]
    for fact in facts:
        if len(fact) not in (1, 3) or not all(fact):
            raise FormatError(
                "expected a fact of one or three parts, none of them empty, with ' , ' between; "
                f"found ( {' , '.join(fact)} )"
            )
    return facts


def _fact(graph: TextualSceneGraph, nodes: Sequence[int]) -> Fact:
    first, last = graph.nodes[nodes[0]], graph.nodes[nodes[-1]]
    if len(nodes) == 3:
        return _object(first), relation_name(graph.nodes[nodes[1]]), _object(last)
    return _object(first), "is", _attribute(last) if last.kind is NodeKind.ATTRIBUTE else _words(last.label)


def _predicate_nodes(graph: Facts, index: int) -> Iterator[tuple[int, ...]]:
    """One fact for each subject and object; without one of the two, the verb as an attribute of the other."""
    subjects, objects = graph.sources(index, EdgeKind.SUBJECT), graph.targets(index, EdgeKind.OBJECT)
    if subjects and objects:
        yield from ((subject, index, target) for subject in subjects for target in objects)
    else:
        bare = [subject for subject in subjects if not _acts_on_something(graph, subject, index)] or objects
        yield from ((owner, index) for owner in bare)


def _acts_on_something(graph: Facts, subject: int, predicate: int) -> bool:
    """Whether the subject has the same verb with an object besides: "walk" beside "walk on"."""
    verb = graph.nodes[predicate].lemma.split(" ")[0]
    return any(
        graph.nodes[other].lemma.split(" ")[0] == verb and graph.targets(other, EdgeKind.OBJECT)
        for other in graph.targets(subject, EdgeKind.SUBJECT)
    )


def _is_negated(graph: Facts, predicate: int) -> bool:
    modifiers = graph.targets(predicate, EdgeKind.PREDICATE_ATTRIBUTE)
    return any(graph.nodes[modifier].lemma.lower() in NEGATIONS for modifier in modifiers)


def _object(node: TextNode) -> str:
    return _words(node.canonical or node.label)


def _attribute(node: TextNode) -> str:
    return _words(node.canonical or (node.lemma if node.lemma.isdecimal() else node.label))


def _words(name: str) -> str:
    """A name that the format can hold: lower case, one space between words, none of the format's own marks."""
    return " ".join(_MARKS.sub(" ", name.lower()).split())
