"""Tables and lines come row by row with their places; what is of another form is told before it is misread."""

from pathlib import Path

import pytest

from finsta.data.documents.tables import read_header, read_table
from finsta.data.documents.text import read_json_lines, read_lines
from finsta.errors import FormatError, InputError


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_columns_are_found_by_name_wherever_they_stand(tmp_path: Path):
    path = written(tmp_path, '\ufeffid,label,extra\r\n1,"a ""b"", c",x\r\n\r\n2,d,y')
    assert read_header(path) == ("id", "label", "extra")
    assert list(read_table(path, ("label", "id"))) == [(f"{path}:2", ('a "b", c', "1")), (f"{path}:4", ("d", "2"))]


def test_a_table_without_header_and_quotes_is_taken_as_it_stands(tmp_path: Path):
    path = written(tmp_path, '1\t"say\n2\tit" said\n')
    rows = read_table(path, ("id", "text"), header=False, delimiter="\t", quoted=False)
    assert [row for _, row in rows] == [("1", '"say'), ("2", 'it" said')]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"table.csv:1: expected the columns id, label between commas, found no id, label but ''; give"),
        ("id;label\n1;2\n", r"table.csv:1: .*found no id, label but 'id;label'; give the file as published"),
        ("id,label\n1,a\n2\n", r"table.csv:3: expected 2 fields between commas, found 1: '2'; mend the row"),
        ('id,label\n1,"a\n2,b\n', r"table.csv:3: expected whole rows, found unexpected end of data; download"),
    ],
)
def test_another_form_names_file_line_and_remedy(tmp_path: Path, text, message):
    with pytest.raises(FormatError, match=message):
        list(read_table(written(tmp_path, text), ("id", "label")))


def test_a_row_of_another_width_may_be_left_out(tmp_path: Path):
    broken: list[str] = []
    rows = list(read_table(written(tmp_path, "id,label\n1\n2,b\n"), ("id",), broken=broken.append))
    assert [row for _, row in rows] == [("2",)]
    assert len(broken) == 1


def test_lines_come_without_blanks_and_the_last_may_lack_its_end(tmp_path: Path):
    path = written(tmp_path, "a\r\n\n b", "list.txt")
    assert list(read_lines(path)) == [(f"{path}:1", "a"), (f"{path}:3", "b")]
    with pytest.raises(InputError, match=r"none.txt: cannot be read: No such file"):
        list(read_lines(tmp_path / "none.txt"))
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match=r"bytes.txt: expected text in UTF-8, found .*download the file again"):
        list(read_lines(tmp_path / "bytes.txt"))


def test_json_lines_name_the_line_that_is_none(tmp_path: Path):
    path = written(tmp_path, '{"a": 1}\n{"a": \n[2]\n', "lines.jsonl")
    broken: list[str] = []
    assert list(read_json_lines(path, broken=broken.append)) == [(f"{path}:1", {"a": 1})]
    assert "lines.jsonl:2: expected a whole JSON object a line, found Expecting value at column 6" in broken[0]
    assert "lines.jsonl:3: expected one JSON object a line, found '[2]'; give the file as published" in broken[1]
    with pytest.raises(FormatError, match=r"lines.jsonl:2"):
        list(read_json_lines(path))
