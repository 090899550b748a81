import math
from dataclasses import replace

import pytest
import torch

from finsta.alignment.contrastive import NodeStates
from finsta.alignment.spatial import object_spatial_loss
from finsta.graphs.collate import holistic_batch
from tests.alignment.samples import pair_of, states_of, text_of, video_of
from tests.graph_samples import empty_holistic_graph, sample_batch

NOUNS = ("circle", "square", "star", "ring", "cross")


def one_object_each(count=4):
    return holistic_batch([pair_of(text_of([n]), video_of([n], frames=2), [(0, 0)]) for n in NOUNS[:count]])


def osc(batch, text=None, video=None, **options):
    text = states_of(batch.text.num_nodes) if text is None else text
    video = states_of(batch.video.num_nodes, seed=1) if video is None else video
    return object_spatial_loss(text, video, batch, **({"temperature": 0.1, "explain": True} | options))


@pytest.mark.parametrize("count", [2, 5])
def test_uniform_similarities_give_log_of_the_batch(count):
    batch = one_object_each(count)
    report = osc(batch, torch.ones(count, 6), torch.ones(2 * count, 6))
    assert report.loss.item() == pytest.approx(math.log(count), rel=1e-6)
    assert (report.positives, report.negatives, report.ignored, report.accuracy) == (count, count**2 - count, 0, 0.0)


def test_perfectly_aligned_states_cost_nothing():
    batch = one_object_each()
    report = osc(batch, torch.eye(4), torch.eye(4).repeat_interleave(2, 0))
    assert report.loss.item() < 1e-3
    assert report.accuracy == 1.0


def test_the_same_phrase_in_another_video_is_ignored_and_other_colours_are_not():
    first = pair_of(text_of(["red circle"]), video_of(["red circle"]), [(0, 0)])
    second = pair_of(text_of(["red circle"]), video_of(["red circle"]), [(0, 0)])
    third = pair_of(text_of(["blue circle"]), video_of(["blue circle"]), [(0, 0)])
    pairs = osc(holistic_batch([first, second, third])).explanation
    assert pairs.positive.int().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert pairs.ignored.int().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert pairs.negative.int().tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


def test_ignored_pairs_carry_no_gradient():
    same = [pair_of(text_of(["red circle"]), video_of(["red circle"]), [(0, 0)]) for _ in range(2)]
    other = pair_of(text_of(["star"]), video_of(["star"]))  # not linked, but a negative for both
    batch = holistic_batch([*same, other])
    text, video = states_of(batch.text.num_nodes), states_of(batch.video.num_nodes, seed=1)
    report = osc(batch, text, video)
    report.loss.backward()
    alone = holistic_batch([same[0], other])
    single = osc(alone, text[[0, 1, 4]], video[[0, 1, 4]])
    mine = torch.autograd.grad(single.loss, text)[0]
    assert mine[2:4].tolist() == [[0.0] * 6] * 2
    torch.testing.assert_close(text.grad[0] * 2, mine[0])


def test_only_links_are_positive_until_the_threshold_counts():
    pair = pair_of(text_of(["dog"]), video_of(["dog", "dog", "cat"]), [(0, 0)], similarity=0.9)
    batch = holistic_batch([pair])
    text, video = torch.ones(1, 6), torch.ones(3, 6)
    first = osc(batch, text, video).explanation
    later = osc(batch, text, video, only_links=False, object_threshold=0.8).explanation
    strict = osc(batch, text, video, only_links=False, object_threshold=0.96).explanation
    assert first.positive.int().tolist() == strict.positive.int().tolist() == [[1, 0, 0]]
    assert first.ignored.int().tolist() == [[0, 1, 0]]
    torch.testing.assert_close(first.prior, torch.tensor([[0.9, 0.9, 0.0]]))
    assert later.positive.int().tolist() == [[1, 1, 0]]
    torch.testing.assert_close(later.weight[0, :2], torch.tensor([0.9, 0.95]))


def test_another_mention_of_the_same_name_has_the_prior_of_the_linked_one():
    pair = pair_of(text_of(["dog", "dog", "cat"]), video_of(["thing", "thing"]), [(0, 1)], similarity=0.8)
    prior = osc(holistic_batch([pair])).explanation.prior
    torch.testing.assert_close(prior, torch.tensor([[0.0, 0.8], [0.0, 0.8], [0.0, 0.0]]).double())


def test_two_things_of_one_name_keep_to_their_own_links():
    pair = pair_of(text_of(["dog", "dog"]), video_of(["dog", "dog"]), [(0, 0), (1, 1)])
    pairs = osc(holistic_batch([pair]), torch.ones(2, 6), torch.ones(2, 6), only_links=False).explanation
    assert pairs.positive.int().tolist() == [[1, 0], [0, 1]]
    assert pairs.ignored.int().tolist() == [[0, 1], [1, 0]]


