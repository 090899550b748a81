"""``finsta hosts`` and ``finsta describe``."""

import json

import pytest

from finsta.command_line.main import main
from finsta.transfer.hosts import HOSTS
from tests.hosts.registry import shared_host


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("hosts")
    for name in ("clip", "videomae"):
        shared_host(name).save(root / name)
    return root


def said(capsys, *arguments):
    main(list(arguments))
    return capsys.readouterr().out


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 1
    return capsys.readouterr().err


def test_hosts_lists_every_family_and_the_classes_that_do_other_things(capsys):
    rows = json.loads(said(capsys, "hosts", "--json"))
    assert {row["model_type"] for row in rows} == set(HOSTS)
    classes = [name for row in rows for name in row["classes"]]
    assert sorted(classes) == sorted(name for spec in HOSTS.values() for name in spec.classes)
    blip = {row["classes"][0]: row["capabilities"]["joint"] for row in rows if row["model_type"] == "blip"}
    assert blip["BlipForImageTextRetrieval"] is True
    assert blip["BlipForConditionalGeneration"] is False


def test_hosts_for_people_names_family_own_loss_and_capabilities(capsys):
    lines = said(capsys, "hosts").splitlines()
    (row,) = [line for line in lines if line.strip().startswith("siglip ")]
    assert row.split()[:5] == ["siglip", "sigmoid", "text,", "video,", "joint"]
    assert row.endswith("[SiglipModel]")
    assert lines.index("dual encoders") < lines.index(row) < lines.index("video encoders")
    assert "docs/hosts.md" in lines[-1]


def test_describe_counts_what_moves_and_names_what_is_read_and_missing(folder, capsys):
    found = json.loads(said(capsys, "describe", str(folder / "clip"), "--train", "vision_model.*", "--json"))
    model = shared_host("clip").model
    assert found["parameters"] == sum(value.numel() for value in model.parameters())
    assert found["moving"] == sum(value.numel() for value in model.vision_model.parameters())
    assert set(found["moving_in"]) == {f"vision_model.{name}" for name, _ in model.vision_model.named_children()}
    assert sum(found["moving_in"].values()) == found["moving"]
    assert found["reads"] == [
        {"what": "text tokens", "module": "text_model", "kind": "CLIPTextModel", "shape": "tokens × 32"},
        {
            "what": "visual tokens",
            "module": "vision_model",
            "kind": "CLIPVisionModel",
            "shape": "8 steps × 2 rows × 2 columns × 32",
        },
    ]
    assert found["carried"] == {side: {"relational": 0.25, "direct": 0.25} for side in ("text", "video")}
    assert found["notices"] == [f"{folder / 'clip'}: has no cross-modal encoder; nothing is carried into one"]
    assert found["clip_operations"] > found["text_operations"] > 0


def test_describe_follows_the_settings_of_a_run(folder, capsys):
    lines = said(capsys, "describe", str(folder / "clip"), "--transfer.pooled", "0.5", "--frames", "3").splitlines()
    assert "  reads of a clip              3 frames (of any number) of 16 × 16 pixels" in lines
    assert "  into the text encoder        relational 0.25, direct 0.25, pooled 0.5" in lines


def test_describe_says_what_a_video_encoder_lacks(folder, capsys):
    lines = said(capsys, "describe", str(folder / "videomae")).splitlines()
    lacking = [line.split("not carried")[1].strip() for line in lines if "not carried" in line]
    assert lacking[0] == "has no text encoder; nothing is carried into one"
    assert "  reads of a clip              4 frames (for which the weights are made) of 16 × 16 pixels" in lines
    assert not any("reads of a text" in line for line in lines)


def test_describe_of_a_family_prints_its_row(capsys):
    lines = said(capsys, "describe", "xclip").splitlines()
    assert lines[0] == "dual encoders"
    assert lines[1].startswith("  xclip  contrastive  text, video, joint")
    assert json.loads(said(capsys, "describe", "xclip", "--json"))[0]["model_type"] == "xclip"


def test_a_family_that_is_not_there_is_told_the_nearest(capsys):
    assert "the nearest families are siglip, siglip2" in refused(capsys, "describe", "siglp")


def test_a_folder_that_is_not_there_is_told_the_nearest_beside_it(folder, capsys):
    told = refused(capsys, "describe", str(folder / "videoma"))
    assert f"found nothing there; beside it there are {folder / 'videomae'}" in told


def test_parameters_that_are_not_there_are_told_the_nearest(folder, capsys):
    told = refused(capsys, "describe", str(folder / "clip"), "--train", "visual_model.*")
    assert "--train visual_model.*: no parameter of" in told
    assert "vision_model" in told
