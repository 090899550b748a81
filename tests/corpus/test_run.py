"""A corpus is parsed once, whatever stops it: every clip of a manifest has one row, or one failure with its reason."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from finsta.config import CorpusConfig
from finsta.corpus.run import parse_corpus, worker_count
from finsta.corpus.schema import graph_from_row
from finsta.errors import InputError, OutputError
from tests.corpus.fakes import RECIPE, graph_of, make_fake
from tests.corpus.test_processes import calls, ends

ROOT = Path(__file__).parents[2]


def manifest(folder, orders, text="a dog"):
    lines = []
    for name, order in orders.items():
        (folder / f"{name}.mp4").write_text(order)
        lines.append({"id": name, "video": f"{name}.mp4", "caption": text})
    (folder / "pairs.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder / "pairs.jsonl"


def parse(source, out, *, workers=1, **options):
    named = {name: options.pop(name) for name in ("overwrite", "progress", "recipe") if name in options}
    corpus = CorpusConfig(workers=workers, **options)
    return parse_corpus(source, out, corpus=corpus, make_parser=make_fake, **({"recipe": RECIPE} | named))


def rows(out):
    return [row for file in sorted((out / "shards").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_a_manifest_becomes_shards_with_the_graphs_and_a_second_run_has_nothing_to_do(tmp_path):
    source = manifest(tmp_path, {name: f"go {name}" for name in "abcde"})
    seen = []
    done = parse(source, tmp_path / "o", workers=2, shard_clips=2, progress=seen.append)
    assert (done.clips, done.parsed, done.unchanged, done.failures, done.shards) == (5, 5, 0, (), 3)
    assert [(standing.done, standing.clips) for standing in seen] == [(count, 5) for count in range(6)]
    found = {row["id"]: graph_from_row(row) for row in rows(tmp_path / "o")}
    assert found == {name: graph_of(f"go {name}", "a dog") for name in "abcde"}
    again = parse(source, tmp_path / "o")
    assert (again.parsed, again.unchanged) == (0, 5)
    assert len(calls(tmp_path)) == 5


def test_failures_stand_in_their_file_until_they_are_mended(tmp_path):
    source = manifest(tmp_path, {"a": "go 1", "b": "raise", "c": "bug"})
    out = tmp_path / "o"
    for expected in (3, 3):  # the second run does not try them again
        done = parse(source, out)
        assert [failure.id for failure in done.failures] == ["b", "c"]
        assert len(calls(tmp_path)) == expected
        lines = [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]
        assert [(line["id"], line["kind"]) for line in lines] == [("b", "video"), ("c", "error")]
    parse(source, out, retry_failed=True)
    assert len(calls(tmp_path)) == 5
    manifest(tmp_path, {"a": "go 1", "b": "go 2", "c": "bug"})
    done = parse(source, out)
    assert (done.parsed, done.unchanged, [failure.id for failure in done.failures]) == (1, 1, ["c"])
    assert sorted(row["id"] for row in rows(out)) == ["a", "b"]
    assert len((out / "failures.jsonl").read_text().splitlines()) == 1


def test_what_changed_takes_the_place_of_what_was_and_what_was_only_touched_is_not_parsed(tmp_path):
    source = manifest(tmp_path, {name: f"go {name}" for name in "abc"})
    parse(source, tmp_path / "o")
    (tmp_path / "b.mp4").write_text("go on")
    os.utime(tmp_path / "c.mp4")
    done = parse(source, tmp_path / "o")
    assert (done.parsed, done.unchanged) == (1, 2)
    assert {row["id"]: graph_from_row(row) for row in rows(tmp_path / "o")}["b"] == graph_of("go on", "a dog")
    assert Counter(row["id"] for row in rows(tmp_path / "o")) == Counter("abc")


def test_other_settings_are_refused_unless_rows_may_be_replaced(tmp_path):
    source = manifest(tmp_path, {"a": "go 1"})
    parse(source, tmp_path / "o")
    other = type(RECIPE)(settings='{"parser": "other"}')
    with pytest.raises(OutputError, match="was parsed otherwise"):
        parse(source, tmp_path / "o", recipe=other)
    assert parse(source, tmp_path / "o", recipe=other, overwrite=True).parsed == 1
    assert [row["settings"] for row in rows(tmp_path / "o")] == [other.settings]


def test_an_interrupted_run_leaves_what_is_finished_in_shards(tmp_path):
    source = manifest(tmp_path, {name: f"go {name}" for name in "abcd"})

    def stop(standing):
        if standing.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parse(source, tmp_path / "o", progress=stop)
    assert len(rows(tmp_path / "o")) == 2
    assert parse(source, tmp_path / "o").parsed == 2
    assert Counter(row["id"] for row in rows(tmp_path / "o")) == Counter("abcd")


SCRIPT = """
import sys
from finsta.config import CorpusConfig
from finsta.corpus.run import parse_corpus
from tests.corpus.fakes import RECIPE, make_fake
if __name__ == "__main__":
    corpus = CorpusConfig(workers=2, shard_clips=7)
    parse_corpus(sys.argv[1], sys.argv[2], corpus=corpus, make_parser=make_fake, recipe=RECIPE)
