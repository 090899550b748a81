import math

import pytest
import torch

from finsta.encoders.motion import gaussian_kernel, node_motion
from finsta.graphs.collate import holistic_batch, video_batch
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph, Link
from tests.encoders.setup import doubled, nodes_by_label, past_of
from tests.graph_samples import (
    sample_batch,
    sample_text_graph,
    tracks_graph,
)
from tests.reference import encoders as reference

SIGMA = torch.tensor([0.05], dtype=torch.float64)


def motion(graph: DynamicSceneGraph) -> dict[tuple[int, str], float]:
    """Motion of each node with σ = 0.05, by (key frame, label), to four digits."""
    batch = doubled(video_batch([graph]))
    found = node_motion(batch, past_of(batch), SIGMA)[:, 0].tolist()
    return {key: round(value, 4) for key, value in zip(nodes_by_label(graph), found, strict=True)}


def g(distance: float) -> float:
    return round(1 - math.exp(-(distance**2) / (2 * 0.05**2)), 4)


@pytest.mark.parametrize("seed", range(4))
def test_motion_of_every_node_equals_its_loop_written_twin(seed):
    batch = doubled(sample_batch(1, seed, frames=9, tracks=6).union)
    found = node_motion(batch, past_of(batch), SIGMA)[:, 0]
    expected = torch.stack(reference.motion_of_nodes(batch, SIGMA[0]))
    torch.testing.assert_close(found, expected)
    assert (found > 0.01).any()


def test_the_kernel_is_zero_at_rest_and_two_fifths_at_its_width():
    change = torch.tensor([[0.0, 0.0], [0.03, 0.04], [1e-8, 0.0], [1.0, 0.0]])
    expected = torch.tensor([[0.0, 0.0], [1 - math.exp(-0.5), 1 - math.exp(-0.125)], [0.0, 0.0], [1.0, 1.0]])
    found = gaussian_kernel(change, torch.tensor([0.05, 0.1]))
    torch.testing.assert_close(found, expected)
    assert found[2].tolist() == [0.0, 0.0]


def test_six_objects_with_jitter_and_one_mover_are_separated_by_the_median():
    generator = torch.Generator().manual_seed(0)
    moving, standing, by_mean = [], [], []
    for _ in range(50):
        centers = 0.3 + 0.4 * torch.rand(1, 6, 2, generator=generator).repeat(2, 1, 1)
        angle = 2 * math.pi * torch.rand(1, generator=generator)
        centers[1, 0] += 0.12 * torch.cat([angle.cos(), angle.sin()])
        centers += 0.005 * torch.randn(2, 6, 2, generator=generator)
        graph = tracks_graph([[tuple(point) for point in frame] for frame in centers.tolist()])
        found = motion(graph)
        moving.append(found[1, "thing 0"])
        standing += [found[1, f"thing {track}"] for track in range(1, 6)]
        mean = reference.object_motion(doubled(video_batch([graph])), 7, SIGMA[0])[1]
        by_mean.append(float(mean))
    assert min(moving) > 0.85
    assert max(standing) < 0.25
    assert sum(moving) / len(moving) == pytest.approx(0.94, abs=0.01)
    assert sum(standing) / len(standing) == pytest.approx(0.04, abs=0.01)
    assert sum(by_mean) / len(by_mean) == pytest.approx(0.21, abs=0.02)  # what the median is taken to avoid


def test_of_two_middle_distances_the_nearer_counts():
    found = motion(tracks_graph([[(0.2, 0.2), (0.5, 0.2), (0.8, 0.2)], [(0.2, 0.2), (0.5, 0.2), (0.8, 0.3)]]))
    assert {key[1]: value for key, value in found.items() if key[0] == 1} == {
        "thing 0": 0.0,
        "thing 1": 0.0,
        "thing 2": g(0.1),
    }


def test_fewer_than_three_common_objects_take_their_own_displacement():
    found = motion(tracks_graph([[(0.2, 0.2), (0.5, 0.2)], [(0.24, 0.23), (0.5, 0.2), (0.9, 0.9)]]))
    assert found == {
        (0, "thing 0"): 0.0,
        (0, "thing 1"): 0.0,
        (1, "thing 0"): g(0.05),
        (1, "thing 1"): 0.0,
        (1, "thing 2"): 0.0,
    }


