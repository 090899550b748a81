"""What a track carries from key frame to key frame, and from one piece of a stream to the next."""

from dataclasses import dataclass, fields

import torch

from finsta.graphs.batch import GraphBatch
from finsta.shapes import Bool, Float, Int, Tensor


def past_in_batch(batch: GraphBatch) -> Bool[Tensor, " nodes"]:
    """Which nodes have an earlier occurrence in this batch."""
    return batch.previous >= 0


def recall(
    batch: GraphBatch, values: Float[Tensor, "nodes width"], carried: Float[Tensor, "tracks width"]
) -> Float[Tensor, "nodes width"]:
    """What held at each node's last occurrence: a row of ``values`` in this batch, else what its track carried in."""
    within = values[batch.previous.clamp_min(0)]
    return torch.where(past_in_batch(batch)[:, None], within, by_track(batch, carried).to(values.dtype))


def by_track(batch: GraphBatch, rows: Tensor) -> Tensor:
    """Each node's row of a state; zeros for a track that it does not know yet, and for a node without track (-1)."""
    rows = grow(rows, batch.num_tracks)
    return torch.cat([rows, rows.new_zeros(1, *rows.shape[1:])])[batch.track_index]


def carried_in(batch: GraphBatch, seen: Bool[Tensor, " tracks"]) -> Bool[Tensor, " nodes"]:
    """Which nodes are the first of their track in this batch, but not in the stream."""
    return by_track(batch, seen) & ~past_in_batch(batch)


def last_occurrences(batch: GraphBatch) -> Int[Tensor, " tracks_here"]:
    """The last node of each track in this batch: the one that no other names as its previous."""
    followed = torch.zeros_like(batch.previous, dtype=torch.bool)
    followed[batch.previous[past_in_batch(batch)]] = True
    return (~followed & (batch.track_index >= 0)).nonzero().squeeze(1)


def track_order(batch: GraphBatch) -> Int[Tensor, " nodes"]:
    """The nodes by track, and within a track by key frame: each node follows its previous one."""
    by_frame = batch.frame_index.argsort(stable=True)
    return by_frame[batch.track_index[by_frame].argsort(stable=True)]


@dataclass(frozen=True, kw_only=True)
class TrackState:
    """What R-GTrm carries from one piece of a stream to the next: rows by track.

    A stream is cut between key frames; ``track_index`` and ``frame_index`` keep their meaning through all pieces,
    ``previous`` is -1 where the previous occurrence lies in an earlier piece.

    Attributes:
        seen: Whether the track occurred yet.
        memory: m at its last occurrence: the layer's output (`sequential`) or the running state (`scan`).
        glimpse: What the gate reads of the past: the same output (`sequential`) or the layer's input (`scan`).
    """

    seen: Bool[Tensor, " tracks"]
    memory: Float[Tensor, "tracks width"]
    glimpse: Float[Tensor, "tracks width"]

    def detach(self) -> "TrackState":
        """The same without its history: cuts the gradient between pieces of a stream."""
        return TrackState(**{f.name: getattr(self, f.name).detach() for f in fields(self)})

    @classmethod
    def start(cls, like: Float[Tensor, "nodes width"]) -> "TrackState":
        """Before anything was seen."""
        return cls(
            seen=torch.zeros(0, dtype=torch.bool, device=like.device),
            memory=like.new_zeros(0, like.shape[1]),
            glimpse=like.new_zeros(0, like.shape[1]),
        )


@dataclass(frozen=True, kw_only=True)
class MotionState:
    """What STGD-GTrm carries from one piece of a stream to the next; ``shot_index`` keeps its meaning too.

    Attributes:
        seen: Whether the track occurred yet.
        states: The layer's input at the track's last occurrence.
        center: Compensated box centre there.
        frame: Key frame there.
        shot: Shot there.
        graph_shot: For each graph, the last shot in which something was seen; -1 before.
    """

    seen: Bool[Tensor, " tracks"]
    states: Float[Tensor, "tracks width"]
    center: Float[Tensor, "tracks 2"]
    frame: Int[Tensor, " tracks"]
    shot: Int[Tensor, " tracks"]
    graph_shot: Int[Tensor, " graphs"]

    def detach(self) -> "MotionState":
        """The same without its history: cuts the gradient between pieces of a stream."""
        return MotionState(**{f.name: getattr(self, f.name).detach() for f in fields(self)})

    @classmethod
    def start(cls, like: Float[Tensor, "nodes width"], batch: GraphBatch) -> "MotionState":
        """Before anything was seen."""
        return cls(
            seen=torch.zeros(0, dtype=torch.bool, device=like.device),
            states=like.new_zeros(0, like.shape[1]),
            center=batch.center.new_zeros(0, 2),
            frame=batch.frame_index.new_zeros(0),
            shot=batch.shot_index.new_zeros(0),
            graph_shot=torch.full_like(batch.num_frames, -1),
        )


def grow(rows: Tensor, count: int) -> Tensor:
    """The same rows, and zeros up to ``count`` of them: a stream meets new tracks as it goes."""
    missing = max(count - len(rows), 0)
    return torch.cat([rows, rows.new_zeros(missing, *rows.shape[1:])])


def carry(rows: Tensor, values: Tensor, batch: GraphBatch, last: Tensor) -> Tensor:
    """The rows of a state after a batch: those of the tracks in it now hold ``values`` at their last occurrence."""
    rows = grow(rows, batch.num_tracks)
    return rows.index_put((batch.track_index[last],), values[last].to(rows.dtype))
