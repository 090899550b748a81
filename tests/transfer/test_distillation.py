"""The transfer losses against their loop-written twins, and what they must not do."""

import pytest
import torch

from finsta.graphs.collate import holistic_batch
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.transfer.distillation import (
    Adapter,
    graph_similarity,
    matching_loss,
    pool_graphs,
    relational_loss,
    span_weights,
)
from tests.graphs.test_batch import INFO, PAIR, TEXT
from tests.reference import transfer as reference


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_relational_loss_equals_its_loop_written_twin():
    teacher, student = random(4, 4).tanh(), random(4, 4, seed=1) * 5
    expected = reference.relational_loss(teacher.tolist(), student.tolist(), 0.1)
    assert relational_loss(teacher, student, temperature=0.1).item() == pytest.approx(expected, rel=1e-9)


def test_relational_loss_is_zero_where_the_host_agrees_and_for_a_batch_of_one():
    teacher = random(3, 3).tanh()
    assert relational_loss(teacher, teacher / 0.07 + 3).item() == pytest.approx(0, abs=1e-12)
    assert relational_loss(random(1, 1), random(1, 1, seed=2)).item() == 0


def test_no_gradient_reaches_the_teacher():
    teacher, student = random(3, 3).requires_grad_(), random(3, 3, seed=1).requires_grad_()
    relational_loss(teacher, student).backward()
    assert teacher.grad is None
    assert student.grad is not None
    states, hosts = random(5, 4).requires_grad_(), random(5, 4, seed=1).requires_grad_()
    matching_loss(states, hosts, torch.ones(5, dtype=torch.float64)).backward()
    assert states.grad is None
    assert bool(hosts.grad.abs().sum() > 0)


def test_matching_loss_is_the_weighted_mean_distance_and_zero_without_rows():
    teacher = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    student = torch.tensor([[2.0, 0.0], [3.0, 0.0]])
    assert matching_loss(teacher, student, torch.tensor([1.0, 3.0])).item() == pytest.approx(0.75)
    assert matching_loss(torch.zeros(0, 2), torch.zeros(0, 2), torch.zeros(0)).item() == 0


def test_graph_similarity_equals_its_loop_written_twin():
    alone = HolisticSceneGraph(text=TEXT, video=DynamicSceneGraph(video=INFO))
    batch = holistic_batch([PAIR, alone, PAIR])
    text, video = random(batch.text.num_nodes, 6), random(batch.video.num_nodes, 6, seed=1)
    expected = reference.graph_similarity(text, video, batch)
    torch.testing.assert_close(graph_similarity(text, video, batch), torch.tensor(expected, dtype=torch.float64))


def test_graph_similarity_of_a_video_without_tracks_is_zero():
    alone = HolisticSceneGraph(text=TEXT, video=DynamicSceneGraph(video=INFO))
    batch = holistic_batch([alone])
    assert graph_similarity(random(4, 6), random(0, 6), batch).tolist() == [[0.0]]


def test_a_graph_is_pooled_by_confidence():
    batch = holistic_batch([PAIR]).video
    states = torch.eye(6)
    weight = torch.tensor([0.5, 1, 0.5, 1, 1, 1])
    torch.testing.assert_close(pool_graphs(states, batch)[0], weight / weight.sum())


def test_span_weights_find_the_tokens_of_each_node():
    offsets = [[(0, 0), (0, 3), (4, 6), (6, 8), (0, 0)], [(0, 0), (0, 2)]]
    spans = [[((4, 8),), ((0, 3), (6, 8)), ()], [((0, 2),)]]
    assert span_weights(offsets, spans).tolist() == [
        [0, 0, 0.5, 0.5, 0],
        [0, 0.5, 0, 0.5, 0],
        [0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
    ]


def test_an_adapter_maps_width_to_width():
    assert Adapter(3, 7)(torch.zeros(2, 5, 3)).shape == (2, 5, 7)
