"""Phrases given, relations out: the objects of the graph are the phrases, and nothing else."""

import pytest

from finsta.errors import TextError
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.text.entities import graph_of_entities
from tests.text.by_rules import parse_text
from tests.text.facts import facts


def spans(text, *phrases):
    """Where phrases stand; one that is written twice is looked for after the one before."""
    found, start = [], 0
    for phrase in phrases:
        start = text.index(phrase, start)
        found.append((start, start + len(phrase)))
        start += len(phrase)
    return found


def graph_of(text, *phrases):
    graph = parse_text(text, entities=spans(text, *phrases))
    graph.validate()
    return graph


CASES = [
    ("The chair is in front of the desk.", ["The chair", "the desk"], ["chair|in front of|desk"]),
    ("the chair is in front of the desk", ["chair", "desk"], ["chair|in front of|desk"]),
    ("A man rides a red bike in the park.", ["A man", "a red bike"], ["bike:red", "man|ride|bike"]),
    ("A man rides a red bike in the park.", ["A man"], ["man"]),
    ("A man runs slowly.", ["man"], ["man|run|-", "run~slowly"]),
    ("A fire truck stands on the street.", ["truck", "the street"], ["truck|stand on|street"]),
    ("A dog chases a cat. Then it barks.", ["A dog"], ["dog|bark|-"]),
    ("The wheel of the car is red.", ["The wheel of the car"], ["wheel:red"]),
    ("The man's hat is red.", ["The man's hat"], ["hat:red"]),
    ("A man waves his hat.", ["A man", "his hat"], ["man|have|hat", "man|wave|hat"]),
    ("A man and a woman are dancing near a tree.", ["A man and a woman", "a tree"], ["man and woman|dance near|tree"]),
    ("The man is a doctor.", ["The man", "a doctor"], ["man|be|doctor"]),
    ("The dog barks, then sleeps.", ["The dog"], ["bark<sleep", "dog|bark|-", "dog|sleep|-"]),
    ("The dog runs and then jumps over a fence.", ["The dog"], ["dog|run|-"]),
    ("A boy throws a ball to a girl.", ["A boy", "a girl"], ["boy|throw to|girl"]),
    ("A group of people watch a match.", ["A group of people", "a match"], ["people:group", "people|watch|match"]),
]


@pytest.mark.parametrize(("text", "phrases", "expected"), CASES)
def test_phrases_are_the_objects_and_relations_come_out(text, phrases, expected):
    graph = graph_of(text, *phrases)
    objects = [graph.nodes[index] for index in graph.indices(NodeKind.OBJECT)]
    assert facts(graph) == sorted(expected)
    assert [node.span for node in objects] == spans(text, *phrases)
    assert [node.label for node in objects] == phrases


def test_two_phrases_for_one_thing_share_its_relations_by_nearness():
    text = "A man enters. He opens a box."
    graph = graph_of(text, "A man", "He", "a box")
    assert facts(graph) == ["man|enter|-", "man|open|box"]
    enter, opening = graph.indices(NodeKind.PREDICATE)
    subjects = [graph.sources(predicate, EdgeKind.SUBJECT) for predicate in (enter, opening)]
    assert [graph.nodes[index].label for (index,) in subjects] == ["A man", "He"]


def test_a_pronoun_that_is_no_phrase_counts_for_what_it_means():
    graph = graph_of("A dog chases a cat. It barks.", "A dog", "a cat")
    dog = graph.nodes[graph.indices(NodeKind.OBJECT)[0]]
    assert [graph.text[slice(*mention)] for mention in dog.mentions] == ["A dog", "It"]


def test_a_phrase_that_names_nothing_stays_alone_and_is_warned_of():
    graph = graph_of("A man runs quickly.", "A man", "quickly")
    assert facts(graph) == ["man|run|-", "quickly", "run~quickly"]
    assert "sees no object in the phrase 'quickly'" in graph.warnings[0]


def test_no_phrases_give_an_empty_graph_and_order_of_the_phrases_does_not_matter():
    text = "A dog sits on a mat."
    assert parse_text(text, entities=[]).nodes == ()
    there = spans(text, "A dog", "a mat")
    assert parse_text(text, entities=there) == parse_text(text, entities=there[::-1])


def test_any_parser_serves():
    class Fixed:
        def parse(self, text):
            return TextualSceneGraph(
                text=text,
                nodes=(
                    TextNode(kind=NodeKind.OBJECT, label="office chair", lemma="office chair", span=(4, 16)),
                    TextNode(kind=NodeKind.PREDICATE, label="by", lemma="by", confidence=0.5),
                    TextNode(kind=NodeKind.OBJECT, label="desk", lemma="desk", span=(24, 28)),
                ),
                edges=(
                    Edge(source=0, target=1, kind=EdgeKind.SUBJECT),
                    Edge(source=1, target=2, kind=EdgeKind.OBJECT, confidence=0.5),
                ),
            )

        def parse_many(self, texts):
            return map(self.parse, texts)

    text = "The office chair by the desk."
    graph = parse_text(text, parser=Fixed(), entities=[(11, 16), (20, 28)])
    assert facts(graph) == ["chair|by|desk"]
    assert [edge.confidence for edge in graph.edges] == [1.0, 0.5]
    assert facts(graph_of_entities(Fixed().parse(text), [(4, 10), (20, 28)])) == ["office chair|by|desk"]


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        ([(0, 5), (2, 9)], r"'A dog' \(0, 5\) and 'dog sit' \(2, 9\), which overlap"),
        ([(0, 20), (2, 5)], r"'A dog sits on a mat\.' \(0, 20\) and 'dog' \(2, 5\), which overlap"),
        ([(0, 5), (0, 5)], "which overlap"),
        ([(0, 21)], r"inside a text of 20 characters, found \(0, 21\)"),
        ([(-1, 3)], r"found \(-1, 3\)"),
        ([(5, 2)], r"found \(5, 2\)"),
        ([(2, 2)], r"with words, found \(2, 2\), which is empty"),
        ([(5, 6)], r"found \(5, 6\), which is empty"),
        ([(0, 5, 7)], r"as \(start, end\) in characters, found \(0, 5, 7\); give two numbers"),
    ],
)
def test_a_phrase_that_cannot_be_is_refused_by_name(entities, message):
    with pytest.raises(TextError, match=message):
        parse_text("A dog sits on a mat.", entities=entities)
