"""What the network is told of the rules' graph."""

import pytest

from finsta.text.learned.hints import read_hint
from finsta.text.learned.roles import Role
from finsta.text.rules import RuleParser


@pytest.fixture(scope="module")
def rules():
    return RuleParser()


def hint_of(rules, text):
    ((doc, _),) = rules.read([text])
    return read_hint(rules.draft(doc))


def test_a_hint_holds_objects_attributes_and_relations_by_their_last_words(rules):
    hint = hint_of(rules, "a tall man rides a fire truck")
    assert hint.lengths == {Role.OBJECT: {2: 0, 6: 1}, Role.ATTRIBUTE: {1: 0}}
    assert hint.attributes == {(2, 1)}
    assert hint.relations == {(2, 6): "ride"}


def test_a_verb_without_object_is_an_attribute(rules):
    hint = hint_of(rules, "a man is smiling")
    assert hint.lengths[Role.ATTRIBUTE] == {3: 0}
    assert hint.attributes == {(1, 3)}


def test_relations_are_called_what_the_annotators_call_them(rules):
    assert hint_of(rules, "a woman in a hat").relations == {(1, 4): "wear"}


def test_what_is_denied_is_no_fact(rules):
    assert hint_of(rules, "the man is not holding a cup").relations == {}


def test_mentions_that_were_merged_away_are_not_told(rules):
    hint = hint_of(rules, "a woman and her dog")
    assert hint.lengths[Role.OBJECT] == {1: 0, 4: 0}
    assert hint.relations == {(1, 4): "have"}


def test_a_text_without_words_has_an_empty_hint(rules):
    hint = hint_of(rules, "...")
    assert hint.lengths == {Role.OBJECT: {}, Role.ATTRIBUTE: {}}
    assert not hint.attributes
    assert not hint.relations
