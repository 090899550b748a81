import subprocess
import sys
from pathlib import Path

import pytest
import torch

from finsta.encoders import edge_products
from finsta.encoders.attention import GraphAttention
from finsta.encoders.edge_products import edge_scores, weighted_sum
from tests.encoders.setup import HEADS, WIDTH, doubled, states, stirred
from tests.graph_samples import sample_batch, sample_video_batch

NODES, EDGES, TYPES, HEAD = 7, 23, 4, 3
"""Node 5 is entered by no edge, node 6 left by none."""


def draw(dtype: torch.dtype = torch.float64) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    source = torch.randint(6, (EDGES,), generator=generator)
    target = torch.randint(5, (EDGES,), generator=generator)
    target[0] = 6

    def rows(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()

    return {
        "query": rows(NODES, HEADS, HEAD),
        "key": rows(NODES, HEADS, HEAD),
        "factor": rows(TYPES, HEADS, HEAD),
        "weight": rows(EDGES, HEADS),
        "value": rows(NODES, HEADS, HEAD),
        "edge_index": torch.stack([source, target]),
        "edge_type": torch.randint(TYPES, (EDGES,), generator=generator),
    }


def loop_scores(query, key, factor, edge_index, edge_type):
    edges = zip(*edge_index.tolist(), edge_type.tolist(), strict=True)
    return torch.stack([(query[i] * factor[kind] * key[j]).sum(1) for j, i, kind in edges])


def loop_sum(weight, value, edge_index):
    out = [torch.zeros_like(value[0]) for _ in value]
    for edge, (j, i) in enumerate(edge_index.T.tolist()):
        out[i] = out[i] + weight[edge][:, None] * value[j]
    return torch.stack(out)


@pytest.mark.parametrize("edges_at_a_time", [1, 5, 1000])
def test_scores_equal_their_loop_in_value_and_gradient_however_they_are_cut(edges_at_a_time, monkeypatch):
    monkeypatch.setitem(edge_products.CHUNK_BYTES, "cpu", 4 * HEADS * HEAD * edges_at_a_time)
    given = draw()
    inputs = [given[name] for name in ("query", "key", "factor")]
    found, expected = (f(*inputs, given["edge_index"], given["edge_type"]) for f in (edge_scores, loop_scores))
    torch.testing.assert_close(found, expected)
    gradient = torch.randn(found.shape, generator=torch.Generator().manual_seed(1), dtype=found.dtype)
    torch.testing.assert_close(
        torch.autograd.grad(found, inputs, gradient), torch.autograd.grad(expected, inputs, gradient)
    )


def test_sums_equal_their_loop_in_value_and_gradient():
    given = draw()
    inputs = [given["weight"], given["value"]]
    found, expected = (f(*inputs, given["edge_index"]) for f in (weighted_sum, loop_sum))
    torch.testing.assert_close(found, expected)
    assert not found[5].any()
    gradient = torch.randn(found.shape, generator=torch.Generator().manual_seed(1), dtype=found.dtype)
    torch.testing.assert_close(
        torch.autograd.grad(found, inputs, gradient), torch.autograd.grad(expected, inputs, gradient)
    )


def test_both_pass_gradcheck():
    given = draw()
    index, kind = given["edge_index"], given["edge_type"]
    names = ("query", "key", "factor")
    assert torch.autograd.gradcheck(lambda q, k, f: edge_scores(q, k, f, index, kind), [given[n] for n in names])
    assert torch.autograd.gradcheck(lambda w, v: weighted_sum(w, v, index), (given["weight"], given["value"]))


def test_both_are_well_formed_operators():
    given = draw()
    arguments = (given["query"], given["key"], given["factor"], given["edge_index"], given["edge_type"])
    checks = ("test_schema", "test_autograd_registration", "test_faketensor")
    torch.library.opcheck(torch.ops.finsta.edge_scores.default, arguments, test_utils=checks)
    arguments = (given["weight"], given["value"], given["edge_index"])
    torch.library.opcheck(torch.ops.finsta.weighted_sum.default, arguments, test_utils=checks)


def test_scores_of_bfloat16_rows_are_summed_in_float32():
    given = draw(torch.bfloat16)
    inputs = [given[name] for name in ("query", "key", "factor")]
    found = edge_scores(*inputs, given["edge_index"], given["edge_type"])
    expected = loop_scores(*(rows.float() for rows in inputs), given["edge_index"], given["edge_type"])
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected)
    assert [g.dtype for g in torch.autograd.grad(found.sum(), inputs)] == [torch.bfloat16] * 3


def test_no_edge_and_no_node_give_nothing():
    none = torch.zeros(2, 0, dtype=torch.long)
    rows = torch.zeros(3, HEADS, HEAD, requires_grad=True)
    factor = torch.zeros(TYPES, HEADS, HEAD)
    assert edge_scores(rows, rows, factor, none, none[0]).shape == (0, HEADS)
    out = weighted_sum(torch.zeros(0, HEADS), rows, none)
    assert not out.any()
    out.sum().backward()
    assert weighted_sum(torch.zeros(0, HEADS), rows[:0], none).shape == (0, HEADS, HEAD)


def test_nothing_in_attention_is_bound_to_a_device():
    # The meta device holds shapes alone: a constant left on the processor would meet a tensor elsewhere, and raise.
    batch = sample_video_batch(2).to("meta")
    x = torch.empty(batch.num_nodes, WIDTH, device="meta", requires_grad=True)
    with torch.device("meta"):
        module = GraphAttention(WIDTH, HEADS)
    out = module(x, batch)
    out.sum().backward()
    assert (out.shape, x.grad.shape) == (x.shape, x.shape)


def test_gradients_of_every_parameter_pass_gradcheck():
    batch = doubled(sample_batch(1, clauses=1).text)
    torch.manual_seed(0)
    module = stirred(GraphAttention(WIDTH, HEADS))
    names, leaves = zip(*module.named_parameters(), strict=True)

    def run(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, dict(zip(names, values, strict=True)), (states(batch), batch))

    leaves = [leaf.detach().clone().requires_grad_() for leaf in leaves]
    assert torch.autograd.gradcheck(run, leaves, fast_mode=True)


@pytest.mark.parametrize("name", ["GTrm", "R-GTrm", "STGD-GTrm"])
def test_layers_compile_as_one_graph_and_stay_the_same(name):
    # In a process of its own: the checks of shapes that pytest adds cannot be traced.
    command = [sys.executable, "-m", "tests.encoders.compiled_layer", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout.split()) == (0, [name, "same"]), done.stderr[-2000:]
