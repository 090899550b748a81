"""Captions with their reference graphs, read from a CSV file."""

from pathlib import Path

import pytest

from finsta.errors import FormatError, InputError
from finsta.graphs.exports.factual_csv import CaptionFacts, read_captions

HEAD = "image_id,caption,scene_graph\n"


def written(folder: Path, content: str) -> Path:
    path = folder / "captions.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_captions_are_read_in_order_and_facts_once(tmp_path: Path):
    path = written(tmp_path, HEAD + '1,a wall,( wall )\n2,"a red, red cup","( cup , is , red ) , ( cup , is , red )"\n')
    expected = [
        CaptionFacts(caption="a wall", facts=(("wall",),)),
        CaptionFacts(caption="a red, red cup", facts=(("cup", "is", "red"),)),
    ]
    assert read_captions(path) == expected
    assert read_captions(path, limit=1) == expected[:1]


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.csv: expected a CSV file with the columns caption, scene_graph"):
        read_captions(tmp_path / "none.csv")


def test_a_wrong_header_says_what_is_missing(tmp_path: Path):
    with pytest.raises(FormatError, match="found caption, graph; scene_graph missing"):
        read_captions(written(tmp_path, "caption,graph\na wall,( wall )\n"))


def test_an_empty_file_has_no_columns_and_a_bare_header_no_captions(tmp_path: Path):
    with pytest.raises(FormatError, match="found none; caption, scene_graph missing"):
        read_captions(written(tmp_path, ""))
    with pytest.raises(InputError, match="expected one caption at least"):
        read_captions(written(tmp_path, HEAD))


@pytest.mark.parametrize("row", ['2,a cup,"( cup , red )"', "2,a cup,cup is red", "2,a cup,( cup"])
def test_a_bad_graph_is_named_by_its_line(tmp_path: Path, row: str):
    with pytest.raises(FormatError, match=r"captions\.csv, line 3: expected"):
        read_captions(written(tmp_path, f"{HEAD}1,a wall,( wall )\n{row}\n"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "bad.csv").write_bytes(b"caption,scene_graph\n\xff\xfe,( wall )\n")
    with pytest.raises(FormatError, match="expected a CSV file in UTF-8"):
        read_captions(tmp_path / "bad.csv")
