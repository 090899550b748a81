from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from finsta.encoders.edge_states import EdgeStart, EdgeStateLayer
from finsta.encoders.graph_encoder import EncodedGraphs
from finsta.encoders.graph_transformer import GraphTransformer, GraphTransformerLayer
from finsta.encoders.streaming import frames_between, holistic_frames_between
from finsta.graphs.batch import HolisticBatch
from tests.encoders.setup import (
    HEADS,
    HIDDEN,
    TINY,
    WIDTH,
    assert_same_function,
    doubled,
    doubled_holistic,
    encoder,
    features,
    states,
    stirred,
)
from tests.encoders.test_graph_encoder import PARTS, close, rows
from tests.graph_samples import sample_batch, with_edge_order
from tests.reference import encoders as reference

STATEFUL = replace(TINY, edge_states=True)
both = pytest.mark.parametrize("recurrence", ["sequential", "scan"])


def stack() -> GraphTransformer:
    torch.manual_seed(0)
    return stirred(GraphTransformer(WIDTH, HEADS, 2, feed_forward=HIDDEN, edge_states=True))


@pytest.fixture(scope="module")
def batch() -> HolisticBatch:
    return doubled_holistic(sample_batch(2, frames=6, tracks=3))


def test_a_stack_with_edge_states_equals_its_loop_written_twin_in_value_and_gradient():
    text, module = doubled(sample_batch(1).text), stack()
    assert_same_function(
        lambda x: module(x, text),
        lambda x: reference.graph_transformer_with_edge_states(module, x, text),
        states(text),
        module,
    )


def test_edges_without_a_factor_of_their_own_leave_the_attention_as_it_is(batch):
    torch.manual_seed(0)
    layer = GraphTransformerLayer(WIDTH, HEADS, HIDDEN, edges=EdgeStateLayer(WIDTH, HIDDEN)).double()
    torch.nn.init.zeros_(layer.edges.factor.weight)
    x, edges = states(batch.text), EdgeStart(WIDTH).double()(batch.text)
    torch.testing.assert_close(layer(x, batch.text, edges), layer(x, batch.text))


def test_an_edge_starts_with_the_row_of_its_type_times_its_confidence(batch):
    start = EdgeStart(WIDTH).double()
    found = start(batch.video)
    expected = start.table[batch.video.edge_type[3]] * batch.video.edge_weight[3]
    torch.testing.assert_close(found[3], expected)


def test_the_last_layer_only_reads_so_that_every_parameter_has_a_gradient(batch):
    module = encoder(STATEFUL)
    out = module(batch, *features(batch))
    sum((getattr(out, part) * torch.randn_like(getattr(out, part))).sum() for part in PARTS).backward()
    assert [name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
    assert [layer.edges.updates for layer in module.text.layers] == [True, False]


def test_what_an_edge_is_reaches_the_next_layer_through_its_state(batch):
    # With a table that knows no types, only states can tell edges apart.
    module = stack()
    with torch.no_grad():
        for layer in module.layers:
            layer.attention.edge_factor.fill_(1.0)
        module.layers[0].edges.factor.weight.zero_()
    x, other = states(batch.text), replace(batch.text, edge_type=batch.text.edge_type.flip(0))
    assert not torch.allclose(module(x, other), module(x, batch.text))


def test_edge_order_does_not_matter(batch):
    module, x = stack(), states(batch.text)
    order = torch.randperm(batch.text.edge_index.shape[1], generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(module(x, with_edge_order(batch.text, order)), module(x, batch.text))


@both
def test_pieces_of_a_stream_give_what_the_whole_gives(recurrence, batch):
    module, (text, video) = encoder(replace(STATEFUL, recurrence=recurrence)), features(batch)
    whole, state = module(batch, text, video), None
    for start, stop in pairwise([0, 1, 4, 6]):
        of_video, of_union = (frames_between(part, start, stop)[1] for part in (batch.video, batch.union))
        out, state = module.stream(holistic_frames_between(batch, start, stop), text, rows(video, of_video), state)
        close(out, EncodedGraphs(text=whole.text, video=whole.video[of_video], union=whole.union[of_union]))


def test_without_edge_states_nothing_of_them_is_made():
    assert [name for name, _ in encoder().named_parameters() if "edges." in name or "edge_start" in name] == []


def test_a_stack_with_edge_states_passes_gradcheck():
    text, module = doubled(sample_batch(1, clauses=1).text), stack()
    assert torch.autograd.gradcheck(lambda x: module(x, text), states(text).requires_grad_(), fast_mode=True)
