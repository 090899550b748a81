"""``finsta convert`` as a user types it, killed and given again, and one line for each thing that can be wrong."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finsta.corpus.schema import ClipSource, row_from_graph
from finsta.corpus.work import Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.graphs.serialization import load_graph
from tests.command_line.test_commands import failure, run
from tests.data.annotations.samples import vidvrd_document, write_json, write_pvsg
from tests.graph_samples import sample_holistic_graph


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in "ab":
        write_json(tmp_path / "vidvrd" / f"{name}.json", vidvrd_document())
    return tmp_path / "vidvrd"


def test_annotations_become_graphs_and_graphs_results(source: Path, tmp_path: Path, capsys):
    (source / "c.json").write_text('{"video_id": "c", "trajectories": ')
    run("convert", source, "--out", tmp_path / "graphs", "--frames", "changes")
    said = capsys.readouterr().out
    assert "c: " in said
    assert f"converted 2, found done 0, failed 1: {tmp_path / 'graphs'}; reasons in " in said
    run("convert", source, "--out", tmp_path / "graphs", "--frames", "changes", "--limit", 2)
    assert "converted 0, found done 2, failed 0" in capsys.readouterr().out
    run("convert", tmp_path / "graphs", "--to", "vidvrd", "--out", tmp_path / "results")
    results = json.loads((tmp_path / "results" / "vidvrd.json").read_text())["results"]
    assert {video: len(relations) for video, relations in results.items()} == {"a": 3, "b": 3}
    assert results["a"][0]["triplet"][1] in ("watch", "move_beside")


def test_the_graphs_of_a_corpus_are_converted_by_the_ids_of_their_clips(tmp_path: Path, capsys):
    pytest.importorskip("pyarrow")
    ids = ["a/b", "a_b", "c"]
    with CorpusWriter.open(tmp_path / "corpus", shard_clips=2) as writer:
        for seed, id in enumerate(ids):
            source = ClipSource(
                id=id, key=id, video="v.mp4", text="t", content="", size=1, modified=2, settings="{}", version="0"
            )
            writer.add(Parsed(id=id, row=json.dumps(row_from_graph(sample_holistic_graph(seed), source))))
    run("convert", tmp_path / "corpus", "--out", tmp_path / "out")
    assert f"converted 3, found done 0, failed 0: {tmp_path / 'out'}" in capsys.readouterr().out
    for seed, name in enumerate(("a_b", "a_b-2", "c")):
        assert load_graph(tmp_path / "out" / f"{name}.json") == sample_holistic_graph(seed)


def test_a_folder_of_nothing_known_is_named(tmp_path: Path, capsys):
    (tmp_path / "notes.txt").touch()
    line = failure(capsys, "convert", tmp_path, "--out", tmp_path / "out")
    assert "or graphs or a corpus of finsta, found none of their files; say which by --from" in line


def test_captions_come_with_texts(tmp_path: Path):
    folder = write_pvsg(tmp_path / "pvsg")
    run("convert", folder, "--out", tmp_path / "out", "--texts", "--text-parser", "rules", "--split", "train")
    assert sorted(path.name for path in (tmp_path / "out").glob("0001*")) == [
        "0001_x.caption-000.json", "0001_x.caption-001.json", "0001_x.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none"], "none: no such file or folder; give the folder of the annotations"),
        (["vidvrd", "--frames", "few"], "--frames: expected `all`, `changes` or a number of 1 or more, found 'few'"),
        (["vidvrd", "--frames", "0"], "--frames: expected `all`, `changes` or a number of 1 or more, found '0'"),
        (["vidvrd", "--limit", "-1"], "--limit: expected 0 or more, found -1"),
        (["vidvrd", "--out", "vidvrd/a.json"], "vidvrd/a.json: expected a folder, found a file; choose another --out"),
        (["vidvrd", "--from", "pvsg"], "vidvrd/pvsg.json: cannot be read: No such file or directory"),
        (["vidvrd/a.json", "--from", "graphs"], "vidvrd/a.json: nothing could be converted; "),
    ],
)
def test_what_cannot_be_is_said_in_one_line(source: Path, tmp_path: Path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    out = [] if "--out" in arguments else ["--out", "out"]
    assert message in failure(capsys, "convert", *arguments, *out)


def test_another_conversion_is_kept_unless_it_may_be_replaced(source: Path, tmp_path: Path, capsys):
    run("convert", source, "--out", tmp_path / "out")
    line = failure(capsys, "convert", source, "--out", tmp_path / "out", "--frames", "2")
    assert "holds a conversion with another --frames; choose another --out, or add --overwrite" in line
    run("convert", source, "--out", tmp_path / "out", "--frames", "2", "--overwrite")
    assert len(json.loads((tmp_path / "out" / "a.json").read_text())["video"]["frames"]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_run_that_is_killed_leaves_whole_files_and_goes_on(tmp_path: Path, capsys):
    for number in range(300):
        write_json(tmp_path / "in" / f"{number:03d}.json", vidvrd_document())
    command = [sys.executable, "-m", "finsta", "convert", tmp_path / "in", "--out", tmp_path / "out"]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    ledger = tmp_path / "out" / "done.jsonl"
    while process.poll() is None and not (ledger.is_file() and ledger.stat().st_size > 200):
        time.sleep(0.005)
    process.kill()
    process.wait()
    for path in (tmp_path / "out").glob("[0-9]*.json"):
        assert json.loads(path.read_text())["format"] == "finsta-graphs"
    kept = len(ledger.read_text().splitlines())
    run("convert", tmp_path / "in", "--out", tmp_path / "out")
    assert "failed 0" in capsys.readouterr().out
    assert len(list((tmp_path / "out").glob("[0-9]*.json"))) == 300
    assert len(ledger.read_text().splitlines()) == 300 >= kept > 0
