"""A long JSON array comes element by element, whatever the pieces it is read in, and says where it is broken."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finsta.data.documents.json_stream import located_array, located_object, stream_array, stream_object
from finsta.errors import FormatError, InputError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def written(folder: Path, text: str) -> Path:
    path = folder / "array.json"
    path.write_text(text, encoding="utf-8")
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    elements=st.lists(VALUES, max_size=6),
    chunk=st.integers(1, 40),
    indent=st.sampled_from([None, 0, 2]),
    plain=st.booleans(),
)
def test_elements_come_back_in_order_for_any_piece_size(tmp_path: Path, elements, chunk, indent, plain):
    path = written(tmp_path, json.dumps(elements, indent=indent, ensure_ascii=plain) + "\n")
    assert list(stream_array(path, chunk=chunk)) == elements


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("text", "before", "message"),
    [
        ("", 0, "expected a JSON array, found nothing; download it again"),
        ('{"a": 1}', 0, "expected a JSON array, found '{' at its start"),
        ('[{"a": 1}, {"b": 2}', 2, "element 2: expected a whole JSON array, found the end of the file; download"),
        ('[{"a": 1}, {"b": "x', 1, "element 1: expected a whole JSON array, found the end of the file inside the"),
        ('[{"a": 1}, {"b": tr', 1, r"element 1: .*the end of the file inside the element"),
        ('[{"a": 1} {"b": 2}]', 1, r"element 1: .*found '\{' where ',' or '\]' belongs"),
        ('[{"a": 1, b: 2}, {"a": "' + "x" * 50 + '"}]', 0, r"element 0: .*Expecting property name"),
    ],
)
def test_a_broken_array_names_the_element_after_giving_those_before(tmp_path, text, before, message, chunk):
    stream = stream_array(written(tmp_path, text), chunk=chunk)
    for _ in range(before):
        next(stream)
    with pytest.raises(FormatError, match=message):
        next(stream)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    members=st.dictionaries(st.text(max_size=6), VALUES, max_size=5),
    chunk=st.integers(1, 40),
    indent=st.sampled_from([None, 0, 2]),
    plain=st.booleans(),
)
def test_members_come_back_in_order_wherever_the_object_lies(tmp_path: Path, members, chunk, indent, plain):
    around = {
        "before": [members, {"way": 1}],
        "also": {"x": members},
        "number": 12,
        "way": {"in": members},
        "after": [],
    }
    path = written(tmp_path, json.dumps(around, indent=indent, ensure_ascii=plain) + "\n")
    assert list(stream_object(path, within=("way", "in"), chunk=chunk)) == list(members.items())
    assert list(stream_array(path, within=("before",), chunk=chunk)) == around["before"]
    assert list(stream_array(path, within=("after",), chunk=chunk)) == []


def test_each_element_and_member_comes_with_the_line_it_begins_on(tmp_path: Path):
    path = written(tmp_path, '{"list": [\n{"a":\n1},\n\n2],\n"b": {"c":\n3}}')
    assert [where for where, _ in located_array(path, within=("list",), chunk=3)] == [
        f"{path}:2, element 0",
        f"{path}:5, element 1",
    ]
    assert list(located_object(path, within=("b",), chunk=3)) == [(f"{path}:6, 'c'", "c", 3)]


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("text", "before", "message"),
    [
        ("[]", 0, r"expected a JSON object, found '\[' at its start; give another file"),
        ('{"a": 1,\n"b": 2', 2, r"json:2, after 'b': expected a whole JSON object, found the end of the file; "),
        ('{"a": 1, "b": {"c": 2', 1, r"json:1, 'b': expected a whole JSON object, found the end of the file inside"),
        ('{"a": 1, b: 2}', 1, r"json:1, after 'a': .*found 'b' where a key belongs"),
        ('{"a" 1}', 0, r"json:1, 'a': .*found '1' where ':' belongs"),
        ('{"a"', 0, r"json:1, 'a': expected a whole JSON object, found the end of the file; download"),
    ],
)
def test_a_broken_object_names_line_and_key_after_giving_the_members_before(tmp_path, text, before, message, chunk):
    stream = stream_object(written(tmp_path, text), chunk=chunk)
    for _ in range(before):
        next(stream)
    with pytest.raises(FormatError, match=message):
        next(stream)


def test_a_key_that_is_not_on_the_way_is_named(tmp_path: Path):
    path = written(tmp_path, '{"videos": [1, 2]}')
    with pytest.raises(FormatError, match=r"expected the key 'sentences', found 'videos'; give the file as published"):
        next(stream_array(path, within=("sentences",)))


def test_what_is_no_text_or_not_there_is_named(tmp_path: Path):
    (tmp_path / "bytes.json").write_bytes(b'["\xff\xfe"]')
    with pytest.raises(FormatError, match=r"bytes.json: expected text in UTF-8"):
        list(stream_array(tmp_path / "bytes.json"))
    with pytest.raises(InputError, match=r"none.json: cannot be read: No such file"):
        list(stream_array(tmp_path / "none.json"))


def test_memory_is_that_of_one_element_not_of_the_file(tmp_path: Path):
    path = written(tmp_path, "[" + ",".join(json.dumps({"text": "x" * 10_000}) for _ in range(400)) + "]")
    tracemalloc.start()
    assert sum(len(element["text"]) for element in stream_array(path, chunk=20_000)) == 4_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000 < path.stat().st_size
