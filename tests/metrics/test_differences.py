"""Each class of error on the smallest graphs that have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsta.graphs.exports.factual import from_factual
from finsta.metrics.differences import ErrorKind, differences
from finsta.metrics.synonyms import BaseForms

CASES = [
    ("( pole )", "( ski pole )", ["object named differently"]),
    ("( boy , ride , skateboards )", "( boys , ride , skateboard )", ["object named differently"] * 2),
    ("( man , on , sofa )", "( man , on , sofa ) , ( dog , on , sofa )", ["missing object"]),
    ("( man , on , sofa ) , ( row , of , men )", "( man , on , sofa )", ["extra object", "extra object"]),
    ("( man , sit on , sofa )", "( man , on , sofa )", ["wrong relation label"]),
    ("( field , have , snow )", "( snow , on , field )", ["relation the wrong way round"]),
    ("( a , on , c ) , ( b , is , x )", "( b , on , c ) , ( a , is , x )",
     ["relation attached to another object", "attribute attached to another object"]),
    ("( cup , is , red )", "( cup , is , dark red )", ["wrong attribute label"]),
    ("( a , on , b )", "( a , on , b ) , ( a , is , red )", ["missing attribute"]),
    ("( a , is , red ) , ( b )", "( b , is , red ) , ( a , is , big ) , ( a , on , b )",
     ["wrong attribute label", "missing relation", "missing attribute"]),
    ("( a , is , red ) , ( a , is , big )", "( a , is , red )", ["extra attribute"]),
    ("( a , is , red ) , ( b ) , ( a , on , b )", "( a , is , red ) , ( b )", ["extra relation"]),
    ("( a ) , ( a , is , red )", "( a , is , red )", ["an object alone beside its facts"]),
    ("( a )", "( a , is , red )", ["missing attribute"]),
    ("", "( wall )", ["missing object"]),
]  # fmt: skip


@pytest.mark.parametrize(("candidate", "reference", "kinds"), CASES)
def test_each_class_is_told_apart(candidate: str, reference: str, kinds: list[str]):
    found = differences(from_factual(candidate), from_factual(reference), synonyms=BaseForms())
    assert sorted(error.kind.value for error in found) == sorted(kinds)


def test_an_error_shows_what_was_expected_and_what_was_found():
    (error,) = differences([("man", "sit on", "sofa")], [("man", "on", "sofa")], synonyms=BaseForms())
    assert (error.expected, error.found) == (("man", "on", "sofa"), ("man", "sit on", "sofa"))


def test_a_renamed_object_takes_its_facts_along():
    candidate = [("pole", "is", "blue"), ("pole", "in", "snow")]
    reference = [("ski pole", "is", "blue"), ("ski pole", "in", "snow")]
    (error,) = differences(candidate, reference, synonyms=BaseForms())
    assert error.kind is ErrorKind.OBJECT_NAME


names = st.sampled_from(["a", "b", "b c", "cs"])
facts = st.lists(st.one_of(st.tuples(names), st.tuples(names, st.sampled_from(["is", "on", "by"]), names)), max_size=5)


@given(facts, facts)
def test_there_are_errors_exactly_where_set_match_fails(one, other):
    assert bool(differences(one, other, synonyms=BaseForms())) == (set(one) != set(other))


@given(facts, facts)
def test_every_error_has_a_side_and_none_has_more_facts_than_there_are(one, other):
    found = differences(one, other, synonyms=BaseForms())
    assert len([error for error in found if error.expected]) <= 2 * len(set(other)) + 1
    assert all(error.expected or error.found or error.kind is ErrorKind.LONE_OBJECT for error in found)
