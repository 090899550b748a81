"""TGIF-QA: tabs whatever the name says, types by number, a validation split that shares no GIF with training."""

from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, told, write

HEADER = "gif_name\tquestion\tanswer\ttype\tvid_id\tkey\tdescription"


def row(gif: str, number: int, kind: str = "0", question: str = "what is it ?", answer: str = "cookie") -> str:
    return f"{gif}\t{question}\t{answer}\t{kind}\tFRAMEQA{number}\t{number}\ta cookie , it is ."


def rows(folder: Path, name: str, *lines: str) -> None:
    write(folder, name, "\r\n".join((HEADER, *lines)) + "\r\n")


def test_fields_stand_between_tabs_and_types_have_names(tmp_path: Path):
    rows(
        tmp_path,
        "Test_frameqa_question.csv",
        row("tumblr_a_250", 1, question="what is in the cone , left ?"),
        row("tumblr_a_250", 2, "1", answer="two"),
        row("tumblr_b_400", 3, "2", answer="red"),
        row("tumblr_b_400", 4, "3", answer="room"),
    )
    samples = list(open_dataset("tgifqa", tmp_path, "test").samples())
    assert samples[0] == Sample(
        id="FRAMEQA1", video="tumblr_a_250", question="what is in the cone , left ?", answers=("cookie",), kind="object"
    )
    assert [sample.kind for sample in samples] == ["object", "number", "color", "location"]


def test_validation_is_a_tenth_of_the_gifs_and_shares_none_with_training(tmp_path: Path):
    lines = [row(f"tumblr_{number // 2}_400", number) for number in range(2000)]
    rows(tmp_path, "Train_frameqa_question.csv", *lines)
    parts = {split: told(open_dataset("tgifqa", tmp_path, split)) for split in ("train", "val", "trainval")}
    gifs = {split: {sample.video for sample in found.values()} for split, found in parts.items()}
    assert not gifs["train"] & gifs["val"]
    assert gifs["train"] | gifs["val"] == gifs["trainval"]
    assert parts["trainval"].keys() == parts["train"].keys() | parts["val"].keys()
    assert 70 <= len(gifs["val"]) <= 130


def test_what_is_validation_depends_on_the_gif_alone(tmp_path: Path):
    lines = [row(f"tumblr_{number}_400", number) for number in range(300)]
    rows(tmp_path / "a", "Train_frameqa_question.csv", *lines)
    rows(tmp_path / "b", "Train_frameqa_question.csv", *reversed(lines[100:]))
    whole, cut = (told(open_dataset("tgifqa", tmp_path / name, "val")) for name in "ab")
    assert set(cut) == {name for name in whole if int(name.removeprefix("FRAMEQA")) >= 100}
    assert cut


def test_a_type_of_no_name_is_told(tmp_path: Path):
    rows(tmp_path, "Test_frameqa_question.csv", row("g", 1, "4"), row("g", 2))
    samples, faults = faults_of(open_dataset("tgifqa", tmp_path, "test"))
    assert [sample.id for _, sample in samples] == ["FRAMEQA2"]
    assert "Test_frameqa_question.csv:2: expected a type from 0 to 3, found '4'" in faults[0].message
    assert faults[0].kind == "outside"


def test_commas_are_another_header(tmp_path: Path):
    write(tmp_path, "Test_frameqa_question.csv", HEADER.replace("\t", ",") + "\n")
    with pytest.raises(FormatError, match=r"question\.csv:1: expected the columns gif_name, .* between tabs, found no"):
        list(open_dataset("tgifqa", tmp_path, "test").samples())


def test_a_row_cut_short_is_told(tmp_path: Path):
    rows(tmp_path, "Test_frameqa_question.csv", "tumblr_a\twhat is")
    with pytest.raises(FormatError, match=r"question\.csv:2: expected 7 fields between tabs, found 2"):
        list(open_dataset("tgifqa", tmp_path, "test").samples())
