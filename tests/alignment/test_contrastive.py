import math

import pytest
import torch

from finsta.alignment.contrastive import Contrast, Temperature, contrast_terms, nothing_to_contrast, weighted_mean
from tests.reference.alignment import matrix_contrast


def contrast(similarity, positive=None, negative=None, weight=None, negative_weight=None):
    positive = torch.eye(*similarity.shape).bool() if positive is None else positive
    negative = ~positive if negative is None else negative
    weight = torch.ones_like(similarity) if weight is None else weight
    return Contrast(
        similarity=similarity, positive=positive, negative=negative, weight=weight, negative_weight=negative_weight
    )


def loss_of(asked, temperature=0.1):
    return weighted_mean([contrast_terms(asked, temperature)])


@pytest.mark.parametrize("size", [2, 7])
def test_uniform_similarities_give_log_of_the_batch(size):
    assert loss_of(contrast(torch.full((size, size), 0.3))).item() == pytest.approx(math.log(size), rel=1e-6)


def test_uniform_similarities_give_log_of_one_plus_the_negatives_whatever_the_positives():
    positive = torch.tensor([[True, True, False, False, False]])
    negative = torch.tensor([[False, False, True, True, True]])
    assert loss_of(contrast(torch.zeros(1, 5), positive, negative)).item() == pytest.approx(math.log(4), rel=1e-6)


def test_perfect_alignment_costs_nothing_with_several_positives():
    positive = torch.eye(3).bool().repeat(1, 2)
    similarity = torch.where(positive, 1.0, -1.0)
    assert loss_of(contrast(similarity, positive)).item() < 1e-7


def test_the_loss_is_its_loops_with_weights_masks_and_weighted_negatives():
    generator = torch.Generator().manual_seed(0)
    similarity, weight, times = (torch.rand(5, 6, generator=generator, dtype=torch.float64) for _ in range(3))
    kind = torch.randint(0, 3, (5, 6), generator=generator)
    asked = contrast(similarity, kind == 0, kind == 1, weight, times)
    expected = matrix_contrast(*(x.tolist() for x in (similarity, kind == 0, kind == 1, weight)), 0.2, times.tolist())
    assert loss_of(asked, 0.2).item() == pytest.approx(expected, abs=1e-12)


def test_a_negative_of_weight_two_counts_like_two():
    once = contrast(torch.tensor([[0.5, 0.2, 0.2]]))
    twice = contrast(torch.tensor([[0.5, 0.2]]), negative_weight=torch.full((1, 2), 2.0))
    assert loss_of(once).item() == pytest.approx(loss_of(twice).item(), rel=1e-6)


def test_ignored_pairs_and_rows_that_pose_no_question_carry_no_gradient():
    similarity = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    positive = torch.tensor([[True, False, False], [True, False, False], [False, False, False]])
    negative = torch.tensor([[False, True, False], [False, False, False], [True, True, True]])
    loss_of(contrast(similarity, positive, negative)).backward()
    assert (similarity.grad != 0).tolist() == [[True, True, False], [False, False, False], [False, False, False]]


def test_similarities_of_any_size_give_finite_losses_and_gradients():
    similarity = torch.tensor([[-1e4, 1e4], [1e4, -1e4]], requires_grad=True)
    loss = loss_of(contrast(similarity), 0.01)
    loss.backward()
    assert loss.item() == pytest.approx(2e6, rel=1e-6)
    torch.testing.assert_close(similarity.grad, torch.tensor([[-50.0, 50.0], [50.0, -50.0]]))


def test_the_gradient_is_that_of_finite_differences():
    generator = torch.Generator().manual_seed(1)
    similarity = torch.rand(4, 5, generator=generator, dtype=torch.float64).requires_grad_()
    temperature = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    positive = torch.rand(4, 5, generator=generator) < 0.3
    positive[0, 0] = True
    assert torch.autograd.gradcheck(lambda s, t: loss_of(contrast(s, positive), t), (similarity, temperature))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_nothing_to_contrast_is_exactly_zero_with_a_path_for_the_gradient(shape):
    similarity = torch.zeros(shape, requires_grad=True)
    loss = loss_of(contrast(similarity))
    loss.backward()
    assert loss.item() == 0.0
    assert not similarity.grad.any()


def test_weights_of_zero_give_zero():
    assert loss_of(contrast(torch.zeros(2, 2), weight=torch.zeros(2, 2))).item() == 0.0


def test_zero_by_name_reaches_every_tensor_and_survives_infinite_states():
    a, b = torch.full((2, 3), torch.inf, requires_grad=True), torch.zeros(0, 3, requires_grad=True)
    loss = nothing_to_contrast(a, b)
    loss.backward()
    assert (loss.item(), a.grad.tolist(), b.grad.shape) == (0.0, [[0.0] * 3] * 2, (0, 3))


def test_the_share_won_counts_a_tie_as_lost_and_leaves_out_rows_without_a_question():
    similarity = torch.tensor([[0.9, 0.1], [0.5, 0.5], [0.9, 0.1]])
    positive = torch.tensor([[True, False], [True, False], [False, False]])
    asked = contrast(similarity, positive)
    assert asked.share_won() == 0.5
    assert asked.against(torch.zeros(3, 2, dtype=torch.bool)).share_won() is None


@pytest.mark.parametrize("start", [0.011, 0.07, 0.9])
def test_the_temperature_starts_where_it_is_told(start):
    assert Temperature(start)().item() == pytest.approx(start, rel=1e-5)


def test_the_temperature_never_leaves_its_bounds_and_never_loses_its_gradient():
    temperature = Temperature()
    for place, limit in ((-12.0, 0.01), (12.0, 1.0)):
        temperature.position.data.fill_(place)
        temperature.position.grad = None
        value = temperature()
        value.backward()
        assert value.item() == pytest.approx(limit, rel=1e-3)
        assert float(temperature.position.grad) > 0


@pytest.mark.parametrize("start", [0.0, 0.01, 1.0])
def test_a_temperature_outside_its_bounds_is_an_error(start):
    with pytest.raises(ValueError, match=r"must start between 0\.01 and 1\.0"):
        Temperature(start)
