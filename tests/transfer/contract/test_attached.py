"""Seen by hooks or not, the model is the same; what a host lacks it says."""

import pytest
import torch
from torch import nn

from finsta.errors import HostError
from finsta.transfer.capture import capture
from finsta.transfer.hosts import HOSTS, Host, PooledText, PooledVideo
from tests.hosts.registry import TINY, model_type, shared_host
from tests.hosts.tiny import CAPTIONS, PAIRS, clips, texts
from tests.transfer.contract.bare import tensors


@pytest.fixture(scope="module", params=sorted(TINY))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def host(name):
    return shared_host(name)


def use(host: Host) -> None:
    """Every encoder that the host has, once."""
    pixels, has = clips(host), host.capabilities
    video = host.encode_video(pixels)
    if has.text:
        text = host.encode_text(texts(host))
        if has.joint:
            host.similarity(text.pooled, video.pooled)
    if has.cross_modal:
        host.encode_pairs(pixels, texts(host))
    if has.generates:
        host.log_likelihood(pixels, [""] * PAIRS, CAPTIONS[:PAIRS])


def left_in(model: nn.Module) -> dict[str, object]:
    """All that could have been left in a model."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks")
    return {
        "hooks": [(name, kind) for name, module in model.named_modules() for kind in kinds if getattr(module, kind)],
        "parameters": [(name, value.requires_grad, value.grad) for name, value in model.named_parameters()],
        "buffers": [(name, value.shape) for name, value in model.named_buffers()],
        "forwards": [name for name, module in model.named_modules() if "forward" in vars(module)],
        "modes": [module.training for module in model.modules()],
    }


def test_every_host_of_the_table_is_under_test():
    assert {model_type(name) for name in TINY} == set(HOSTS)


def test_the_models_own_output_is_bit_identical_while_it_is_read(host, name):
    call = TINY[name].call(host)
    with torch.no_grad():
        before = tensors(host.model(**call))
        with capture(host.model, *host.spec.reads(host.model).values()) as seen:
            during = tensors(host.model(**call))
    assert seen
    assert len(before) == len(during) > 0
    assert all(torch.equal(a, b) for a, b in zip(before, during, strict=True))


def test_nothing_is_left_in_the_model_after_use(host):
    before = left_in(host.model)
    with torch.no_grad():
        use(host)
    assert left_in(host.model) == before


def test_nothing_is_left_in_the_model_after_an_error(host):
    before = left_in(host.model)
    with pytest.raises((RuntimeError, ValueError, HostError, TypeError)), torch.no_grad():
        host.encode_video(clips(host)[..., :1, :])  # frames of one row
    assert left_in(host.model) == before


def test_two_builds_have_the_same_weights_and_tokens(host, name):
    again = TINY[name].build()
    states = host.model.state_dict(), again.model.state_dict()
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    if host.spec.reads_text:
        assert host.tokens(CAPTIONS)["input_ids"].tolist() == again.tokens(CAPTIONS)["input_ids"].tolist()


def test_what_a_host_lacks_it_says_and_names(host):
    has, pixels = host.capabilities, clips(host, 1)
    ids = {"input_ids": torch.ones(1, 2, dtype=torch.long), "attention_mask": torch.ones(1, 2, dtype=torch.long)}
    if not has.text:
        with pytest.raises(HostError, match="has not a text encoder"):
            host.encode_text(ids)
    if not has.cross_modal:
        with pytest.raises(HostError, match="has not a cross-modal encoder"):
            host.encode_pairs(pixels, ids)
    if not has.generates:
        with pytest.raises(HostError, match="has not a decoder of text"):
            host.generate(pixels, [""])
    if not has.joint:
        some = torch.ones(1, 4)
        with pytest.raises(HostError, match="has not a joint space"):
            host.similarity(PooledText(embedding=some, features=some), PooledVideo(embedding=some))
