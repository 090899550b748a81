"""A run's folder is its own; settings are read back with help for typing errors."""

import json

import pytest

from finsta.config import PostTrainConfig, TransferConfig
from finsta.errors import FormatError, InputError, OutputError
from finsta.training.loop.run_folder import RunFolder, config_from_dict, config_to_dict, read_config

SETTINGS = {"host": "h", "config": config_to_dict(PostTrainConfig())}


def test_the_same_run_may_be_taken_up_again(tmp_path):
    RunFolder(tmp_path / "e", SETTINGS)
    assert not RunFolder(tmp_path / "e", SETTINGS).finished


def test_another_run_in_the_folder_is_refused_by_naming_what_differs(tmp_path):
    (RunFolder(tmp_path / "e", SETTINGS).run / "log.jsonl").write_text("{}")
    other = SETTINGS | {"config": config_to_dict(PostTrainConfig(transfer=TransferConfig(direct=0.5)))}
    with pytest.raises(OutputError, match=r"config.transfer.direct was 0.25, now 0.5"):
        RunFolder(tmp_path / "e", other)


def test_a_run_that_never_took_a_step_may_be_given_other_settings(tmp_path):
    RunFolder(tmp_path / "e", SETTINGS)
    RunFolder(tmp_path / "e", SETTINGS | {"host": "other"})
    assert json.loads((tmp_path / "e" / "run" / "config.json").read_text())["host"] == "other"


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="no run of finsta"):
        RunFolder(tmp_path, SETTINGS)
    with pytest.raises(OutputError, match="no run of finsta"):
        RunFolder(tmp_path / "notes.txt", SETTINGS)


def test_a_checkpoint_counts_as_there_only_when_all_of_it_is(tmp_path):
    folder = RunFolder(tmp_path / "e", SETTINGS)

    def save(to):
        assert to.name == "e"
        to.mkdir(parents=True)
        for name in ("config.json", "model.safetensors", "a.txt"):
            (to / name).write_text(name)

    folder.install(save)
    assert folder.finished
    assert sorted(path.name for path in (tmp_path / "e").iterdir()) == [
        "a.txt",
        "config.json",
        "model.safetensors",
        "run",
    ]


def test_settings_are_read_back_as_they_were(tmp_path):
    config = PostTrainConfig(steps=7, transfer=TransferConfig(direct=0.5))
    (tmp_path / "c.json").write_text(json.dumps({"host": "h", "config": config_to_dict(config)}))
    assert read_config(PostTrainConfig, tmp_path / "c.json") == config


def test_an_unknown_key_is_an_error_that_suggests_the_right_one(tmp_path):
    with pytest.raises(FormatError, match="TransferConfig has no 'dirct'; did you mean 'direct'"):
        config_from_dict(PostTrainConfig, {"transfer": {"dirct": 1.0}}, where="c.json")
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(FormatError, match="found a list"):
        read_config(PostTrainConfig, tmp_path / "list.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_config(PostTrainConfig, tmp_path / "missing.json")
