"""Something-Something v2: the class is the template without brackets, its index that of the published list."""

from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError
from tests.data.datasets.writing import faults_of, write, write_json

LABELS = {"Pushing something off of something": "1", "Holding something": "0", "Something falling": "2"}
CLIPS = [
    {"id": "74225", "label": "pushing cup off of desk", "template": "Pushing [something] off of [something]"},
    {"id": "9", "label": "leaf falling", "template": "[Something] falling", "placeholders": ["leaf"]},
]


def published(folder: Path) -> Path:
    write_json(folder, "something-something-v2-labels.json", LABELS)
    write_json(folder, "something-something-v2-validation.json", CLIPS)
    return folder


def test_the_label_is_the_template_without_brackets(tmp_path: Path):
    data = open_dataset("ssv2", published(tmp_path), "val")
    assert data.classes == ("Holding something", "Pushing something off of something", "Something falling")
    assert list(data.samples()) == [
        Sample(id="74225", video="74225", captions=("pushing cup off of desk",), label=1),
        Sample(id="9", video="9", captions=("leaf falling",), label=2),
    ]


def test_test_clips_are_ids_alone_and_need_no_classes(tmp_path: Path):
    write_json(tmp_path, "labels/test.json", [{"id": "5"}, {"id": "6"}])
    data = open_dataset("ssv2", tmp_path, "test")
    assert list(data.samples()) == [Sample(id=i, video=i) for i in "56"]
    assert [(count.what, count.found) for count in data.check().counts] == [("samples", 2), ("videos", 2)]


def test_answers_of_test_are_read_where_they_are_there(tmp_path: Path):
    write_json(tmp_path, "labels/labels.json", LABELS)
    write_json(tmp_path, "labels/test.json", [{"id": "5"}, {"id": "6"}, {"id": "7"}])
    write(tmp_path, "labels/test-answers.csv", "5;Something falling\n6;Eating something\n")
    samples, faults = faults_of(open_dataset("ssv2", tmp_path, "test"))
    assert [(sample.id, sample.label) for _, sample in samples] == [("5", 2), ("7", None)]
    assert [fault.kind for fault in faults] == ["outside"]


def test_a_template_outside_the_list_is_told(tmp_path: Path):
    write_json(tmp_path, "labels/labels.json", LABELS)
    write_json(tmp_path, "labels/train.json", [*CLIPS, {"id": "1", "label": "x", "template": "Eating [something]"}])
    data = open_dataset("ssv2", tmp_path, "train")
    samples, faults = faults_of(data)
    assert (len(samples), [fault.kind for fault in faults]) == (2, ["outside"])
    with pytest.raises(
        FormatError,
        match=r"train.json:1, element 2: expected a template of the 3 classes .*, found 'Eating \[something\]'",
    ):
        list(data.samples())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"a": "0", "b": "2"}, r"labels.json: expected the indices 0 to 1, each once, found \[0, 2\]"),
        ({"a": "x"}, r"labels.json: expected class names with indices as text, found dict"),
        (["a", "b"], r"labels.json: expected class names with indices as text, found list"),
    ],
)
def test_a_class_list_of_another_form_is_refused(tmp_path: Path, labels, message):
    write_json(tmp_path, "something-something-v2-labels.json", labels)
    with pytest.raises(FormatError, match=message):
        open_dataset("ssv2", tmp_path, "val").classes  # noqa: B018


def test_a_truncated_file_names_line_and_element_after_giving_what_is_whole(tmp_path: Path):
    published(tmp_path)
    write(
        tmp_path,
        "something-something-v2-validation.json",
        '[\n{"id":"1","label":"a","template":"Holding [something]"},\n{"id":',
    )
    stream = open_dataset("ssv2", tmp_path, "val").samples()
    assert next(stream).id == "1"
    with pytest.raises(
        FormatError,
        match=r"validation.json:3, element 1: expected a whole JSON array, found the end of the file .*download",
    ):
        next(stream)


def test_the_class_list_is_asked_for_by_name(tmp_path: Path):
    write_json(tmp_path, "something-something-v2-validation.json", CLIPS)
    with pytest.raises(
        InputError,
        match=r"expected the class names in something-something-v2-labels.json or labels.json, found something-",
    ):
        list(open_dataset("ssv2", tmp_path, "val").samples())


def test_videos_are_found_by_number_with_and_without_zeros(tmp_path: Path):
    data = open_dataset("ssv2", published(tmp_path), "val", videos=write(tmp_path, "v/74225.webm", "").parent)
    write(tmp_path, "v/inner/000009.mp4", "")
    assert [str(data.segment(sample)) for sample in data.samples()] == [
        str(tmp_path / "v/74225.webm"),
        str(tmp_path / "v/inner/000009.mp4"),
    ]
