from dataclasses import replace

import pytest
import torch

from finsta.alignment.regions import Regions, structural_edges
from finsta.graphs.batch import GraphBatch
from finsta.graphs.collate import text_batch
from tests.alignment.samples import states_of, text_of
from tests.graph_samples import sample_batch
from tests.reference.alignment import region_context


def regions(width=6, hops=2, seed=0):
    torch.manual_seed(seed)
    module = Regions(width, hops=hops).double()
    module.hop_score.data.normal_()
    module.score.weight.data.normal_()
    return module


def structural(graph):
    kept = structural_edges(graph)
    ends, weights = graph.edge_index[:, kept].T.tolist(), graph.edge_weight[kept].tolist()
    return [(source, into, weight) for (source, into), weight in zip(ends, weights, strict=True)]


@pytest.mark.parametrize("hops", [0, 1, 2, 3])
def test_the_pooled_neighbourhood_is_its_loops_over_walks(hops):
    graph, module = sample_batch(1, seed=hops, frames=2).union, regions(hops=hops)
    assert len(structural(graph)) < len(graph.edge_type) - graph.num_nodes  # some edges are no way
    states = states_of(graph.num_nodes)
    slow = region_context(
        states.detach(), structural(graph), graph.confidence.tolist(), module.score.weight[0].detach(),
        module.hop_score.tolist(),
    )  # fmt: skip
    torch.testing.assert_close(module.context(states, graph), slow, atol=1e-6, rtol=1e-6)


def test_two_hops_reach_the_other_end_of_a_relation_and_no_further():
    graph = text_batch([text_of(["circle", "square", "star"], [(0, "push", 1), (1, "push", 2)])])
    states = states_of(graph.num_nodes)
    regions().context(states, graph)[0].sum().backward()
    assert states.grad.ne(0).any(1).tolist() == [True, True, False, True, False]  # itself, square, push


def test_without_structural_edges_a_node_is_its_own_region():
    graph = text_batch([text_of(["circle", "square"])])
    states = states_of(2)
    torch.testing.assert_close(regions().context(states, graph), states)


def test_edges_between_modalities_and_of_temporal_order_are_no_way():
    batch = sample_batch(1)
    across = batch.union.modality[batch.union.edge_index[0]] != batch.union.modality[batch.union.edge_index[1]]
    assert across.any()
    assert not (structural_edges(batch.union) & across).any()
    kinds = batch.text.node_kind[batch.text.edge_index[:, structural_edges(batch.text)]]
    assert (kinds[0] != kinds[1]).all()


def test_a_batch_gives_what_its_graphs_give_alone():
    graphs = [sample_batch(1, seed=seed).video for seed in range(3)]
    states = [states_of(graph.num_nodes, seed=seed) for seed, graph in enumerate(graphs)]
    module = regions()
    whole = module(torch.cat(states), GraphBatch.concatenate(graphs))
    singles = torch.cat([module(s, g) for s, g in zip(states, graphs, strict=True)])
    torch.testing.assert_close(whole, singles)


def test_scores_of_any_size_stay_finite():
    graph, module = sample_batch(1).video, regions().float()
    module.score.weight.data.mul_(1e4)
    states = states_of(graph.num_nodes, dtype=torch.float32)
    module(states, graph).square().sum().backward()
    assert states.grad.isfinite().all()
    assert module.score.weight.grad.isfinite().all()


def test_what_the_parser_rules_out_counts_for_nothing():
    graph = text_batch([text_of(["circle", "square"], [(0, "push", 1)])])
    graph = replace(graph, confidence=torch.tensor([1.0, 0.0, 1.0]))
    states = states_of(3)
    regions().context(states, graph)[0].sum().backward()
    assert states.grad.ne(0).any(1).tolist() == [True, False, True]


def test_the_gradient_is_that_of_finite_differences():
    graph = text_batch([text_of(["red circle", "square"], [(0, "push quickly", 1)])])
    module = regions(width=3)
    inputs = (states_of(graph.num_nodes, 3), module.score.weight, module.hop_score)

    def context(states, weight, hop_score):
        parameters = {"score.weight": weight, "hop_score": hop_score}
        return torch.func.functional_call(module, parameters, (states, graph))

    assert torch.autograd.gradcheck(context, inputs)


def test_a_batch_without_nodes_has_no_regions():
    graph = text_batch([text_of([])])
    assert regions()(states_of(0), graph).shape == (0, 6)
