"""An enhanced host loads in bare `transformers`, in a process without finsta, and in finsta; it costs what it did."""

import subprocess
import sys
import traceback
from pathlib import Path

import pytest
import torch

from finsta.experiments.cost import count
from finsta.transfer.hosts import Host, load_host
from tests.hosts.registry import TINY, own_host, shared_host
from tests.hosts.tiny import CAPTIONS, frames
from tests.transfer.contract import bare
from tests.transfer.contract.enhanced import enhanced_host


@pytest.fixture(scope="module", params=sorted(TINY))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """All hosts saved after a step of training, and read by one process of bare `transformers`."""
    root = tmp_path_factory.mktemp("saved")
    for name, tiny in TINY.items():
        try:
            write(root / name, enhanced_host(name), dict(tiny.call(shared_host(name))))
        except Exception:  # one broken host must not hide what becomes of the others
            (root / name).mkdir(exist_ok=True)
            (root / name / "error.txt").write_text(traceback.format_exc())
    done = subprocess.run([sys.executable, bare.__file__, str(root)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return root


def write(folder: Path, host: Host, arguments: dict[str, torch.Tensor]) -> None:
    """The host, and what the other process is asked of it."""
    host.save(folder / "host")
    asked = {
        "class": type(host.model).__name__,
        "arguments": arguments,
        "texts": list(CAPTIONS) if host.spec.reads_text else [],
        "processor": host.spec.processor is not None,
        "image processor": of_transformers(host),
    }
    torch.save(asked, folder / "call.pt")


def of_transformers(host: Host) -> bool:
    """Whether the host's image processor is one that needs no torchvision there either."""
    return type(host.image_processor).__module__.startswith("transformers.")


@pytest.fixture(scope="module")
def found(root, name):
    error = root / name / "error.txt"
    assert not error.exists(), error.read_text()
    return torch.load(root / name / "found.pt", weights_only=False)


@pytest.fixture(scope="module")
def loaded(root, name):
    return load_host(root / name / "host", num_frames=shared_host(name).num_frames)


def test_bare_transformers_finds_the_same_parameters(found, name):
    state = shared_host(name).model.state_dict()
    assert found["shapes"] == {key: list(value.shape) for key, value in state.items()}


def test_bare_transformers_computes_the_same(found, name):
    host = enhanced_host(name)
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
    if not of_transformers(host):
        return  # what is written of it is held to the test below
    for key in ("size", "crop_size", "do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std"):
        assert found["image processor"].get(key) == host.image_processor.to_dict().get(key), key


def test_finsta_reads_it_again_with_the_same_weights_tokens_and_frames(loaded, name):
    host = enhanced_host(name)
    assert type(loaded.model) is type(host.model)
    states = host.model.state_dict(), loaded.model.state_dict()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert torch.equal(loaded.pixels(frames(host)), host.pixels(frames(host)))
    if host.spec.reads_text:
        assert loaded.tokens(CAPTIONS)["input_ids"].tolist() == host.tokens(CAPTIONS)["input_ids"].tolist()


def test_its_cost_is_that_of_the_host(loaded, name):
    host = own_host(name)
    call = TINY[name].call(host)
    for each in (host, loaded):
        each.model.requires_grad_(False)  # PyTorch's counter stumbles over views of parameters that are inputs
    outputs = []
    costs = [count(lambda model=each.model: outputs.append(bare.tensors(model(**call)))) for each in (host, loaded)]
    assert costs[0] == costs[1]
    assert costs[0].products > 0
    assert [value.shape for value in outputs[0]] == [value.shape for value in outputs[1]]
    sizes = [sum(value.numel() for value in each.model.state_dict().values()) for each in (host, loaded)]
    assert sizes[0] == sizes[1]
