"""The commands that ground, judge grounding, and tell what the encoders cost."""

import json

import pytest

from finsta.experiments.cost import count, synthetic_pair
from finsta.graphs.collate import holistic_batch
from tests.command_line.test_commands import failure, run
from tests.tiny_clips import write_clip
from tests.tiny_hosts import tiny_host
from tests.training.tiny_pairs import tiny_pairs

SMALL = ("--encoder.width", 32, "--encoder.heads", 2, "--encoder.layers", 1, "--steps", 2, "--batch-size", 4)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder of four pairs, and a host post-trained on it."""
    folder = tmp_path_factory.mktemp("data")
    lines = [
        {"id": pair.id, "video": pair.video.name, "caption": pair.caption, "graph": pair.graph.name}
        for pair in tiny_pairs(folder)
    ]
    for split in ("train", "test"):
        (folder / f"{split}.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    tiny_host("clip").save(folder / "host")
    run("post-train", "--host", folder / "host", "--data", folder, "--out", folder / "e", *SMALL)
    return folder


def test_ground_without_a_checkpoint_says_that_the_parser_answers(tmp_path, capsys):
    clip = write_clip(tmp_path / "clip.mp4", "red")
    ask = ("--detector", "motion", "--key-frames", 2)
    run("ground", "--video", clip, "--text", "A man opens a door.", "--out", tmp_path / "g", *ask)
    printed = capsys.readouterr()
    assert "no --checkpoint: grounded by the links of the parser, not by a trained model" in printed.err
    assert "grounded by: links of the parser" in printed.out
    document = json.loads((tmp_path / "g" / "grounding.json").read_text())
    assert (document["format"], document["source"]) == ("finsta-grounding", "links of the parser")
    assert (tmp_path / "g" / "report.html").is_file()
    line = failure(capsys, "ground", "--video", clip, "--text", "A man.", "--out", tmp_path / "g")
    assert "holds grounding.json of an earlier run" in line


def test_ground_with_a_checkpoint_answers_from_it(data, tmp_path, capsys):
    run(
        "ground", "--video", data / "red.mp4", "--text", "A red cube.", "--out", tmp_path / "g",
        "--checkpoint", data / "e", "--detector", "motion", "--key-frames", 2,
    )  # fmt: skip
    assert f"grounded by: checkpoint {data / 'e'}" in capsys.readouterr().out
    assert json.loads((tmp_path / "g" / "grounding.json").read_text())["text"] == "A red cube."
    line = failure(
        capsys, "ground", "--video", data / "red.mp4", "--text", "A", "--out", tmp_path / "h", "--checkpoint", data
    )
    assert "grounding.safetensors: there is no such file" in line


@pytest.mark.slow
def test_evaluate_grounding_prints_every_arm_and_writes_the_items(data, tmp_path, capsys):
    out = tmp_path / "numbers.json"
    run("evaluate-grounding", "--checkpoint", data / "e", "--data", data, "--out", out, "--detector", "motion")
    printed = capsys.readouterr().out
    for arm in ("guessing", "parser's links, gold tracks and labels", "trained, gold tracks", "trained, parsed tracks"):
        assert f"| {arm}" in printed
    document = json.loads(out.read_text())
    assert document["rows"]["guessing"]["box accuracy @0.5"] == 50.0
    items = document["tasks"]["trained, gold tracks without labels"]["items"]
    assert len(items["value"]) == 4 * 3
    assert "found a folder" in failure(
        capsys, "evaluate-grounding", "--checkpoint", data / "e", "--data", data, "--out", tmp_path
    )


@pytest.mark.slow
def test_info_prints_a_line_for_each_preset(capsys):
    run("info", "--frames", 1, "--objects", 5)
    printed = capsys.readouterr().out
    assert "1 key frames of 25 nodes and 85 edges" in printed
    assert [line.split()[0] for line in printed.splitlines()[-3:]] == ["small", "base", "paper"]
    assert "--frames: expected 1 or more, found 0" in failure(capsys, "info", "--frames", 0)
    assert "--objects: expected 5 or more" in failure(capsys, "info", "--objects", 4)


def test_the_graph_that_costs_are_counted_on_has_the_stated_size():
    batch = holistic_batch([synthetic_pair(frames=2)])
    for part in (batch.text, batch.video, batch.union):
        part.validate()
    assert (batch.video.num_nodes, batch.video.edge_index.shape[1], batch.text.num_nodes) == (200, 680, 12)
    assert batch.predicate_link.shape[1] == 3


def test_products_along_edges_are_counted():
    import torch

    from finsta.encoders.attention import GraphAttention

    batch = holistic_batch([synthetic_pair(frames=1)]).video
    layer, x = GraphAttention(16, 2), torch.randn(batch.num_nodes, 16)
    found = count(lambda: layer(x, batch))
    projections = 4 * 2 * batch.num_nodes * 16 * 16
    assert found.products >= projections + 5 * batch.edge_index.shape[1] * 16
    assert found.others > 0
    assert count(lambda: torch.randn(2, 3) @ torch.randn(3, 4)).products == 2 * 2 * 3 * 4
