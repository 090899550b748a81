"""The host's own loss, and hard negatives, in cases whose value is known."""

import math

import pytest
import torch

from finsta.training.host_loss import hard_negative_loss, pair_loss


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
