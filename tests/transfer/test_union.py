"""What trains the states of the united graphs: its value in known cases, and that it has to come across the links."""

import math

import pytest
import torch

from finsta.config import AlignmentConfig, EncoderConfig
from finsta.graphs.collate import holistic_batch
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.transfer.labels import LabelTable
from finsta.transfer.teacher import GraphTeacher
from finsta.transfer.union import UnionAlignment, text_in_union
from tests.graphs.test_batch import INFO, PAIR, TEXT
from tests.tiny_hosts import CAPTIONS
from tests.training.tiny_pairs import THINGS, tiny_graph


def graphs(count: int = 4):
    return holistic_batch(
        [tiny_graph(caption, *things) for caption, things in zip(CAPTIONS, THINGS, strict=True)][:count]
    )


def test_a_text_node_of_the_union_is_the_mean_over_its_key_frames():
    batch = graphs(2)
    states = torch.arange(batch.union.num_nodes, dtype=torch.float32)[:, None].repeat(1, 2)
    found = text_in_union(states, batch)
    text = batch.union.modality == 0
    for node in range(batch.text.num_nodes):
        own = text & (batch.union.origin == node)
        assert int(own.sum()) == 2
        assert found.nodes[node, 0].item() == pytest.approx(states[own, 0].mean().item())
    assert found.graphs.shape == (2, 2)


def test_like_states_give_the_logarithms_of_how_many_there_are():
    batch = graphs(3)
    module = UnionAlignment(4, label_dim=5, region_dim=6)
    tracks = batch.video.track_index[batch.video.node_kind == 0].unique().numel()
    labels = batch.video.label_index.unique().numel()
    loss = module(
        torch.ones(batch.union.num_nodes, 4),
        batch,
        regions=torch.ones(batch.video.num_nodes, 6),
        labels=torch.ones(len(batch.video.labels), 5),
    )
    assert loss.item() == pytest.approx((math.log(tracks) + math.log(labels)) / 2, rel=1e-5)


def test_without_links_or_tracks_it_is_zero_with_a_path_for_the_gradient():
    batch = holistic_batch([HolisticSceneGraph(text=TEXT, video=DynamicSceneGraph(video=INFO))])
    states = torch.randn(batch.union.num_nodes, 4, requires_grad=True)
    module = UnionAlignment(4, label_dim=5, region_dim=6)
    loss = module(states, batch, regions=torch.zeros(0, 6), labels=torch.zeros(0, 5))
    loss.backward()
    assert loss.item() == 0
    assert states.grad is not None


def test_no_gradient_reaches_regions():
    batch = holistic_batch([PAIR])
    regions = torch.randn(batch.video.num_nodes, 6, requires_grad=True)
    module = UnionAlignment(4, label_dim=5, region_dim=6)
    states = torch.randn(batch.union.num_nodes, 4, requires_grad=True)
    module(states, batch, regions=regions, labels=torch.randn(len(batch.video.labels), 5)).backward()
    assert regions.grad is None
    assert bool(states.grad.any())


def test_it_reaches_every_layer_of_the_union_and_is_learned():
    batch = graphs()
    torch.manual_seed(0)
    words = [*batch.text.labels, *batch.video.labels]
    teacher = GraphTeacher(
        EncoderConfig(width=32, heads=2, layers=2),
        AlignmentConfig(),
        labels=LabelTable.of(list(dict.fromkeys(words)), torch.randn(len(set(words)), 16)),
        region_dim=8,
        union=True,
    )
    regions = torch.randn(batch.video.num_nodes, 8)
    optimizer = torch.optim.Adam(teacher.parameters(), lr=3e-3)
    values = []
    for _ in range(30):
        taught = teacher(batch, regions, progress=0.5, similarity=False)
        values.append(taught.holistic.item())
        optimizer.zero_grad()
        taught.holistic.backward()
        optimizer.step()
    assert values[-1] < values[0] / 2
    reached = {
        name.split(".")[1]
        for name, p in teacher.encoder.union.recurrent.named_parameters("layer")
        if p.grad is not None and p.grad.any()
    }
    assert reached == {"0", "1"}
    assert taught.similarity is None
