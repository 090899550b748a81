"""Words of a sentence that its pattern says nothing of; a query that loses one asks for more than was meant."""

import re

from finsta.graphs.scene_graph import EdgeKind, TextualSceneGraph

_WORD = re.compile(r"[^\W\d_]+(?:['’]\w+)?")
_HOLDING = """
a an the this that these those there here some any another other others each and also as of
is are was were be been being am has have had having do does did can could will would may might
who whom whose which what where it its he she they him her them his hers their
someone somebody something anyone anybody anything thing things one ones picture video clip show shows
"""
_GRAMMAR = frozenset(_HOLDING.split())
"""Words that hold a sentence together and ask for nothing of their own."""

_ORDER = frozenset({"then", "before", "after", "while", "when", "until", "first", "next", "finally"})
"""Words that the order of two relations says."""


def leftovers(graph: TextualSceneGraph) -> tuple[str, ...]:
    """The words of a sentence that no node of its graph stands for, in their order.

    A word counts as taken where a node was read from it, or has it in its lemma (of "throws a ball to", the "to"), and
    one of order where the graph has an order. Others than English are not judged.

    Args:
        graph: Of a sentence.
    """
    taken = set[int]()
    for node in graph.nodes:
        for start, end in (*node.mentions, *((node.span,) if node.span else ())):
            taken.update(range(start, end))
    lemmas = {word for node in graph.nodes for word in f"{node.lemma} {node.label}".lower().split()}
    known = _GRAMMAR | lemmas
    if any(edge.kind is EdgeKind.TEMPORAL_ORDER for edge in graph.edges):
        known |= _ORDER
    found = (match for match in _WORD.finditer(graph.text) if match.start() not in taken)
    return tuple(dict.fromkeys(match[0] for match in found if match[0].lower() not in known))
