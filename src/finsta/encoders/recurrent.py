"""R-GTrm: the recurrent graph Transformer of dynamic and holistic scene graphs."""

import torch
from torch import nn

from finsta.encoders.edge_products import at_least_float32
from finsta.encoders.edge_states import EdgeStateLayer
from finsta.encoders.graph_transformer import GraphTransformerLayer
from finsta.encoders.scan import linear_recurrence
from finsta.encoders.tracks import (
    TrackState,
    by_track,
    carried_in,
    carry,
    grow,
    last_occurrences,
    past_in_batch,
    recall,
    track_order,
)
from finsta.errors import InputError
from finsta.graphs.batch import GraphBatch
from finsta.shapes import Bool, Float, Int, Tensor


class RecurrentGraphLayer(nn.Module):
    """One layer of R-GTrm: attention inside each key frame, a gated path along each track.

    The paper has spatial and temporal propagation by a recurrent graph Transformer; the gate is our definition.
    p is the node's occurrence at the previous key frame of its track:

        h̃_i = GraphAttention inside i's key frame
        z_i = 1[p exists] · σ(W_z [h̃_i ; r_p])                    the bias starts at -1: mostly the present
        u_i = (1 - z_i) ⊙ h̃_i + z_i ⊙ (what comes from p)
        h ← LN(h + u) ;  h ← LN(h + FFN(h))

    Two recurrences:

    - ``sequential``: m_p is this layer's output at p; r_p = m_p and W_m m_p comes from p. One key frame at a time.
    - ``scan``: r_p is this layer's input at p, and u_p itself comes from p, without a matrix. Nothing in z depends on
      u, so u is a linear recurrence along each track, computed for all key frames at once.

    Without tracks both are :class:`~finsta.encoders.graph_transformer.GraphTransformerLayer`, key frame by key frame.

    Args:
        width: d.
        heads: K; must divide the width.
        feed_forward: Hidden width of the feed-forward network.
        recurrence: ``sequential`` or ``scan``.
        dropout: As in the layer without recurrence.
        edges: How states of edges are read and updated; ``None`` where edges have none.

    Raises:
        InputError: if ``recurrence`` is neither.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        feed_forward: int,
        *,
        recurrence: str = "scan",
        dropout: float = 0.0,
        edges: EdgeStateLayer | None = None,
    ) -> None:
        super().__init__()
        if recurrence not in ("sequential", "scan"):
            raise InputError(f"recurrence must be 'sequential' or 'scan', found {recurrence!r}; choose one of them")
        self.recurrence = recurrence
        self.layer = GraphTransformerLayer(width, heads, feed_forward, dropout=dropout, edges=edges)
        self.gate = nn.Linear(2 * width, width)
        nn.init.constant_(self.gate.bias, -1.0)
        self.memory = nn.Linear(width, width, bias=False) if recurrence == "sequential" else None

    def forward(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, state: TrackState | None = None
    ) -> tuple[Float[Tensor, "nodes width"], TrackState]:
        """New states of all nodes, and what their tracks carry on.

        Args:
            x: Node states.
            batch: Their graphs; any piece of a stream that is cut between key frames.
            state: What the pieces before carried on; ``None`` at the start.
        """
        x, state, _ = self.advance(x, batch, state)
        return x, state

    def advance(
        self,
        x: Float[Tensor, "nodes width"],
        batch: GraphBatch,
        state: TrackState | None = None,
        edges: Float[Tensor, "edges width"] | None = None,
    ) -> tuple[Float[Tensor, "nodes width"], TrackState, Float[Tensor, "edges width"] | None]:
        """The same with the states of edges, which stay inside a key frame, as they enter and leave the layer."""
        attended, edges = self.layer.attend(x, batch, edges)
        walk = self._scan if self.memory is None else self._step_by_step
        states, after = walk(x, at_least_float32(attended), batch, TrackState.start(x) if state is None else state)
        return states, after, edges

    def _open(
        self,
        attended: Float[Tensor, "nodes width"],
        glimpse: Float[Tensor, "nodes width"],
        has_past: Bool[Tensor, " nodes"],
    ) -> Float[Tensor, "nodes width"]:
        """z, in full precision: small differences add up along a track."""
        pair = torch.cat([attended, glimpse.to(attended.dtype)], dim=1).to(self.gate.weight.dtype)
        score = at_least_float32(self.gate(pair))
        return torch.where(has_past[:, None], score.sigmoid(), 0)

    def _scan(
        self,
        x: Float[Tensor, "nodes width"],
        attended: Float[Tensor, "nodes width"],
        batch: GraphBatch,
        state: TrackState,
    ) -> tuple[Float[Tensor, "nodes width"], TrackState]:
        continued = carried_in(batch, state.seen)[:, None]
        gate = self._open(attended, recall(batch, x, state.glimpse), past_in_batch(batch) | continued[:, 0])
        # What an earlier piece carried in is a constant here: it joins the value, and the chain starts anew.
        carried = by_track(batch, state.memory).to(gate.dtype)
        value = (1 - gate) * attended + torch.where(continued, gate * carried, 0)
        order = track_order(batch)
        decay = torch.where(past_in_batch(batch)[:, None], gate, 0)
        update = linear_recurrence(decay[order], value[order])[order.argsort()]
        last = last_occurrences(batch)
        after = TrackState(
            seen=_seen(state, batch, last),
            memory=carry(state.memory, update, batch, last),
            glimpse=carry(state.glimpse, x, batch, last),
        )
        return self.layer.finish(x, update.to(x.dtype)), after

    def _step_by_step(
        self,
        x: Float[Tensor, "nodes width"],
        attended: Float[Tensor, "nodes width"],
        batch: GraphBatch,
        state: TrackState,
    ) -> tuple[Float[Tensor, "nodes width"], TrackState]:
        assert self.memory is not None
        has_past = past_in_batch(batch) | carried_in(batch, state.seen)
        memory = grow(state.memory, batch.num_tracks)
        memory = torch.cat([memory, memory.new_zeros(1, x.shape[1])])  # the last row takes nodes of no track (-1)
        frames, outputs = _frames(batch), [x[:0]]
        for nodes in frames:
            past = memory[batch.track_index[nodes]]
            gate = self._open(attended[nodes], past, has_past[nodes])
            update = (1 - gate) * attended[nodes] + gate * self.memory(past)
            outputs.append(self.layer.finish(x[nodes], update.to(x.dtype)))
            memory = memory.index_put((batch.track_index[nodes],), outputs[-1].to(memory.dtype))
        place = torch.cat([*frames, batch.frame_index[:0]]).argsort()
        seen = _seen(state, batch, last_occurrences(batch))
        return torch.cat(outputs)[place], TrackState(seen=seen, memory=memory[:-1], glimpse=memory[:-1])


def _seen(state: TrackState, batch: GraphBatch, last: Int[Tensor, " here"]) -> Bool[Tensor, " tracks"]:
    return carry(state.seen, torch.ones_like(batch.previous, dtype=torch.bool), batch, last)


def _frames(batch: GraphBatch) -> list[Tensor]:
    """The nodes of each key frame, of all graphs together, in order of time."""
    order = batch.frame_index.argsort(stable=True)
    counts = batch.frame_index[order].unique_consecutive(return_counts=True)[1]
    return list(order.split(counts.tolist()))