def test_what_the_parsers_doubt_weighs_less():
    sure = pair_of(text_of(["circle"]), video_of(["circle"]), [(0, 0)])
    unsure = pair_of(text_of(["square"]), video_of(["square"], confidence=0.5), [(0, 0)], similarity=0.4)
    batch = holistic_batch([sure, unsure])
    batch = replace(batch, text=replace(batch.text, confidence=torch.tensor([1.0, 0.25])))
    pairs = osc(batch).explanation
    torch.testing.assert_close(pairs.weight.diagonal(), torch.tensor([1.0, 0.05]).double())
    similarity = pairs.similarity / 0.1
    right = similarity.diagonal()
    losses = [torch.logsumexp(similarity, dim) - right for dim in (0, 1)]
    expected = sum((loss * torch.tensor([1.0, 0.05])).sum() for loss in losses) / 2.1
    torch.testing.assert_close(osc(batch).loss.detach(), expected)


def test_a_wrong_version_of_a_phrase_is_a_negative_for_its_own_track_only():
    batch = one_object_each(2)
    wrong = NodeStates(states=states_of(1, seed=5), node=torch.tensor([1]))
    report = osc(batch, edited=wrong)
    assert (report.negatives, dict(report.negatives_by)) == (3, {"same_video": 0, "other_video": 2, "edited": 1})
    video = states_of(4, seed=1)
    osc(batch, video=video, edited=wrong).loss.backward()
    plain = states_of(4, seed=1)
    osc(batch, video=plain).loss.backward()
    assert torch.equal(video.grad[:2], plain.grad[:2])
    assert not torch.allclose(video.grad[2:], plain.grad[2:])


def test_wrong_versions_of_what_is_no_object_change_nothing():
    rain = pair_of(text_of(["dog"], [(0, "runs", None)]), video_of(["dog"]), [(0, 0)])
    batch = holistic_batch([rain, *(pair_of(text_of([n]), video_of([n]), [(0, 0)]) for n in NOUNS)])
    wrong = NodeStates(states=states_of(1, seed=5), node=torch.tensor([1]))
    assert torch.equal(osc(batch, edited=wrong).loss, osc(batch).loss)
    bare = holistic_batch([pair_of(text_of([]), video_of(["dog"]))])
    assert osc(bare, edited=replace(wrong, node=torch.tensor([0]))).loss.item() == 0.0


def test_nodes_without_a_state_are_left_out():
    batch = one_object_each(3)
    report = osc(batch, present=torch.tensor([True, True, False]))
    text = states_of(3)
    osc(batch, text, present=torch.tensor([True, True, False])).loss.backward()
    assert report.positives == 2
    assert not text.grad[2].any()


@pytest.mark.parametrize(
    "batch",
    [
        holistic_batch([empty_holistic_graph()]),
        holistic_batch([pair_of(text_of(["circle"]), video_of(["circle"]), [(0, 0)])]),
        holistic_batch([pair_of(text_of(["circle"]), video_of(["star"])) for _ in range(2)]),
        holistic_batch([pair_of(text_of([]), video_of(["star"])), pair_of(text_of(["star"]), video_of([]))]),
    ],
    ids=["empty", "one pair", "no links", "one side each"],
)
def test_nothing_to_contrast_gives_exactly_zero_and_a_path_for_the_gradient(batch):
    text, video = states_of(batch.text.num_nodes), states_of(batch.video.num_nodes)
    temperature = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    report = osc(batch, text, video, temperature=temperature, only_links=False)
    report.loss.backward()
    assert report.loss.item() == 0.0
    assert report.accuracy is None
    assert not any(x.grad.any() for x in (text, video, temperature))


def test_the_gradient_is_that_of_finite_differences():
    batch = sample_batch(2, frames=2, tracks=2, clauses=1)
    inputs = (
        states_of(batch.text.num_nodes, 3),
        states_of(batch.video.num_nodes, 3, seed=1),
        torch.tensor(0.3, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(
        lambda text, video, t: osc(batch, text, video, temperature=t).loss, inputs, fast_mode=True
    )


def test_half_precision_states_give_the_loss_in_full_precision():
    batch = one_object_each()
    text, video = states_of(4, dtype=torch.bfloat16), states_of(8, dtype=torch.bfloat16, seed=1)
    report = osc(batch, text, video)
    report.loss.backward()
    assert report.loss.dtype == torch.float32
    assert text.grad.dtype == torch.bfloat16


def test_fifty_steps_of_training_align_what_is_linked():
    batch = one_object_each(5)
    text, video = (states_of(n, seed=s, dtype=torch.float32) for n, s in ((5, 0), (10, 1)))
    optimizer = torch.optim.Adam([text, video], lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        osc(batch, text, video).loss.backward()
        optimizer.step()
    report = osc(batch, text, video)
    assert report.accuracy == 1.0
    assert report.loss.item() < 0.05
