"""Phrases given, relations out: the graph whose objects are exactly the phrases that the caller names (our definition).

Works on a finished graph, so that it serves every parser. Each phrase becomes one object node. It stands for the
parser's object whose head word lies in the phrase, the outermost one where there are several ("the wheel of the car" is
the wheel), and for all of a coordination ("a man and a woman"). What the parser found of that object, also under a
pronoun, goes to the phrase; where two phrases name one thing, each relation goes to the phrase that stands nearest.
A relation stays where each side that the parser filled still holds a phrase; order and modifiers of the relations that
stay are kept.
"""

from collections.abc import Sequence
from itertools import pairwise

from finsta.errors import TextError
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, Span, TextNode, TextualSceneGraph

POSSESSIVES = {"'s", "’s", "'", "’", "s"}
"""Labels of a predicate "have" that stands before what is had."""


def graph_of_entities(graph: TextualSceneGraph, entities: Sequence[Sequence[int]]) -> TextualSceneGraph:
    """The graph reduced to the phrases given.

    Args:
        graph: What a parser made of the text.
        entities: Half-open character ranges ``[start, end)`` of the text, in any order.

    Returns:
        A graph with one object node a phrase, labelled with the phrase as it stands, in order of the text; a phrase in
        which the parser sees no object stays without relations and is named in ``warnings``.

    Raises:
        TextError: if a phrase is empty, leaves the text, or overlaps another.
    """
    return _Reduction(graph, checked_entities(graph.text, entities)).build()


def checked_entities(text: str, entities: Sequence[Sequence[int]]) -> list[Span]:
    """The phrases in order of the text; raises :class:`TextError` as :func:`graph_of_entities` says."""
    for entity in entities:
        if len(entity) != 2:
            raise TextError(f"expected a phrase as (start, end) in characters, found {entity!r}; give two numbers")
        start, end = entity
        if not 0 <= start <= end <= len(text):
            raise TextError(
                f"expected phrases inside a text of {len(text)} characters, found ({start}, {end}); "
                "count characters from 0, the end excluded"
            )
        if not text[start:end].strip():
            raise TextError(f"expected a phrase with words, found ({start}, {end}), which is empty; leave it out")
    spans = sorted((start, end) for start, end in entities)
    for one, other in pairwise(spans):
        if other[0] < one[1]:
            raise TextError(
                f"expected phrases that stand apart, found {text[slice(*one)]!r} {one} and "
                f"{text[slice(*other)]!r} {other}, which overlap; give one of the two"
            )
    return spans


