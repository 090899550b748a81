"""Grounding without a trained model: what the parser linked."""

from finsta.graphs.holistic import HolisticSceneGraph
from finsta.grounding.result import Grounding, phrase_grounding, predicate_grounding

SOURCE = "links of the parser"


def ground_by_links(graph: HolisticSceneGraph) -> Grounding:
    """The links of a graph as groundings; of several for one text node the one with the highest similarity."""
    best = {}
    for link in sorted(graph.links, key=lambda link: link.similarity):
        best[link.text_node] = link
    objects = {link.text_node for link in graph.object_links}
    links = [best[node] for node in sorted(best)]
    return Grounding(
        text=graph.text.text,
        source=SOURCE,
        phrases=tuple(
            phrase_grounding(graph, link.text_node, link.subject_track, link.similarity)
            for link in links
            if link.text_node in objects
        ),
        predicates=tuple(
            predicate_grounding(
                graph,
                link.text_node,
                tracks=(link.subject_track, link.object_track),
                interval=link.interval,
                score=link.similarity,
            )
            for link in links
            if link.text_node not in objects
        ),
    )
