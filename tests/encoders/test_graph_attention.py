import math
from dataclasses import replace

import pytest
import torch

from finsta.encoders.attention import GraphAttention, edge_softmax
from finsta.encoders.graph_transformer import GraphTransformer, GraphTransformerLayer
from finsta.errors import InputError
from finsta.graphs.batch import GraphBatch
from finsta.graphs.collate import text_batch, video_batch
from tests.encoders.setup import HEADS, HIDDEN, WIDTH, assert_same_function, doubled, states, stirred
from tests.graph_samples import renumbered, sample_batch, tracks_graph, with_edge_order
from tests.reference import encoders as reference


@pytest.fixture(scope="module")
def batch() -> GraphBatch:
    return doubled(sample_batch(1, frames=3, tracks=3).union)


def attention() -> GraphAttention:
    torch.manual_seed(0)
    return stirred(GraphAttention(WIDTH, HEADS))


def test_edge_softmax_normalises_over_the_edges_of_one_target():
    score = torch.tensor([[0.0, 1.0], [5.0, 5.0], [math.log(3), 1.0]])
    weight = edge_softmax(score, torch.tensor([0, 1, 0]), 3)
    torch.testing.assert_close(weight, torch.tensor([[0.25, 0.5], [1.0, 1.0], [0.75, 0.5]]))


def test_edge_softmax_bears_scores_of_any_size():
    score = torch.tensor([[1e30], [-1e30], [-3e38]], requires_grad=True)
    weight = edge_softmax(score, torch.tensor([0, 0, 1]), 2)
    weight.square().sum().backward()
    assert weight.tolist() == [[1.0], [0.0], [1.0]]
    assert score.grad.isfinite().all()


def test_edge_softmax_of_no_edge_is_empty():
    assert edge_softmax(torch.zeros(0, 2), torch.zeros(0, dtype=torch.long), 3).shape == (0, 2)


@pytest.mark.parametrize("biased", [False, True])
def test_attention_equals_its_loop_written_twin_in_value_and_gradient(batch, biased):
    module = attention()
    bias = torch.randn(batch.edge_index.shape[1], HEADS, dtype=torch.float64) if biased else None
    assert_same_function(
        lambda x: module(x, batch, bias), lambda x: reference.attention(module, x, batch, bias), states(batch), module
    )


def test_layer_equals_its_loop_written_twin_in_value_and_gradient():
    batch = doubled(sample_batch(2).text)
    layer = stirred(GraphTransformerLayer(WIDTH, HEADS, HIDDEN))
    assert_same_function(
        lambda x: layer(x, batch), lambda x: reference.graph_transformer_layer(layer, x, batch), states(batch), layer
    )


def test_stack_applies_its_layers_in_order():
    batch = doubled(sample_batch(1).text)
    stack = stirred(GraphTransformer(WIDTH, HEADS, 3, feed_forward=HIDDEN))
    x = states(batch)
    torch.testing.assert_close(
        stack(x, batch), stack.layers[2](stack.layers[1](stack.layers[0](x, batch), batch), batch)
    )


def test_an_edge_of_half_the_confidence_starts_with_half_the_weight():
    batch = video_batch([tracks_graph([[(0.2, 0.2)]], attributes=[(0, "red")])])
    arrives = (batch.edge_index[1] == 0).nonzero().squeeze(1).tolist()  # from itself, and from its attribute
    batch = replace(batch, edge_weight=batch.edge_weight.index_put((torch.tensor(arrives[1]),), torch.tensor(0.5)))
    module = GraphAttention(WIDTH, HEADS)
    same = torch.zeros(batch.num_nodes, WIDTH)  # all scores are zero
    weight = module.weigh(same, batch)[arrives]
    torch.testing.assert_close(weight, torch.tensor([[2 / 3] * HEADS, [1 / 3] * HEADS]))


def test_edges_of_full_confidence_know_nothing_of_its_power(batch):
    certain = replace(batch, edge_weight=torch.ones_like(batch.edge_weight))
    module, x = attention(), states(batch)
    before = module(x, certain)
    with torch.no_grad():
        module.confidence_power += 3
    torch.testing.assert_close(module(x, certain), before)
    assert not torch.allclose(module(x, batch), attention()(x, batch))


def test_an_edge_without_any_confidence_has_finite_gradients(batch):
    module = attention()
    module(states(batch), replace(batch, edge_weight=torch.zeros_like(batch.edge_weight))).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in module.parameters())


def test_edge_order_does_not_matter(batch):
    module, x = attention(), states(batch)
    order = torch.randperm(batch.edge_index.shape[1], generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(module(x, with_edge_order(batch, order)), module(x, batch))


def test_node_numbering_does_not_matter(batch):
    module, x = attention(), states(batch)
    order = torch.randperm(batch.num_nodes, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(module(x[order], renumbered(batch, order)), module(x, batch)[order])


def test_the_type_of_an_edge_matters(batch):
    module, x = attention(), states(batch)
    other = replace(batch, edge_type=batch.edge_type.flip(0))
    assert not torch.allclose(module(x, other), module(x, batch))


def test_a_text_without_a_node_gives_no_states():
    assert attention()(torch.zeros(0, WIDTH, dtype=torch.float64), sample_empty()).shape == (0, WIDTH)


def sample_empty() -> GraphBatch:
    from tests.graph_samples import empty_holistic_graph

    return text_batch([empty_holistic_graph().text])


def test_dropout_leaves_edges_out_in_training_only(batch):
    module, x = GraphAttention(WIDTH, HEADS, dropout=0.5).double(), states(batch)
    torch.manual_seed(0)
    assert not torch.allclose(module(x, batch), module(x, batch))
    module.eval()
    assert torch.equal(module(x, batch), module(x, batch))


def test_attention_passes_gradcheck():
    batch = doubled(sample_batch(1, clauses=1).text)
    module = attention()
    assert torch.autograd.gradcheck(lambda x: module(x, batch), states(batch).requires_grad_())


def test_under_bfloat16_autocast_weights_still_sum_to_one_in_float32(batch):
    module, x = GraphAttention(WIDTH, HEADS), states(batch, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        weight = module.weigh(x, batch)
    total = torch.zeros(batch.num_nodes, HEADS).index_add(0, batch.edge_index[1], weight)
    torch.testing.assert_close(total, torch.ones_like(total))


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(InputError, match="heads must divide the width, found width 8 and 3 heads"):
        GraphAttention(8, 3)
