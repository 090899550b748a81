"""The parser that the package holds: what goes to the network, what to the rules, and what comes out."""

import copy

import pytest

from finsta.errors import InputError, TextError
from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text import DEFAULT_PARSER, open_parser, parse_text, parse_texts

SENTENCES = [
    ("a man riding a horse on the beach", {("man", "ride", "horse")}),
    ("two brown dogs", {("dogs", "is", "2"), ("dogs", "is", "brown")}),
    ("the woman's hat is red", {("woman", "have", "hat"), ("hat", "is", "red")}),
    ("a red car parked next to a white house", {("car", "is", "red"), ("house", "is", "white")}),
    ("white stove in a kitchen", {("stove", "is", "white"), ("stove", "in", "kitchen")}),
    ("a cat lying on a wood table", {("cat", "lay on", "table"), ("table", "is", "wooden")}),
]


@pytest.fixture(scope="module")
def parser():
    return open_parser("learned")


def test_the_learned_parser_is_the_default(parser):
    assert DEFAULT_PARSER == "learned"
    assert parse_text("a man riding a horse") == parser.parse("a man riding a horse")


@pytest.mark.parametrize(("text", "facts"), SENTENCES)
def test_plain_captions_give_their_facts(parser, text, facts):
    graph = parser.parse(text)
    graph.validate()
    assert facts <= {tuple(part.split(" , ")) for part in graph.to_factual()[2:-2].split(" ) , ( ")}


def test_every_node_of_a_plain_caption_knows_its_words_and_its_confidence(parser):
    graph = parser.parse("a man riding a brown horse")
    assert {(node.lemma, graph.text[slice(*node.span)]) for node in graph.nodes} == {
        ("man", "man"),
        ("ride", "riding"),
        ("brown", "brown"),
        ("horse", "horse"),
    }
    assert all(0.5 < node.confidence <= 1 for node in graph.nodes)
    assert all(0 < edge.confidence <= 1 for edge in graph.edges)


def test_rules_add_adverbs_to_what_the_network_found(parser):
    graph = parser.parse("a man slowly riding a horse")
    (verb,) = [index for index in graph.indices(NodeKind.PREDICATE) if graph.nodes[index].lemma == "ride"]
    assert [graph.nodes[index].lemma for index in graph.targets(verb, EdgeKind.PREDICATE_ATTRIBUTE)] == ["slowly"]


def test_a_verb_without_object_is_a_predicate(parser):
    graph = parser.parse("a man is smiling")
    assert graph.to_factual() == "( man , is , smiling )"
    assert [node.lemma for node in graph.nodes if node.kind is NodeKind.PREDICATE] == ["smile"]


def test_a_participle_before_a_noun_is_an_attribute_in_its_own_form(parser):
    graph = parser.parse("a man beside a parked bicycle")
    (attribute,) = graph.indices(NodeKind.ATTRIBUTE)
    assert graph.nodes[attribute].lemma == "parked"


@pytest.mark.parametrize(
    "text",
    [
        "A man sits down. He eats an apple.",
        "What is the man holding?",
        "Add the onions to the pan.",
        "The woman puts the onions in the pan, then stirs them.",
        "Un homme monte un cheval sur la plage",
        "",
        " ".join(["a dog and"] * 40) + " a cat",
        "\ud800 odd",
    ],
)
def test_what_is_no_short_description_is_left_to_the_rules(parser, text):
    assert parser.parse(text) == parse_text(text, parser="rules")


def test_many_texts_come_in_order_and_as_they_come_alone(parser):
    texts = [text for text, _ in SENTENCES] + ["", "Who is there?", "two dogs. One barks."]
    many = list(parse_texts(texts, parser=parser))
    assert [graph.text for graph in many] == texts
    for graph, text in zip(many, texts, strict=True):
        assert graph.to_factual() == parser.parse(text).to_factual()


def test_a_parser_is_sent_to_another_process_by_name(parser):
    again = copy.copy(parser)  # goes the way of pickle
    assert again.parse("two brown dogs") == parser.parse("two brown dogs")


def test_wrong_names_and_wrong_texts_are_refused(parser):
    with pytest.raises(InputError, match="expected learned, rules, or a folder"):
        parse_text("a dog", parser="no such parser")
    with pytest.raises(TextError, match="expected a text"):
        list(parser.parse_many(iter([3])))


def test_another_language_needs_no_name_of_a_parser():
    pytest.importorskip("fr_core_news_md", reason="the French pipeline of spaCy is not installed")
    graph = parse_text("Un homme mange une pomme.", language="fr")
    assert [node.lemma for node in graph.nodes] == ["homme", "manger", "pomme"]


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("a dog runs", {"run"}),
        ("person walks", {"walk"}),
        ("a person who holds a red cup walks slowly", {"hold", "walk"}),
        ("the ball bounces", {"bounce"}),
        ("A big white rabbit stretches in front of a tree.", {"in front of", "stretch in front of"}),
    ],
)
def test_a_finite_verb_is_an_event_whose_subject_does_it(parser, text, verbs):
    graph = parser.parse(text)
    graph.validate()
    assert {graph.nodes[one.predicate].lemma for one in graph.triplets()} == verbs
    assert all(one.subject is not None for one in graph.triplets())
    assert not any("slowly" in graph.phrase(index) for index in graph.indices(NodeKind.OBJECT))


def test_a_thing_that_the_tagger_takes_for_a_verb_stays_a_thing(parser):
    graph = parser.parse("People ride bicycles down a city street past parked cars.")
    assert {"people", "bicycles", "city street", "cars"} <= {
        graph.nodes[i].label.lower() for i in graph.indices(NodeKind.OBJECT)
    }
