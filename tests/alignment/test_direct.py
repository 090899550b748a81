import math

import pytest
import torch

from finsta.alignment.contrastive import NodeStates
from finsta.alignment.direct import DirectAlignment, phrase_to_clip_loss, phrases_of, pool_predicate_tracks
from finsta.alignment.names import BatchIndex
from finsta.config import AlignmentConfig
from finsta.graphs.collate import holistic_batch
from tests.alignment.samples import pair_of, states_of, text_of, video_of
from tests.graph_samples import empty_holistic_graph, sample_holistic_graphs


def approach(verb, noun):
    """In the first half ``noun`` (top left) does something to a square (bottom right), then rests."""
    text = text_of([noun, "square"], [(0, verb, 1)])
    video = video_of([noun, "square"], [(0, verb, 1, [0, 1])], frames=4)
    return pair_of(text, video, [(0, 0), (1, 1)], [(0, 0, verb, 1, (0.0, 1.0))])


def phrase_nodes(graphs):
    nodes, before = [], 0
    for graph in graphs:
        nodes += [before + phrase.node for phrase in phrases_of(graph.text)]
        before += len(graph.text.nodes)
    return torch.tensor(nodes, dtype=torch.long)


def align(graphs, phrases=None, tokens=None, **options):
    node = phrase_nodes(graphs)
    phrases = states_of(len(node)) if phrases is None else phrases
    tokens = states_of(len(graphs) * 4 * 4).detach().reshape(len(graphs), 4, 4, 6) if tokens is None else tokens
    times = torch.arange(4.0).expand(len(graphs), 4)
    settings = {"frame_times": times, "grid": (2, 2), "temperature": 0.1}
    return DirectAlignment(config=AlignmentConfig())(
        NodeStates(states=phrases, node=node), tokens, holistic_batch(graphs), **(settings | options)
    )


def test_a_predicate_track_is_pooled_over_both_of_its_objects_wherever_they_are_seen():
    batch = holistic_batch([approach("push", "circle")])
    tokens = torch.arange(16.0).reshape(1, 4, 4, 1)
    states = pool_predicate_tracks(tokens, batch, BatchIndex.of(batch), torch.arange(4.0)[None], (2, 2))
    assert states.flatten().tolist() == [1.5, 5.5, 9.5, 13.5]  # cells 0 and 3 of each frame


def test_key_frames_between_two_sampled_frames_see_the_nearer_one():
    batch = holistic_batch([approach("push", "circle")])
    tokens = torch.arange(8.0).reshape(1, 2, 4, 1)
    states = pool_predicate_tracks(tokens, batch, BatchIndex.of(batch), torch.tensor([[0.0, 2.6]]), (2, 2))
    assert states.flatten().tolist() == [1.5, 1.5, 5.5, 5.5]


def test_all_three_losses_reach_phrases_tokens_and_clips():
    graphs = [approach("push", "circle"), approach("pull", "star")]
    phrases, tokens = states_of(6), states_of(32, seed=1).detach().reshape(2, 4, 4, 6).requires_grad_()
    clips, temperature = states_of(2, seed=2), torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    report = align(graphs, phrases, tokens, clips=clips, temperature=temperature)
    losses = [report.object_spatial.loss, report.predicate_temporal.loss, report.phrase_to_clip.loss]
    assert all(loss.item() > 0 for loss in losses)
    sum(losses).backward()
    for tensor in (phrases, tokens, clips, temperature):
        assert tensor.grad.isfinite().all()
        assert tensor.grad.any()
    assert report.predicate_temporal.negatives_by["when"] > 0


def test_without_clip_vectors_there_is_no_phrase_to_clip():
    assert align([approach("push", "circle")]).phrase_to_clip is None


