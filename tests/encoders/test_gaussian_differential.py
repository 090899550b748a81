from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from finsta.encoders.gaussian_differential import GaussianDifferentialLayer
from finsta.encoders.streaming import frames_between
from finsta.graphs.batch import GraphBatch
from finsta.graphs.collate import text_batch, video_batch
from finsta.graphs.dynamic import Camera, DynamicSceneGraph
from tests.encoders.setup import HEADS, WIDTH, assert_same_function, doubled, past_of, states, stirred
from tests.graph_samples import (
    renumbered,
    sample_batch,
    sample_dynamic_graph,
    sample_text_graph,
    sample_video_batch,
    tracks_graph,
    with_edge_order,
    without_tracks,
)
from tests.reference import encoders as reference


def layer() -> GaussianDifferentialLayer:
    torch.manual_seed(0)
    return stirred(GaussianDifferentialLayer(WIDTH, HEADS))


def is_identity(graph: DynamicSceneGraph) -> bool:
    batch = video_batch([graph])
    torch.manual_seed(0)
    module, x = GaussianDifferentialLayer(WIDTH, HEADS), states(batch, dtype=torch.float32)
    return torch.equal(module(x, batch)[0], x)


STILL = [(0.2, 0.3), (0.7, 0.3), (0.4, 0.8), (0.6, 0.6)]
RELATIONS = {"relations": [(0, "near", 1), (2, "rest", None)], "attributes": [(0, "red"), (3, "blue")]}


@pytest.fixture(scope="module")
def batch() -> GraphBatch:
    return doubled(sample_video_batch(2, frames=9, tracks=4))


@pytest.mark.parametrize("part", ["text", "video", "union"])
def test_layer_equals_its_loop_written_twin_in_value_and_gradient(part):
    batch = doubled(getattr(sample_batch(1, frames=6, tracks=4), part))
    module = layer()
    assert_same_function(
        lambda x: module(x, batch)[0],
        lambda x: reference.gaussian_differential_layer(module, x, batch),
        states(batch),
        module,
    )


def test_a_static_video_is_an_exact_identity():
    assert is_identity(tracks_graph([STILL] * 4, **RELATIONS))


def test_a_pan_is_an_exact_identity_even_without_compensation():
    centers = [[(x + 0.03 * t, y - 0.02 * t) for x, y in STILL] for t in range(4)]
    assert is_identity(tracks_graph(centers, **RELATIONS))


def test_a_compensated_pan_is_an_exact_identity_for_a_single_object_too():
    centers = [[(0.2 + 0.03 * t, 0.5)] for t in range(4)]
    cameras = [Camera(dx=-0.03 * t) for t in range(4)]
    assert is_identity(tracks_graph(centers, cameras=cameras))
    assert not is_identity(tracks_graph(centers))


def zoomed(scale: float) -> list[tuple[float, float]]:
    return [(0.5 + scale * (x - 0.5), 0.5 + scale * (y - 0.5)) for x, y in STILL]


def test_a_compensated_zoom_is_an_exact_identity_and_an_uncompensated_one_is_not():
    scales = [1.0, 1.1, 1.2, 1.3]
    centers = [zoomed(scale) for scale in scales]
    cameras = [Camera(scale=1 / scale, dx=0.5 - 0.5 / scale, dy=0.5 - 0.5 / scale) for scale in scales]
    assert is_identity(tracks_graph(centers, cameras=cameras, **RELATIONS))
    assert not is_identity(tracks_graph(centers, **RELATIONS))


def test_after_a_cut_nothing_moves_and_nothing_is_born():
    assert is_identity(tracks_graph([[(0.2, 0.2), (0.5, 0.2)], [(0.6, 0.8), (0.1, 0.9), (0.4, 0.4)]], shots=[0, 1]))


def test_birth_needs_an_earlier_key_frame_of_the_shot_and_leaves_the_others_alone():
    graph = tracks_graph(
        [[(0.2, 0.2)], [(0.2, 0.2), (0.5, 0.5)], [(0.2, 0.2), (0.5, 0.5), (0.7, 0.7)]], shots=[0, 0, 1]
    )
    batch = doubled(video_batch([graph]))
    assert past_of(batch).born.tolist() == [False, False, True, False, False, False]
    module, x = layer(), states(batch)
    expected = x.clone()
    expected[2] += module.birth
    assert torch.equal(module(x, batch)[0], expected)


