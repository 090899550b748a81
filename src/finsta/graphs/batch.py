"""Graphs as flat tensors: laid end to end, no padding.

One class serves the three graphs. A :class:`GraphBatch` is nodes and typed, directed edges *inside a key frame*;
time runs along ``previous``, the index of a node's last occurrence. :class:`HolisticBatch` holds the batch of texts,
the batch of videos and the batch of their unions, and knows which node of the union came from where.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.shapes import Bool, Float, Int, Tensor

NODE_KINDS = tuple(NodeKind)
TEXT, VIDEO = 0, 1

_STORED = (
    EdgeKind.SUBJECT,
    EdgeKind.OBJECT,
    EdgeKind.ATTRIBUTE,
    EdgeKind.PREDICATE_ATTRIBUTE,
    EdgeKind.TEMPORAL_ORDER,
    EdgeKind.CROSS_MODAL_COREFERENCE,
)
EDGE_TYPES = ("self", *(kind.value for kind in _STORED), *(f"{kind.value}_reversed" for kind in _STORED))
"""Names of the values of ``edge_type``: self, the stored kinds, their reverses."""

SELF_EDGE = 0


def edge_type(kind: EdgeKind, *, reverse: bool = False) -> int:
    """The number of a kind of edge in ``GraphBatch.edge_type``."""
    return 1 + _STORED.index(kind) + (len(_STORED) if reverse else 0)


def _column(shift: str | None = None, along: int = 0) -> Any:
    """A tensor column. ``shift`` names the count that is added when batches are laid end to end; -1 stays -1."""
    return field(metadata={"shift": shift, "along": along})


@dataclass(frozen=True, kw_only=True)
class GraphBatch:
    """Graphs laid end to end: nodes by graph, then key frame; edges sorted by the node they enter.

    Attributes:
        node_kind: Index into :data:`NODE_KINDS`.
        modality: 0 text, 1 video.
        graph_index: Which graph of the batch.
        frame_index: Which key frame of its video; 0 in a text graph.
        time: Seconds; 0 in a text graph.
        box: ``xyxy`` in [0, 1]; a predicate has the union of its ends, an attribute its object's; zeros for text.
        center: Box centre in the coordinates of the first frame of the shot (camera compensated); zeros for text.
        shot_index: Number of the shot inside the video; motion across a cut means nothing.
        track_index: Identity through time, unique in the batch; a text node of a union is its own identity.
        previous: Node index of the last occurrence of the same identity, or -1.
        anchor: The objects a node hangs on, by node index: subject and object of a predicate; -1 where there is none.
        confidence: Parser's confidence in [0, 1].
        label_index: Index into ``labels``.
        origin: In a union only: the node's index in the batch of its own modality; else its own index.
        edge_index: Row 0 where an edge comes from, row 1 the node it enters.
        edge_type: Index into :data:`EDGE_TYPES`.
        edge_weight: Confidence, or similarity of a cross-modal edge, in (0, 1].
        labels: The distinct labels (lemmas for text).
        num_frames: Key frames of each graph.
    """

    node_kind: Int[Tensor, " nodes"] = _column()
    modality: Int[Tensor, " nodes"] = _column()
    graph_index: Int[Tensor, " nodes"] = _column("graphs")
    frame_index: Int[Tensor, " nodes"] = _column()
    time: Float[Tensor, " nodes"] = _column()
    box: Float[Tensor, "nodes 4"] = _column()
    center: Float[Tensor, "nodes 2"] = _column()
    shot_index: Int[Tensor, " nodes"] = _column()
    track_index: Int[Tensor, " nodes"] = _column("tracks")
    previous: Int[Tensor, " nodes"] = _column("nodes")
    anchor: Int[Tensor, "nodes 2"] = _column("nodes")
    confidence: Float[Tensor, " nodes"] = _column()
    label_index: Int[Tensor, " nodes"] = _column("labels")
    origin: Int[Tensor, " nodes"] = _column("nodes")
    edge_index: Int[Tensor, "2 edges"] = _column("nodes", along=1)
    edge_type: Int[Tensor, " edges"] = _column()
    edge_weight: Float[Tensor, " edges"] = _column()
    num_frames: Int[Tensor, " graphs"] = _column()
    labels: tuple[str, ...] = ()
    num_tracks: int = 0

    @property
    def num_nodes(self) -> int:
        """N."""
        return len(self.node_kind)

    @property
    def num_graphs(self) -> int:
        """B."""
        return len(self.num_frames)

    def is_kind(self, kind: NodeKind) -> Bool[Tensor, " nodes"]:
        """Which nodes are of a kind."""
        return self.node_kind == NODE_KINDS.index(kind)

    def to(self, device: torch.device | str) -> "GraphBatch":
        """The same batch on another device."""
        return self._map(lambda column: column.to(device))

    def _map(self, change: Callable[[Tensor], Tensor]) -> "GraphBatch":
        columns: dict[str, Any] = {f.name: change(getattr(self, f.name)) for f in fields(self) if "shift" in f.metadata}
        return replace(self, **columns)

    @classmethod
    def concatenate(cls, batches: "Sequence[GraphBatch]") -> "GraphBatch":
        """Lay batches end to end, shifting the columns that hold indices."""
        counts = {"nodes": 0, "graphs": 0, "tracks": 0, "labels": 0}
        parts: dict[str, list[Tensor]] = {f.name: [] for f in fields(cls) if "shift" in f.metadata}
        for batch in batches:
            for f in fields(cls):
                if "shift" in f.metadata:
                    column, shift = getattr(batch, f.name), f.metadata["shift"]
                    parts[f.name].append(column if shift is None else _shifted(column, counts[shift]))
            counts["nodes"] += batch.num_nodes
            counts["graphs"] += batch.num_graphs
            counts["tracks"] += batch.num_tracks
            counts["labels"] += len(batch.labels)
        along = {f.name: f.metadata["along"] for f in fields(cls) if "shift" in f.metadata}
        columns = {name: torch.cat(columns, along[name]) for name, columns in parts.items()}
        labels = tuple(label for batch in batches for label in batch.labels)
        return cls(**columns, labels=labels, num_tracks=counts["tracks"])._unique_labels()

    def _unique_labels(self) -> "GraphBatch":
        place = {label: index for index, label in enumerate(dict.fromkeys(self.labels))}
        lookup = torch.tensor([place[label] for label in self.labels], dtype=torch.long)
        return replace(self, labels=tuple(place), label_index=lookup[self.label_index])

    def validate(self) -> None:
        """Raise ``ValueError`` where an index leaves the batch or the order is broken. Reads values: CPU only."""
        nodes = self.num_nodes
        for name, limit in (("previous", nodes), ("anchor", nodes), ("track_index", self.num_tracks)):
            column = getattr(self, name)
            if column.numel() and (int(column.min()) < -1 or int(column.max()) >= limit):
                raise ValueError(f"{name} must lie in [-1, {limit}), found {int(column.min())} … {int(column.max())}")
        if self.edge_index.numel() and not 0 <= int(self.edge_index.min()) <= int(self.edge_index.max()) < nodes:
            raise ValueError(f"edge_index must lie in [0, {nodes})")
        if bool((self.edge_index[1].diff() < 0).any()):
            raise ValueError("edges must be sorted by the node they enter")
        source, target = self.edge_index
        inside = (self.graph_index[source] == self.graph_index[target]) & (
            self.frame_index[source] == self.frame_index[target]
        )
        if not bool(inside.all()):
            raise ValueError("an edge must stay inside one key frame of one graph")
        later = self.previous >= 0
        if bool((self.frame_index[self.previous[later]] >= self.frame_index[later]).any()):
            raise ValueError("`previous` must name a node of an earlier key frame")


@dataclass(frozen=True, kw_only=True)
class HolisticBatch:
    """The three graphs of each pair, and the cross-modal links between tracks.

    Attributes:
        text: The textual scene graphs.
        video: The dynamic scene graphs.
        union: The holistic scene graphs. ``union.origin`` indexes nodes of ``text`` or of ``video`` by modality.
        object_link: Rows: text node (index in ``text``), object track (``video.track_index``).
        object_similarity: In [0, 1].
        predicate_link: Rows: text node, predicate track, first and last key frame of the interval (both included).
        predicate_similarity: In [0, 1].
    """

    text: GraphBatch
    video: GraphBatch
    union: GraphBatch
    object_link: Int[Tensor, "2 object_links"]
    object_similarity: Float[Tensor, " object_links"]
    predicate_link: Int[Tensor, "4 predicate_links"]
    predicate_similarity: Float[Tensor, " predicate_links"]

    def to(self, device: torch.device | str) -> "HolisticBatch":
        """The same batch on another device."""
        return HolisticBatch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})

    @classmethod
    def concatenate(cls, batches: "Sequence[HolisticBatch]") -> "HolisticBatch":
        """Lay batches end to end; links and origins follow their nodes and tracks."""
        shifts = [_Shift()]
        for batch in batches:
            shifts.append(shifts[-1].past(batch))
        pairs = list(zip(batches, shifts, strict=False))
        origins = [batch.union.origin + by.nodes[batch.union.modality] for batch, by in pairs]
        union = GraphBatch.concatenate([batch.union for batch in batches])
        return cls(
            text=GraphBatch.concatenate([batch.text for batch in batches]),
            video=GraphBatch.concatenate([batch.video for batch in batches]),
            union=replace(union, origin=torch.cat(origins)),
            object_link=torch.cat([batch.object_link + by.link[:2] for batch, by in pairs], 1),
            object_similarity=torch.cat([batch.object_similarity for batch in batches]),
            predicate_link=torch.cat([batch.predicate_link + by.link for batch, by in pairs], 1),
            predicate_similarity=torch.cat([batch.predicate_similarity for batch in batches]),
        )


@dataclass(frozen=True, kw_only=True)
class _Shift:
    """Text nodes, video nodes and tracks that stand before a batch."""

    text: int = 0
    video: int = 0
    tracks: int = 0

    def past(self, batch: HolisticBatch) -> "_Shift":
        return _Shift(
            text=self.text + batch.text.num_nodes,
            video=self.video + batch.video.num_nodes,
            tracks=self.tracks + batch.video.num_tracks,
        )

    @property
    def nodes(self) -> Tensor:
        return torch.tensor([self.text, self.video])

    @property
    def link(self) -> Tensor:
        return torch.tensor([self.text, self.tracks, 0, 0])[:, None]


def _shifted(column: Tensor, by: int) -> Tensor:
    return torch.where(column >= 0, column + by, column)
