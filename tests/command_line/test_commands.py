"""The commands as a user types them: what they write, and one clear line for each thing that can be wrong."""

import json
import os
import re
from pathlib import Path

import pytest

from finsta.command_line.main import main
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.graphs.serialization import load_graph
from tests.tiny_clips import write_clip
from tests.tiny_hosts import tiny_host
from tests.training.tiny_pairs import tiny_pairs


def run(*arguments: object) -> None:
    main([str(argument) for argument in arguments])


def failure(capsys, *arguments: object) -> str:
    """The one line that a command prints when it cannot go on."""
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 1
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("finsta: ")
    assert "Traceback" not in line
    return line


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.mp4", "red")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A data folder of four pairs and a tiny host."""
    folder = tmp_path_factory.mktemp("world")
    for split in ("train", "test"):
        lines = [
            {
                "id": pair.id,
                "video": pair.video.name,
                "caption": pair.caption,
                "coarse_caption": pair.coarse_caption,
                "graph": pair.graph.name,
                "negatives": [{"caption": n.caption, "kind": n.kind} for n in pair.negatives],
            }
            for pair in tiny_pairs(folder)
        ]
        (folder / f"{split}.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    tiny_host("xclip").save(folder / "host")
    return folder


def test_parse_writes_graphs_and_a_page_of_text_and_video(tmp_path, clip):
    run("parse", "--video", clip, "--text", "a red cube", "--out", tmp_path / "o", "--detector", "motion")
    graph = load_graph(tmp_path / "o" / "graphs.json")
    assert isinstance(graph, HolisticSceneGraph)
    page = (tmp_path / "o" / "report.html").read_text()
    assert "cube" in page
    assert not re.search(r'(src|href)="https?:', page)


def test_parse_takes_text_alone_and_video_alone(tmp_path, clip):
    run("parse", "--text", "a dog chases a ball", "--out", tmp_path / "t")
    run("parse", "--video", clip, "--out", tmp_path / "v", "--detector", "motion")
    assert isinstance(load_graph(tmp_path / "t" / "graphs.json"), TextualSceneGraph)
    assert isinstance(load_graph(tmp_path / "v" / "graphs.json"), DynamicSceneGraph)


def test_a_clip_without_a_detection_gives_empty_key_frames_and_a_warning(tmp_path, clip, capsys):
    run("parse", "--video", clip, "--out", tmp_path / "o", "--detector", "motion")
    graph = load_graph(tmp_path / "o" / "graphs.json")
    assert all(not frame.nodes for frame in graph.frames)
    assert "nothing was found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("Der Hund läuft über die Straße und bellt laut", "English"),
        ("狗在街上跑", "English"),
        ("Slowly.", ""),
    ],
)
def test_a_text_that_says_little_gives_what_can_be_had_and_a_warning(tmp_path, capsys, text, warning):
    run("parse", "--text", text, "--out", tmp_path / "o")
    assert isinstance(load_graph(tmp_path / "o" / "graphs.json"), TextualSceneGraph)
    assert warning in capsys.readouterr().err


def test_five_thousand_words_are_parsed(tmp_path):
    run("parse", "--text", "A small dog chases the red ball. " * 714, "--out", tmp_path / "o")
    assert len(load_graph(tmp_path / "o" / "graphs.json").nodes) > 3


def test_a_video_that_is_none_is_said_in_one_line(tmp_path, capsys):
    out = tmp_path / "o"
    assert "missing.mp4" in failure(capsys, "parse", "--video", tmp_path / "missing.mp4", "--out", out)
    assert str(tmp_path) in failure(capsys, "parse", "--video", tmp_path, "--out", out)
    (tmp_path / "words.mp4").write_text("not a video at all\n" * 50)
    assert "words.mp4" in failure(capsys, "parse", "--video", tmp_path / "words.mp4", "--out", out)
    (tmp_path / "empty.mp4").touch()
    assert "empty" in failure(capsys, "parse", "--video", tmp_path / "empty.mp4", "--out", out)


def test_wrong_options_say_what_exists(tmp_path, clip, capsys):
    assert "nothing to parse" in failure(capsys, "parse", "--out", tmp_path / "o")
    line = failure(capsys, "parse", "--video", clip, "--out", tmp_path / "o", "--detector", "yolo")
    assert "auto, motion, nanodet or hf:" in line
    line = failure(capsys, "parse", "--video", clip, "--out", tmp_path / "p", "--detector", f"hf:{tmp_path}")
    assert str(tmp_path) in line
    line = failure(
        capsys, "parse", "--video", clip, "--text", "a dog", "--out", tmp_path / "q", "--similarity", "word2vec",
        "--detector", "motion",
    )  # fmt: skip
    assert "lexical" in line


def test_an_output_that_exists_is_kept_until_told_otherwise(tmp_path, capsys):
    run("parse", "--text", "a dog", "--out", tmp_path / "o")
    assert "--overwrite" in failure(capsys, "parse", "--text", "a cat", "--out", tmp_path / "o")
    assert load_graph(tmp_path / "o" / "graphs.json").text == "a dog"
    run("parse", "--text", "a cat", "--out", tmp_path / "o", "--overwrite")
    assert load_graph(tmp_path / "o" / "graphs.json").text == "a cat"
    (tmp_path / "file").touch()
    assert "expected a folder" in failure(capsys, "parse", "--text", "a cat", "--out", tmp_path / "file")
    assert "cannot be written" in failure(capsys, "parse", "--text", "a cat", "--out", tmp_path / "file" / "deep")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot be written" in failure(capsys, "parse", "--text", "a cat", "--out", tmp_path / "locked" / "o")


