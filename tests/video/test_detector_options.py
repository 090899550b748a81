"""Device, precision and batch size of detectors."""

import numpy as np
import pytest
import torch

from finsta.errors import InputError
from finsta.video.detectors import open_detector
from finsta.video.detectors.nanodet import NanoDet, NanoDetDetector
from finsta.video.detectors.options import pick_device, pick_precision
from finsta.video.frames import Frame


@pytest.mark.parametrize(("there", "expected"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_a_gpu_when_there_is_one(monkeypatch: pytest.MonkeyPatch, there: bool, expected: str):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert pick_device("auto").type == expected


def test_a_named_device_is_taken_where_it_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(InputError, match="torch finds 2 CUDA devices; take auto or cpu"):
        pick_device("cuda:2")


def test_a_device_that_torch_does_not_know_is_told():
    with pytest.raises(InputError, match="device 'gpu': expected auto, cpu, cuda or cuda:NUMBER"):
        pick_device("gpu")


def test_half_precision_is_for_gpus():
    assert pick_precision(torch.device("cuda"), half=True) == torch.float16
    assert pick_precision(torch.device("cpu"), half=False) == torch.float32
    with pytest.raises(InputError, match="half precision needs a GPU, found the device 'cpu'"):
        pick_precision(torch.device("cpu"), half=True)


def test_a_batch_of_less_than_nothing_is_told():
    with pytest.raises(InputError, match="batch_size must be positive, or 0 for the detector's own, found -1"):
        open_detector("motion", batch_size=-1)


def textures(count: int) -> list[Frame]:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (64, 96, 3), np.uint8) for _ in range(count)]
    return [Frame(index=index, time=float(index), image=image) for index, image in enumerate(images)]


def test_a_batch_goes_through_nanodet_at_once():
    torch.manual_seed(0)
    model, sizes = NanoDet(), []
    model.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    NanoDetDetector(model, batch_size=3).detect(textures(7))
    assert sizes == [3, 3, 1]


def test_half_precision_finds_what_full_precision_finds():
    torch.manual_seed(0)
    full = NanoDetDetector(NanoDet(), threshold=0.5)
    with torch.no_grad():
        for head in full.model.heads:
            head.output.weight.normal_(std=0.3)
    half_model = NanoDet()
    half_model.load_state_dict(full.model.state_dict())
    half = NanoDetDetector(half_model, threshold=0.5, dtype=torch.float16)
    (one,), (other,) = full.detect(textures(1)), half.detect(textures(1))
    assert len(one) > 0
    assert other.boxes.dtype == np.float32
    assert one.scores[0] == pytest.approx(other.scores[0], abs=0.02)
    assert abs(len(one) - len(other)) <= 0.2 * len(one)