class _Reduction:
    """What becomes of each node of the parser's graph.

    Attributes:
        spans: The phrases.
        phrases: The phrases that each of the parser's objects goes to.
        complements: Attributes that a phrase names, which so are objects: the "doctor" of "the man is a doctor".
        predicates: The predicates that stay.
    """

    def __init__(self, graph: TextualSceneGraph, spans: list[Span]) -> None:
        self.graph = graph
        self.spans = spans
        self.phrases: dict[int, list[int]] = {}
        self.complements: dict[int, int] = {}
        for number, span in enumerate(spans):
            self._find(number, span)
        self.predicates = {index for index in graph.indices(NodeKind.PREDICATE) if self._stays(index)}

    def _find(self, number: int, span: Span) -> None:
        objects = heads_in(self.graph, span)
        for index in objects:
            self.phrases.setdefault(index, []).append(number)
        named = [index for index in self.graph.indices(NodeKind.ATTRIBUTE) if _place(self.graph, index, span) >= 0]
        if named and not objects:
            self.complements[named[-1]] = number

    def _stays(self, predicate: int) -> bool:
        """Whether a predicate joins phrases, or says something of one without naming anything else."""
        ends = (self.graph.sources(predicate, EdgeKind.SUBJECT), self.graph.targets(predicate, EdgeKind.OBJECT))
        sides = [side for side in ends if side]
        return bool(sides) and all(any(index in self.phrases for index in side) for side in sides)

    def build(self) -> TextualSceneGraph:
        """The graph of the phrases."""
        nodes = [self._phrase_node(number) for number in range(len(self.spans))]
        places = [span[0] for span in self.spans]
        numbers: dict[int, int] = {}
        place = 0
        for index, node in enumerate(self.graph.nodes):
            named = self.phrases.get(index)
            place = self.spans[named[0]][0] if named else node.span[0] if node.span else place
            if self._is_kept(index):
                numbers[index] = len(nodes)
                nodes.append(self._kept_node(index))
                places.append(place)
        edges = self._edges(numbers)
        order = sorted(range(len(nodes)), key=lambda number: (places[number], number))
        new = {old: position for position, old in enumerate(order)}
        kinds = list(EdgeKind)
        return TextualSceneGraph(
            text=self.graph.text,
            nodes=tuple(nodes[number] for number in order),
            edges=tuple(
                Edge(source=source, target=target, kind=kinds[kind], confidence=confidence)
                for (source, target, kind), confidence in sorted(
                    ((new[a], new[b], kinds.index(kind)), value) for (a, b, kind), value in edges.items()
                )
            ),
            warnings=(*self.graph.warnings, *self._warnings()),
        )

    def _is_kept(self, index: int) -> bool:
        kind = self.graph.nodes[index].kind
        if kind is NodeKind.PREDICATE:
            return index in self.predicates
        if kind is NodeKind.PREDICATE_ATTRIBUTE:
            return any(one in self.predicates for one in self.graph.sources(index, EdgeKind.PREDICATE_ATTRIBUTE))
        owners = self.graph.sources(index, EdgeKind.ATTRIBUTE)
        return kind is NodeKind.ATTRIBUTE and any(owner in self.phrases for owner in owners)

    def _kept_node(self, index: int) -> TextNode:
        """The node as it was; of an attribute that a phrase names, the "be" that joins it to its owner."""
        node = self.graph.nodes[index]
        if index not in self.complements:
            return node
        return TextNode(kind=NodeKind.PREDICATE, label="be", lemma="be", confidence=node.confidence)

    def _phrase_node(self, number: int) -> TextNode:
        span = self.spans[number]
        own = [index for index, numbers in self.phrases.items() if number in numbers]
        own += [index for index, phrase in self.complements.items() if phrase == number]
        label = " ".join(self.graph.text[slice(*span)].split())
        later = {
            mention
            for index in own
            if len(self.phrases.get(index, ())) == 1
            for mention in _mentions(self.graph, index)
            if not any(_overlap(mention, other) for other in self.spans)
        }
        return TextNode(
            kind=NodeKind.OBJECT,
            label=label,
            lemma=" and ".join(self._lemma(index, span) for index in own) or label.lower(),
            span=span,
            mentions=(span, *sorted(later)),
            confidence=min((self.graph.nodes[index].confidence for index in own), default=1.0),
        )

    def _lemma(self, index: int, span: Span) -> str:
        """The parser's normal form, unless its name is wider than the phrase: the "truck" of "fire truck"."""
        node = self.graph.nodes[index]
        wider = any(_overlap(place, span) and place[0] < span[0] for place in _mentions(self.graph, index))
        return node.lemma.rsplit(maxsplit=1)[-1] if wider else node.lemma

    def _edges(self, numbers: dict[int, int]) -> dict[tuple[int, int, EdgeKind], float]:
        edges: dict[tuple[int, int, EdgeKind], float] = {}
        for edge in self.graph.edges:
            sources = self._ends(edge.source, edge.target, numbers)
            targets = self._ends(edge.target, edge.source, numbers)
            named = edge.kind is EdgeKind.ATTRIBUTE and edge.target in self.complements
            kind = EdgeKind.SUBJECT if named else edge.kind
            for source in sources:
                for target in targets:
                    edges[source, target, kind] = max(edge.confidence, edges.get((source, target, kind), 0.0))
        for attribute, phrase in self.complements.items():
            if attribute in numbers:
                edges[numbers[attribute], phrase, EdgeKind.OBJECT] = self.graph.nodes[attribute].confidence
        return edges

    def _ends(self, index: int, other: int, numbers: dict[int, int]) -> list[int]:
        """What an end of an edge is now; of several phrases for one thing, the nearest to the other end."""
        if index in numbers:
            return [numbers[index]]
        found = self.phrases.get(index, [])
        place = self.graph.nodes[other].span
        if len(found) > 1 and place is not None:
            return [min(found, key=lambda number: _gap(self.spans[number], place))]
        return found

    def _warnings(self) -> list[str]:
        known = {number for numbers in self.phrases.values() for number in numbers} | set(self.complements.values())
        return [
            f"the parser sees no object in the phrase {self.graph.text[slice(*span)]!r}: it has no relations"
            for number, span in enumerate(self.spans)
            if number not in known
        ]


