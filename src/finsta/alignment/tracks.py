"""Tracks as tables: where each one occurs, and the state it has there."""

from dataclasses import dataclass

import torch

from finsta.alignment.contrastive import full_precision
from finsta.graphs.batch import GraphBatch
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Bool, Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class ObjectTracks:
    """The object tracks of a batch of videos, J of them.

    Attributes:
        track: As in ``GraphBatch.track_index``, rising.
        graph: Which video.
        confidence: Mean over the occurrences, in [0, 1].
        row: For each node of the batch, the row of its track here; -1 for nodes that are no objects.
        row_of_track: For each track of the batch, its row here or -1.
    """

    track: Int[Tensor, " tracks"]
    graph: Int[Tensor, " tracks"]
    confidence: Float[Tensor, " tracks"]
    row: Int[Tensor, " nodes"]
    row_of_track: Int[Tensor, " all_tracks"]

    @classmethod
    def of(cls, video: GraphBatch) -> "ObjectTracks":
        """Read them off a batch of dynamic scene graphs."""
        nodes = video.is_kind(NodeKind.OBJECT)
        track = video.track_index[nodes].unique()
        row_of_track = row_of(track, video)
        row = torch.where(nodes, row_of_track[video.track_index], -1)
        count = torch.zeros(len(track), device=row.device).index_add(0, row[nodes], torch.ones_like(video.time[nodes]))
        summed = torch.zeros_like(count).index_add(0, row[nodes], video.confidence[nodes])
        graph = torch.zeros_like(track).scatter(0, row[nodes], video.graph_index[nodes])
        return cls(track=track, graph=graph, confidence=summed / count, row=row, row_of_track=row_of_track)

    def average(
        self, states: Float[Tensor, "nodes dim"], confidence: Float[Tensor, " nodes"]
    ) -> Float[Tensor, "tracks dim"]:
        """Mean state over the occurrences of each track, weighted by confidence."""
        states = full_precision(states)
        nodes = self.row >= 0
        weight = confidence[nodes].to(states.dtype).clamp_min(1e-6)
        row = self.row[nodes]
        total = states.new_zeros(len(self.track)).index_add(0, row, weight)
        summed = states.new_zeros(len(self.track), states.shape[1]).index_add(0, row, weight[:, None] * states[nodes])
        return summed / total[:, None]


