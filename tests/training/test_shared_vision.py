"""One pass of the vision tower for all who ask for the same clips: fewer calls, the same losses and gradients."""

from dataclasses import replace

import pytest
import torch

from finsta.training.post_training.shared_vision import shared_vision, vision_tower
from tests.hosts.registry import own_host
from tests.training.steps import NOTHING, step

FUSED = (
    "blip",
    "git",
    "flava",
    "bridgetower:matching",
    "llava_onevision",
    "qwen2_5_vl",
    "qwen3_vl",
    "smolvlm",
    "internvl",
)
WEIGHTS = replace(NOTHING, host=1.0, pooled=1.0, token=1.0)


def calls_and_gradients(name: str, *, shared: bool):
    host = own_host(name)
    taken = step(host, WEIGHTS)
    taken.objective.eval()
    tower = vision_tower(host)
    calls: list[int] = []
    inner = tower.forward

    def counted(*arguments, **settings):
        calls.append(1)
        return inner(*arguments, **settings)

    tower.forward = counted
    if not shared:
        taken.objective._tower = (None,)
    terms = taken.terms()
    torch.stack(list(terms.values())).sum().backward()
    gradients = {n: p.grad.clone() for n, p in host.model.named_parameters() if p.grad is not None}
    return len(calls), {n: t.item() for n, t in terms.items()}, gradients


@pytest.mark.parametrize("name", ["git", "llava_onevision", "qwen2_5_vl", "smolvlm", "internvl"])
def test_losses_and_gradients_are_those_of_separate_passes_with_fewer_calls(name):
    many, apart, one = calls_and_gradients(name, shared=False)
    few, together, other = calls_and_gradients(name, shared=True)
    assert few < many
    assert together == pytest.approx(apart, rel=1e-4)
    assert one.keys() == other.keys()
    # Equal clips that lie in memory otherwise may take another kernel, hence round otherwise.
    largest = max(gradient.abs().max().item() for gradient in one.values())
    for parameter, gradient in one.items():
        torch.testing.assert_close(other[parameter], gradient, rtol=0, atol=1e-3 * largest)


@pytest.mark.parametrize("name", ["flava", "flava:plain", "blip-2", "blip:retrieval", "bridgetower"])
def test_hosts_that_read_inside_of_the_tower_find_what_they_look_for(name):
    _, apart, _ = calls_and_gradients(name, shared=False)
    _, together, _ = calls_and_gradients(name, shared=True)
    assert together == pytest.approx(apart, rel=1e-4)


def test_a_hook_that_comes_later_is_not_answered_from_memory():
    tower = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    seen: list[torch.Tensor] = []
    with shared_vision(tower):
        first = tower(torch.ones(1, 2))
        with_hook = tower[0].register_forward_hook(lambda module, arguments, output: seen.append(output))
        read = tower(torch.ones(1, 2))
        assert tower(torch.ones(1, 2)) is read
        with_hook.remove()
        assert tower(torch.ones(1, 2)) is first
    assert len(seen) == 1


@pytest.mark.parametrize("name", FUSED)
def test_the_tower_is_as_it_was_after_the_block_and_after_an_error(name):
    host = own_host(name)
    tower = vision_tower(host)
    before = dict(tower.__dict__)
    with shared_vision(tower):
        assert "forward" in tower.__dict__
    assert tower.__dict__.keys() == before.keys()
    with pytest.raises(ZeroDivisionError), shared_vision(tower):
        raise ZeroDivisionError
    assert tower.__dict__.keys() == before.keys()


def test_other_clips_get_passes_of_their_own():
    tower = torch.nn.Linear(2, 2)
    with shared_vision(tower):
        one, same, other = tower(torch.ones(1, 2)), tower(torch.ones(1, 2)), tower(torch.zeros(1, 2))
        with torch.no_grad():
            bare = tower(torch.ones(1, 2))
    assert same is one
    assert other is not one
    assert not bare.requires_grad
    assert tower(torch.ones(1, 2)) is not one


def test_a_dual_encoder_has_nothing_to_share():
    assert step(own_host("clip"), WEIGHTS).objective._tower == (None,)