def test_tokens_that_show_what_the_phrases_say_cost_nothing():
    graphs = [approach("push", "circle"), approach("pull", "star")]
    eye = torch.eye(7, dtype=torch.float64)
    tokens = eye[6].repeat(2, 4, 4, 1)  # background
    phrases = torch.zeros(6, 7, dtype=torch.float64)
    for pair in range(2):
        thing, square, event = (eye[3 * pair + k] for k in range(3))
        if pair:
            square = eye[1]  # the same square in both videos
        tokens[pair, :, 0], tokens[pair, :, 3] = thing, square
        tokens[pair, :2, 0] += event
        tokens[pair, :2, 3] += event
        phrases[3 * pair] = (tokens[pair, :, 0]).mean(0)
        phrases[3 * pair + 1] = tokens[:, :, 3].mean((0, 1))
        phrases[3 * pair + 2] = event
    report = align(graphs, phrases, tokens)
    assert report.predicate_temporal.loss.item() < 0.1
    assert (report.object_spatial.accuracy, report.predicate_temporal.accuracy) == (1.0, 1.0)
    assert report.predicate_temporal.accuracy_by["when"] == 1.0


def test_nodes_without_a_phrase_are_not_asked():
    graphs = [approach("push", "circle"), approach("pull", "star")]
    node = phrase_nodes(graphs)
    config = DirectAlignment(config=AlignmentConfig())
    report = config(
        NodeStates(states=states_of(1), node=node[:1]),
        states_of(32).reshape(2, 4, 4, 6),
        holistic_batch(graphs),
        frame_times=torch.arange(4.0).expand(2, 4),
        grid=(2, 2),
        temperature=0.1,
        clips=states_of(2),
    )
    reports = (report.object_spatial, report.predicate_temporal, report.phrase_to_clip)
    assert [r.positives for r in reports] == [1, 0, 1]


def test_empty_graphs_give_exactly_zero():
    report = align([empty_holistic_graph()] * 2, clips=states_of(2))
    reports = (report.object_spatial, report.predicate_temporal, report.phrase_to_clip)
    assert [r.loss.item() for r in reports] == [0.0, 0.0, 0.0]


def test_random_graphs_give_finite_gradients():
    graphs = sample_holistic_graphs(3, 1)
    tokens = states_of(3 * 4 * 4, dtype=torch.float32).detach().reshape(3, 4, 4, 6).requires_grad_()
    report = align(graphs, states_of(len(phrase_nodes(graphs)), dtype=torch.float32), tokens, progress=1.0)
    (report.object_spatial.loss + report.predicate_temporal.loss).backward()
    assert tokens.grad.isfinite().all()


def test_uniform_phrases_and_clips_give_log_of_the_batch():
    graphs = [pair_of(text_of([noun]), video_of([noun])) for noun in ("circle", "star", "ring")]
    batch = holistic_batch(graphs)
    present = torch.ones(3, dtype=torch.bool)
    report = phrase_to_clip_loss(torch.ones(3, 6), torch.ones(3, 6), batch, temperature=0.1, present=present)
    assert report.loss.item() == pytest.approx(math.log(3), rel=1e-6)
    assert (report.positives, report.negatives, report.ignored) == (3, 6, 0)


def test_clips_that_show_or_speak_of_what_a_phrase_names_are_ignored():
    graphs = [
        pair_of(text_of(["circle"]), video_of([])),
        pair_of(text_of([]), video_of(["red circle"])),
        pair_of(text_of(["blue circle"]), video_of(["thing"])),
        pair_of(text_of(["star"]), video_of(["star"])),
    ]
    batch = holistic_batch(graphs)
    present = torch.ones(batch.text.num_nodes, dtype=torch.bool)
    states = states_of(batch.text.num_nodes)
    pairs = phrase_to_clip_loss(states, states_of(4), batch, temperature=0.1, present=present, explain=True).explanation
    assert pairs.positive.int().tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert pairs.negative.int().tolist() == [[0, 0, 0, 1], [1, 1, 0, 1], [1, 1, 1, 0]]


def test_a_wrong_phrase_is_a_negative_for_the_clip_of_its_caption():
    graphs = [pair_of(text_of([noun]), video_of([noun])) for noun in ("circle", "star")]
    wrong = NodeStates(states=states_of(1, seed=4), node=torch.tensor([1]))
    clips = states_of(2, seed=3)
    present = torch.ones(2, dtype=torch.bool)
    report = phrase_to_clip_loss(
        states_of(2), clips, holistic_batch(graphs), temperature=0.1, present=present, edited=wrong
    )
    assert dict(report.negatives_by) == {"object": 2, "predicate": 0, "edited": 1}
