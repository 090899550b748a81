"""`finsta evaluate` on a data set, `finsta fine-tune` and `finsta compare`, as a user calls them."""

import json
import re

import pytest
import torch

from finsta.command_line.main import main
from tests.hosts.registry import own_host
from tests.tasks.own_data import write_data


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("command")
    write_data(folder / "own")
    for seed, name in enumerate(("one", "two")):
        host = own_host("clip")
        with torch.no_grad():
            host.model.text_projection.weight.copy_(host.model.text_projection.weight.roll(seed, 0))
        host.save(folder / name)
    return folder


def evaluate(place, host, *more):
    out = place / f"{host}.json"
    main(["evaluate", "--host", str(place / host), "--dataset", "manifest", "--root", str(place / "own"), "--videos",
          str(place / "own"), "--task", "retrieval", "--out", str(out), *more])  # fmt: skip
    return out


def test_a_result_says_how_it_came_about(place, capsys):
    out = evaluate(place, "one")
    printed = capsys.readouterr()
    assert "retrieval/text_to_video/R@50" in printed.out
    assert "95 % interval" in printed.out
    assert re.search(r"retrieval/missing_videos +1$", printed.out, re.MULTILINE)
    assert "1 videos are missing (gone.mp4); the figures are over the rest" in printed.err
    assert "".join(printed.err.split()).count("broken.mp4") == 1
    document = json.loads(out.read_text())
    assert document["dataset"] == "manifest"
    assert document["data_check"]["missing_videos"] == 1
    assert document["data_check"]["counts"]["samples"]["found"] == 6
    assert set(document["versions"]) >= {"python", "torch", "transformers", "finsta"}
    assert len(document["settings_hash"]) == 16
    interval = document["tasks"]["retrieval"]["interval"]
    assert interval["low"] <= interval["value"] <= interval["high"]
    assert interval["value"] == pytest.approx(document["tasks"]["retrieval"]["metrics"]["R@1"])
    assert document["tasks"]["retrieval"]["missing"] == ["gone.mp4"]


def test_settings_that_change_a_figure_change_the_hash(place):
    hashes = [
        json.loads(evaluate(place, "one", *more).read_text())["settings_hash"]
        for more in ((), ("--batch-size", "2"), ("--dual-softmax",))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_results_are_compared(place, capsys):
    files = [evaluate(place, "one"), evaluate(place, "two", "--limit", "3")]
    capsys.readouterr()
    main(["compare", *map(str, files), "--samples", "200", "--json", str(place / "compared.json")])
    printed = capsys.readouterr()
    assert "retrieval R@1" in printed.out
    assert "text_to_video" in printed.out
    assert "9 items are in both; 3 of" in printed.err
    assert "were ranked among 8 texts, those of" in printed.err
    rows = json.loads((place / "compared.json").read_text())["comparisons"]
    assert [row["stratum"] for row in rows] == ["all", "text_to_video", "video_to_text"]
    assert rows[0]["dropped"] == [3, 0]
    assert 0 < rows[0]["p_value"] <= 1


def test_a_host_is_fine_tuned_and_then_measured(place, capsys):
    own = str(place / "own")
    common = ["--dataset", "manifest", "--root", own, "--videos", own, "--task", "recognition"]
    short = ["--steps", "2", "--batch-size", "2", "--workers", "0"]
    main(["fine-tune", "--host", str(place / "one"), *common, "--out", str(place / "tuned"), *short])
    assert "trained for recognition on 4 samples for 2 steps" in capsys.readouterr().out
    main(["evaluate", "--host", str(place / "tuned"), *common, "--clips", "2"])
    printed = capsys.readouterr().out
    assert "recognition, scores" in printed
    assert "head" in printed


def test_results_on_other_data_are_not_compared_though_their_ids_are_the_same(place, capsys):
    document = json.loads(evaluate(place, "one").read_text())
    files = []
    for name, facts in {
        "msvd": {"dataset": "msvd", "variant": "qa"},
        "msrvtt": {"dataset": "msrvtt", "variant": "qa"},
        "own": {"data": "elsewhere"},
    }.items():
        files.append(place / f"{name}-facts.json")
        files[-1].write_text(json.dumps(document | facts))
    with pytest.raises(SystemExit):
        main(["compare", *map(str, files[:2]), "--samples", "50"])
    assert "of msvd (qa, test), " in (told := " ".join(capsys.readouterr().err.split()))
    assert "expected results on one split of one data set; evaluate both on the same" in told
    main(["compare", str(place / "one.json"), str(files[2]), "--samples", "50"])
    assert "items are taken to be the same where their ids are" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "--host", "h"], "expected either --data, or --dataset with --root"),
        (["evaluate", "--host", "h", "--dataset", "msvd"], "--dataset msvd: expected --root with the folder"),
        (["evaluate", "--host", "h", "--data", "d", "--task", "open_qa"], "use --dataset manifest --root d"),
        (["evaluate", "--host", "h", "--data", "d", "--beams", "0"], "--beams: expected 1 or more, found 0"),
        (["evaluate", "--host", "h", "--data", "d", "--crops", "0"], "--crops: expected 1 or more, found 0"),
        (["compare", "a.json"], "expected two or more result files, found 1"),
        (["compare", "a.json", "b.json"], "a.json: cannot be read"),
    ],
)
def test_wrong_options_are_told_in_a_line(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 1
    assert message in capsys.readouterr().err
