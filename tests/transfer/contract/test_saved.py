"""A saved host loads in bare `transformers`, in a process that never imports finsta, and in finsta again."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from finsta.experiments.cost import count
from finsta.transfer.hosts import load_host
from tests.hosts.registry import TINY, shared_host
from tests.hosts.tiny import CAPTIONS, frames
from tests.transfer.contract import bare


@pytest.fixture(scope="module", params=sorted(TINY))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """All hosts saved, and read by one process of bare `transformers`."""
    root = tmp_path_factory.mktemp("saved")
    for name, tiny in TINY.items():
        host = shared_host(name)
        host.save(root / name / "host")
        asked = {
            "class": type(host.model).__name__,
            "arguments": dict(tiny.call(host)),
            "texts": list(CAPTIONS) if host.spec.reads_text else [],
            "processor": host.spec.processor is not None,
        }
        torch.save(asked, root / name / "call.pt")
    done = subprocess.run([sys.executable, bare.__file__, str(root)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return root


@pytest.fixture(scope="module")
def found(root, name):
    return torch.load(root / name / "found.pt", weights_only=False)


@pytest.fixture(scope="module")
def loaded(root, name):
    return load_host(root / name / "host", num_frames=shared_host(name).num_frames)


def test_bare_transformers_finds_the_same_parameters(found, name):
    state = shared_host(name).model.state_dict()
    assert found["shapes"] == {key: list(value.shape) for key, value in state.items()}


def test_bare_transformers_computes_the_same(found, name):
    host = shared_host(name)
    with torch.no_grad():
        ours = bare.tensors(host.model(**TINY[name].call(host)))
    assert len(found["output"]) == len(ours)
    for theirs, own in zip(found["output"], ours, strict=True):
        torch.testing.assert_close(theirs, own, rtol=1e-5, atol=1e-6)


def test_bare_transformers_reads_texts_and_frames_the_same(found, name):
    host = shared_host(name)
    if host.spec.reads_text:
        assert found["ids"] == host.tokenizer(list(CAPTIONS))["input_ids"]
    if host.spec.processor is not None:
        assert found["processor"] == host.spec.processor
        assert found["bundled ids"] == found["ids"]
    for key in ("size", "crop_size", "do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std"):
        assert found["image processor"].get(key) == host.image_processor.to_dict().get(key), key


def test_finsta_reads_it_again_with_the_same_weights_tokens_and_frames(loaded, name):
    host = shared_host(name)
    assert type(loaded.model) is type(host.model)
    states = host.model.state_dict(), loaded.model.state_dict()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert torch.equal(loaded.pixels(frames(host)), host.pixels(frames(host)))
    if host.spec.reads_text:
        assert loaded.tokens(CAPTIONS)["input_ids"].tolist() == host.tokens(CAPTIONS)["input_ids"].tolist()


def test_its_cost_is_that_of_the_host(loaded, name):
    host = shared_host(name)
    call = TINY[name].call(host)
    with torch.no_grad():
        costs = [count(lambda model=each.model: model(**call)) for each in (host, loaded)]
    assert costs[0] == costs[1]
    assert costs[0].products > 0
    sizes = [sum(value.numel() for value in each.model.state_dict().values()) for each in (host, loaded)]
    assert sizes[0] == sizes[1]
