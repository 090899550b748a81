"""The sentence as runs of characters, each with the node that it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.viewer.drawing import NodeView


@dataclass(frozen=True, kw_only=True)
class Run:
    """Characters of the sentence; ``node`` is the innermost node that covers them, if any."""

    text: str
    node: NodeView | None = None


def runs(graph: TextualSceneGraph, views: Sequence[NodeView]) -> list[Run]:
    """The whole text, cut where a mention begins or ends."""
    covering: Mapping[int, list[tuple[int, int, int]]] = _spans_by_start(graph)
    bounds = {0, len(graph.text)}
    for spans in covering.values():
        for _, start, end in spans:
            bounds |= {start, end}
    result, open_spans = [], list[tuple[int, int, int]]()
    cuts = sorted(bounds)
    for start, end in pairwise(cuts):
        open_spans = [span for span in open_spans if span[2] > start] + covering.get(start, [])
        inner = min(open_spans, key=lambda span: (span[2] - span[1], span[0]), default=None)
        result.append(Run(text=graph.text[start:end], node=None if inner is None else views[inner[0]]))
    return result


def _spans_by_start(graph: TextualSceneGraph) -> dict[int, list[tuple[int, int, int]]]:
    found: dict[int, list[tuple[int, int, int]]] = {}
    for index, node in enumerate(graph.nodes):
        for start, end in node.mentions or ((node.span,) if node.span else ()):
            found.setdefault(start, []).append((index, start, end))
    return found
