"""The text form of the FACTUAL data set, on graphs written by hand."""

import re

import pytest

from finsta.errors import FormatError
from finsta.graphs.exports.factual import factual_facts, format_facts, from_factual, to_factual
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph

KINDS = {
    "o": NodeKind.OBJECT,
    "a": NodeKind.ATTRIBUTE,
    "p": NodeKind.PREDICATE,
    "m": NodeKind.PREDICATE_ATTRIBUTE,
}


def graph(nodes: str, edges: str = "") -> TextualSceneGraph:
    """``"o boys/boy; p sitting on/sit on/sat on"`` (label, lemma, canonical) and ``"0 subject 1"``."""
    made = []
    for entry in filter(None, (part.strip() for part in nodes.split(";"))):
        kind, _, names = entry.partition(" ")
        label, lemma, canonical = (*names.split("/"), "", "")[:3]
        made.append(TextNode(kind=KINDS[kind], label=label, lemma=lemma or label, canonical=canonical))
    joined = [part.split() for part in edges.split(";") if part.strip()]
    return TextualSceneGraph(
        text=nodes,
        nodes=tuple(made),
        edges=tuple(Edge(source=int(a), target=int(b), kind=EdgeKind(kind)) for a, kind, b in joined),
    )


def test_objects_keep_their_number_and_relations_are_lemmas():
    boys = graph("o Boys/boy; p sitting on/sit on; o skateboards/skateboard", "0 subject 1; 1 object 2")
    assert to_factual(boys) == "( boys , sit on , skateboards )"
    assert boys.to_factual() == to_factual(boys)


def test_canonical_names_take_precedence():
    named = graph("o guy/guy/person; p has/have/with; o cell phone/cell phone/cellphone", "0 subject 1; 1 object 2")
    assert factual_facts(named) == [("person", "with", "cellphone")]


def test_counts_are_digits_and_other_attributes_keep_their_words():
    cars = graph(
        "a two/2; a largest/large; a partly cloudy/cloudy; a stop/stop/stopping; o cars/car",
        "4 attribute 0; 4 attribute 1; 4 attribute 2; 4 attribute 3",
    )
    assert [fact[2] for fact in factual_facts(cars)] == ["2", "largest", "partly cloudy", "stopping"]


def test_a_verb_without_object_is_an_attribute_in_its_surface_form():
    assert to_factual(graph("o man; p smiling/smile", "0 subject 1")) == "( man , is , smiling )"


def test_a_passive_without_agent_is_an_attribute_of_its_object():
    assert to_factual(graph("o jar; p filled/fill", "1 object 0")) == "( jar , is , filled )"


def test_a_bare_verb_is_left_out_where_its_subject_has_it_with_an_object():
    walk = "o man; p walking/walk; p walks on/walk on; o road; o dog"
    edges = "0 subject 1; 0 subject 2; 2 object 3; 4 subject 1"
    assert factual_facts(graph(walk, edges)) == [("dog", "is", "walking"), ("man", "walk on", "road")]


@pytest.mark.parametrize("word", ["not", "n't", "never"])
def test_what_is_negated_is_no_fact(word: str):
    facing = graph(f"o man; m {word}; p facing/face; o camera", "0 subject 2; 2 object 3; 2 predicate_attribute 1")
    assert factual_facts(facing) == [("man",), ("camera",)]


def test_predicates_alone_and_modifiers_have_no_form():
    assert to_factual(graph("p raining/rain; m heavily", "0 predicate_attribute 1")) == ""


def test_an_object_alone_stands_only_where_there_is_no_other_fact():
    assert factual_facts(graph("o wall")) == [("wall",)]
    assert factual_facts(graph("o wall; o red cup; a red", "1 attribute 2")) == [("red cup", "is", "red")]


def test_facts_stand_once_in_order_of_mention():
    two = graph(
        "a red; o cup; p on; o table; o cup; p on",
        "1 subject 2; 2 object 3; 4 subject 5; 5 object 3; 1 attribute 0; 4 attribute 0",
    )
    assert factual_facts(two) == [("cup", "is", "red"), ("cup", "on", "table")]


def test_every_subject_meets_every_object():
    boats = graph("o people; o boats; p on; o sand; o sea", "0 subject 2; 1 subject 2; 2 object 3; 2 object 4")
    assert len(factual_facts(boats)) == 4


def test_marks_of_the_format_inside_a_name_become_spaces():
    odd = graph("o a (b) , c/x; p on; o 10,000 cups", "0 subject 1; 1 object 2")
    assert factual_facts(odd) == [("a b c", "on", "10,000 cups")]
    assert from_factual(to_factual(odd)) == factual_facts(odd)


def test_facts_are_read_back_with_repeats_and_order():
    facts = [("onions", "in", "pot"), ("onions", "in", "pot"), ("onions", "is", "green"), ("pot",)]
    assert from_factual(format_facts(facts)) == facts
    assert from_factual("") == []
    assert from_factual("(cup , is , red)") == [("cup", "is", "red")]


@pytest.mark.parametrize("text", ["( cup , red )", "( cup , is ,  )", "( )", "( a , b , c , d )"])
def test_a_fact_of_the_wrong_size_is_an_error(text: str):
    with pytest.raises(FormatError, match="expected a fact of one or three parts"):
        from_factual(text)


@pytest.mark.parametrize("text", ["cup is red", "( cup , is , red", "( cup ) and ( saucer )"])
def test_words_outside_of_parentheses_are_an_error(text: str):
    with pytest.raises(FormatError, match=re.escape("outside of parentheses")):
        from_factual(text)
