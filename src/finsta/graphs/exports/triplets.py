"""Triplets as words with their places in the text: subject, predicate, object, and attributes."""

from dataclasses import dataclass

from finsta.graphs.scene_graph import Edge, EdgeKind, Span, TextNode, TextualSceneGraph


@dataclass(frozen=True, kw_only=True)
class WordTriplet:
    """One fact in words.

    Attributes:
        subject: Words of the subject, or of the object that has the attribute; ``None`` where there is none.
        predicate: Words of the predicate; ``"is"`` for an attribute.
        object: Words of the object, or the attribute; ``None`` for a verb without object.
        modifiers: Words that modify the predicate: adverbs, negation.
        span: Smallest range of characters that covers the edges; ``None`` where no word names an end.
    """

    subject: str | None
    predicate: str
    object: str | None
    modifiers: tuple[str, ...] = ()
    span: Span | None = None


def word_triplets(graph: TextualSceneGraph, *, lemmas: bool = False) -> list[WordTriplet]:
    """The relations of a graph in order of their predicates, then the attributes of objects.

    Args:
        graph: Any text graph.
        lemmas: Normal forms instead of the words of the text.
    """

    def words(index: int | None) -> str | None:
        return None if index is None else _words(graph.nodes[index], lemmas=lemmas)

    found = []
    for triplet in graph.triplets():
        ends = ((triplet.subject, triplet.predicate), (triplet.predicate, triplet.object))
        kinds = (EdgeKind.SUBJECT, EdgeKind.OBJECT)
        edges = [
            Edge(source=a, target=b, kind=kind)
            for (a, b), kind in zip(ends, kinds, strict=True)
            if a is not None and b is not None
        ]
        spans = [graph.edge_span(edge) for edge in edges] or [graph.nodes[triplet.predicate].span]
        modifiers = graph.targets(triplet.predicate, EdgeKind.PREDICATE_ATTRIBUTE)
        found.append(
            WordTriplet(
                subject=words(triplet.subject),
                predicate=_words(graph.nodes[triplet.predicate], lemmas=lemmas),
                object=words(triplet.object),
                modifiers=tuple(_words(graph.nodes[index], lemmas=lemmas) for index in modifiers),
                span=_cover(spans),
            )
        )
    attributes = [edge for edge in graph.edges if edge.kind is EdgeKind.ATTRIBUTE]
    for edge in sorted(attributes, key=lambda edge: (edge.source, edge.target)):
        owner, value = words(edge.source), words(edge.target)
        found.append(WordTriplet(subject=owner, predicate="is", object=value, span=graph.edge_span(edge)))
    return found


def _words(node: TextNode, *, lemmas: bool) -> str:
    return node.lemma if lemmas else node.label


def _cover(spans: list[Span | None]) -> Span | None:
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return None
    return min(start for start, _ in known), max(end for _, end in known)