def test_a_predicate_takes_its_pair_an_intransitive_one_its_subject_an_attribute_its_object():
    graph = tracks_graph(
        [[(0.2, 0.2), (0.5, 0.2), (0.8, 0.8)], [(0.3, 0.2), (0.5, 0.25), (0.8, 0.8)]],
        relations=[(0, "approach", 1), (0, "roll", None), (1, "watch", 2)],
        attributes=[(0, "red")],
    )
    found = motion(graph)
    assert {label: value for (frame, label), value in found.items() if frame == 1} == {
        "thing 0": g(0.1),
        "thing 1": g(0.05),
        "thing 2": g(0.05),
        "red": g(0.1),
        "approach": g(math.hypot(0.1, 0.05)),
        "roll": g(0.1),
        "watch": g(0.05),
    }


def test_a_predicate_whose_ends_share_no_key_frame_takes_the_mean_of_the_ends_that_moved():
    graph = tracks_graph(
        [[(0.2, 0.2), (0.5, 0.2)], [(0.2, 0.2), None], [(0.3, 0.2), (0.5, 0.25), (0.8, 0.8)]],
        relations=[(0, "approach", 1), (0, "see", 2)],
    )
    found = motion(graph)
    assert found[2, "approach"] == pytest.approx((g(0.1) + g(0.05)) / 2, abs=1e-4)
    assert found[2, "see"] == g(0.1)


def test_a_text_node_takes_the_similarity_weighted_mean_of_its_partners():
    text = sample_text_graph(0, clauses=1)
    video = tracks_graph([[(0.2, 0.2), (0.5, 0.2)], [(0.3, 0.2), (0.5, 0.2)]])
    node = text.indices(text.nodes[1].kind)[0]
    links = [
        Link(text_node=node, subject_track=track, interval=(0.0, 1.0), similarity=similarity)
        for track, similarity in ((0, 0.75), (1, 0.25))
    ]
    batch = doubled(holistic_batch([HolisticSceneGraph(text=text, video=video, links=tuple(links))]).union)
    found = node_motion(batch, past_of(batch), SIGMA)[:, 0]
    expected = torch.zeros_like(found)
    second = len(text.nodes) + 2  # where the second key frame begins: the text again, then its two objects
    expected[second + node] = 0.75 * g(0.1)
    expected[second + text.attributes(node)[0]] = 0.75 * g(0.1)  # a modifier moves with its owner
    expected[second + len(text.nodes)] = g(0.1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_a_cut_ends_every_past():
    centers = [[(0.2, 0.2), (0.5, 0.2)], [(0.6, 0.8), (0.1, 0.9)], [(0.7, 0.8), (0.1, 0.9)]]
    found = motion(tracks_graph(centers, shots=[0, 1, 1]))
    assert [value for (frame, _), value in found.items() if frame == 1] == [0.0, 0.0]
    assert found[2, "thing 0"] == g(0.1)


def test_a_track_that_comes_back_is_compared_with_where_it_left():
    found = motion(tracks_graph([[(0.2, 0.2), (0.5, 0.5)], [None, (0.5, 0.5)], [(0.3, 0.2), (0.5, 0.5)]]))
    assert found[2, "thing 0"] == g(0.1)


def test_forward_is_the_median_and_the_gradient_that_of_the_mean():
    batch = doubled(
        video_batch([tracks_graph([[(0.2, 0.2), (0.5, 0.2), (0.8, 0.2)], [(0.2, 0.2), (0.5, 0.2), (0.8, 0.25)]])])
    )
    sigma = SIGMA.clone().requires_grad_()
    found = node_motion(batch, past_of(batch), sigma)[3, 0]  # of its two others one stands still, one moved by σ
    found.backward()
    assert found.item() == 0
    # d/dσ of 1 - exp(-Δ²/2σ²) is -Δ²/σ³ · exp(-Δ²/2σ²); half of it, since the other of the two has none.
    assert sigma.grad.item() == pytest.approx(-0.5 * 0.05**2 / 0.05**3 * math.exp(-0.5), rel=1e-5)
