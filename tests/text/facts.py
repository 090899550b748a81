"""Graphs as short lines, so that a table of sentences can be read."""

from finsta.graphs.scene_graph import EdgeKind, TextualSceneGraph

MARKS = {EdgeKind.ATTRIBUTE: ":", EdgeKind.PREDICATE_ATTRIBUTE: "~", EdgeKind.TEMPORAL_ORDER: "<"}


def facts(graph: TextualSceneGraph) -> list[str]:
    """All that a graph says.

    Triplets ``subject|predicate|object`` with "-" for what is missing, ``object:attribute``, ``predicate~modifier``,
    ``earlier<later``, and alone the objects that nothing is said of.
    """
    lemma: dict[int | None, str] = {None: "-", **{index: node.lemma for index, node in enumerate(graph.nodes)}}
    triplets = list(graph.triplets())
    lines = [f"{lemma[t.subject]}|{lemma[t.predicate]}|{lemma[t.object]}" for t in triplets]
    for kind, mark in MARKS.items():
        lines += [lemma[e.source] + mark + lemma[e.target] for e in graph.edges if e.kind is kind]
    said = {t.predicate for t in triplets} | {end for edge in graph.edges for end in (edge.source, edge.target)}
    return sorted(lines + [node.lemma for index, node in enumerate(graph.nodes) if index not in said])
