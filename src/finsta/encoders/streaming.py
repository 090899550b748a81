"""Pieces of a video, for encoders that carry their state from one to the next."""

from dataclasses import fields, replace

import torch

from finsta.graphs.batch import TEXT, GraphBatch, HolisticBatch
from finsta.shapes import Int, Tensor


def frames_between(batch: GraphBatch, start: int, stop: int) -> tuple[GraphBatch, Int[Tensor, " kept"]]:
    """The key frames ``start`` to ``stop`` (excluded) of every graph, and which nodes of the batch they hold.

    ``frame_index``, ``track_index``, ``shot_index``, ``time`` and ``num_frames`` keep their meaning; ``previous`` is -1
    where the previous occurrence lies in an earlier piece; ``origin`` is unchanged.
    """
    inside = (batch.frame_index >= start) & (batch.frame_index < stop)
    kept = inside.nonzero().squeeze(1)
    place = torch.full((batch.num_nodes + 1,), -1, device=kept.device).index_put(
        (kept,), torch.arange(len(kept), device=kept.device)
    )  # the last entry keeps -1 as -1
    edges = inside[batch.edge_index[1]]
    nodes = {
        f.name: getattr(batch, f.name)[kept]
        for f in fields(batch)
        if "shift" in f.metadata and f.name not in ("edge_index", "edge_type", "edge_weight", "num_frames")
    }
    piece = replace(
        batch,
        **nodes
        | {
            "previous": place[batch.previous[kept]],
            "anchor": place[batch.anchor[kept]],
            "edge_index": place[batch.edge_index[:, edges]],
            "edge_type": batch.edge_type[edges],
            "edge_weight": batch.edge_weight[edges],
        },
    )
    return piece, kept


def holistic_frames_between(batch: HolisticBatch, start: int, stop: int) -> HolisticBatch:
    """The whole text with the key frames ``start`` to ``stop`` (excluded) of every video; links stay as they are."""
    video, kept = frames_between(batch.video, start, stop)
    union, _ = frames_between(batch.union, start, stop)
    place = torch.full((batch.video.num_nodes,), -1, device=kept.device).index_put(
        (kept,), torch.arange(len(kept), device=kept.device)
    )
    visual = union.modality != TEXT
    origin = union.origin.index_put((visual.nonzero().squeeze(1),), place[union.origin[visual]])
    return replace(batch, video=video, union=replace(union, origin=origin))
