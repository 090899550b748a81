"""The graph while the rules write it: nodes are groups of tokens, edges may still be moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spacy.tokens import Doc, Token

from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, Span, TextNode, TextualSceneGraph

_KINDS = tuple(EdgeKind)
_KIND_ORDER = {kind: place for place, kind in enumerate(_KINDS)}

JOINING = {"-", "‐", "–", "/", "'", "’"}
"""Tokens that hold the parts of one word together: "T-shirt"."""


@dataclass(kw_only=True)
class DraftNode:
    """A node to be.

    Attributes:
        kind: As in the graph.
        head: The word that carries the meaning; ``None`` where no word names the node.
        words: All words of the first mention, the head included, in order of the text.
        lemma: Normal form.
        label: Used in place of the words where no word names the node.
        place: Token index by which a node without words is ordered.
        event: Token index of the verb that a predicate belongs to; ``None`` for other nodes.
        mentions: Words of the later mentions.
        confidence: In [0, 1].
        canonical: As in the graph.
    """

    kind: NodeKind
    head: Token | None
    words: tuple[Token, ...]
    lemma: str
    label: str = ""
    place: int = 0
    event: int | None = None
    mentions: list[tuple[Token, tuple[Token, ...]]] = field(default_factory=list)
    confidence: float = 1.0
    canonical: str = ""


@dataclass(kw_only=True)
class Event:
    """What one verb (or copula) says: its predicate nodes, the first of which carries modifiers and order."""

    verb: Token
    nodes: list[int]
    clausal: bool = True

    @property
    def primary(self) -> int:
        """The node that stands for the event."""
        return self.nodes[0]


class Draft:
    """Nodes, edges and what the rules know of each other: which token became what."""

    def __init__(self, doc: Doc, tokens: tuple[Token, ...] | None = None) -> None:
        self.doc = doc
        self.tokens = tokens or tuple(doc)  # made once: spaCy makes its tokens anew for every pass
        self.nodes: list[DraftNode] = []
        self.edges: dict[tuple[int, int, EdgeKind], float] = {}
        self._touching: dict[int, dict[tuple[int, int, EdgeKind], None]] = {}
        self.objects: dict[int, int] = {}
        self.aliases: dict[int, Token] = {}
        self.events: dict[int, Event] = {}
        self.consumed: set[int] = set()
        self.aside: tuple[frozenset[int], dict[int, Token]] = frozenset(), {}

    def add(
        self,
        kind: NodeKind,
        head: Token | None,
        *,
        lemma: str,
        words: Iterable[Token] = (),
        label: str = "",
        place: int | None = None,
        event: int | None = None,
    ) -> int:
        """Append a node and give its number."""
        chosen = {word.i: word for word in words} | ({head.i: head} if head is not None else {})
        ordered = tuple(chosen[index] for index in sorted(chosen))
        where = place if place is not None else (ordered[0].i if ordered else 0)
        node = DraftNode(kind=kind, head=head, words=ordered, lemma=lemma, label=label, place=where, event=event)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def connect(self, source: int, target: int, kind: EdgeKind, confidence: float = 1.0) -> None:
        """Add an edge; of two equal ones the more confident stays."""
        key = (source, target, kind)
        self.edges[key] = max(confidence, self.edges.get(key, 0.0))
        for end in (source, target):
            self._touching.setdefault(end, {})[key] = None

    def disconnect(self, source: int, target: int, kind: EdgeKind) -> None:
        """Remove an edge."""
        key = (source, target, kind)
        del self.edges[key]
        for end in (source, target):
            self._touching[end].pop(key, None)

    def cut(self, node: int) -> None:
        """Remove all edges of a node."""
        for key in list(self._touching.get(node, ())):
            self.disconnect(*key)

    def connect_all(
        self, sources: Sequence[int], targets: Sequence[int], kind: EdgeKind, confidence: float = 1
    ) -> None:
        """Every source with every target."""
        for source in sources:
            for target in targets:
                self.connect(source, target, kind, float(confidence))

    def targets(self, source: int, kind: EdgeKind) -> list[int]:
        """Where the edges of one kind that leave a node arrive."""
        return [end for start, end, found in self._touching.get(source, ()) if start == source and found is kind]

    def sources(self, target: int, kind: EdgeKind) -> list[int]:
        """Where the edges of one kind that arrive at a node come from."""
        return [start for start, end, found in self._touching.get(target, ()) if end == target and found is kind]

    def merge(self, node: int, into: Sequence[int], confidence: float = 1.0) -> None:
        """Make ``node`` a further mention of other nodes, which take over its edges but repeat no attribute."""
        gone = self.nodes[node]
        for survivor in into:
            if gone.head is not None:
                self.nodes[survivor].mentions.append((gone.head, gone.words))
        for source, target, kind in list(self._touching.get(node, ())):
            certainty = self.edges[source, target, kind]
            self.disconnect(source, target, kind)
            for survivor in into:
                ends = (survivor, target) if source == node else (source, survivor)
                self.connect(*ends, kind, certainty * confidence)
        for survivor in into:
            self._merge_equal_attributes(survivor)

    def _merge_equal_attributes(self, node: int) -> None:
        first: dict[str, int] = {}
        for attribute in sorted(self.targets(node, EdgeKind.ATTRIBUTE)):
            kept = first.setdefault(self.nodes[attribute].lemma, attribute)
            owners = self.sources(attribute, EdgeKind.ATTRIBUTE)
            if kept != attribute and owners == [node]:
                self.disconnect(node, attribute, EdgeKind.ATTRIBUTE)
                head = self.nodes[attribute].head
                if head is not None:
                    self.nodes[kept].mentions.append((head, self.nodes[attribute].words))
                self.nodes[attribute].words, self.nodes[attribute].head = (), None

    def build(self, text: str, *, confidence: float = 1.0, warnings: Sequence[str] = ()) -> TextualSceneGraph:
        """The finished graph: nodes in order of mention, those that were merged away left out."""
        gone = self.gone()
        order = sorted((i for i in range(len(self.nodes)) if i not in gone), key=self._order)
        number = {old: new for new, old in enumerate(order)}
        edges = sorted(
            (number[source], number[target], _KIND_ORDER[kind], certainty)
            for (source, target, kind), certainty in self.edges.items()
            if source in number and target in number
        )
        return TextualSceneGraph(
            text=text,
            nodes=tuple(self._text_node(self.nodes[index], confidence) for index in order),
            edges=tuple(
                Edge(source=source, target=target, kind=_KINDS[kind], confidence=round(certainty * confidence, 4))
                for source, target, kind, certainty in edges
            ),
            warnings=tuple(warnings),
        )

    def gone(self) -> set[int]:
        """Nodes that are none of the graph: taken back, merged into others, or attributes of nothing."""
        gone = {index for index, node in enumerate(self.nodes) if not node.words and not node.label}
        return gone | self._merged() | self._ownerless()

    def anew(self) -> "Draft":
        """An empty draft of the same text, with what was set aside before any node was written."""
        draft = Draft(self.doc, self.tokens)
        draft.consumed, draft.aliases = set(self.aside[0]), dict(self.aside[1])
        return draft

    def keep_aside(self) -> None:
        """Remember what is set aside now, for :meth:`anew`."""
        self.aside = frozenset(self.consumed), dict(self.aliases)

    def _merged(self) -> set[int]:
        """Objects whose head is a mention of another node."""
        mentioned = {head.i for node in self.nodes for head, _ in node.mentions}
        return {
            index
            for index, node in enumerate(self.nodes)
            if node.kind is NodeKind.OBJECT and node.head is not None and node.head.i in mentioned
        }

    def _ownerless(self) -> set[int]:
        """Attributes that nothing has: what they described names no object."""
        owned = {target for _, target, _ in self.edges}
        return {i for i, node in enumerate(self.nodes) if node.kind is NodeKind.ATTRIBUTE and i not in owned}

    def _order(self, index: int) -> tuple[int, int, int]:
        node = self.nodes[index]
        start = self.doc[node.place].idx if node.head is None else span_of(node.head, node.words)[0]
        return (start, node.words[-1].i if node.words else node.place, index)

    def _text_node(self, node: DraftNode, confidence: float) -> TextNode:
        span = None if node.head is None else span_of(node.head, node.words)
        first = (span,) if span else ()
        later = {span_of(head, words) for head, words in node.mentions} - {span} if node.mentions else set()
        return TextNode(
            kind=node.kind,
            label=node.label or label_of(node.words, node.head),
            lemma=node.lemma,
            span=span,
            mentions=first + tuple(sorted(later)) if later else first,
            confidence=node.confidence * confidence,
            canonical=node.canonical,
        )


def runs(words: Sequence[Token]) -> list[list[Token]]:
    """Words grouped into runs that stand together in the text; a hyphen does not part them."""
    groups: list[list[Token]] = []
    for word in words:
        if groups and _adjacent(groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _adjacent(left: Token, right: Token) -> bool:
    return left.i + 1 == right.i or all(
        token.text in JOINING or token.is_space for token in left.doc[left.i + 1 : right.i]
    )


def span_of(head: Token, words: Sequence[Token]) -> Span:
    """Characters of the run of words that the head stands in."""
    run = run_of(head, words)
    return run[0].idx, run[-1].idx + len(run[-1])


def run_of(head: Token, words: Sequence[Token]) -> Sequence[Token]:
    """The run of words that the head stands in."""
    if words[-1].i - words[0].i + 1 == len(words):
        return words
    return next(run for run in runs(words) if head in run)


def label_of(words: Sequence[Token], head: Token | None = None) -> str:
    """The words as they stand in the text, gaps and line breaks closed to one blank; the head's part first."""
    if len(words) == 1:
        return " ".join(words[0].text.split())
    groups = runs(words)
    if head is not None:
        groups.sort(key=lambda run: head not in run)
    parts = (run[0].doc[run[0].i : run[-1].i + 1].text for run in groups)
    return " ".join(" ".join(parts).split())
