"""What is learned from tracks alone does not depend on anything that the graph says of them."""

from dataclasses import replace
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.alignment.candidates import Candidates, objects_alone
from finsta.alignment.graph_alignment import GraphAlignment
from finsta.alignment.pairs import PairStates, pair_geometry
from finsta.config import AlignmentConfig
from finsta.graphs.collate import holistic_batch, video_batch
from finsta.graphs.scene_graph import NodeKind
from tests.alignment.samples import pair_of, states_of, text_of, video_of
from tests.graph_samples import (
    empty_holistic_graph,
    renumbered,
    sample_batch,
    sample_holistic_graphs,
    tracks_graph,
)

DIM = 6


def pushing(frames=4, inside=(1, 2)):
    return pair_of(
        text_of(["circle", "square"], [(0, "push", 1)]),
        video_of(["red circle", "square"], [(0, "push", 1, inside)], frames=frames),
        [(0, 0), (1, 1)],
        [(0, 0, "push", 1, (float(inside[0]), float(inside[-1])))],
    )


def test_every_ordered_pair_and_every_track_alone_is_a_candidate_wherever_it_is_seen():
    found = Candidates.of(holistic_batch([pushing(), pushing()]))
    tracks = found.index.predicates
    object_tracks = found.index.objects.track.tolist()
    first, second = object_tracks[:2], object_tracks[2:]
    expected = [(a, b if a != b else -1) for pair in (first, second) for a in pair for b in pair]
    assert list(zip(tracks.subject.tolist(), tracks.target.tolist(), strict=True)) == expected
    assert tracks.supported.all()
    assert tracks.occurs.all()
    assert tracks.track.unique().tolist() == list(range(len(expected))) or tracks.track.min() > max(object_tracks)


def test_the_video_holds_objects_and_their_self_edges_only():
    batch = sample_batch(3)
    alone, kept = objects_alone(batch.video)
    alone.validate()
    assert alone.is_kind(NodeKind.OBJECT).all()
    assert torch.equal(alone.box, batch.video.box[kept])
    assert torch.equal(alone.edge_index[0], alone.edge_index[1])
    assert alone.num_nodes == batch.video.is_kind(NodeKind.OBJECT).sum()


def test_links_name_the_candidate_with_the_ends_of_their_relation():
    found = Candidates.of(holistic_batch([pushing()]))
    node, track, first, last = found.batch.predicate_link[:, 0].tolist()
    row = found.index.predicates.track.tolist().index(track)
    assert (found.index.predicates.subject[row], found.index.predicates.target[row]) == (0, 2)
    assert (node, first, last) == (2, 1, 2)


def test_relations_attributes_and_labels_of_the_video_change_no_state():
    torch.manual_seed(0)
    plain = pushing()
    bare = replace(plain, video=video_of(["star", "ring"], frames=4), links=plain.links[:2])
    found = []
    for graph in (plain, bare):
        candidates = Candidates.of(holistic_batch([graph]))
        states = torch.ones(candidates.batch.video.num_nodes, DIM)
        torch.manual_seed(1)
        found.append(PairStates(DIM)(states, candidates.batch.video, candidates.index.predicates))
    assert torch.equal(*found)


def test_geometry_says_how_two_things_come_together():
    graph = tracks_graph([[(0.2, 0.5), (0.8, 0.5)], [(0.4, 0.5), (0.8, 0.5)], [(0.7, 0.5), (0.8, 0.5)]])
    video = video_batch([graph])
    found = pair_geometry(video, torch.tensor([2, 2]), torch.tensor([3, -1]))
    offset, distance, change = found[0, 32:34], found[0, 34], found[0, 36:38]
    torch.testing.assert_close(offset, torch.tensor([0.4, 0.0]))
    torch.testing.assert_close(distance, torch.tensor(0.4))
    torch.testing.assert_close(change, torch.tensor([-2.0, -3.0]))  # ten times what it came, and will come
    assert found[0, -1] == 1
    assert not found[1, 16:].any()