def heads_in(graph: TextualSceneGraph, span: Span) -> list[int]:
    """The objects that a phrase stands for, in order of mention."""
    inside = [(start, index) for index in graph.indices(NodeKind.OBJECT) if (start := _place(graph, index, span)) >= 0]
    objects = [index for _, index in sorted(inside)]
    objects = [index for index in objects if not any(_possesses(graph, index, other) for other in objects)]
    if not objects:
        everything = graph.indices(NodeKind.OBJECT)
        return [index for index in everything if any(_overlap(place, span) for place in _mentions(graph, index))][:1]
    head, *rest = objects
    heads = [head]
    for index in rest:
        if not any(_related_inside(graph, one, index, span) for one in objects if one != index):
            heads.append(index)
    return heads


def _place(graph: TextualSceneGraph, index: int, span: Span) -> int:
    """Where the first mention starts whose head word lies in the phrase; -1 where there is none."""
    found = [start for start, end in _mentions(graph, index) if span[0] <= _head(graph.text, (start, end)) < span[1]]
    return min(found, default=-1)


def _head(text: str, mention: Span) -> int:
    """First character of the last word of a mention: the head of a name ("fire truck" is a truck)."""
    words = text[slice(*mention)].rstrip()
    return mention[0] + max(words.rfind(" "), words.rfind("\n"), words.rfind("\t")) + 1


def _mentions(graph: TextualSceneGraph, index: int) -> tuple[Span, ...]:
    node = graph.nodes[index]
    return node.mentions or ((node.span,) if node.span else ())


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _gap(one: Span, other: Span) -> int:
    """Characters between two ranges."""
    return max(one[0] - other[1], other[0] - one[1], 0)


def _possesses(graph: TextualSceneGraph, owner: int, thing: int) -> bool:
    """As in "the man's hat" and "his hat": the owner stands first, but is not the head."""
    return any(
        thing in graph.targets(predicate, EdgeKind.OBJECT)
        and graph.nodes[predicate].lemma == "have"
        and (graph.nodes[predicate].span is None or graph.nodes[predicate].label.lower() in POSSESSIVES)
        for predicate in graph.targets(owner, EdgeKind.SUBJECT)
    )


def _related_inside(graph: TextualSceneGraph, one: int, other: int, span: Span) -> bool:
    """Whether a relation whose words lie in the phrase joins two objects, so that one describes the other."""
    for predicate in graph.indices(NodeKind.PREDICATE):
        place = graph.nodes[predicate].span
        ends = {*graph.sources(predicate, EdgeKind.SUBJECT), *graph.targets(predicate, EdgeKind.OBJECT)}
        if {one, other} <= ends and (place is None or (span[0] <= place[0] and place[1] <= span[1])):
            return graph.sources(predicate, EdgeKind.SUBJECT) not in ([one, other], [other, one])
    return False
