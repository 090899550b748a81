"""Graphs as flat tensors."""

import pytest
import torch

from finsta.graphs.batch import EDGE_TYPES, SELF_EDGE, GraphBatch, edge_type
from finsta.graphs.collate import holistic_batch, text_batch, video_batch
from finsta.graphs.dynamic import Camera, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph

TEXT = TextualSceneGraph(
    text="red ball hits box",
    nodes=(
        TextNode(kind=NodeKind.OBJECT, label="ball", lemma="ball", span=(4, 8)),
        TextNode(kind=NodeKind.ATTRIBUTE, label="red", lemma="red", span=(0, 3)),
        TextNode(kind=NodeKind.PREDICATE, label="hits", lemma="hit", span=(9, 13)),
        TextNode(kind=NodeKind.OBJECT, label="box", lemma="box", span=(14, 17)),
    ),
    edges=(
        Edge(source=0, target=1, kind=EdgeKind.ATTRIBUTE),
        Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
        Edge(source=2, target=3, kind=EdgeKind.OBJECT),
    ),
)
INFO = VideoInfo(path="clip.mp4", duration=3.0, width=64, height=64, frames_per_second=1.0, frame_count=3)


def ball(x: float) -> VisualNode:
    return VisualNode(kind=NodeKind.OBJECT, label="ball", box=(x, 0.0, x + 0.2, 0.2), track=3, confidence=0.5)


BOX = VisualNode(kind=NodeKind.OBJECT, label="box", box=(0.5, 0.5, 0.75, 1.0), track=7)
HIT = VisualNode(kind=NodeKind.PREDICATE, label="hit")
HIT_EDGES = (
    Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
    Edge(source=2, target=1, kind=EdgeKind.OBJECT, confidence=0.25),
)
VIDEO = DynamicSceneGraph(
    video=INFO,
    frames=(
        FrameGraph(time=0.5, nodes=(ball(0.0), BOX)),
        FrameGraph(time=1.5, nodes=(ball(0.4), BOX, HIT), edges=HIT_EDGES, camera=Camera(scale=2.0, dx=0.5, dy=-1.0)),
        FrameGraph(time=2.5, nodes=(BOX,), shot=1),
    ),
)
PAIR = HolisticSceneGraph(
    text=TEXT,
    video=VIDEO,
    links=(
        Link(text_node=0, subject_track=3, interval=(0.0, 2.0), similarity=0.9),
        Link(text_node=2, subject_track=3, object_track=7, label="hit", interval=(1.0, 2.0), similarity=0.8),
    ),
)


def test_a_video_is_its_key_frames_laid_end_to_end():
    batch = video_batch([VIDEO])
    batch.validate()
    assert batch.frame_index.tolist() == [0, 0, 1, 1, 1, 2]
    assert batch.track_index.tolist() == [0, 1, 0, 1, 2, 1]
    assert batch.previous.tolist() == [-1, -1, 0, 1, -1, 3]
    assert batch.anchor.tolist() == [[0, -1], [1, -1], [2, -1], [3, -1], [2, 3], [5, -1]]
    assert batch.shot_index.tolist() == [0, 0, 0, 0, 0, 1]
    torch.testing.assert_close(batch.box[4], torch.tensor([0.4, 0.0, 0.75, 1.0]))
    torch.testing.assert_close(batch.center[2], torch.tensor([0.5 * 2 + 0.5, 0.1 * 2 - 1.0]))
    assert [batch.labels[i] for i in batch.label_index] == ["ball", "box", "ball", "box", "hit", "box"]


def test_edges_are_sorted_by_the_node_they_enter_with_reverse_and_self_edges():
    batch = text_batch([TEXT])
    edges = [
        (s, t, EDGE_TYPES[k]) for (s, t), k in zip(batch.edge_index.T.tolist(), batch.edge_type.tolist(), strict=True)
    ]
    assert edges == [
        (0, 0, "self"), (1, 0, "attribute_reversed"), (2, 0, "subject_reversed"),
        (0, 1, "attribute"), (1, 1, "self"),
        (0, 2, "subject"), (2, 2, "self"), (3, 2, "object_reversed"),
        (2, 3, "object"), (3, 3, "self"),
    ]  # fmt: skip


def test_the_confidence_of_an_edge_is_its_weight_both_ways():
    batch = video_batch([VIDEO])
    weight = {tuple(e): w for e, w in zip(batch.edge_index.T.tolist(), batch.edge_weight.tolist(), strict=True)}
    assert (weight[4, 3], weight[3, 4], weight[2, 4]) == (0.25, 0.25, 1.0)


def test_a_union_has_the_text_in_every_key_frame_and_links_only_inside_their_interval():
    union = holistic_batch([PAIR]).union
    union.validate()
    assert union.modality.tolist() == [0] * 4 + [1] * 2 + [0] * 4 + [1] * 3 + [0] * 4 + [1]
    assert union.origin.tolist() == [0, 1, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3, 4, 0, 1, 2, 3, 5]
    assert union.previous[6:10].tolist() == [0, 1, 2, 3]
    cross = union.edge_type == edge_type(EdgeKind.CROSS_MODAL_COREFERENCE)
    assert union.edge_index[:, cross].T.tolist() == [[0, 4], [6, 10], [8, 12]]
    torch.testing.assert_close(union.edge_weight[cross], torch.tensor([0.9, 0.9, 0.8]))


def test_links_are_numbered_through_the_batch():
    batch = holistic_batch([PAIR, PAIR])
    assert batch.object_link.tolist() == [[0, 4], [0, 3]]
    assert batch.predicate_link.tolist() == [[2, 6], [2, 5], [1, 1], [1, 1]]


def test_a_batch_of_two_is_two_batches_shifted():
    one, two = video_batch([VIDEO]), video_batch([VIDEO, VIDEO])
    two.validate()
    nodes = one.num_nodes
    assert two.previous[nodes:].tolist() == [p + nodes if p >= 0 else -1 for p in one.previous.tolist()]
    assert two.track_index[nodes:].tolist() == [t + 3 for t in one.track_index.tolist()]
    assert two.graph_index.tolist() == [0] * nodes + [1] * nodes
    assert two.labels == one.labels
    assert two.edge_index[:, one.edge_index.shape[1] :].tolist() == (one.edge_index + nodes).tolist()


def test_empty_graphs_make_empty_batches():
    empty = HolisticSceneGraph(text=TextualSceneGraph(text=""), video=DynamicSceneGraph(video=INFO))
    batch = holistic_batch([empty, PAIR])
    for part in (batch.text, batch.video, batch.union):
        part.validate()
        assert part.num_graphs == 2
    assert batch.text.graph_index.tolist() == [1] * 4


def test_every_node_has_one_self_edge():
    union = holistic_batch([PAIR]).union
    assert union.edge_index[0, union.edge_type == SELF_EDGE].tolist() == list(range(union.num_nodes))


def test_validation_names_what_is_broken():
    batch = video_batch([VIDEO])
    broken = GraphBatch(**{**vars(batch), "edge_index": batch.edge_index.flip(1)})
    with pytest.raises(ValueError, match="sorted"):
        broken.validate()
    wrong = batch.previous.clone()
    wrong[0] = 3
    with pytest.raises(ValueError, match="earlier key frame"):
        GraphBatch(**{**vars(batch), "previous": wrong}).validate()
