"""``finsta parse --manifest`` as a user types it, on real clips."""

import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pyarrow.parquet as pq
import pytest

import finsta
from finsta.command_line.main import main
from finsta.command_line.parse_corpus import Rate, corpus_progress, failure_table, stopped_by_sigterm
from finsta.config import ParseConfig
from finsta.corpus.run import Standing
from finsta.corpus.work import Failure
from finsta.parsing import Pipeline
from tests.tiny_clips import COLOURS, write_clip

OPTIONS = ("--detector", "motion", "--similarity", "lexical", "--text-parser", "rules")


@pytest.fixture
def pairs(tmp_path):
    """Four tiny clips, one of them with two texts, one that is none, and one that is not there."""
    lines = []
    for colour in COLOURS:
        write_clip(tmp_path / f"{colour}.mp4", colour)
        lines.append({"id": colour, "video": f"{colour}.mp4", "caption": f"a {colour} wall"})
    (tmp_path / "words.mp4").write_text("not a video at all\n" * 50)
    lines += [
        {"id": "again", "video": "red.mp4", "text": "a wall that is red"},
        {"id": "silent", "video": "red.mp4"},
        {"id": "words", "video": "words.mp4"},
        {"id": "missing", "video": "missing.mp4"},
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path / "pairs.jsonl"


def parse(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["parse", *map(str, arguments), *OPTIONS])
    return stopped.value.code


@pytest.mark.slow
def test_a_killed_run_goes_on_and_its_graphs_are_those_of_single_clips(tmp_path, pairs, capsys):
    out = tmp_path / "o"
    command = [sys.executable, "-m", "finsta", "parse", "--manifest", str(pairs), "--out", str(out), "--workers", "1"]
    process = subprocess.Popen([*command, *OPTIONS], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    journal = out / ".finsta" / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert parse("--manifest", pairs, "--out", out, "--workers", "1") == 3
    printed = capsys.readouterr()
    assert re.search(r"8 clips: \d parsed, \d done before, 2 failed; 1 shard in", printed.out)
    assert "no such file: 1" in printed.out
    assert "missing.mp4:nosuchfile" in re.sub(r"[\s│]+", "", printed.err)  # the table breaks lines
    corpus = finsta.open_corpus(out)
    assert Counter(corpus.ids) == Counter([*COLOURS, "again", "silent"])
    config = ParseConfig(detector="motion", similarity="lexical", text_parser="rules")
    alone = Pipeline(config)(video=tmp_path / "red.mp4", text="a wall that is red").graph
    assert corpus["again"].graph == alone
    assert corpus["silent"].graph == alone.video
    assert pq.read_table(out / "shards").num_rows == 6


def test_a_manifest_leaves_no_room_for_one_clip(tmp_path, pairs, capsys):
    assert parse("--manifest", pairs, "--text", "a dog", "--out", tmp_path / "o") == 1
    assert "--manifest names the clips and their texts: leave --video and --text out" in capsys.readouterr().err
    assert parse("--manifest", tmp_path / "none.jsonl", "--out", tmp_path / "o") == 1
    assert "expected a manifest or a folder of videos" in capsys.readouterr().err


def test_a_missing_pyarrow_is_named_with_its_extra(tmp_path, pairs, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert parse("--manifest", pairs, "--out", tmp_path / "o") == 1
    assert (
        "the shards of a corpus need pyarrow, found none; run: pip install 'finsta[corpus]'" in capsys.readouterr().err
    )


def test_the_rate_is_that_of_late():
    now = [0.0]
    rate = Rate(clock=lambda: now[0])
    assert str(rate) == "0.0 clips/min"
    for second in range(200):
        now[0] = float(second)
        rate.saw(second if second < 100 else 100 + 2 * (second - 100))
    assert rate.a_second == pytest.approx(2.0)
    assert str(rate) == "2.0 clips/s"


def test_a_log_has_a_line_where_there_is_no_terminal(capsys):
    with corpus_progress() as tell:
        tell(Standing(clips=10))
        tell(Standing(clips=10, parsed=3, failed=1))
    assert capsys.readouterr().err == "0 of 10 clips, 0 failed, 0.0 clips/min\n"


def test_what_stands_in_a_reason_is_no_markup():
    failure = Failure(id="[bold]", video="v", kind="crash", reason="[red]x[/red]")
    cells = [next(iter(column.cells)) for column in failure_table([failure]).columns]
    assert cells == ["\\[bold]", "worker died", "\\[red]x\\[/red]"]


def test_sigterm_is_taken_as_an_interruption():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stopped_by_sigterm():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
