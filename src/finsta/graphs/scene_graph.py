"""The textual scene graph (TSG), and the kinds of node and edge that every graph shares."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

Span = tuple[int, int]
"""Half-open range of characters ``[start, end)`` in the text."""


class NodeKind(StrEnum):
    """What a node stands for; the same four kinds in text and video (known from the paper)."""

    OBJECT = "object"
    ATTRIBUTE = "attribute"
    PREDICATE = "predicate"
    PREDICATE_ATTRIBUTE = "predicate_attribute"


class EdgeKind(StrEnum):
    """What an edge says. The arrow is the direction stored; encoders add the reverse and the self edge."""

    SUBJECT = "subject"  # object → predicate
    OBJECT = "object"  # predicate → object
    ATTRIBUTE = "attribute"  # object → attribute
    PREDICATE_ATTRIBUTE = "predicate_attribute"  # predicate → its modifier
    TEMPORAL_ORDER = "temporal_order"  # earlier predicate → later predicate; `while` gives both directions
    TEMPORAL_COREFERENCE = "temporal_coreference"  # earlier occurrence → later occurrence of one identity
    CROSS_MODAL_COREFERENCE = "cross_modal_coreference"  # text node → visual node


EDGE_ENDS: dict[EdgeKind, tuple[NodeKind, NodeKind]] = {
    EdgeKind.SUBJECT: (NodeKind.OBJECT, NodeKind.PREDICATE),
    EdgeKind.OBJECT: (NodeKind.PREDICATE, NodeKind.OBJECT),
    EdgeKind.ATTRIBUTE: (NodeKind.OBJECT, NodeKind.ATTRIBUTE),
    EdgeKind.PREDICATE_ATTRIBUTE: (NodeKind.PREDICATE, NodeKind.PREDICATE_ATTRIBUTE),
    EdgeKind.TEMPORAL_ORDER: (NodeKind.PREDICATE, NodeKind.PREDICATE),
}


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A typed, directed edge between two nodes of one graph, by index."""

    source: int
    target: int
    kind: EdgeKind
    confidence: float = 1.0


@dataclass(frozen=True, kw_only=True)
class TextNode:
    """A node of the textual scene graph.

    Attributes:
        kind: Object, attribute, predicate or predicate attribute.
        label: The words as they stand in the text, without determiner, e.g. ``"fire trucks"``.
        lemma: The normal form by which nodes are compared, e.g. ``"fire truck"``, ``"hold"``, ``"in front of"``.
        span: Smallest character range of the first mention; ``None`` for a node that no word names.
        mentions: All mentions, the first included, where a paragraph names one thing several times.
        confidence: The parser's confidence in [0, 1].
        canonical: The label as the FACTUAL annotators write it, where a parser knows better than its words: one
            spelling for all ("cellphone" for "cell phone"), number kept ("boys"). Empty: the words serve.
    """

    kind: NodeKind
    label: str
    lemma: str
    span: Span | None = None
    mentions: tuple[Span, ...] = ()
    confidence: float = 1.0
    canonical: str = ""


@dataclass(frozen=True, kw_only=True)
class Triplet:
    """Subject, predicate, object by node index; an intransitive predicate has no object."""

    subject: int | None
    predicate: int
    object: int | None


@dataclass(frozen=True, kw_only=True)
class TextualSceneGraph:
    """The objects, attributes, predicates and predicate attributes of a text, and how they are joined.

    Nodes are in order of first mention. An empty graph is valid: it is what a text without content gives,
    and ``warnings`` then says why.
    """

    text: str
    nodes: tuple[TextNode, ...] = ()
    edges: tuple[Edge, ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def indices(self, kind: NodeKind) -> list[int]:
        """Indices of the nodes of one kind, in order of mention."""
        return [index for index, node in enumerate(self.nodes) if node.kind is kind]

    def targets(self, source: int, kind: EdgeKind) -> list[int]:
        """Where the edges of one kind that leave ``source`` arrive."""
        return [edge.target for edge in self.edges if edge.source == source and edge.kind is kind]

    def sources(self, target: int, kind: EdgeKind) -> list[int]:
        """Where the edges of one kind that arrive at ``target`` come from."""
        return [edge.source for edge in self.edges if edge.target == target and edge.kind is kind]

    def attributes(self, index: int) -> list[int]:
        """Attributes of an object, or modifiers of a predicate."""
        return self.targets(index, EdgeKind.ATTRIBUTE) + self.targets(index, EdgeKind.PREDICATE_ATTRIBUTE)

    def triplets(self) -> Iterator[Triplet]:
        """One triplet for each subject and object of each predicate; ``None`` where there is none."""
        for predicate in self.indices(NodeKind.PREDICATE):
            subjects: list[int | None] = [*self.sources(predicate, EdgeKind.SUBJECT)] or [None]
            targets: list[int | None] = [*self.targets(predicate, EdgeKind.OBJECT)] or [None]
            for subject, target in product(subjects, targets):
                yield Triplet(subject=subject, predicate=predicate, object=target)

    def phrase(self, index: int) -> str:
        """A node with its modifiers as words: ``"small red car"``, ``"walk slowly"``."""
        node = self.nodes[index]
        modifiers = " ".join(self.nodes[modifier].label for modifier in self.attributes(index))
        words = (modifiers, node.label) if node.kind is NodeKind.OBJECT else (node.label, modifiers)
        return " ".join(part for part in words if part)

    def edge_span(self, edge: Edge) -> Span | None:
        """Smallest character range that covers the two nearest mentions of an edge's ends (our definition).

        ``None`` where an end is named by no word. Where several pairs are equally near, the first in the text.
        """
        ends = (_mentions(self.nodes[index]) for index in (edge.source, edge.target))
        ranges = [(min(a, c), max(b, d), max(c - b, a - d)) for (a, b), (c, d) in product(*ends)]
        if not ranges:
            return None
        start, end, _ = min(ranges, key=lambda found: (found[2], found[0], found[1]))
        return start, end

    def to_factual(self) -> str:
        """The graph as one line of facts, ``( man , hold , cup ) , ( cup , is , red )``; see ``exports.factual``."""
        from finsta.graphs.exports.factual import to_factual

        return to_factual(self)

    def validate(self) -> None:
        """Raise ``ValueError`` where an edge leaves the graph, joins the wrong kinds, or a span leaves the text."""
        for node in self.nodes:
            for start, end in ((node.span,) if node.span else ()) + node.mentions:
                if not 0 <= start < end <= len(self.text):
                    raise ValueError(f"node {node.label!r}: span ({start}, {end}) lies outside the text")
        for edge in self.edges:
            check_edge(edge, [node.kind for node in self.nodes])


def _mentions(node: TextNode) -> tuple[Span, ...]:
    return node.mentions or ((node.span,) if node.span else ())


def check_edge(edge: Edge, kinds: list[NodeKind]) -> None:
    """Raise ``ValueError`` unless both ends exist and are of the kinds that the edge joins."""
    if not (0 <= edge.source < len(kinds) and 0 <= edge.target < len(kinds)):
        raise ValueError(f"{edge.kind.value} edge {edge.source} → {edge.target} leaves a graph of {len(kinds)} nodes")
    expected = EDGE_ENDS.get(edge.kind)
    found = (kinds[edge.source], kinds[edge.target])
    if expected is not None and found != expected:
        rule, case = (" → ".join(kind.value for kind in ends) for ends in (expected, found))
        raise ValueError(f"{edge.kind.value} edge {edge.source} → {edge.target} must join {rule}, found {case}")
