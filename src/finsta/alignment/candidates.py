"""Candidates: the tracks of a video without anything that was concluded about them, and every relation they might have.

A video graph says which relations hold in which key frame, so a loss over its predicate tracks can be won by looking
where the graph has a node. Here the encoders see object tracks alone, with no attribute and no relation, and each pair
of tracks of one video, in both orders, and each track by itself, is a candidate in all key frames that show it (our
definition). What is grounded this way is read off the pictures and the motion, not off the graph.
"""

from dataclasses import dataclass, fields, replace

import torch

from finsta.alignment.names import BatchIndex, Names
from finsta.alignment.tracks import ObjectTracks, PredicateTracks, node_table, row_of, track_confidence
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Bool, Int, Tensor

EDGE_COLUMNS = ("edge_index", "edge_type", "edge_weight")


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """A batch seen as tracks alone.

    Attributes:
        batch: Its video holds the object nodes only; its predicate links name candidates. The union is left as it was
            and means nothing here.
        index: Of that batch; ``index.predicates`` are the candidates, K of them, ``index.names`` knows the labels of
            the whole graph, which decide what may be a negative and are not seen by any encoder.
        kept: The nodes of the whole video batch that are left.
        source: The batch that it was read off.
    """

    batch: HolisticBatch
    index: BatchIndex
    kept: Int[Tensor, " objects"]
    source: HolisticBatch

    @classmethod
    def of(cls, batch: HolisticBatch) -> "Candidates":
        """Read them off a batch."""
        alone, kept = objects_alone(batch.video)
        objects = ObjectTracks.of(alone)
        tracks = _every_pair(alone, objects)
        video = replace(
            batch.video,
            num_tracks=batch.video.num_tracks + len(tracks.track),
            labels=(*batch.video.labels, ""),  # what a candidate is called; no phrase has that name
        )
        link, linked = _links(batch, objects, tracks)
        whole = replace(
            batch, video=video, predicate_link=link, predicate_similarity=batch.predicate_similarity[linked]
        )
        names = Names.of(whole, ObjectTracks.of(batch.video), tracks)
        return cls(
            batch=replace(whole, video=replace(alone, num_tracks=video.num_tracks)),
            index=BatchIndex(objects=objects, predicates=tracks, names=names),
            kept=kept,
            source=batch,
        )


def objects_alone(video: GraphBatch) -> tuple[GraphBatch, Int[Tensor, " objects"]]:
    """The object nodes of a batch of dynamic scene graphs with their self edges, and which nodes those are."""
    inside = video.is_kind(NodeKind.OBJECT)
    kept = inside.nonzero().squeeze(1)
    place = torch.full((video.num_nodes + 1,), -1, device=kept.device)  # the last entry keeps -1 as -1
    place[kept] = torch.arange(len(kept), device=kept.device)
    edges = inside[video.edge_index].all(0)
    nodes = {
        f.name: getattr(video, f.name)[kept]
        for f in fields(video)
        if "shift" in f.metadata and f.name not in (*EDGE_COLUMNS, "num_frames")
    }
    alone = replace(
        video,
        **nodes
        | {
            "previous": place[video.previous[kept]],
            "anchor": place[video.anchor[kept]],
            "origin": torch.arange(len(kept), device=kept.device),
            "edge_index": place[video.edge_index[:, edges]],
            "edge_type": video.edge_type[edges],
            "edge_weight": video.edge_weight[edges],
        },
    )
    return alone, kept


def _every_pair(video: GraphBatch, objects: ObjectTracks) -> PredicateTracks:
    """Every ordered pair of object tracks of one video; a track with itself stands for the track alone."""
    subject, target = (objects.graph[:, None] == objects.graph).nonzero(as_tuple=True)
    alone = subject == target
    table = node_table(video)
    ends = objects.track[subject], objects.track[target].masked_fill(alone, -1)
    subject_node, target_node = table[ends[0]], table[ends[1]].masked_fill(alone[:, None], -1)
    node = torch.full_like(subject_node, -1)
    return PredicateTracks(
        track=video.num_tracks + torch.arange(len(subject), device=subject.device),
        graph=objects.graph[subject],
        label_index=torch.full_like(subject, len(video.labels)),
        subject=ends[0],
        target=ends[1],
        node=node,
        subject_node=subject_node,
        target_node=target_node,
        confidence=track_confidence(video, node, ends, (subject_node, target_node)),
        is_candidate=True,
    )


def _links(
    batch: HolisticBatch, objects: ObjectTracks, candidates: PredicateTracks
) -> tuple[Int[Tensor, "4 links"], Bool[Tensor, " all_links"]]:
    """The predicate links, each to the candidate with the ends of its predicate track; and which have one."""
    seen = PredicateTracks.of(batch.video)
    row = row_of(seen.track, batch.video)[batch.predicate_link[1]]
    linked = seen.subject[row] >= 0
    row = row[linked]
    subject, target = seen.subject[row], seen.target[row]
    count = len(objects.track)
    number = torch.zeros(count, count, dtype=torch.long, device=row.device)
    first = objects.row_of_track[candidates.subject]
    second = torch.where(candidates.target >= 0, objects.row_of_track[candidates.target], first)
    number[first, second] = candidates.track
    first = objects.row_of_track[subject]
    second = torch.where(target >= 0, objects.row_of_track[target], first)
    node, _, start, end = batch.predicate_link[:, linked]
    return torch.stack([node, number[first, second], start, end]), linked