def test_what_moves_beside_a_birth_learns_of_it():
    graph = tracks_graph([[(0.2, 0.2), (0.5, 0.5)], [(0.3, 0.2), (0.5, 0.5)]], relations=[(0, "near", 1)])
    # The relation is cut out of the first key frame, so that it is born in the second.
    first = replace(graph.frames[0], nodes=graph.frames[0].nodes[:2], edges=())
    batch = doubled(video_batch([replace(graph, frames=(first, graph.frames[1]))]))
    module, x = layer(), states(batch)
    before = module(x, batch)[0]
    with torch.no_grad():
        module.birth += 1
    changed = (module(x, batch)[0] != before).any(1)
    assert changed.tolist() == [False, False, True, False, True]  # the mover and the born; not what stands still


def test_an_unlinked_text_stays_as_it_is():
    batch = doubled(text_batch([sample_text_graph(0)]))
    x = states(batch)
    assert torch.equal(layer()(x, batch)[0], x)


@pytest.mark.parametrize(
    "graph",
    [
        tracks_graph([STILL] * 3, **RELATIONS),
        tracks_graph([[(0.2, 0.2)], [(0.9, 0.9)]]),
        tracks_graph([STILL], **RELATIONS),
        tracks_graph([[], []]),
        tracks_graph([]),
    ],
    ids=["no motion", "one object", "no past", "no node", "no key frame"],
)
def test_gradients_are_finite_with(graph):
    batch = doubled(video_batch([graph]))
    module = layer()
    x = states(batch).requires_grad_()
    module(x, batch)[0].square().sum().backward()
    assert x.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in module.parameters() if p.grad is not None)


def test_layer_passes_gradcheck_in_states_and_parameters():
    centers = [
        [(0.2, 0.2), (0.5, 0.2)],
        [(0.24, 0.2), (0.5, 0.23)],
    ]  # two objects: no median, whose gradient is the mean's
    batch = doubled(video_batch([tracks_graph(centers, relations=[(0, "near", 1)], attributes=[(1, "red")])]))
    module = layer()
    names, leaves = zip(*module.named_parameters(), strict=True)

    def run(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, dict(zip(names, values, strict=True)), (x, batch))[0]

    leaves = [leaf.detach().clone().requires_grad_() for leaf in leaves]
    assert torch.autograd.gradcheck(run, (states(batch).requires_grad_(), *leaves), fast_mode=True)


def test_without_tracks_it_is_the_identity(batch):
    # Births aside: without tracks every node of a later key frame is new.
    module, x = layer(), states(batch)
    with torch.no_grad():
        module.birth.zero_()
    assert torch.equal(module(x, without_tracks(batch))[0], x)


def test_a_later_key_frame_changes_nothing_before_it(batch):
    module, x = layer(), states(batch)
    later = batch.frame_index >= 4
    other = replace(batch, center=torch.where(later[:, None], 1 - batch.center, batch.center))
    changed = module(torch.where(later[:, None], -x, x), other)[0]
    assert torch.equal(changed[~later], module(x, batch)[0][~later])
    assert not torch.allclose(changed[later], module(x, batch)[0][later])


def test_a_batch_gives_what_its_graphs_give_one_by_one():
    singles = [video_batch([sample_dynamic_graph(seed)]) for seed in range(3)]
    together = GraphBatch.concatenate(singles)
    module, x = layer(), states(together)
    parts = x.split([single.num_nodes for single in singles])
    expected = torch.cat([module(part, single)[0] for part, single in zip(parts, singles, strict=True)])
    torch.testing.assert_close(module(x, together)[0], expected)


def test_node_numbering_and_edge_order_do_not_matter(batch):
    module, x = layer(), states(batch)
    order = torch.randperm(batch.num_nodes, generator=torch.Generator().manual_seed(0))
    other = renumbered(batch, order)
    other = with_edge_order(other, torch.arange(other.edge_index.shape[1]).flip(0))
    torch.testing.assert_close(module(x[order], other)[0], module(x, batch)[0][order])


@pytest.mark.parametrize("cuts", [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 4, 5, 9]])
def test_pieces_of_a_stream_give_what_the_whole_gives_in_value_and_gradient(batch, cuts):
    module = layer()
    assert past_of(batch).born.any()

    def streamed(x):
        out, state = torch.zeros_like(x), None
        for start, stop in pairwise(cuts):
            piece, kept = frames_between(batch, start, stop)
            piece = replace(piece, num_tracks=max([*piece.track_index.tolist(), -1]) + 1)
            part, state = module(x[kept], piece, state)
            out = out.index_put((kept,), part)
        return out

    assert_same_function(streamed, lambda x: module(x, batch)[0], states(batch), module)
