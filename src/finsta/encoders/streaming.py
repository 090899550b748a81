"""Pieces of a video, for encoders that carry their state from one to the next.

encoder, state = StreamingEncoder(graph_encoder), None
for chunk in chunks(batch, text, video, key_frames=64):
    out, state = encoder(chunk, state)
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import torch
from torch import nn

from finsta.encoders.embedding import NodeFeatures
from finsta.encoders.graph_encoder import EncodedGraphs, EncoderState, GraphEncoder
from finsta.errors import InputError
from finsta.graphs.batch import TEXT, GraphBatch, HolisticBatch
from finsta.shapes import Int, Tensor


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Consecutive key frames of each video, with the whole text.

    Attributes:
        graphs: Their graphs; key frames, tracks and shots keep their numbers through all chunks.
        text: Features of all text nodes.
        video: Features of the video nodes in the chunk.
        video_nodes: Which nodes of the whole video batch those are.
        union_nodes: Which nodes of the whole union are in the chunk.
    """

    graphs: HolisticBatch
    text: NodeFeatures
    video: NodeFeatures
    video_nodes: Int[Tensor, " video_nodes"]
    union_nodes: Int[Tensor, " union_nodes"]


def chunks(batch: HolisticBatch, text: NodeFeatures, video: NodeFeatures, *, key_frames: int) -> Iterator[Chunk]:
    """Cut whole videos into pieces of ``key_frames`` key frames; at least one piece, also of an empty video.

    A source of key frames that never ends makes its :class:`Chunk` itself, from the graphs as they come.

    Raises:
        InputError: if ``key_frames`` is less than 1.
    """
    if key_frames < 1:
        raise InputError(f"a chunk must have at least 1 key frame, found key_frames={key_frames}; choose a larger one")
    longest = max([*batch.video.num_frames.tolist(), 1])
    for start in range(0, longest, key_frames):
        stop = start + key_frames
        video_nodes, union_nodes = (frames_between(part, start, stop)[1] for part in (batch.video, batch.union))
        yield Chunk(
            graphs=holistic_frames_between(batch, start, stop),
            text=text,
            video=NodeFeatures(label=video.label[video_nodes], region=video.region[video_nodes]),
            video_nodes=video_nodes,
            union_nodes=union_nodes,
        )


class StreamingEncoder(nn.Module):
    """A graph encoder that takes a video in pieces of any length: ``out, state = encoder(chunk, state)``.

    One piece after the other gives exactly what the whole gives at once, tracks that leave and come back included.
    What is carried is a row for each layer and track, whatever the number of key frames. Without ``state.detach()``
    between the pieces their gradients reach back to the first.

    Args:
        encoder: Its parameters are shared, not copied.
    """

    def __init__(self, encoder: GraphEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, chunk: Chunk, state: EncoderState | None = None) -> tuple[EncodedGraphs, EncoderState]:
        """Node states of the piece, and what the next piece needs; ``state`` is ``None`` for the first."""
        return self.encoder.stream(chunk.graphs, chunk.text, chunk.video, state)


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
