"""What may not matter does not: order of the batch, numbering of the nodes, other pairs' names."""

from dataclasses import replace
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.alignment.graph_alignment import GraphAlignment
from finsta.alignment.spatial import object_spatial_loss
from finsta.alignment.temporal import predicate_temporal_loss
from finsta.config import AlignmentConfig
from finsta.graphs.collate import holistic_batch, text_batch
from tests.alignment.samples import states_of, text_of
from tests.graph_samples import sample_batch, sample_holistic_graphs

DIM = 6


def renumbered(nodes, edges, order):
    """The same graph with its nodes in another order."""
    place = {old: new for new, old in enumerate(order)}
    moved = [replace(edge, source=place[edge.source], target=place[edge.target]) for edge in edges]
    return tuple(nodes[old] for old in order), tuple(moved), place


def shuffled(graph, random):
    """The same pair with text nodes and the nodes of each key frame in another order; and the orders."""
    order = random.sample(range(len(graph.text.nodes)), len(graph.text.nodes))
    nodes, edges, place = renumbered(graph.text.nodes, graph.text.edges, order)
    links = tuple(replace(link, text_node=place[link.text_node]) for link in graph.links)
    frames, orders = [], []
    for frame in graph.video.frames:
        inside = random.sample(range(len(frame.nodes)), len(frame.nodes))
        orders.append(inside)
        moved = renumbered(frame.nodes, frame.edges, inside)
        frames.append(replace(frame, nodes=moved[0], edges=moved[1]))
    text, video = replace(graph.text, nodes=nodes, edges=edges), replace(graph.video, frames=tuple(frames))
    return replace(graph, text=text, video=video, links=links), order, orders


def states_by_node(graphs):
    """For each pair its text states and the states of each key frame."""
    generator = torch.Generator().manual_seed(0)

    def some(count):
        return torch.randn(count, DIM, generator=generator, dtype=torch.float64)

    return [(some(len(g.text.nodes)), [some(len(f.nodes)) for f in g.video.frames]) for g in graphs]


def losses(graphs, states, progress):
    torch.manual_seed(0)
    module = GraphAlignment(DIM, AlignmentConfig(object_threshold=0.4)).double()
    text = torch.cat([text for text, _ in states])
    video = torch.cat([frame for _, frames in states for frame in frames])
    report = module(text, video, holistic_batch(graphs), progress=progress)
    reports = (report.object_spatial, report.predicate_temporal)
    return [(r.loss.item(), r.positives, r.negatives, r.ignored, r.accuracy) for r in reports]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.sampled_from([0.0, 1.0]))
def test_order_of_pairs_and_numbering_of_nodes_change_nothing(seed, count, progress):
    random, graphs = Random(seed), sample_holistic_graphs(count, seed, frames=3, tracks=3)
    states = states_by_node(graphs)
    moved = [shuffled(graph, random) for graph in graphs]
    order = random.sample(range(count), count)
    other_states = [
        (states[g][0][moved[g][1]], [f[inside] for f, inside in zip(states[g][1], moved[g][2], strict=True)])
        for g in order
    ]
    before = losses(graphs, states, progress)
    after = losses([moved[g][0] for g in order], other_states, progress)
    for one, other in zip(before, after, strict=True):
        assert one[0] == pytest.approx(other[0], abs=1e-9)
        assert one[1:] == other[1:]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([0.0, 1.0]))
def test_gradients_are_finite_and_reach_everything_that_learns(seed, count, progress):
    batch = sample_batch(count, seed, frames=3, tracks=3)
    module = GraphAlignment(DIM, AlignmentConfig())
    text, video = (
        states_of(batch.text.num_nodes, dtype=torch.float32),
        states_of(batch.video.num_nodes, dtype=torch.float32),
    )
    report = module(text, video, batch, progress=progress)
    (report.object_spatial.loss + report.predicate_temporal.loss).backward()
    assert text.grad.isfinite().all()
    assert video.grad.isfinite().all()
    reached = [p.grad is not None for name, p in module.named_parameters() if not name.startswith("pairs.")]
    assert all(reached) or report.predicate_temporal.accuracy is None


def test_autocast_changes_regions_by_its_rounding_and_the_losses_not_at_all():
    batch = sample_batch(2)
    text, video = (states_of(n, dtype=torch.float32) for n in (batch.text.num_nodes, batch.video.num_nodes))
    exact = (
        object_spatial_loss(text, video, batch, temperature=0.1).loss,
        predicate_temporal_loss(text, video, batch, temperature=0.1).loss,
    )
    torch.manual_seed(0)
    module = GraphAlignment(DIM, AlignmentConfig())
    plain = module(text, video, batch).predicate_temporal.loss
    with torch.autocast("cpu", torch.bfloat16):
        rounded = (
            object_spatial_loss(text, video, batch, temperature=0.1).loss,
            predicate_temporal_loss(text, video, batch, temperature=0.1).loss,
        )
        cast = module(text, video, batch).predicate_temporal.loss
    assert torch.equal(torch.stack(exact), torch.stack(rounded))
    torch.testing.assert_close(plain, cast, atol=0.3, rtol=0)
    assert cast.dtype == torch.float32


def test_edited_graphs_give_states_of_the_nodes_that_changed():
    batch = sample_batch(2)
    module = GraphAlignment(DIM, AlignmentConfig())
    wrong = text_batch([text_of(["red circle", "square"], [(0, "pull", 1)])])
    edited = module.edited(
        states_of(wrong.num_nodes, dtype=torch.float32), wrong, torch.tensor([0, 3]), batch.object_link[0, :1].repeat(2)
    )
    text, video = (states_of(n, dtype=torch.float32) for n in (batch.text.num_nodes, batch.video.num_nodes))
    report = module(text, video, batch, edited=edited)
    assert report.object_spatial.negatives_by["edited"] == 2
