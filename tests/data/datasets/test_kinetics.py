"""Kinetics-400: one clip a row, classes in the order of their names, videos under three names."""

from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, write

HEADER = "label,youtube_id,time_start,time_end,split,is_cc\n"
VAL = (
    HEADER + "zumba,-a_b-c_d-ef,1,11,val,0\nriding a bike,bbbbbbbbbbb,120,130,val,1\nabseiling,ccccccccccc,0,10,val,0\n"
)


def test_a_clip_is_named_by_video_and_seconds_and_labelled_by_the_sorted_names(tmp_path: Path):
    write(tmp_path, "kinetics-400_val.csv", VAL)
    data = open_dataset("kinetics400", tmp_path, "val")
    assert data.classes == ("abseiling", "riding a bike", "zumba")
    assert list(data.samples()) == [
        Sample(id="-a_b-c_d-ef_000001_000011", video="-a_b-c_d-ef_000001_000011", label=2),
        Sample(id="bbbbbbbbbbb_000120_000130", video="bbbbbbbbbbb_000120_000130", label=1),
        Sample(id="ccccccccccc_000000_000010", video="ccccccccccc_000000_000010", label=0),
    ]


@pytest.mark.parametrize("name", ["kinetics_val.csv", "validate.csv", "k400/annotations/Kinetics400_val.CSV"])
def test_renamed_files_are_found(tmp_path: Path, name):
    write(tmp_path, name, VAL.replace(",val,", ",validate,"))
    assert len(list(open_dataset("k400", tmp_path, "validation").samples())) == 3


def test_test_files_come_without_labels_or_with_them(tmp_path: Path):
    write(tmp_path, "kinetics_test.csv", "youtube_id,time_start,time_end,split\nccccccccccc,7,17,test\n")
    assert [sample.label for sample in open_dataset("kinetics400", tmp_path, "test").samples()] == [None]
    assert open_dataset("kinetics400", tmp_path, "test").check().of("broken") == ()
    write(tmp_path, "kinetics_test.csv", HEADER + "zumba,ccccccccccc,7,17,test,0\n")
    assert [sample.label for sample in open_dataset("kinetics400", tmp_path, "test").samples()] == [0]
    write(tmp_path, "kinetics_val.csv", VAL)
    assert [sample.label for sample in open_dataset("kinetics400", tmp_path, "test").samples()] == [2]


def test_classes_are_those_of_training_and_what_is_no_class_is_told(tmp_path: Path):
    write(tmp_path, "kinetics_val.csv", VAL)
    write(tmp_path, "kinetics_train.csv", HEADER + "zumba,aaaaaaaaaaa,1,2,train,0\nabseiling,aaaaaaaaaaa,3,4,train,0\n")
    data = open_dataset("kinetics400", tmp_path, "val")
    assert data.classes == ("abseiling", "zumba")
    samples, faults = faults_of(data)
    assert [sample.label for _, sample in samples] == [1, 0]
    assert [fault.kind for fault in faults] == ["outside"]
    with pytest.raises(
        FormatError,
        match=r"kinetics_val.csv:3: expected one of the 2 classes of the class list, found 'riding a bike'; ",
    ):
        list(data.samples())


def test_a_class_list_goes_before_the_training_file(tmp_path: Path):
    write(tmp_path, "kinetics_val.csv", VAL)
    write(tmp_path, "kinetics_train.csv", HEADER)
    write(tmp_path, "label_map_k400.txt", "abseiling\nriding a bike\nyoga\nzumba\n")
    data = open_dataset("kinetics400", tmp_path, "val")
    assert [sample.label for sample in data.samples()] == [3, 1, 0]
    (tmp_path / "label_map_k400.txt").unlink()
    write(tmp_path, "kinetics_400_labels.csv", "id,name\n0,zumba\n1,abseiling\n2,riding a bike\n")
    assert open_dataset("kinetics400", tmp_path, "val").classes == ("abseiling", "riding a bike", "zumba")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "zumba,aaaaaaaaaaa,1,11,train,0",
            r"kinetics_val.csv:2: expected a clip of the split val, found one of 'train'",
        ),
        ("zumba,aaaaaaaaaaa,one,11,val,0", r"kinetics_val.csv:2: expected seconds, found 'one' and '11'; mend the row"),
        ("zumba,aaaaaaaaaaa,inf,11,val,0", r"kinetics_val.csv:2: expected seconds, found 'inf' and '11'"),
        ("zumba,aaaaaaaaaaa,1,11", r"kinetics_val.csv:2: expected 6 fields between commas, found 4"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_or_left_out(tmp_path: Path, row, message):
    write(tmp_path, "kinetics_val.csv", f"{HEADER}{row}\nzumba,aaaaaaaaaaa,1,11,val,0\n")
    with pytest.raises(FormatError, match=message):
        list(open_dataset("kinetics400", tmp_path, "val").samples())
    samples, faults = faults_of(open_dataset("kinetics400", tmp_path, "val"))
    assert (len(samples), [fault.kind for fault in faults]) == (1, ["broken"])


def test_another_header_names_the_columns_that_lack(tmp_path: Path):
    write(tmp_path, "kinetics_val.csv", "path,label\na.mp4,1\n")
    message = r"kinetics_val.csv:1: expected the columns youtube_id, .* found no youtube_id, .* but 'path, label'; give"
    with pytest.raises(FormatError, match=message):
        list(open_dataset("kinetics400", tmp_path, "val").samples())


def test_a_clip_is_found_in_its_class_without_zeros_or_in_the_whole_video(tmp_path: Path):
    write(tmp_path, "kinetics_val.csv", VAL)
    for name in ("zumba/-a_b-c_d-ef_000001_000011.mp4", "bbbbbbbbbbb_120_130.mkv", "whole/ccccccccccc.webm"):
        write(tmp_path, f"videos/{name}", "")
    data = open_dataset("kinetics400", tmp_path, "val")
    found = [data.segment(sample) for sample in data.samples()]
    assert [None if segment is None else (segment.video.name, segment.start, segment.end) for segment in found] == [
        ("-a_b-c_d-ef_000001_000011.mp4", None, None),
        ("bbbbbbbbbbb_120_130.mkv", None, None),
        ("ccccccccccc.webm", 0.0, 10.0),
    ]
