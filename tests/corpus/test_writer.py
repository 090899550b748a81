"""What the writer holds survives being stopped at any step, with each clip once; two writers never meet."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from finsta.corpus import disk, shards
from finsta.corpus.disk import LineFile
from finsta.corpus.schema import ClipSource, row_from_graph
from finsta.corpus.work import Failure, Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.errors import FormatError, InputError, OutputError
from tests.corpus.fakes import graph_of


def parsed(id, key="k") -> Parsed:
    source = ClipSource(
        id=id, key=key, video=f"/v/{id}", text=None, content="c", size=1, modified=2, settings="{}", version="0"
    )
    return Parsed(id=id, row=json.dumps(row_from_graph(graph_of(f"go {id}", None), source)))


def in_shards(out):
    """Every row, in order, as ``id:key``."""
    files = sorted((out / "shards").glob("*.parquet"))
    return [[f"{row['id']}:{row['key']}" for row in pq.read_table(file).to_pylist()] for file in files]


def flat(out):
    return sorted(name for shard in in_shards(out) for name in shard)


def write(out, ids, *, key="k", shard_clips=3):
    with CorpusWriter.open(out, shard_clips=shard_clips) as writer:
        known = {record.id: record.shard for record in writer.records()}
        for id in ids:
            if known.get(id) is not None:
                writer.will_replace({id: known[id]})
            writer.add(parsed(id, key))


def test_shards_are_full_but_for_the_last_which_the_next_run_fills(tmp_path):
    write(tmp_path, "abcd")
    assert in_shards(tmp_path) == [["a:k", "b:k", "c:k"], ["d:k"]]
    write(tmp_path, "e")
    write(tmp_path, "fghi")
    assert in_shards(tmp_path) == [["a:k", "b:k", "c:k"], ["d:k", "e:k", "f:k"], ["g:k", "h:k", "i:k"]]
    assert not list((tmp_path / ".finsta").glob("*.parquet"))


def test_row_groups_stay_whole_as_a_shard_grows(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "GROUP", 2)
    for id in "abcde":
        write(tmp_path, id, shard_clips=9)
    metadata = pq.ParquetFile(tmp_path / "shards/00000.parquet").metadata
    assert [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)] == [2, 2, 1]


def test_a_row_takes_the_place_of_an_earlier_one(tmp_path):
    write(tmp_path, "abcd")
    write(tmp_path, "bde", key="new")
    assert in_shards(tmp_path) == [["a:k", "b:new", "c:k"], ["d:new", "e:new"]]


def test_what_was_added_is_known_at_once_without_any_farewell(tmp_path):
    code = (
        "import os; from pathlib import Path; from tests.corpus.test_writer import *\n"
        f"with CorpusWriter.open(Path({str(tmp_path)!r}), shard_clips=3) as writer:\n"
        "    for id in 'abcde': writer.add(parsed(id))\n"
        "    os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == -9
    assert in_shards(tmp_path) == [["a:k", "b:k", "c:k"]]
    with CorpusWriter.open(tmp_path, shard_clips=3) as writer:
        assert sorted(record.id for record in writer.records()) == ["a", "b", "c", "d", "e"]
    assert flat(tmp_path) == ["a:k", "b:k", "c:k", "d:k", "e:k"]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def die_at(monkeypatch):
    """Makes the process "die" before the given call of the system, counted from now; gives the calls that were made."""

    def arm(moment):
        made = []

        def counted(name, original):
            def call(*arguments, **named):
                made.append(name)
                if 0 < moment <= len(made):  # nothing that comes after is done either
                    raise Killed
                return original(*arguments, **named)

            return call

        for name in ("write", "fsync", "ftruncate"):
            monkeypatch.setattr(disk.os, name, counted(name, ORIGINAL[name]))
        monkeypatch.setattr(Path, "replace", counted("replace", ORIGINAL["replace"]))
        return made

    return arm


ORIGINAL = {name: getattr(os, name) for name in ("write", "fsync", "ftruncate")} | {"replace": Path.replace}


def test_dying_before_any_call_of_the_system_loses_and_doubles_nothing(tmp_path, die_at):
    """Runs of appends, new shards, filled shards and replaced rows, each cut short at each of its steps in turn."""
    moment, cut = 0, set()
    while True:
        moment += 1
        out = tmp_path / str(moment)
        write(out, "abcd")
        made = die_at(moment)
        try:
            write(out, "beaf", key="new")
            died = False
        except Killed:
            died = True
            cut.add(made[moment - 1])
        die_at(0)
        assert len({name.split(":")[0] for name in flat(out)}) == len(flat(out)), "a clip stands twice"
        assert {name.split(":")[0] for name in flat(out)} >= set("abcd"), "a clip has gone"
        with CorpusWriter.open(out, shard_clips=3) as writer:
            records = {record.id: record for record in writer.records()}
            for id in "beaf":
                if id not in records or records[id].key != "new":
                    if id in records and records[id].shard is not None:
                        writer.will_replace({id: records[id].shard})
                    writer.add(parsed(id, "new"))
        assert flat(out) == ["a:new", "b:new", "c:k", "d:k", "e:new", "f:new"]
        if not died:
            break
    assert cut >= {"write", "fsync", "ftruncate", "replace"}
    assert moment > 15


def test_half_a_line_and_spoilt_lines_are_passed_over(tmp_path):
    write(tmp_path, "a")
    with (tmp_path / ".finsta/journal.jsonl").open("w") as journal:
        journal.write(parsed("b").row + "\n\0\0\0\n[1]\n" + parsed("c").row + "\n" + parsed("d").row[:50])
    (tmp_path / ".finsta/shard.parquet").write_text("half a shard")
    write(tmp_path, "")
    assert flat(tmp_path) == ["a:k", "b:k", "c:k"]


def test_a_last_line_is_found_and_cut_off_however_long(tmp_path):
    (tmp_path / "lines").write_bytes(b"whole\n" + b"x" * 200_000)
    lines = LineFile(tmp_path / "lines")
    place = lines.append("next")
    assert lines.read(place) == "next"
    assert [lines.read(place) for place in lines.places()] == ["whole", "next"]
    lines.close()
    (tmp_path / "half").write_bytes(b"x" * 200_000)
    assert LineFile(tmp_path / "half").size == 0


def test_a_second_writer_is_refused_until_the_first_has_died(tmp_path):
    code = (
        "import time; from pathlib import Path; from finsta.corpus.writer import CorpusWriter\n"
        f"with CorpusWriter.open(Path({str(tmp_path)!r})):\n    print('open', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(OutputError, match=rf"process {other.pid} on .* writes into it; wait for it"):
            write(tmp_path, "a")
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    write(tmp_path, "a")
    assert flat(tmp_path) == ["a:k"]


def test_a_full_disk_ends_the_run_and_keeps_what_was_written(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    with CorpusWriter.open(tmp_path, shard_clips=9) as writer:
        writer.add(parsed("a"))
        monkeypatch.setattr(disk.os, "write", full)
        with pytest.raises(OutputError, match="cannot be written: No space left on device; make room"):
            writer.add(parsed("b"))
        monkeypatch.undo()
    write(tmp_path, "b")
    assert flat(tmp_path) == ["a:k", "b:k"]


def test_failures_are_kept_the_last_of_each_clip_counts_and_spoilt_lines_do_not(tmp_path):
    first = Failure(id="a", video="/v/a", kind="video", reason="no film", mark="1")
    with CorpusWriter.open(tmp_path) as writer:
        writer.fail(first)
        writer.fail(replace(first, reason="still none"))
        writer.fail(replace(first, id="b"))
    with (tmp_path / "failures.jsonl").open("a") as lines:
        lines.write('[]\n{"id": "c"}\n{"id": "d"')
    with CorpusWriter.open(tmp_path) as writer:
        found = list(writer.failures())
        assert found == [replace(first, reason="still none"), replace(first, id="b")]
        writer.settle_failures(found[1:])
        writer.fail(first)
    lines = [json.loads(line) for line in (tmp_path / "failures.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["b", "a"]


def test_what_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="expected a folder, found a file"), CorpusWriter.open(tmp_path / "file"):
        pass
    with pytest.raises(InputError, match="--shard-clips: expected at least 1, found 0"):
        write(tmp_path, "", shard_clips=0)


def test_a_shard_that_is_none_is_named(tmp_path):
    write(tmp_path, "abcd")
    shard = tmp_path / "shards/00000.parquet"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:100])
    with pytest.raises(FormatError, match=r"00000.parquet: expected a shard of a corpus.*move it away"):
        write(tmp_path, "e")
    table = pq.read_table(tmp_path / "shards/00001.parquet").replace_schema_metadata({"format": "other"})
    pq.write_table(table, shard)
    with pytest.raises(FormatError, match=r"expected a shard of format 'finsta-corpus', version '1'; found .*'other'"):
        write(tmp_path, "e")
