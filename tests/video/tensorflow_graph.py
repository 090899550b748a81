"""A plain interpreter of the few operations of the published NanoDet graph, and archives that hold such a graph."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from finsta.models import NANODET_HASHES, nanodet_source

SOURCE = nanodet_source()
OUTPUTS = ["Identity", "Identity_1", "Identity_2", "Identity_3", "Identity_4", "Identity_5"]


def published() -> tuple[bytes, bytes]:
    """The two published files, from the archive that `finsta models get nanodet` keeps; skips where it has not run."""
    if not SOURCE.is_file():
        pytest.skip(f"{SOURCE} is not there: `finsta models get nanodet` fetches the published graph")
    with tarfile.open(SOURCE) as tar:
        graph, weights = (tar.extractfile(name).read() for name in NANODET_HASHES)
    return graph, weights


def random_model(seed: int = 0) -> tuple[bytes, bytes]:
    """The published topology with its constants, and random weights that keep activations near one."""
    graph, weights = published()
    description = json.loads(graph)
    constants = read_weights(description["weightsManifest"], weights)
    random = np.random.default_rng(seed)
    data = b""
    for entry in [entry for group in description["weightsManifest"] for entry in group["weights"]]:
        name, shape = entry["name"], entry["shape"]
        if entry["dtype"] == "int32" or not shape:
            array = constants[name].numpy()
        elif len(shape) == 4:
            array = random.normal(size=shape) * (2 / np.prod(shape[:3])) ** 0.5
        else:
            array = random.normal(size=shape) * 0.1
        data += array.astype(entry.get("quantization", {}).get("dtype", entry["dtype"])).tobytes()
    return graph, data


def write_archive(path: Path, graph: bytes, weights: bytes) -> dict[str, str]:
    """An npm archive with the two files; returns their hashes by name."""
    members = {"package/models/nanodet.json": graph, "package/models/nanodet.bin": weights}
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}


def read_weights(manifest: list[dict], data: bytes) -> dict[str, torch.Tensor]:
    tensors, offset = {}, 0
    for entry in [entry for group in manifest for entry in group["weights"]]:
        kind = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"]))
        size = int(np.prod(entry["shape"])) * kind.itemsize
        array = np.frombuffer(data[offset : offset + size], kind).astype(entry["dtype"]).reshape(entry["shape"])
        tensors[entry["name"]] = torch.from_numpy(array)
        offset += size
    return tensors


def run(graph: bytes, weights: bytes, image: torch.Tensor) -> list[torch.Tensor]:
    """The six outputs of the graph: scores at strides 8, 16, 32, then bin logits."""
    description = json.loads(graph)
    values = read_weights(description["weightsManifest"], weights) | {"input_1": image}
    for node in description["modelTopology"]["node"]:
        if node["op"] not in {"Const", "Placeholder"}:
            results = OPERATIONS[node["op"]](node.get("attr", {}), *(values[name] for name in node["input"]))
            results = results if isinstance(results, tuple) else (results,)
            values |= {f"{node['name']}:{index}": result for index, result in enumerate(results)}
            values[node["name"]] = results[0]
    return [values[name] for name in OUTPUTS]


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def strides(attributes):
    return [int(number) for number in attributes["strides"]["list"]["i"]][1:3]


def pad(attributes, x, amounts, value=0.0):
    return functional.pad(x, amounts.flip(0).flatten().tolist(), value=float(value))


def convolve(attributes, x, kernel):
    return nhwc(functional.conv2d(nchw(x), kernel.permute(3, 2, 0, 1), stride=strides(attributes)))


def max_pool(attributes, x):
    size = [int(number) for number in attributes["ksize"]["list"]["i"]][1:3]
    return nhwc(functional.max_pool2d(nchw(x), size, strides(attributes)))


def resize(attributes, x, size):
    return nhwc(functional.interpolate(nchw(x), size.tolist(), mode="bilinear", align_corners=False))


OPERATIONS = {
    "Add": lambda attributes, x, y: x + y,
    "AddV2": lambda attributes, x, y: x + y,
    "ConcatV2": lambda attributes, *parts: torch.cat(parts[:-1], int(parts[-1])),
    "Conv2D": convolve,
    "Identity": lambda attributes, x: x,
    "LeakyRelu": lambda attributes, x: functional.leaky_relu(x, attributes["alpha"]["f"]),
    "MaxPool": max_pool,
    "Pad": pad,
    "PadV2": pad,
    "Reshape": lambda attributes, x, shape: x.reshape(shape.tolist()),
    "ResizeBilinear": resize,
    "Sigmoid": lambda attributes, x: x.sigmoid(),
    # Only ever called without indices: the default value everywhere.
    "SparseToDense": lambda attributes, indices, shape, value, default: default.expand(shape.tolist()),
    "SplitV": lambda attributes, x, sizes, axis: torch.split(x, sizes.tolist(), int(axis)),
    "Transpose": lambda attributes, x, order: x.permute(order.tolist()),
}
