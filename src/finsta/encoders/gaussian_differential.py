"""STGD-GTrm: the layer between recurrent layers that tells what moves from what stands still."""

import torch
from torch import nn

from finsta.encoders.attention import GraphAttention
from finsta.encoders.motion import Past, edge_motion, look_back, node_motion
from finsta.encoders.tracks import MotionState, carry, last_occurrences
from finsta.graphs.batch import VIDEO, GraphBatch
from finsta.shapes import Bool, Float, Tensor

KERNEL_WIDTH = 0.05
"""Where σ starts: a displacement of a twentieth of the frame is half way from still to moving."""

SMALLEST_MOTION = 0.01
"""ε: how much of its weight a neighbour keeps that does not move at all (before β is learned)."""


class GaussianDifferentialLayer(nn.Module):
    """STGD-GTrm: spreads what changed since the previous key frame, and more of it to and from what moved.

    Known from the paper: a spatial-temporal Gaussian differential, a Gaussian kernel on the change between adjacent
    key frames of an object's position relative to its neighbours, which separates moving from stationary nodes. The
    formula is our definition. c are compensated box centres, t' the previous key frame of both, in the same shot:

        Δ_ij = (c_{j,t} - c_{i,t}) - (c_{j,t'} - c_{i,t'})
        g_ij = 1 - exp(-‖Δ_ij‖² / 2σ_k²)
        μ_i = median_j g_ij over the other objects of the key frame         (gradient: that of the mean)
        w_ij^k = softmax_j(s_ij^k + β_k log(ε + g_ij))                      over the edges that enter i
        D_j = h_{j,t} - h_{j,t'}
        h_i ← h_i + O ‖_k μ_i^k Σ_j w_ij^k V^k (D_j - γ_k ⊙ D_i)

    σ, β (per head, from 0.05 and 1) and γ (per head and channel, from 0.5) are learned; since σ is per head, so is μ.
    What μ and g are for predicates, attributes and text nodes: :func:`~finsta.encoders.motion.node_motion`.

    A node without a past in its shot has μ = 0. If it appears after the first key frame of the shot it is *born*: a
    learned birth embedding is added to its state and stands for its D, so that what moves beside it learns of it. So
    a still video, a pan and a compensated zoom in which nothing appears or leaves are exact identities: every μ is
    zero, and births need an appearance.

    Args:
        width: d.
        heads: K; must divide the width.
        dropout: In attention.
    """

    def __init__(self, width: int, heads: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.attention = GraphAttention(width, heads, dropout=dropout)
        self.log_kernel_width = nn.Parameter(torch.full((heads,), KERNEL_WIDTH).log())
        self.motion_power = nn.Parameter(torch.ones(heads))
        self.own_change = nn.Parameter(torch.full((heads, width), 0.5))
        self.birth = nn.Parameter(0.02 * torch.randn(width))

    def forward(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, state: MotionState | None = None
    ) -> tuple[Float[Tensor, "nodes width"], MotionState]:
        """New states of all nodes, and what their tracks carry on.

        Args:
            x: Node states.
            batch: Their graphs; any piece of a stream that is cut between key frames.
            state: What the pieces before carried on; ``None`` at the start.
        """
        state = MotionState.start(x, batch) if state is None else state
        past = look_back(x, batch, state)
        motion = node_motion(batch, past, self.log_kernel_width.exp())
        moves = torch.where(past.exists[:, None], motion, 0)  # μ [N, K]
        bias = self.motion_power * (SMALLEST_MOTION + edge_motion(batch, motion)).log()
        message = self._differences(x, past, self.attention.weigh(x, batch, bias), batch)
        update = self.attention.output((moves.to(message.dtype)[:, :, None] * message).flatten(1))
        return x + update + self._birth_of(past.born).to(x.dtype), _state_after(state, x, batch)

    def _birth_of(self, born: Bool[Tensor, " nodes"]) -> Float[Tensor, "nodes width"]:
        return born[:, None] * self.birth

    def _differences(
        self, x: Float[Tensor, "nodes width"], past: Past, weight: Float[Tensor, "edges heads"], batch: GraphBatch
    ) -> Float[Tensor, "nodes heads head_width"]:
        """Σ_j w_ij V (D_j - γ ⊙ D_i). The weights of a node sum to one, so its own term is taken once, not per edge."""
        change = torch.where(past.exists[:, None], x - past.states, self._birth_of(past.born).to(x.dtype))
        attention = self.attention
        gathered = attention.gather(weight, attention.split(attention.value(change)), batch)
        own = self.own_change.repeat_interleave(x.shape[1] // attention.heads, dim=0) * attention.value.weight
        return gathered - attention.split(nn.functional.linear(change, own))


def _state_after(state: MotionState, x: Float[Tensor, "nodes width"], batch: GraphBatch) -> MotionState:
    last = last_occurrences(batch)
    visual = batch.modality == VIDEO
    shot = torch.where(visual, batch.shot_index, -1)
    return MotionState(
        seen=carry(state.seen, torch.ones_like(visual), batch, last),
        states=carry(state.states, x, batch, last),
        center=carry(state.center, batch.center, batch, last),
        frame=carry(state.frame, batch.frame_index, batch, last),
        shot=carry(state.shot, batch.shot_index, batch, last),
        graph_shot=state.graph_shot.scatter_reduce(0, batch.graph_index, shot, "amax"),
    )
