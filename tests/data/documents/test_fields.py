"""Fields of documents come out of the kind expected, or say what was found instead."""

import re

import pytest

from finsta.data.documents.fields import take, take_number
from finsta.errors import FormatError


@pytest.mark.parametrize(
    ("entry", "kind", "message"),
    [
        ([1], int, "here: expected an object with 'a', found list [1]; mend or leave it out"),
        ({"b": 1, "c": 2}, int, "here: expected the field 'a', found b, c; mend or leave it out"),
        ({}, int, "here: expected the field 'a', found no field; mend or leave it out"),
        ({"a": "x"}, int, "here: expected 'a' as int, found str 'x'; mend or leave it out"),
        ({"a": None}, (str, int), "here: expected 'a' as str or int, found NoneType None; mend or leave it out"),
        ({"a": True}, int, "here: expected 'a' as int, found bool True; mend or leave it out"),
        ({"a": "x" * 100}, int, f"here: expected 'a' as int, found str '{'x' * 56}…; mend or leave it out"),
    ],
)
def test_a_field_of_another_kind_is_told(entry, kind, message):
    with pytest.raises(FormatError, match=f"^{re.escape(message)}$"):
        take(entry, "a", kind, "here")


def test_a_field_of_the_kind_is_given_as_it_is():
    entry = {"a": 0, "b": False, "c": None, "d": 1.5}
    assert [take(entry, "a", int, ""), take(entry, "b", bool, ""), take(entry, "c", type(None), "")] == [0, False, None]
    assert take_number(entry, "d", "", least=1.5) == 1.5
    with pytest.raises(FormatError, match=r"expected 'd' of 2 or more, found 1.5"):
        take_number(entry, "d", "", least=2.0)
    with pytest.raises(FormatError, match=r"expected 'a' of -inf or more, found nan"):
        take_number({"a": float("nan")}, "a", "")