def test_world_renders_clips_that_training_reads(tmp_path):
    run("world", "--clips", 6, "--seed", 3, "--out", tmp_path / "w")
    manifests = [(tmp_path / "w" / f"{split}.jsonl").read_text() for split in ("train", "val", "test")]
    assert sum(len(manifest.splitlines()) for manifest in manifests) == 6
    assert len(list((tmp_path / "w" / "videos").iterdir())) == 6


def test_post_train_then_evaluate(world, tmp_path, capsys):
    settings = ["--steps", 2, "--batch-size", 2, "--encoder.width", 32, "--encoder.layers", 2]
    run("post-train", "--host", world / "host", "--data", world, "--out", tmp_path / "e", *settings)
    assert "trained on 4 pairs for 2 steps" in capsys.readouterr().out
    run("evaluate", "--host", tmp_path / "e", "--data", world, "--out", tmp_path / "r.json")
    printed = capsys.readouterr().out
    assert "retrieval/text_to_video/R@1" in printed
    assert "multiple_choice/accuracy/role" in printed
    saved = json.loads((tmp_path / "r.json").read_text())
    assert saved["tasks"]["multiple_choice"]["metrics"]["count/role"] == 4

    again = tmp_path / "e" / "run" / "config.json"
    run("post-train", "--host", world / "host", "--data", world, "--out", tmp_path / "c", "--control",
        "--config-file", again, "--seed", 5)  # fmt: skip
    resolved = json.loads((tmp_path / "c" / "run" / "config.json").read_text())["config"]
    assert (resolved["steps"], resolved["seed"], resolved["encoder"]["width"]) == (2, 5, 32)
    assert resolved["transfer"]["direct"] == 0


def test_a_host_is_read_with_the_frames_that_it_was_trained_with(world, tmp_path, capsys):
    tiny_host("clip").save(tmp_path / "host")
    settings = ["--steps", 1, "--batch-size", 2, "--frames", 3, "--control"]
    run("post-train", "--host", tmp_path / "host", "--data", world, "--out", tmp_path / "e", *settings)
    capsys.readouterr()
    run("evaluate", "--host", tmp_path / "e", "--data", world, "--out", tmp_path / "r.json")
    assert re.search(r"frames of a clip +3", capsys.readouterr().out)
    assert json.loads((tmp_path / "r.json").read_text())["frames"] == 3


def test_the_version_is_told(capsys):
    run("--version")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_evaluation_checks_its_options_before_it_works(world, tmp_path, capsys):
    line = failure(capsys, "evaluate", "--host", world / "host", "--data", world, "--batch-size", 0)
    assert "--batch-size: expected 1 or more" in line
    line = failure(capsys, "evaluate", "--host", world / "host", "--data", world, "--out", tmp_path)
    assert "found a folder" in line


def test_a_host_that_is_none_is_said_in_one_line(world, tmp_path, capsys):
    for host in (world, tmp_path / "missing", world / "train.jsonl"):
        line = failure(capsys, "post-train", "--host", host, "--data", world, "--out", tmp_path / "e")
        assert str(host) in line
        assert str(host) in failure(capsys, "evaluate", "--host", host, "--data", world)


def test_data_that_is_none_is_said_in_one_line(world, tmp_path, capsys):
    line = failure(capsys, "evaluate", "--host", world / "host", "--data", world, "--split", "dev")
    assert "dev.jsonl" in line
    assert "test.jsonl" in line
    (tmp_path / "pairs.jsonl").write_text('{"id": "1", "video": "a.mp4"}\n')
    line = failure(capsys, "evaluate", "--host", world / "host", "--data", tmp_path / "pairs.jsonl")
    assert "pairs.jsonl:1" in line


def test_videos_that_do_not_decode_are_named_and_the_rest_is_evaluated(world, tmp_path, capsys):
    lines = (world / "test.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    for entry in entries:
        entry["video"] = str(world / entry["video"])
        entry["graph"] = str(world / entry["graph"])
    entries.append(entries[0] | {"id": "gone", "video": "gone.mp4"})
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(entry) for entry in entries))
    run("evaluate", "--host", world / "host", "--data", tmp_path / "pairs.jsonl")
    printed = capsys.readouterr()
    assert "gone.mp4" in printed.err
    assert re.search(r"retrieval/videos +4\n", printed.out)


def test_models_path_fails_where_nothing_was_fetched(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    assert "finsta models get nanodet" in failure(capsys, "models", "path", "nanodet")


def test_a_typing_error_in_a_settings_file_suggests_the_right_word(world, tmp_path: Path, capsys):
    (tmp_path / "c.json").write_text('{"stepz": 3}')
    line = failure(
        capsys, "post-train", "--host", world / "host", "--data", world, "--out", tmp_path / "e",
        "--config-file", tmp_path / "c.json",
    )  # fmt: skip
    assert "did you mean 'steps'" in line
