"""Slips of the pen."""

import pytest

from finsta.text.learned.spelling import Spelling

SPELLING = Spelling({"purple": 40, "plate": 90, "chair": 70, "charm": 3}, known={"awing"})


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("purpl", "purple"),
        ("palte", "plate"),
        ("chiar", "chair"),
        ("Plate", "plate"),
        ("platte", "plate"),
        ("awing", "awing"),
        ("chai", "chair"),
        ("cat", "cat"),
        ("zzzzzz", "zzzzzz"),
        ("pl8te", "pl8te"),
    ],
)
def test_a_word_one_slip_away_is_put_right_and_every_other_kept(word, expected):
    assert SPELLING(word, word.lower()) == expected


def test_an_inflected_form_of_a_known_word_is_kept():
    assert Spelling({"plate": 9}, known={"plat"})("plats", "plat") == "plats"
    assert Spelling({"plates": 9})("plats", "plat") == "plates"
