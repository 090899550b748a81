"""DiDeMo: one video under several extensions, sentences apart from each other, parts of five seconds."""

from pathlib import Path
from typing import Any

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError
from tests.data.datasets.writing import faults_of, told, write, write_json


def entry(number: int, video: str, description: str, times: Any = None, **other: Any) -> dict[str, Any]:
    times = [[1, 1], [1, 1], [0, 1], [0, 0]] if times is None else times
    link = {"dl_link": "", "num_segments": 6}
    return {"annotation_id": number, "video": video, "description": description, "times": times} | link | other


ENTRIES = [
    entry(7, "1@N01_2_ab.mov", " a dog runs. "),
    entry(8, "3@N00_4_cd.", "a cat sits", [[2, 3], [3, 3], [2, 3], [0, 5], [2, 3], [4, 4], [0, 0]]),
    entry(9, "1@N01_2_ab.avi", "the dog stops"),
]


def test_sentences_of_a_video_are_joined_by_its_stem_and_the_video_is_cut(tmp_path: Path):
    write_json(tmp_path, "val_data.json", ENTRIES)
    assert list(open_dataset("didemo", tmp_path, "val").samples()) == [
        Sample(id="1@N01_2_ab", video="1@N01_2_ab", end=30.0, captions=("a dog runs. the dog stops",)),
        Sample(id="3@N00_4_cd", video="3@N00_4_cd", end=30.0, captions=("a cat sits",)),
    ]


def test_a_moment_is_the_part_that_most_annotators_marked(tmp_path: Path):
    write_json(tmp_path, "val_data.json", ENTRIES)
    moments = told(open_dataset("didemo", tmp_path, "val", variant="moments"))
    assert {name: (sample.start, sample.end) for name, sample in moments.items()} == {
        "7": (5.0, 10.0),
        "8": (10.0, 20.0),
        "9": (5.0, 10.0),
    }


def test_either_name_of_the_link_will_do(tmp_path: Path):
    other = {key: value for key, value in ENTRIES[0].items() if key != "dl_link"} | {"download_link": "x"}
    write_json(tmp_path, "test_data.json", [other])
    assert [sample.id for sample in open_dataset("didemo", tmp_path, "test").samples()] == ["1@N01_2_ab"]


def test_parts_that_are_none_are_told_and_left_out(tmp_path: Path):
    times: list[Any] = [[[2, 1]], [[0, 6]], [[0]], [], "x"]
    broken = [entry(number, "a.mp4", "x", each) for number, each in enumerate(times)]
    write_json(tmp_path, "val_data.json", [*broken, entry(9, "a.mp4", "kept")])
    samples, faults = faults_of(open_dataset("didemo", tmp_path, "val", variant="moments"))
    assert [sample.id for _, sample in samples] == ["9"]
    assert [fault.kind for fault in faults] == ["broken"] * 5
    assert "val_data.json:1, element 0: expected times as [first, last] parts below 6, found (2," in faults[0].message


def test_a_sentence_of_blanks_is_told(tmp_path: Path):
    write_json(tmp_path, "val_data.json", [entry(1, "a.mp4", "  ")])
    with pytest.raises(FormatError, match=r"val_data\.json:1, element 0: expected a description, found blanks"):
        list(open_dataset("didemo", tmp_path, "val").samples())


def test_a_file_cut_short_is_told(tmp_path: Path):
    write(tmp_path, "val_data.json", '[{"annotation_id": 1, "video": "a.mp4", "descr')
    with pytest.raises(FormatError, match=r"val_data\.json:1, element 0.*download the file again"):
        list(open_dataset("didemo", tmp_path, "val").samples())
    with pytest.raises(InputError, match=r"expected the train sentences in train_data\.json, found val_data\.json"):
        list(open_dataset("didemo", tmp_path, "train").samples())
