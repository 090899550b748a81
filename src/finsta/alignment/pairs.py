"""The state of a candidate relation in each key frame: what its ends are, where they are, and how they move."""

import torch
from torch import nn
from torch.nn import functional

from finsta.alignment.tracks import PredicateTracks
from finsta.graphs.batch import GraphBatch
from finsta.shapes import Bool, Float, Int, Tensor

WIDEST = 128
"""Pairs are many, and most of what they are stands in their ends: their own layers are no wider than this."""

OWN, BETWEEN = 16, 10
"""Numbers that say how one track moves, and how two stand to each other."""

STEP = 10.0
"""Displacements are multiplied by this: a tenth of the frame between two key frames counts as one."""

SMALLEST = 1e-3
"""Sides of boxes and distances are at least this, as a share of the frame, before a logarithm is taken."""


class PairStates(nn.Module):
    """State of each candidate in each key frame (our definition).

        z_t = GELU(W_s h_subject + W_o h_object + W_g geometry_t)
        z_t ← z_t + V GELU(U [z_{t−1} ; z_t ; z_{t+1}])              unseen, or of another shot: zero
        r_t = P LN(z_t)

    h are the states of the ends (those of the object are left out for a track by itself). The geometry, from boxes in
    compensated coordinates: place and size of each end, how far it came and goes, how its size changes, whether it was
    there before and is there after; offset, distance, gap and overlap of the two, and how the distance changes. A
    recurrence that looks only back cannot tell the last key frame of an event from one in its middle, so this looks one
    key frame both ways, twice.

    Args:
        width: Of the node states, and of r.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = min(width, WIDEST)
        self.subject = nn.Linear(width, inner)
        self.target = nn.Linear(width, inner, bias=False)
        self.geometry = nn.Linear(2 * OWN + BETWEEN + 1, inner)
        self.mix = nn.Linear(3 * inner, inner)
        self.mixed = nn.Linear(inner, inner)
        self.norm = nn.LayerNorm(inner)
        self.project = nn.Linear(inner, width)

    def forward(
        self, states: Float[Tensor, "nodes width"], video: GraphBatch, tracks: PredicateTracks
    ) -> Float[Tensor, "tracks frames width"]:
        """The state r of every candidate; zeros where it is not supported.

        Args:
            states: Of every node of ``video``.
            video: The object tracks.
            tracks: The candidates.
        """
        track, frame = tracks.supported.nonzero(as_tuple=True)
        subject, target = tracks.subject_node[track, frame], tracks.target_node[track, frame]
        paired = (target >= 0)[:, None]
        geometry = pair_geometry(video, subject, target).to(states.dtype)
        ends = self.subject(states)[subject] + torch.where(paired, self.target(states)[target], 0)
        hidden = functional.gelu(ends + self.geometry(geometry))
        around = torch.cat([hidden, *_neighbours(hidden, video.shot_index[subject], tracks, (track, frame))], 1)
        hidden = hidden + self.mixed(functional.gelu(self.mix(around)))
        projected: Tensor = self.project(self.norm(hidden))
        empty = projected.new_zeros(*tracks.node.shape, projected.shape[1])
        filled: Tensor = empty.index_put((track, frame), projected)
        return filled


def pair_geometry(
    video: GraphBatch, subject: Int[Tensor, " items"], target: Int[Tensor, " items"]
) -> Float[Tensor, "items numbers"]:
    """How two nodes of one key frame are placed and move; zeros for a target of -1."""
    own, before, after = _own_geometry(video)
    paired = (target >= 0)[:, None]
    offset = video.center[target] - video.center[subject]
    was = offset - before[target] + before[subject]
    will = offset + after[target] - after[subject]
    distance, earlier, later = (part.norm(dim=1, keepdim=True) for part in (offset, was, will))
    shared, gap = _meeting(video.box[subject], video.box[target])
    between = [
        *(offset, distance, distance.clamp_min(SMALLEST).log()),
        *(STEP * (distance - earlier), STEP * (later - distance), shared, gap.norm(dim=1, keepdim=True), gap),
    ]
    both = torch.where(paired, torch.cat([own[target], *between, torch.ones_like(distance)], 1), 0)
    return torch.cat([own[subject], both], 1)


def _own_geometry(
    video: GraphBatch,
) -> tuple[Float[Tensor, "nodes numbers"], Float[Tensor, "nodes 2"], Float[Tensor, "nodes 2"]]:
    """What says where each node is and how it moves; how far it came, and how far it will go."""
    size = (video.box[:, 2:] - video.box[:, :2]).clamp_min(SMALLEST).log()
    behind, ahead = _adjacent(video)
    facts = [video.box, size]
    steps = []
    for other, sign in ((behind, 1.0), (ahead, -1.0)):
        there = (other >= 0)[:, None]
        moved = torch.where(there, sign * (video.center - video.center[other]), 0)
        grown = torch.where(there, sign * (size - size[other]), 0).sum(1, keepdim=True)
        steps.append(moved)
        facts += [STEP * moved, STEP * moved.norm(dim=1, keepdim=True), grown, there.to(size.dtype)]
    return torch.cat(facts, 1), steps[0], steps[1]


def _adjacent(video: GraphBatch) -> tuple[Int[Tensor, " nodes"], Int[Tensor, " nodes"]]:
    """The node of the same track in the key frame before and after, in the same shot; -1 where there is none."""
    past = video.previous
    near = (
        (past >= 0) & (video.frame_index[past] == video.frame_index - 1) & (video.shot_index[past] == video.shot_index)
    )
    behind = torch.where(near, past, -1)
    ahead = torch.full_like(past, -1)
    ahead[past[near]] = near.nonzero().squeeze(1)
    return behind, ahead


def _meeting(
    first: Float[Tensor, "items 4"], second: Float[Tensor, "items 4"]
) -> tuple[Float[Tensor, "items 1"], Float[Tensor, "items 2"]]:
    """Overlap of two boxes as a share of the smaller, and the gap between them along each axis."""
    lower, upper = torch.maximum(first[:, :2], second[:, :2]), torch.minimum(first[:, 2:], second[:, 2:])
    side = (upper - lower).clamp_min(0)
    areas = [(box[:, 2:] - box[:, :2]).clamp_min(SMALLEST).prod(1) for box in (first, second)]
    share = side.prod(1) / torch.minimum(*areas)
    return share[:, None], (lower - upper).clamp_min(0)


def _neighbours(
    hidden: Float[Tensor, "items width"],
    shot: Int[Tensor, " items"],
    tracks: PredicateTracks,
    place: tuple[Int[Tensor, " items"], Int[Tensor, " items"]],
) -> tuple[Float[Tensor, "items width"], Float[Tensor, "items width"]]:
    """The hidden state of the same candidate one key frame before and one after; zeros where there is none."""
    count, frames = tracks.node.shape
    table = torch.full((count, frames + 2), -1, device=shot.device)  # an empty column on either side
    table[place[0], place[1] + 1] = torch.arange(len(hidden), device=shot.device)
    before, after = (_at(hidden, table[place[0], place[1] + shift], shot) for shift in (0, 2))
    return before, after


def _at(
    hidden: Float[Tensor, "items width"], item: Int[Tensor, " items"], shot: Int[Tensor, " items"]
) -> Float[Tensor, "items width"]:
    kept: Bool[Tensor, " items"] = (item >= 0) & (shot[item] == shot) if len(item) else item >= 0
    return torch.where(kept[:, None], hidden[item], 0)
