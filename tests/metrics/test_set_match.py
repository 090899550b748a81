"""Set match, on facts written by hand."""

import pytest

from finsta.errors import InputError
from finsta.metrics import is_set_match, set_match

CUP = [("man", "hold", "cup"), ("cup", "is", "red")]


def test_order_and_repeats_do_not_count():
    assert is_set_match([*reversed(CUP), CUP[0]], CUP)


@pytest.mark.parametrize("other", [CUP[:1], [*CUP, ("man",)], [("men", "hold", "cup"), CUP[1]], []])
def test_any_difference_in_words_counts(other: list[tuple[str, ...]]):
    assert not is_set_match(other, CUP)


def test_the_figure_of_many_captions_is_their_share():
    assert set_match([CUP, CUP[:1], [], CUP], [CUP, CUP, [], CUP[1:]]) == 0.5


@pytest.mark.parametrize(("candidates", "references"), [([CUP], []), ([], [])])
def test_one_reference_for_each_candidate_is_wanted(candidates: list[list[tuple[str, ...]]], references: list):
    with pytest.raises(InputError, match=f"found {len(candidates)} candidates and 0 references"):
        set_match(candidates, references)
