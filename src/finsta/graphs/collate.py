"""From graphs as dataclasses to graphs as flat tensors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from finsta.graphs.batch import NODE_KINDS, SELF_EDGE, TEXT, VIDEO, GraphBatch, HolisticBatch, edge_type
from finsta.graphs.dynamic import Box, DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextualSceneGraph
from finsta.shapes import Tensor


def text_batch(graphs: Iterable[TextualSceneGraph]) -> GraphBatch:
    """The batch of textual scene graphs."""
    return GraphBatch.concatenate([_Builder().add_text(graph).build(num_frames=1) for graph in graphs])


def video_batch(graphs: Iterable[DynamicSceneGraph]) -> GraphBatch:
    """The batch of dynamic scene graphs."""
    return GraphBatch.concatenate([_Builder().add_video(graph).build(num_frames=len(graph.frames)) for graph in graphs])


def holistic_batch(graphs: Iterable[HolisticSceneGraph]) -> HolisticBatch:
    """The three batches of holistic scene graphs, with links in batch numbering."""
    return HolisticBatch.concatenate([holistic_item(graph) for graph in graphs])


def holistic_item(graph: HolisticSceneGraph) -> HolisticBatch:
    """The batch of one graph; worth keeping, for laying batches end to end costs less than making them."""
    builder = _Builder().add_video(graph.video)
    return HolisticBatch(
        text=_Builder().add_text(graph.text).build(num_frames=1),
        video=builder.build(num_frames=len(graph.video.frames)),
        union=_union(graph),
        **_links(graph, builder.track_number),
    )


def _union(graph: HolisticSceneGraph) -> GraphBatch:
    """Each key frame with the text graph in it; a link joins its text node to its visual node wherever both are."""
    builder = _Builder()
    frames = graph.video.frames
    for frame_index in range(max(len(frames), 1)):
        text_start = len(builder.rows)
        builder.add_text(graph.text, frame_index=frame_index, time=frames[frame_index].time if frames else 0.0)
        if not frames:
            continue
        video_start = len(builder.rows)
        builder.add_frame(graph.video, frame_index)
        frame = frames[frame_index]
        places = {frame.identity(node): video_start + node for node in range(len(frame.nodes))}
        for link in graph.links:
            kind = graph.text.nodes[link.text_node].kind
            label = None if kind is NodeKind.OBJECT else link.label
            place = places.get((kind, label, link.subject_track, link.object_track))
            inside = kind is NodeKind.OBJECT or link.interval[0] <= frame.time <= link.interval[1]
            if place is not None and inside:
                source = text_start + link.text_node
                builder.connect(source, place, EdgeKind.CROSS_MODAL_COREFERENCE, max(link.similarity, 1e-3))
    return builder.build(num_frames=max(len(frames), 1))


def _links(graph: HolisticSceneGraph, number: dict[object, int]) -> dict[str, Tensor]:
    """The links of a graph as tensors; a predicate link without a visual predicate, or a key frame, has no row."""
    objects = [(link.text_node, number[_identity(graph, link)]) for link in graph.object_links]
    predicates, similarity = [], []
    for link in graph.predicate_links:
        inside = [i for i, f in enumerate(graph.video.frames) if link.interval[0] <= f.time <= link.interval[1]]
        track = number.get(_identity(graph, link))
        if inside and track is not None:
            predicates.append((link.text_node, track, inside[0], inside[-1]))
            similarity.append(link.similarity)
    return {
        "object_link": torch.tensor(objects, dtype=torch.long).reshape(-1, 2).T,
        "object_similarity": torch.tensor([link.similarity for link in graph.object_links]),
        "predicate_link": torch.tensor(predicates, dtype=torch.long).reshape(-1, 4).T,
        "predicate_similarity": torch.tensor(similarity),
    }


def _identity(graph: HolisticSceneGraph, link: Any) -> object:
    kind = graph.text.nodes[link.text_node].kind
    return (kind, None if kind is NodeKind.OBJECT else link.label, link.subject_track, link.object_track)


@dataclass(kw_only=True)
class _Row:
    kind: NodeKind
    modality: int
    frame_index: int
    time: float
    box: Box
    center: tuple[float, float]
    shot: int
    anchor: tuple[int, int]
    confidence: float
    label: str
    track: int
    previous: int
    origin: int


class _Builder:
    """Collects the rows and edges of one graph."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.edges: list[tuple[int, int, int, float]] = []
        self.track_number: dict[object, int] = {}
        self._last: dict[int, int] = {}
        self._video_nodes = 0

    def add_text(self, graph: TextualSceneGraph, *, frame_index: int = 0, time: float = 0.0) -> "_Builder":
        start = len(self.rows)
        for index, node in enumerate(graph.nodes):
            owners = self._text_anchor(graph, index)
            self._add(
                ("text", index),
                kind=node.kind,
                modality=TEXT,
                frame_index=frame_index,
                time=time,
                box=(0.0, 0.0, 0.0, 0.0),
                center=(0.0, 0.0),
                shot=0,
                anchor=tuple(-1 if owner is None else start + owner for owner in owners),
                confidence=node.confidence,
                label=node.lemma,
                origin=index,
            )
        self._connect_all(graph.edges, start)
        return self

    @staticmethod
    def _text_anchor(graph: TextualSceneGraph, index: int) -> tuple[int | None, int | None]:
        kind = graph.nodes[index].kind
        if kind is NodeKind.OBJECT:
            return index, None
        if kind is NodeKind.PREDICATE:
            subject, target = graph.sources(index, EdgeKind.SUBJECT), graph.targets(index, EdgeKind.OBJECT)
            return next(iter(subject), None), next(iter(target), None)
        up = EdgeKind.ATTRIBUTE if kind is NodeKind.ATTRIBUTE else EdgeKind.PREDICATE_ATTRIBUTE
        return next(iter(graph.sources(index, up)), None), None

    def add_video(self, graph: DynamicSceneGraph) -> "_Builder":
        for frame_index in range(len(graph.frames)):
            self.add_frame(graph, frame_index)
        return self

    def add_frame(self, graph: DynamicSceneGraph, frame_index: int) -> None:
        frame = graph.frames[frame_index]
        start = len(self.rows)
        for index, node in enumerate(frame.nodes):
            ends = frame.ends(index)
            boxes = [box for end in ends if end is not None and (box := frame.nodes[end].box) is not None]
            box = _enclosing(boxes)
            self._add(
                frame.identity(index),
                kind=node.kind,
                modality=VIDEO,
                frame_index=frame_index,
                time=frame.time,
                box=box,
                center=frame.camera.stabilise((box[0] + box[2]) / 2, (box[1] + box[3]) / 2),
                shot=frame.shot,
                anchor=tuple(-1 if end is None else start + end for end in ends),
                confidence=node.confidence,
                label=node.label,
                origin=self._video_nodes + index,
            )
        self._video_nodes += len(frame.nodes)
        self._connect_all(frame.edges, start)

    def _add(self, identity: object, **values: Any) -> None:
        track = self.track_number.setdefault(identity, len(self.track_number))
        self.rows.append(_Row(track=track, previous=self._last.get(track, -1), **values))
        self._last[track] = len(self.rows) - 1

    def _connect_all(self, edges: Iterable[Edge], start: int) -> None:
        for edge in edges:
            self.connect(start + edge.source, start + edge.target, edge.kind, edge.confidence)

    def connect(self, source: int, target: int, kind: EdgeKind, weight: float) -> None:
        self.edges.append((source, target, edge_type(kind), weight))
        self.edges.append((target, source, edge_type(kind, reverse=True), weight))

    def build(self, *, num_frames: int) -> GraphBatch:
        rows = self.rows
        edges = sorted(
            [*self.edges, *((index, index, SELF_EDGE, 1.0) for index in range(len(rows)))],
            key=lambda edge: (edge[1], edge[0], edge[2]),
        )
        labels = {label: index for index, label in enumerate(dict.fromkeys(row.label for row in rows))}

        def whole(values: Iterable[Any], *shape: int) -> Tensor:
            return torch.tensor(list(values), dtype=torch.long).reshape(-1, *shape)

        def real(values: Iterable[Any], *shape: int) -> Tensor:
            return torch.tensor(list(values), dtype=torch.float32).reshape(-1, *shape)

        return GraphBatch(
            node_kind=whole(NODE_KINDS.index(row.kind) for row in rows),
            modality=whole(row.modality for row in rows),
            graph_index=torch.zeros(len(rows), dtype=torch.long),
            frame_index=whole(row.frame_index for row in rows),
            time=real(row.time for row in rows),
            box=real((row.box for row in rows), 4),
            center=real((row.center for row in rows), 2),
            shot_index=whole(row.shot for row in rows),
            track_index=whole(row.track for row in rows),
            previous=whole(row.previous for row in rows),
            anchor=whole((row.anchor for row in rows), 2),
            confidence=real(row.confidence for row in rows),
            label_index=whole(labels[row.label] for row in rows),
            origin=whole(row.origin for row in rows),
            edge_index=whole((edge[:2] for edge in edges), 2).T.contiguous(),
            edge_type=whole(edge[2] for edge in edges),
            edge_weight=real(edge[3] for edge in edges),
            num_frames=whole([num_frames]),
            labels=tuple(labels),
            num_tracks=len(self.track_number),
        )


def _enclosing(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes; zeros around none."""
    if not boxes:
        return (0.0, 0.0, 0.0, 0.0)
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
