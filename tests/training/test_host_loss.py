"""The host's own loss, and hard negatives, in cases whose value is known."""

import math

import pytest
import torch

from finsta.training.post_training.host_loss import (
    captioning_loss,
    hard_negative_loss,
    hardest_others,
    likelihood_margin_loss,
    matching_loss,
    pair_loss,
    sigmoid_loss,
)


def test_uniform_similarities_give_log_b():
    assert pair_loss(torch.zeros(5, 5), torch.eye(5, dtype=torch.bool)).item() == pytest.approx(math.log(5))


def test_pairs_with_the_same_caption_are_no_negatives_of_each_other():
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    expected = (math.log(2) + math.log(2) + math.log(3)) / 3
    assert pair_loss(torch.zeros(3, 3), same).item() == pytest.approx(expected)


def test_pair_loss_equals_its_loop_written_twin():
    logits = torch.randn(4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3
    expected = 0.0
    for i in range(4):
        row = sum(math.exp(logits[i, j]) for j in range(4))
        column = sum(math.exp(logits[j, i]) for j in range(4))
        expected += (2 * -logits[i, i].item() + math.log(row) + math.log(column)) / 8
    assert pair_loss(logits, torch.eye(4, dtype=torch.bool)).item() == pytest.approx(expected)


def test_uniform_hard_negatives_give_log_of_their_number_plus_one():
    owner = torch.tensor([0, 0, 0, 2])
    loss = hard_negative_loss(torch.zeros(3), torch.zeros(4), owner)
    assert loss.item() == pytest.approx((math.log(4) + math.log(2)) / 2)


def test_hard_negatives_of_huge_logits_stay_finite_and_only_move_their_own_video():
    true = torch.tensor([1e4, -1e4, 0.0], requires_grad=True)
    negative = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = hard_negative_loss(true, negative, torch.tensor([0, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(1e4)
    assert true.grad.tolist() == pytest.approx([0, -0.5, 0])
    assert negative.grad.tolist() == pytest.approx([0, 0.5])


def test_without_negatives_the_loss_is_zero():
    assert hard_negative_loss(torch.zeros(2), torch.zeros(0), torch.zeros(0, dtype=torch.long)).item() == 0


def test_sigmoid_loss_of_zero_logits_is_b_times_log_two_and_equals_its_loop_written_twin():
    assert sigmoid_loss(torch.zeros(4, 4), torch.eye(4, dtype=torch.bool)).item() == pytest.approx(4 * math.log(2))
    logits = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2
    expected = 0.0
    for i in range(3):
        for j in range(3):
            sign = 1 if i == j else -1
            expected += math.log(1 + math.exp(-sign * logits[i, j])) / 3
    assert sigmoid_loss(logits, torch.eye(3, dtype=torch.bool)).item() == pytest.approx(expected)


def test_sigmoid_loss_asks_nothing_of_pairs_with_the_same_caption():
    same = torch.ones(2, 2, dtype=torch.bool)
    logits = torch.zeros(2, 2, requires_grad=True)
    sigmoid_loss(logits, same).backward()
    assert logits.grad.tolist() == [[-0.25, 0.0], [0.0, -0.25]]


def test_matching_loss_of_zero_logits_is_log_two_whatever_the_numbers():
    assert matching_loss(torch.zeros(3), torch.zeros(5)).item() == pytest.approx(math.log(2))
    assert matching_loss(torch.zeros(3), torch.zeros(0), wrong_share=0.0).item() == pytest.approx(math.log(2))
    assert matching_loss(torch.full((2,), 50.0), torch.full((4,), -50.0)).item() == pytest.approx(0, abs=1e-6)


def test_captioning_loss_is_minus_the_mean_log_likelihood():
    assert captioning_loss(torch.tensor([-1.0, -3.0])).item() == 2


def test_the_likelihood_margin_asks_for_no_more_than_the_margin():
    true, owner = torch.tensor([-1.0, -2.0]), torch.tensor([0, 1, 1])
    assert likelihood_margin_loss(true, torch.tensor([-1.0, -2.0, -2.0]), owner, margin=0.3).item() == pytest.approx(
        0.3
    )
    negative = torch.tensor([-1.5, -2.1, -9.0], requires_grad=True)
    loss = likelihood_margin_loss(true, negative, owner, margin=0.3)
    assert loss.item() == pytest.approx(0.2 / 3)
    loss.backward()
    assert negative.grad.tolist() == pytest.approx([0.0, 1 / 3, 0.0])
    assert likelihood_margin_loss(true, torch.zeros(0), torch.zeros(0, dtype=torch.long)).item() == 0


def test_the_hardest_others_are_the_nearest_that_are_wrong():
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    similarity = torch.tensor([[9.0, 8.0, 1.0], [8.0, 9.0, 2.0], [0.0, 3.0, 9.0]])
    texts, videos = hardest_others(same, similarity)
    assert list(zip(texts.tolist(), videos.tolist(), strict=True)) == [(2, 0), (2, 1), (1, 2), (0, 2), (1, 2), (2, 1)]


def test_without_similarities_the_neighbours_in_the_batch_are_the_wrong_pairs():
    texts, videos = hardest_others(torch.eye(3, dtype=torch.bool), None)
    assert list(zip(texts.tolist(), videos.tolist(), strict=True)) == [(2, 0), (0, 1), (1, 2), (0, 1), (1, 2), (2, 0)]
    assert hardest_others(torch.ones(2, 2, dtype=torch.bool), None)[0].tolist() == []
