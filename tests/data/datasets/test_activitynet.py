"""ActivityNet Captions: blanks around sentences, times the wrong way round, lists of ids that name too much."""

from pathlib import Path
from typing import Any

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, told, write, write_json

VIDEOS: dict[str, Any] = {
    "v_a": {
        "duration": 20.0,
        "timestamps": [[0.5, 10], [18, 12.5], [7, 7], [15, 99], [1, 2]],
        "sentences": ["One.", "  Two.", " Three.", " Four.", "  "],
    },
    "v_b": {"duration": 8.0, "timestamps": [[0, 8]], "sentences": [" Five. "]},
}


def test_sentences_are_stripped_and_joined(tmp_path: Path):
    write_json(tmp_path, "val_1.json", VIDEOS)
    assert list(open_dataset("activitynet", tmp_path, "val").samples()) == [
        Sample(id="v_a", video="v_a", captions=("One. Two. Three. Four.",)),
        Sample(id="v_b", video="v_b", captions=("Five.",)),
    ]


def test_parts_lie_in_the_video_start_before_end(tmp_path: Path):
    write_json(tmp_path, "val_2.json", VIDEOS)
    segments = told(open_dataset("activitynet", tmp_path, "val_2", variant="segments"))
    assert {name: (s.start, s.end) for name, s in segments.items()} == {
        "v_a#0": (0.5, 10.0),
        "v_a#1": (12.5, 18.0),
        "v_a#2": (6.5, 7.5),
        "v_a#3": (15.0, 20.0),
        "v_b#0": (0.0, 8.0),
    }


def test_ids_without_annotation_are_no_samples(tmp_path: Path):
    write_json(tmp_path, "val_1.json", VIDEOS)
    write_json(tmp_path, "val_ids.json", ["v_lost", "v_a", "v_b"])
    check = open_dataset("activitynet", tmp_path, "val").check()
    assert check.counts[0].found == 2
    assert check.faults == ()


def test_the_file_of_2d_tan_is_the_first_validation_file(tmp_path: Path):
    write_json(tmp_path, "val.json", VIDEOS)
    assert list(told(open_dataset("activitynet", tmp_path, "validation"))) == ["v_a", "v_b"]


def test_a_video_may_lack_its_prefix(tmp_path: Path):
    write_json(tmp_path, "val_1.json", VIDEOS)
    write(tmp_path, "videos/a.mp4", "")
    write(tmp_path, "videos/v_b.webm", "")
    dataset = open_dataset("activitynet", tmp_path, "val")
    segments = [dataset.segment(sample) for sample in dataset.samples()]
    assert [segment and segment.video.name for segment in segments] == ["a.mp4", "v_b.webm"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"timestamps": [[1, 2]], "sentences": ["x"]}, "expected the field 'duration'"),
        ({"duration": 9, "timestamps": [[1, 2]], "sentences": []}, "expected a sentence for each of 1 timestamps"),
        ({"duration": 9, "timestamps": [[1]], "sentences": ["x"]}, r"expected timestamps as \[start, end\]"),
        ({"duration": 9, "timestamps": [[1, 2]], "sentences": [3]}, "expected sentences as text, found int 3"),
        ({"duration": 9, "timestamps": [[1, 2]], "sentences": [" "]}, "expected sentences, found none"),
    ],
)
def test_what_is_no_video_is_told_and_left_out(tmp_path: Path, entry, message):
    write_json(tmp_path, "train.json", {"v_x": entry} | VIDEOS)
    with pytest.raises(FormatError, match=rf"train\.json:1, 'v_x': {message}"):
        list(open_dataset("activitynet", tmp_path, "train").samples())
    samples, faults = faults_of(open_dataset("activitynet", tmp_path, "train"))
    assert ([sample.id for _, sample in samples], len(faults)) == (["v_a", "v_b"], 1)
