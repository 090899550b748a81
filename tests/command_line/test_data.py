"""``finsta data``: exit codes that tell what is wrong, reports that name it, manifests that training reads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from finsta.command_line.main import main
from finsta.data.pairs import read_pairs
from tests.data.datasets.writing import write
from tests.tiny_clips import write_clip

PAIRS = "key,vid_key,video_id,sentence\n" + "".join(f"ret{n},m,video{n},sentence {n % 995}\n" for n in range(1000))


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    """Exit code, what was printed, and messages."""
    try:
        main(["data", *map(str, arguments)])
        code = 0
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_list_names_all_and_one_in_full(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "msrvtt       MSR-VTT" in out
    assert "1k-A         retrieval: train 9,000, train-7k 7,010, test 1,000" in out
    code, out, _ = run(capsys, "list", "lsmdc")
    assert "source     LSMDC 2016 challenge" in out
    assert "msrvtt" not in out
    code, out, _ = run(capsys, "list", "k400", "--json")
    assert json.loads(out)[0]["variants"]["clips"]["splits"]["val"][0]["samples"] == 19_906


def test_published_files_exit_with_0_and_say_what_the_protocol_is(tmp_path: Path, capsys):
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS)
    code, out, _ = run(capsys, "check", "msrvtt", tmp_path)
    assert code == 0
    assert "MSR-VTT, 1k-A, test: as published" in out
    assert "samples    1,000 of 1,000" in out
    assert "distinct   995 of 995" in out
    assert "duplicates 0" in out
    assert "videos were not looked for; --videos names their folder" in out
    assert "source     JSFusion (Yu et al. 2018)" in out
    assert "not there: full train, full val, full test, 1k-A train," in out


def test_other_counts_and_duplicates_exit_with_3(tmp_path: Path, capsys):
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS + "ret0,m,video0,again\n")
    code, out, _ = run(capsys, "check", "msrvtt", tmp_path, "--split", "test", "--variant", "1k-A")
    assert code == 3
    assert "1k-A, test: not as published" in out
    assert "duplicates 1" in out
    assert "MSRVTT_JSFUSION_test.csv:1002: expected each id once, found 'ret0' again" in out
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS[:5000])
    code, out, _ = run(capsys, "check", "msrvtt", tmp_path)
    assert code == 3
    assert " of 1,000  differs" in out


def test_missing_and_undecodable_videos_exit_with_4_and_are_named(tmp_path: Path, capsys):
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS)
    write_clip(write(tmp_path, "videos/video7.mp4", ""), "red")
    for number in range(8, 1000):
        write(tmp_path, f"videos/video{number}.mp4", "")
    code, out, _ = run(capsys, "check", "msrvtt", tmp_path)
    assert code == 4
    assert "as published, but videos are missing" in out
    assert "7 videos; results hold for the others: video0, video1, video2, video3, video4, video5, video6" in out
    code, out, _ = run(capsys, "check", "msrvtt", tmp_path, "--decode")
    assert code == 4
    assert "992 videos do not decode" in out
    assert "video8: " in out
    code, out, _ = run(capsys, "check", "msrvtt", tmp_path, "--json")
    document = json.loads(out)[0]
    assert (document["missing"], document["complete"]) == ([f"video{n}" for n in range(7)], True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("msrvtt", "--split", "tset"), "expected the split train, val, test or train-7k, found 'tset'"),
        (("msrvtt", "--variant", "2k"), "expected the variant full, 1k-A, 1k-B, qa or mc, found '2k'"),
        (("msrvtt", "--split", "test", "--variant", "qa"), "expected the test questions in test_qa.json"),
        (("ssv2",), "expected the train clips in something-something-v2-train.json"),
        (("coco",), "data set 'coco': expected one of kinetics400"),
        (("msrvtt", "--videos", "/nowhere"), "/nowhere: no such folder; give the folder of the videos"),
    ],
)
def test_what_cannot_be_checked_exits_with_1(tmp_path: Path, capsys, arguments, message):
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS)
    name, *options = arguments
    code, _, err = run(capsys, "check", name, tmp_path, *options)
    assert code == 1
    assert message in err


def test_a_broken_file_exits_with_1_after_the_others_were_reported(tmp_path: Path, capsys):
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS)
    write(tmp_path, "val_qa.json", '[{"id": 1, "video_id": 6513, "question": "what?", "answer": "a"},')
    code, out, err = run(capsys, "check", "msrvtt", tmp_path)
    assert code == 1
    assert "1k-A, test: as published" in out
    assert "val_qa.json:1, element 1: expected a whole JSON array, found the end of the file inside the element" in err


def test_a_manifest_holds_the_pairs_whose_videos_are_there(tmp_path: Path, capsys):
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", PAIRS)
    for number in range(3):
        write(tmp_path, f"v/video{number}.mp4", "")
    options = ("--split", "test", "--variant", "1k-A", "--videos", tmp_path / "v", "--out", tmp_path / "test.jsonl")
    code, out, err = run(capsys, "manifest", "msrvtt", tmp_path, *options)
    assert code == 4
    assert f"wrote 3 pairs of MSR-VTT, test: {tmp_path / 'test.jsonl'}" in out
    assert "left out 997 videos that are not there: video3, video4" in err
    assert [(pair.id, pair.caption) for pair in read_pairs(tmp_path, "test")] == [
        (f"ret{n}", f"sentence {n}") for n in range(3)
    ]
    code, _, err = run(capsys, "manifest", "msrvtt", tmp_path, *options)
    assert code == 1
    assert "test.jsonl: is there already; choose another --out, or add --overwrite" in err
    code, out, _ = run(capsys, "manifest", "msrvtt", tmp_path, *options, "--overwrite", "--limit", 2)
    assert (code, "wrote 2 pairs" in out) == (0, True)
    code, _, err = run(capsys, "manifest", "msrvtt", tmp_path, *options, "--overwrite", "--limit", -1)
    assert (code, "--limit: expected 0 or more, found -1" in err) == (1, True)


def test_a_reader_that_stops_reading_is_no_error():
    listed = subprocess.Popen(
        [sys.executable, "-c", "from finsta.command_line.main import main; main(['data', 'list', '--json'])"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    listed.stdout.close()
    assert listed.stderr.read() == b""
    listed.stderr.close()
    assert listed.wait() == 141
