from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from finsta.encoders.recurrent import RecurrentGraphLayer
from finsta.encoders.streaming import frames_between
from finsta.errors import InputError
from finsta.graphs.batch import GraphBatch
from finsta.graphs.collate import video_batch
from tests.encoders.setup import HEADS, HIDDEN, WIDTH, assert_same_function, doubled, states, stirred
from tests.graph_samples import (
    renumbered,
    sample_batch,
    sample_dynamic_graph,
    sample_video_batch,
    tracks_graph,
    with_edge_order,
    without_tracks,
)
from tests.reference import encoders as reference

both = pytest.mark.parametrize("recurrence", ["sequential", "scan"])


def layer(recurrence: str) -> RecurrentGraphLayer:
    torch.manual_seed(0)
    return stirred(RecurrentGraphLayer(WIDTH, HEADS, HIDDEN, recurrence=recurrence))


@pytest.fixture(scope="module")
def batch() -> GraphBatch:
    return doubled(sample_video_batch(2, frames=9, tracks=3))


@both
@pytest.mark.parametrize("part", ["video", "union"])
def test_layer_equals_its_step_by_step_twin_in_value_and_gradient(recurrence, part):
    batch = doubled(getattr(sample_batch(1, frames=6, tracks=3), part))
    module = layer(recurrence)
    assert_same_function(
        lambda x: module(x, batch)[0], lambda x: reference.recurrent_layer(module, x, batch), states(batch), module
    )


def test_in_float32_the_scan_equals_its_step_by_step_twin_to_1e_5_over_a_hundred_key_frames():
    batch = video_batch([tracks_graph([[(0.5, 0.5), (0.2, 0.2)]] * 100)])
    module = RecurrentGraphLayer(WIDTH, HEADS, HIDDEN)
    assert_same_function(
        lambda x: module(x, batch)[0],
        lambda x: reference.recurrent_layer(module, x, batch),
        states(batch, dtype=torch.float32),
        module,
        tolerance=1e-5,
    )


@both
def test_without_tracks_it_is_the_graph_transformer_key_frame_by_key_frame(recurrence, batch):
    module, x = layer(recurrence), states(batch)
    alone = without_tracks(batch)
    out = module(x, alone)[0]
    for frame in range(9):
        piece, kept = frames_between(alone, frame, frame + 1)
        torch.testing.assert_close(out[kept], module.layer(x[kept], piece))


@both
def test_a_single_key_frame_is_the_graph_transformer(recurrence):
    batch = doubled(sample_video_batch(2, frames=1))
    module, x = layer(recurrence), states(batch)
    torch.testing.assert_close(module(x, batch)[0], module.layer(x, batch))


@both
def test_a_later_key_frame_changes_nothing_before_it(recurrence, batch):
    module, x = layer(recurrence), states(batch)
    later = batch.frame_index >= 4
    changed = module(torch.where(later[:, None], -x, x), batch)[0]
    assert torch.equal(changed[~later], module(x, batch)[0][~later])
    assert not torch.allclose(changed[later], module(x, batch)[0][later])


@both
def test_an_earlier_key_frame_reaches_a_track_that_comes_back(recurrence):
    batch = doubled(video_batch([tracks_graph([[(0.2, 0.2)], [None], [None], [(0.3, 0.2)]])]))
    module = layer(recurrence)
    x = states(batch).requires_grad_()
    module(x, batch)[0][1].sum().backward()
    assert x.grad[0].abs().sum() > 0


@both
def test_a_batch_gives_what_its_graphs_give_one_by_one(recurrence):
    singles = [video_batch([sample_dynamic_graph(seed)]) for seed in range(3)]
    together = GraphBatch.concatenate(singles)
    module, x = layer(recurrence), states(together)
    parts = x.split([single.num_nodes for single in singles])
    expected = torch.cat([module(part, single)[0] for part, single in zip(parts, singles, strict=True)])
    torch.testing.assert_close(module(x, together)[0], expected)


@both
def test_node_numbering_and_edge_order_do_not_matter(recurrence, batch):
    module, x = layer(recurrence), states(batch)
    order = torch.randperm(batch.num_nodes, generator=torch.Generator().manual_seed(0))
    other = renumbered(batch, order)
    other = with_edge_order(other, torch.arange(other.edge_index.shape[1]).flip(0))
    torch.testing.assert_close(module(x[order], other)[0], module(x, batch)[0][order])


@both
@pytest.mark.parametrize("cuts", [[0, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 4, 5, 9]])
def test_pieces_of_a_stream_give_what_the_whole_gives_in_value_and_gradient(recurrence, batch, cuts):
    module = layer(recurrence)

    def streamed(x):
        out, state = torch.zeros_like(x), None
        for start, stop in pairwise(cuts):
            piece, kept = frames_between(batch, start, stop)
            # A stream does not know how many tracks will follow.
            piece = replace(piece, num_tracks=max([*piece.track_index.tolist(), -1]) + 1)
            part, state = module(x[kept], piece, state)
            out = out.index_put((kept,), part)
        return out

    assert_same_function(streamed, lambda x: module(x, batch)[0], states(batch), module)


@both
def test_a_detached_state_carries_values_but_no_gradient(recurrence, batch):
    module = layer(recurrence)
    state = module(states(batch).requires_grad_(), batch)[1]
    assert state.memory.requires_grad
    assert not state.detach().memory.requires_grad
    assert torch.equal(state.detach().memory, state.memory)


@both
def test_nodes_of_no_track_stay_apart(recurrence, batch):
    module, x = layer(recurrence), states(batch)
    nameless = replace(without_tracks(batch), track_index=torch.full_like(batch.track_index, -1))
    torch.testing.assert_close(module(x, nameless)[0], module.layer(x, batch))


@both
def test_a_video_without_key_frames_gives_no_states(recurrence):
    batch = doubled(sample_video_batch(1, frames=0))
    out, state = layer(recurrence)(states(batch), batch)
    assert (out.shape, len(state.seen)) == ((0, WIDTH), 0)


@both
def test_layer_passes_gradcheck(recurrence):
    batch = doubled(
        video_batch([tracks_graph([[(0.2, 0.2), (0.6, 0.6)], [(0.3, 0.2), None], [(0.3, 0.2), (0.5, 0.5)]])])
    )
    module = layer(recurrence)
    assert torch.autograd.gradcheck(lambda x: module(x, batch)[0], states(batch).requires_grad_())


def test_the_gate_starts_at_a_quarter_of_the_past():
    torch.manual_seed(0)
    module = RecurrentGraphLayer(WIDTH, HEADS, HIDDEN)
    zero = torch.zeros(1, WIDTH)
    expected = torch.full((1, WIDTH), 1 / (1 + torch.e))  # σ(-1) = 0.27
    torch.testing.assert_close(module._open(zero, zero, torch.tensor([True])), expected)
    assert torch.equal(module._open(zero, zero, torch.tensor([False])), zero)


def test_an_unknown_recurrence_is_refused():
    with pytest.raises(InputError, match="'sequential' or 'scan', found 'lstm'"):
        RecurrentGraphLayer(WIDTH, HEADS, HIDDEN, recurrence="lstm")
