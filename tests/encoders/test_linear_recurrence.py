import pytest
import torch

from finsta.encoders.scan import linear_recurrence
from tests.reference import encoders as reference


def draw(steps: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(steps)
    decay = torch.rand(steps, 3, generator=generator, dtype=torch.float64)
    value = torch.randn(steps, 3, generator=generator, dtype=torch.float64)
    return decay.to(dtype).requires_grad_(), value.to(dtype).requires_grad_()


def test_three_steps_by_hand():
    decay = torch.tensor([[9.0], [0.5], [2.0]])
    value = torch.tensor([[1.0], [1.0], [1.0]])
    assert linear_recurrence(decay, value).tolist() == [[1.0], [1.5], [4.0]]


@pytest.mark.parametrize("steps", [1, 2, 15, 16, 17, 255, 256, 257, 700])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 1e-5)])
def test_it_equals_its_step_by_step_form_in_value_and_gradient(steps, dtype, tolerance):
    decay, value = draw(steps, dtype)
    out, expected = linear_recurrence(decay, value), reference.linear_recurrence(decay, value)
    torch.testing.assert_close(out, expected, atol=tolerance, rtol=tolerance)
    weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(0), dtype=dtype)
    found = torch.autograd.grad((out * weight).sum(), (decay, value))
    wanted = torch.autograd.grad((expected * weight).sum(), (decay, value))
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)


def test_a_decay_of_zero_starts_a_sequence_of_its_own():
    decay, value = draw(40)
    cut = decay.detach().clone()
    cut[23] = 0
    parts = torch.cat([linear_recurrence(cut[:23], value[:23]), linear_recurrence(cut[23:], value[23:])])
    torch.testing.assert_close(linear_recurrence(cut, value), parts)


def test_no_step_gives_no_state():
    assert linear_recurrence(torch.zeros(0, 3), torch.zeros(0, 3)).shape == (0, 3)


def test_a_decay_of_one_sums_without_losing_what_came_first():
    out = linear_recurrence(torch.ones(5000, 1), torch.ones(5000, 1))
    assert torch.equal(out[:, 0], torch.arange(1.0, 5001.0))


def test_first_and_second_derivatives_pass_gradcheck():
    decay, value = draw(19)
    assert torch.autograd.gradcheck(linear_recurrence, (decay[:, :1], value[:, :1]))
    assert torch.autograd.gradgradcheck(linear_recurrence, (decay[:, :1], value[:, :1]))
