"""Any of the three graphs as one flat list of nodes and edges with named properties: what every export is made from.

Nodes are named ``t3`` (node 3 of the text) and ``f2.5`` (node 5 of key frame 2). Properties are strings, numbers or
tuples of numbers; one that a node does not have is left out. Edges that a video graph implies and does not store are
there: temporal coreference between consecutive occurrences, and for a link one edge of cross-modal coreference to each
occurrence of the linked track inside the link's interval.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, Track
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph

Graph = TextualSceneGraph | DynamicSceneGraph | HolisticSceneGraph
Properties = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FlatNode:
    """A node by name. ``modality`` is ``text`` or ``video``.

    Properties: ``label`` and ``confidence`` always; of the text ``lemma``, ``canonical``, ``span`` and ``mentions``;
    of the video ``frame``, ``time`` (seconds), ``shot``, and for objects ``box`` (xyxy in [0, 1]) and ``track``.
    """

    name: str
    modality: str
    kind: NodeKind
    properties: Properties


@dataclass(frozen=True, kw_only=True)
class FlatEdge:
    """An edge between named nodes.

    Properties: ``confidence``, or ``similarity`` and ``interval`` of a link; ``span`` inside the text.
    """

    source: str
    target: str
    kind: EdgeKind
    properties: Properties


@dataclass(frozen=True, kw_only=True)
class FlatGraph:
    """Nodes and edges in the order of the graph, text first; ``properties`` say what it was made from."""

    nodes: tuple[FlatNode, ...]
    edges: tuple[FlatEdge, ...]
    properties: Properties


def flatten(graph: Graph) -> FlatGraph:
    """All nodes and edges of a graph."""
    text = graph if isinstance(graph, TextualSceneGraph) else getattr(graph, "text", None)
    video = graph if isinstance(graph, DynamicSceneGraph) else getattr(graph, "video", None)
    nodes: list[FlatNode] = []
    edges: list[FlatEdge] = []
    properties: Properties = {}
    if isinstance(text, TextualSceneGraph):
        nodes += _text_nodes(text)
        edges += _text_edges(text)
        properties["text"] = text.text
    if isinstance(video, DynamicSceneGraph):
        for number, frame in enumerate(video.frames):
            nodes += _frame_nodes(frame, number)
            edges += _frame_edges(frame, number)
        edges += _temporal_edges(video)
        properties |= {"video": video.video.path, "duration": video.video.duration}
    if isinstance(graph, HolisticSceneGraph):
        edges += [edge for link in graph.links for edge in _link_edges(graph, link)]
    return FlatGraph(nodes=tuple(nodes), edges=tuple(edges), properties=properties)


def _text_nodes(graph: TextualSceneGraph) -> Iterator[FlatNode]:
    for index, node in enumerate(graph.nodes):
        properties: Properties = {"label": node.label, "lemma": node.lemma, "confidence": node.confidence}
        optional = {"canonical": node.canonical, "span": node.span, "mentions": node.mentions}
        properties |= {name: value for name, value in optional.items() if value}
        yield FlatNode(name=f"t{index}", modality="text", kind=node.kind, properties=properties)


def _text_edges(graph: TextualSceneGraph) -> Iterator[FlatEdge]:
    for edge in graph.edges:
        span = graph.edge_span(edge)
        properties: Properties = {"confidence": edge.confidence} | ({"span": span} if span else {})
        yield FlatEdge(source=f"t{edge.source}", target=f"t{edge.target}", kind=edge.kind, properties=properties)


def _frame_nodes(frame: FrameGraph, number: int) -> Iterator[FlatNode]:
    for index, node in enumerate(frame.nodes):
        properties: Properties = {"label": node.label, "confidence": node.confidence}
        properties |= {"frame": number, "time": frame.time, "shot": frame.shot}
        if node.box is not None and node.track is not None:
            properties |= {"box": node.box, "track": node.track}
        yield FlatNode(name=f"f{number}.{index}", modality="video", kind=node.kind, properties=properties)


def _frame_edges(frame: FrameGraph, number: int) -> Iterator[FlatEdge]:
    for edge in frame.edges:
        yield FlatEdge(
            source=f"f{number}.{edge.source}",
            target=f"f{number}.{edge.target}",
            kind=edge.kind,
            properties={"confidence": edge.confidence},
        )


def _temporal_edges(graph: DynamicSceneGraph) -> Iterator[FlatEdge]:
    for earlier, later in graph.coreference():
        source, target = (f"f{frame}.{index}" for frame, index in (earlier, later))
        yield FlatEdge(source=source, target=target, kind=EdgeKind.TEMPORAL_COREFERENCE, properties={"confidence": 1.0})


def _link_edges(graph: HolisticSceneGraph, link: Link) -> Iterator[FlatEdge]:
    start, end = link.interval
    track = _linked_track(graph, link)
    for frame, index in track.occurrences if track else ():
        if start <= graph.video.frames[frame].time <= end:
            yield FlatEdge(
                source=f"t{link.text_node}",
                target=f"f{frame}.{index}",
                kind=EdgeKind.CROSS_MODAL_COREFERENCE,
                properties={"similarity": link.similarity, "interval": link.interval},
            )


def _linked_track(graph: HolisticSceneGraph, link: Link) -> Track | None:
    """The object's track; for a predicate, that of the relation between the two tracks."""
    if graph.text.nodes[link.text_node].kind is NodeKind.OBJECT:
        return graph.video.object_tracks.get(link.subject_track)
    identity = (NodeKind.PREDICATE, link.label, link.subject_track, link.object_track)
    return graph.video.tracks.get(identity)
