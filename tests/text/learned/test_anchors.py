"""Where gold names stand in their captions."""

import pytest

from finsta.text.learned.anchors import Anchor, Role, anchor_names, associate
from tests.text.learned.setup import caption


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("a tree trunk", [("tree trunk",)], {(Role.OBJECT, "tree trunk"): (1, 2)}),
        ("two boys", [("boys", "is", "2")], {(Role.OBJECT, "boys"): (1, 1), (Role.ATTRIBUTE, "2"): (0, 0)}),
        ("a side walk", [("sidewalk",)], {(Role.OBJECT, "sidewalk"): (1, 2)}),
        ("the graffitti", [("graffiti",)], {(Role.OBJECT, "graffiti"): (1, 1)}),
        ("wood desk", [("desk", "is", "wooden")], {(Role.OBJECT, "desk"): (1, 1), (Role.ATTRIBUTE, "wooden"): (0, 0)}),
        ("red red car", [("car", "is", "red")], {(Role.OBJECT, "car"): (2, 2), (Role.ATTRIBUTE, "red"): (1, 1)}),
        ("a cat", [("dog",)], {}),
    ],
)
def test_a_name_is_anchored_at_the_last_word_of_its_phrase(text, facts, expected):
    found = anchor_names(caption(text), facts)
    assert found == {key: Anchor(start=start, head=head) for key, (start, head) in expected.items()}


def test_what_no_word_resembles_is_anchored_where_it_usually_stands():
    pairs = [(caption(f"they {verb}"), [("people", "is", verb)]) for verb in ("swim", "walk", "jump")]
    association = associate(pairs)
    assert anchor_names(*pairs[0], association)[Role.OBJECT, "people"] == Anchor(start=0, head=0)
    assert (Role.OBJECT, "people") not in anchor_names(*pairs[0])


def test_two_names_of_one_role_take_different_heads_where_they_can():
    found = anchor_names(caption("cats and cats"), [("cats",), ("cat",)])
    assert {anchor.head for anchor in found.values()} == {0, 2}
