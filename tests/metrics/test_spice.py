"""SPICE by hand-computed values, with a synonym table of six words."""

from itertools import permutations

import pytest

from finsta.errors import InputError
from finsta.graphs.exports.factual import from_factual
from finsta.metrics import SpiceScore, spice, spice_score, spice_tuples
from finsta.metrics.spice import match_tuples
from finsta.metrics.synonyms import BaseForms

SETS = {
    "couch": {"couch.n"}, "sofa": {"couch.n"},
    "man": {"man.n"}, "guy": {"man.n", "rope.n"}, "rope": {"rope.n"},
    "hold": {"hold.v"}, "grasp": {"hold.v"},
}  # fmt: skip


class Table:
    def meanings(self, name: str) -> frozenset[str]:
        return frozenset(SETS.get(name, ()))


def score(candidate: str, reference: str) -> SpiceScore:
    return spice_score(from_factual(candidate), from_factual(reference), synonyms=Table())


def test_a_graph_gives_its_objects_attributes_and_relations_once():
    facts = from_factual("( Man , hold , cup ) , ( cup , is , red ) , ( cup , is , red ) , ( wall )")
    expected = [("man",), ("cup",), ("man", "hold", "cup"), ("cup", "red"), ("wall",)]
    assert spice_tuples(facts) == expected


def test_a_thing_related_to_its_like_is_one_object():
    assert spice_tuples([("plate", "under", "plate")]) == [("plate",), ("plate", "under", "plate")]


def test_precision_recall_and_f1_of_a_graph_by_hand():
    """Candidate 3 tuples, reference 4: girl, court, girl-young and standing on; 2 of them shared."""
    found = score("( girl , on , court )", "( girl , is , young ) , ( girl , stand on , court )")
    assert found == SpiceScore(matched=2, candidate=3, reference=4)
    assert (found.precision, found.recall, found.f1) == pytest.approx((2 / 3, 2 / 4, 4 / 7))


def test_synonyms_count_as_equal_in_every_part():
    assert score("( guy , grasp , sofa )", "( man , hold , couch )").f1 == 1.0


def test_one_part_that_differs_spoils_the_tuple():
    assert score("( guy , grasp , sofa )", "( man , push , couch )").matched == 2


def test_synonymy_is_not_passed_on():
    assert score("( man )", "( rope )").matched == 0


def test_names_compare_in_lower_case_with_single_spaces():
    assert score("( Teddy  Bear )", "( teddy bear )").f1 == 1.0


def test_each_tuple_matches_once():
    assert score("( man ) , ( guy )", "( man )") == SpiceScore(matched=1, candidate=2, reference=1)


def test_the_matching_is_the_largest_whatever_the_order():
    """ "guy" equals "man" and "rope"; taken for "man" it would leave "rope" alone."""
    for order in permutations([("guy",), ("man",)]):
        assert len(match_tuples(order, [("man",), ("rope",)], synonyms=Table())) == 2
    for order in permutations([("man",), ("rope",)]):
        assert len(match_tuples([("guy",), ("guy",)], order, synonyms=Table())) == 2


def test_empty_graphs_are_equal_and_an_empty_one_matches_nothing_else():
    assert score("", "").f1 == 1.0
    assert (score("( man )", "").f1, score("", "( man )").f1) == (0.0, 0.0)
    assert (score("", "").precision, score("", "( man )").precision) == (1.0, 0.0)


def test_the_figure_of_many_captions_is_their_mean():
    man, cup = [("man",)], [("cup",)]
    assert spice([man, cup], [man, man], synonyms=Table()) == 0.5


def test_one_reference_for_each_candidate_is_wanted():
    with pytest.raises(InputError, match="found 1 candidates and 0 references"):
        spice([[("man",)]], [])


@pytest.mark.parametrize(
    ("one", "other"),
    [("boys", "boy"), ("boxes", "box"), ("women", "woman"), ("cherries", "cherry"), ("cell phones", "cell phone"),
     ("riding", "ride"), ("walked", "walk"), ("spoonsful", "spoonful")],
)  # fmt: skip
def test_without_wordnet_forms_of_one_word_are_equal(one: str, other: str):
    assert spice_score([(one,)], [(other,)], synonyms=BaseForms()).f1 == 1.0


@pytest.mark.parametrize(("one", "other"), [("glass", "glas"), ("ring", "re"), ("couch", "sofa"), ("bus", "bu")])
def test_without_wordnet_other_words_are_not(one: str, other: str):
    assert spice_score([(one,)], [(other,)], synonyms=BaseForms()).f1 == 0.0
