"""YouCook2: segments of the authors' JSON, paragraphs of MART, the table of HowTo100M."""

from pathlib import Path
from typing import Any

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, write, write_json

VAL = "xHr8X2Wpmno"


def published(**changes: Any) -> dict[str, Any]:
    part = {"segment": [60, 89], "id": 1, "sentence": "combine lemon juice and oil"} | changes
    first = {"segment": [47, 60], "id": 0, "sentence": " pick the ends off "}
    entry = {"duration": 206.86, "recipe_type": "226", "video_url": "…"}
    return {
        "database": {
            "GLd3aX16zBg": entry | {"subset": "training", "annotations": [first]},
            VAL: entry | {"subset": "validation", "annotations": [first, part]},
        }
    }


def test_a_segment_is_a_sample_with_its_seconds(tmp_path: Path):
    write_json(tmp_path, "youcookii_annotations_trainval.json", published())
    assert list(open_dataset("youcook2", tmp_path, "val").samples()) == [
        Sample(id=f"{VAL}_0", video=VAL, start=47.0, end=60.0, captions=("pick the ends off",)),
        Sample(id=f"{VAL}_1", video=VAL, start=60.0, end=89.0, captions=("combine lemon juice and oil",)),
    ]
    assert [sample.video for sample in open_dataset("yc2", tmp_path, "training").samples()] == ["GLd3aX16zBg"]


def test_test_segments_have_no_sentences(tmp_path: Path):
    document = {"database": {"a": {"subset": "testing", "annotations": [{"segment": [1, 2.5], "id": 0}]}}}
    write_json(tmp_path, "youcookii_annotations_test_segments_only.json", document)
    expected = [Sample(id="a_0", video="a", start=1.0, end=2.5)]
    assert list(open_dataset("youcook2", tmp_path, "test").samples()) == expected


def test_a_paragraph_is_joined_or_that_of_mart(tmp_path: Path):
    write_json(tmp_path, "youcookii_annotations_trainval.json", published())
    data = open_dataset("youcook2", tmp_path, "val", variant="paragraphs")
    joined = Sample(id=VAL, video=VAL, captions=("pick the ends off combine lemon juice and oil",))
    assert list(data.samples()) == [joined]
    write_json(tmp_path, "yc2_val_anet_format_para.json", {f"v_{VAL}": "pick the ends off . combine ."})
    data = open_dataset("youcook2", tmp_path, "val", variant="paragraphs")
    assert list(data.samples()) == [Sample(id=VAL, video=VAL, captions=("pick the ends off . combine .",))]
    write_json(tmp_path, "yc2_val_anet_format_para.json", {VAL: ["a"]})
    with pytest.raises(
        FormatError, match=r"para.json:1, 'xHr8X2Wpmno': expected a text, found list \['a'\]; give MART"
    ):
        list(data.samples())


def test_the_table_of_howto100m_has_its_columns_in_another_order_and_one_segment_twice(tmp_path: Path):
    rows = "end,start,task,text,video_id\n60,47,226,pick,a\n89,67,226,combine,a\n60,47,226,again,a\nx,1,2,t,a\n"
    write(tmp_path, "validation_youcook.csv", rows)
    samples, faults = faults_of(open_dataset("youcook2", tmp_path, "val", variant="retrieval"))
    assert [sample for _, sample in samples] == [
        Sample(id="a_47_60", video="a", start=47.0, end=60.0, captions=("pick",)),
        Sample(id="a_67_89", video="a", start=67.0, end=89.0, captions=("combine",)),
        Sample(id="a_47_60#2", video="a", start=47.0, end=60.0, captions=("again",)),
    ]
    assert "validation_youcook.csv:5: expected seconds, found '1' and 'x'; mend the row" in faults[0].message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            published(segment=[9, 3]),
            r"trainval.json:1, 'xHr8X2Wpmno', segment 1: expected a segment of start and end in ",
        ),
        (
            published(segment=[9]),
            r"'xHr8X2Wpmno', segment 1: expected a segment of start and end in seconds, found \[9\]",
        ),
        (published(sentence=3), r"'xHr8X2Wpmno', segment 1: expected 'sentence' as str, found int 3; mend or leave"),
        (
            {"database": {"a": {"subset": "all"}}},
            r"'a': expected the subset training, validation, testing, found 'all'",
        ),
        ({"videos": {}}, r"trainval.json: expected the key 'database', found 'videos'; give the file as published"),
    ],
)
def test_another_form_is_named(tmp_path: Path, document, message):
    write_json(tmp_path, "youcookii_annotations_trainval.json", document)
    with pytest.raises(FormatError, match=message):
        list(open_dataset("youcook2", tmp_path, "val").samples())
