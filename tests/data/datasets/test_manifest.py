"""Data of one's own serve every task; paths are relative to the manifest, or to the folder of videos."""

from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, write, write_lines


def sample(**fields: object) -> Sample:
    return Sample(id="1", video="v.mp4", **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"caption": "a man runs"}, sample(captions=("a man runs",))),
        ({"captions": ["a", "b"], "start": 1, "end": 2.5}, sample(start=1.0, end=2.5, captions=("a", "b"))),
        ({"label": "run"}, sample(label=0)),
        ({"question": "who?", "answer": "man", "kind": "who"}, sample(question="who?", answers=("man",), kind="who")),
        ({"question": "who?", "answers": ["man", "boy"]}, sample(question="who?", answers=("man", "boy"))),
        ({"question": "a man runs", "answer": True}, sample(question="a man runs", answers=("true",))),
        ({"question": "a man runs", "answer": "false"}, sample(question="a man runs", answers=("false",))),
        ({"choices": ["x", "y"], "answer": 1}, sample(choices=("x", "y"), answer=1)),
        ({"choices": ["x", "y"], "answer": "y"}, sample(choices=("x", "y"), answer=1)),
        ({"choices": ["x", "y"]}, sample(choices=("x", "y"))),
    ],
)
def test_a_line_has_the_fields_of_its_task(tmp_path: Path, fields, expected):
    write_lines(tmp_path, "train.jsonl", {"id": 1, "video": "v.mp4", **fields})
    assert list(open_dataset("manifest", tmp_path, "train").samples()) == [expected]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"caption": 3}, r"train.jsonl:1: expected 'caption' as a text or a list of texts, found 3; mend the line"),
        ({"start": 3, "end": 1}, r"train.jsonl:1: expected start before end in seconds, found 3 and 1; mend the line"),
        (
            {"choices": ["x", "y"], "answer": 2},
            r"train.jsonl:1: expected the right choice as a number of 0 to 1 or as its",
        ),
        ({"video": 3}, r"train.jsonl:1: expected 'video' as str, found int 3"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, fields, message):
    write_lines(tmp_path, "train.jsonl", {"id": 1, "video": "v.mp4", **fields})
    data = open_dataset("manifest", tmp_path, "train")
    with pytest.raises(FormatError, match=message):
        list(data.samples())
    assert [fault.kind for fault in faults_of(data)[1]] == ["broken"]


def test_a_label_that_is_no_text_is_outside_of_the_classes(tmp_path: Path):
    write_lines(tmp_path, "train.jsonl", {"id": 1, "video": "v.mp4", "label": ["run"]})
    with pytest.raises(
        FormatError, match=r"train.jsonl:1: expected a label of the 0 class names, found \['run'\]; mend"
    ):
        list(open_dataset("manifest", tmp_path, "train").samples())


def test_labels_count_in_the_order_of_the_list_or_of_the_training_names(tmp_path: Path):
    write_lines(tmp_path, "train.jsonl", *({"id": n, "video": "v", "label": name} for n, name in enumerate("ba")))
    write_lines(tmp_path, "test.jsonl", {"id": 0, "video": "v", "label": "b"}, {"id": 1, "video": "v", "label": "c"})
    data = open_dataset("manifest", tmp_path, "test")
    with pytest.raises(
        FormatError, match=r"test.jsonl:2: expected a label of the 2 class names, found 'c'; mend it, or add"
    ):
        list(data.samples())
    write(tmp_path, "classes.txt", "c\nb\n")
    assert [sample.label for sample in open_dataset("manifest", tmp_path, "test").samples()] == [1, 0]


def test_videos_are_paths_below_the_manifest_or_the_given_folder(tmp_path: Path):
    write_lines(tmp_path, "val.jsonl", {"id": "1", "video": "videos/v.mp4"}, {"id": "2", "video": "w.mp4"})
    write(tmp_path, "videos/v.mp4", "")
    data = open_dataset("manifest", tmp_path, "val")
    assert data.check().missing == ("w.mp4",)
    write(tmp_path, "elsewhere/w.mp4", "")
    data = open_dataset("manifest", tmp_path, "val", videos=tmp_path / "elsewhere")
    segments = [data.segment(sample) for sample in data.samples()]
    assert [segment and segment.video for segment in segments] == [None, tmp_path / "elsewhere/w.mp4"]
