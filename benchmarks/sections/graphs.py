"""Random graphs of chosen size, as the encoders take them."""

import torch

from finsta.graphs.batch import EDGE_TYPES, GraphBatch


def video_graphs(*, clips: int, frames: int, nodes: int = 100, edges: int = 340, seed: int = 0) -> GraphBatch:
    """Clips of key frames with ``nodes`` nodes and ``edges`` edges each, self edges included.

    A third of the nodes are objects, a third attributes, a third predicates; sources are drawn at random inside the
    key frame. Node n of a key frame is the same track through the clip, absent from one key frame in ten.
    """
    generator = torch.Generator().manual_seed(seed)
    pieces, count = clips * frames, clips * frames * nodes
    piece = torch.arange(pieces).repeat_interleave(nodes)
    frame, clip = piece % frames, piece // frames
    place = torch.arange(count) % nodes
    track = clip * nodes + place
    kind = torch.tensor([0, 1, 2])[place % 3]
    own = torch.arange(count)
    extra = edges - nodes
    target = (
        torch.randint(nodes, (pieces, extra), generator=generator) + nodes * torch.arange(pieces)[:, None]
    ).flatten()
    source = (
        torch.randint(nodes, (pieces, extra), generator=generator) + nodes * torch.arange(pieces)[:, None]
    ).flatten()
    type_ = torch.randint(1, len(EDGE_TYPES), (pieces * extra,), generator=generator)
    weight = 0.5 + 0.5 * torch.rand(pieces * extra, generator=generator)
    source, target = torch.cat([own, source]), torch.cat([own, target])
    order = target.argsort(stable=True)
    center = torch.rand(count, 2, generator=generator)
    return GraphBatch(
        node_kind=kind,
        modality=torch.ones(count, dtype=torch.long),
        graph_index=clip,
        frame_index=frame,
        time=frame.float(),
        box=torch.cat([center, center], dim=1).clamp(0, 1),
        center=center,
        shot_index=torch.zeros(count, dtype=torch.long),
        track_index=track,
        previous=torch.where(frame > 0, own - nodes, -1),
        anchor=torch.stack([own, torch.full_like(own, -1)], dim=1),
        confidence=torch.ones(count),
        label_index=torch.zeros(count, dtype=torch.long),
        origin=own,
        edge_index=torch.stack([source[order], target[order]]),
        edge_type=torch.cat([torch.zeros(count, dtype=torch.long), type_])[order],
        edge_weight=torch.cat([torch.ones(count), weight])[order],
        num_frames=torch.full((clips,), frames),
        labels=("thing",),
        num_tracks=clips * nodes,
    )