def test_the_state_of_a_candidate_looks_two_key_frames_far_and_across_no_cut():
    torch.manual_seed(0)
    module = PairStates(DIM)

    def states(place, shots=None):
        centers = [[(0.2, 0.5), (0.8, 0.5)] for _ in range(6)]
        centers[5] = [(place, 0.5), (0.8, 0.5)]
        graph = pair_of(text_of(["circle"]), tracks_graph(centers, shots=shots))
        candidates = Candidates.of(holistic_batch([graph]))
        nodes = torch.ones(candidates.batch.video.num_nodes, DIM)
        return module(nodes, candidates.batch.video, candidates.index.predicates)

    def changed(shots=None):
        return (states(0.2, shots) != states(0.4, shots)).any(2).any(0).tolist()

    assert changed() == [False, False, False, True, True, True]
    assert changed([0, 0, 0, 0, 0, 1]) == [False, False, False, False, False, True]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_a_batch_gives_the_states_of_its_pairs(seed, count):
    graphs = sample_holistic_graphs(count, seed, frames=4, tracks=3)
    torch.manual_seed(0)
    module = PairStates(DIM).double()

    def states(part):
        candidates = Candidates.of(holistic_batch(part))
        video = candidates.batch.video
        nodes = torch.cat([video.box, video.center], 1).double()
        return module(
            nodes, replace(video, box=video.box.double(), center=video.center.double()), candidates.index.predicates
        )

    torch.testing.assert_close(states(graphs), torch.cat([states([graph]) for graph in graphs]))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_numbering_of_the_nodes_changes_no_loss(seed):
    batch = sample_batch(2, seed, frames=4, tracks=3)
    order = torch.tensor(Random(seed).sample(range(batch.video.num_nodes), batch.video.num_nodes))
    moved = replace(batch, video=renumbered(batch.video, order))
    states = states_of(batch.video.num_nodes).detach()
    text = states_of(batch.text.num_nodes, seed=1).detach()
    torch.manual_seed(0)
    module = GraphAlignment(DIM, AlignmentConfig()).double()

    def loss(one, nodes):
        candidates = Candidates.of(one)
        report = module.on_candidates(text, nodes[candidates.kept], candidates)
        return torch.stack([report.object_spatial.loss, report.predicate_temporal.loss])

    torch.testing.assert_close(loss(batch, states), loss(moved, states[order]), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "graphs",
    [
        [empty_holistic_graph()],
        [pair_of(text_of(["circle"], [(0, "push", None)]), video_of([], frames=0))],
        [pair_of(text_of([]), video_of(["circle"]))],
        [pushing(frames=1, inside=(0,))],
        [pushing(), empty_holistic_graph()],
    ],
    ids=["empty", "no tracks", "no text", "one frame", "one empty"],
)
def test_little_to_contrast_gives_finite_losses_and_gradients(graphs):
    batch = holistic_batch(graphs)
    module = GraphAlignment(DIM, AlignmentConfig())
    candidates = Candidates.of(batch)
    text, nodes = (
        states_of(count, dtype=torch.float32) for count in (batch.text.num_nodes, candidates.batch.video.num_nodes)
    )
    report = module.on_candidates(text, nodes, candidates)
    (report.object_spatial.loss + report.predicate_temporal.loss).backward()
    assert report.object_spatial.loss.isfinite()
    assert report.predicate_temporal.loss.isfinite()
    assert nodes.grad.isfinite().all()


def test_the_gradient_is_that_of_finite_differences():
    candidates = Candidates.of(holistic_batch([pushing(), pushing(frames=3, inside=(0, 1))]))
    torch.manual_seed(0)
    module = GraphAlignment(3, AlignmentConfig()).double()
    inputs = states_of(candidates.batch.text.num_nodes, 3), states_of(candidates.batch.video.num_nodes, 3, seed=1)
    report = module.on_candidates(*inputs, candidates)
    assert report.predicate_temporal.negatives_by["when"] > 0

    def loss(text, nodes):
        found = module.on_candidates(text, nodes, candidates)
        return found.object_spatial.loss + found.predicate_temporal.loss

    assert torch.autograd.gradcheck(loss, inputs, fast_mode=True)


def test_a_piece_of_the_event_is_a_negative_when_the_interval_is_asked_for():
    candidates = Candidates.of(holistic_batch([pushing(frames=6, inside=(1, 2, 3))]))
    module = GraphAlignment(DIM, AlignmentConfig())
    text, nodes = torch.ones(candidates.batch.text.num_nodes, DIM), torch.ones(candidates.batch.video.num_nodes, DIM)
    report = module.on_candidates(text, nodes, candidates)
    # 21 windows: one positive, IoU of 1/2 and above are left out
    assert report.predicate_temporal.negatives_by["when"] >= 10