"""


def start(folder, source):
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(folder / "script.py"), str(source), str(folder / "o")]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)})


def wait_for(happened, process):
    """Wait until something has happened, or the process has ended."""
    while process.poll() is None and not happened():
        time.sleep(0.002)


def test_killed_again_and_again_every_clip_is_there_once_and_little_was_done_twice(tmp_path):
    clips, kills, choose = 120, 5, random.Random(4)
    source = manifest(tmp_path, {f"c{index:03d}": f"slow {index:03d}" for index in range(clips)})
    (tmp_path / "calls").touch()
    for _ in range(kills):
        goal = len(calls(tmp_path)) + choose.randrange(1, 30)
        process = start(tmp_path, source)
        wait_for(lambda goal=goal: len(calls(tmp_path)) >= goal, process)
        time.sleep(choose.random() * 0.05)
        process.kill()
        process.wait()
    process = start(tmp_path, source)
    assert process.wait() == 0
    found = rows(tmp_path / "o")
    assert Counter(row["id"] for row in found) == Counter(f"c{index:03d}" for index in range(clips))
    assert all(graph_from_row(row) == graph_of(f"slow {row['id'][1:]}", "a dog") for row in found)
    in_work = 2 * clips // (4 * 2)  # a group for each of two workers
    assert len(calls(tmp_path)) <= clips + kills * in_work
    assert {path.name for path in (tmp_path / "o").rglob("*") if path.is_file()} - {"lock", "failures.jsonl"} == {
        *(f"{number:05d}.parquet" for number in range(clips // 7 + 1)),
        "journal.jsonl",
    }
    assert (tmp_path / "o/.finsta/journal.jsonl").stat().st_size == 0


def test_workers_die_with_the_run(tmp_path):
    source = manifest(tmp_path, {"a": "hang"})
    process = start(tmp_path, source)
    wait_for((tmp_path / "calls").exists, process)
    workers = subprocess.check_output(["ps", "-o", "pid=", "--ppid", str(process.pid)], text=True).split()
    process.kill()
    process.wait()
    assert workers
    assert all(ends(worker) for worker in workers)


def test_settings_out_of_range_are_said(tmp_path):
    source = manifest(tmp_path, {"a": "go 1"})
    with pytest.raises(InputError, match="--workers: expected 0 or more, found -1"):
        parse(source, tmp_path / "o", workers=-1)
    with pytest.raises(InputError, match="--time-limit: expected seconds, or 0 for no limit, found -1"):
        parse(source, tmp_path / "o", time_limit=-1.0)
    with pytest.raises(InputError, match="make_parser and recipe are given together"):
        parse_corpus(source, tmp_path / "o", make_parser=make_fake)
    assert worker_count(CorpusConfig()) >= 1