@dataclass(frozen=True, kw_only=True)
class PredicateTracks:
    """The predicate tracks of a batch of videos, K of them, key frame by key frame (T: of the longest video).

    A track is *supported* in a key frame where its predicate occurs, and also where it does not but both its subject
    and its object (the one it has, if it has only one) are seen: there the same objects do something else, which is
    what "when" negatives are made of. Elsewhere its ``confidence`` is 0.

    Attributes:
        track: As in ``GraphBatch.track_index``, rising.
        graph: Which video.
        label_index: As in ``GraphBatch.label_index``.
        subject: Track of the subject, or -1.
        target: Track of the object, or -1.
        node: The predicate's own node in each key frame, or -1.
        subject_node: The subject's node, or -1.
        target_node: The object's node, or -1.
        confidence: Of the predicate where it occurs; the product of its ends' where only they are seen; else 0.
        is_candidate: Whether these are relations that might be, not relations that were seen: nothing is known of when
            they occur, so any supported key frame will do (see :mod:`finsta.alignment.candidates`).
    """

    track: Int[Tensor, " tracks"]
    graph: Int[Tensor, " tracks"]
    label_index: Int[Tensor, " tracks"]
    subject: Int[Tensor, " tracks"]
    target: Int[Tensor, " tracks"]
    node: Int[Tensor, "tracks frames"]
    subject_node: Int[Tensor, "tracks frames"]
    target_node: Int[Tensor, "tracks frames"]
    confidence: Float[Tensor, "tracks frames"]
    is_candidate: bool = False

    @classmethod
    def of(cls, video: GraphBatch) -> "PredicateTracks":
        """Read them off a batch of dynamic scene graphs."""
        table = node_table(video)
        track = video.track_index[video.is_kind(NodeKind.PREDICATE)].unique()
        node = table[track]
        witness = node.amax(1) if len(track) else track  # any occurrence knows what all of them share
        subject, target = (_track_of(video, video.anchor[witness, end]) for end in (0, 1))
        subject_node, target_node = (torch.where((t >= 0)[:, None], table[t], -1) for t in (subject, target))
        return cls(
            track=track,
            graph=video.graph_index[witness],
            label_index=video.label_index[witness],
            subject=subject,
            target=target,
            node=node,
            subject_node=subject_node,
            target_node=target_node,
            confidence=track_confidence(video, node, (subject, target), (subject_node, target_node)),
        )

    @property
    def supported(self) -> Bool[Tensor, "tracks frames"]:
        """Where a window may begin and end."""
        return self.confidence > 0

    @property
    def occurs(self) -> Bool[Tensor, "tracks frames"]:
        """Where the predicate itself was seen; for a candidate, where it could be."""
        return self.supported if self.is_candidate else (self.node >= 0) & self.supported

    def states(self, node_states: Float[Tensor, "nodes dim"]) -> Float[Tensor, "tracks frames dim"]:
        """State of each track in each key frame: of its own node, else the mean of its ends', else zeros."""
        own, subject, target = (_gather(node_states, n) for n in (self.node, self.subject_node, self.target_node))
        ends = (self.subject_node >= 0).to(own.dtype) + (self.target_node >= 0).to(own.dtype)
        between = (subject + target) / ends.clamp_min(1)[:, :, None]
        return torch.where((self.node >= 0)[:, :, None], own, between)


def track_confidence(
    video: GraphBatch,
    node: Int[Tensor, "tracks frames"],
    ends: tuple[Int[Tensor, " tracks"], Int[Tensor, " tracks"]],
    end_nodes: tuple[Int[Tensor, "tracks frames"], Int[Tensor, "tracks frames"]],
) -> Float[Tensor, "tracks frames"]:
    """That of ``PredicateTracks.confidence``, of the tracks whose nodes and ends are given."""
    between = torch.ones_like(node, dtype=video.confidence.dtype)
    for end, end_node in zip(ends, end_nodes, strict=True):
        seen = _gather(video.confidence, end_node)
        between = between * torch.where((end < 0)[:, None], 1.0, seen)
    nobody = ((ends[0] < 0) & (ends[1] < 0))[:, None]
    return torch.where(node >= 0, _gather(video.confidence, node), between.masked_fill(nobody, 0.0))


def node_table(video: GraphBatch) -> Int[Tensor, "all_tracks frames"]:
    """The node of each track in each key frame, or -1."""
    frames = int(video.num_frames.max()) if video.num_graphs else 0
    table = torch.full((video.num_tracks, frames), -1, dtype=torch.long, device=video.node_kind.device)
    table[video.track_index, video.frame_index] = torch.arange(video.num_nodes, device=table.device)
    return table


def _track_of(video: GraphBatch, node: Int[Tensor, " items"]) -> Int[Tensor, " items"]:
    return torch.where(node >= 0, video.track_index[node], -1)


def _gather(values: Float[Tensor, "nodes ..."], node: Int[Tensor, "tracks frames"]) -> Float[Tensor, "..."]:
    """Values at node indices, zeros at -1."""
    kept = (node >= 0).reshape(*node.shape, *(1 for _ in values.shape[1:]))
    return torch.where(kept, values[node], 0.0)  # -1 reads the last row, which the mask then hides


def row_of(track: Int[Tensor, " rows"], video: GraphBatch) -> Int[Tensor, " all_tracks"]:
    """For each track of a batch its row in a list of tracks, or -1."""
    rows = torch.full((video.num_tracks,), -1, dtype=torch.long, device=track.device)
    rows[track] = torch.arange(len(track), device=track.device)
    return rows
