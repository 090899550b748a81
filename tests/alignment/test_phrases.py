import pytest

from finsta.alignment.phrases import phrases_of
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from tests.alignment.samples import text_of


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ((0, "approaches quickly", 1), "red circle approaches small blue square quickly"),
        ((1, "spins", None), "small blue square spins"),
        ((0, "pushes not", 1), "red circle not pushes small blue square"),
    ],
)  # fmt: skip
def test_objects_and_predicates_are_said_with_all_that_hangs_on_them(event, expected):
    graph = text_of(["red circle", "small blue square"], [event])
    assert [phrase.text for phrase in phrases_of(graph)] == ["red circle", "small blue square", expected]


def test_a_phrase_names_its_node():
    graph = text_of(["red circle", "square"], [(0, "pushes", 1)])
    assert [(p.node, graph.nodes[p.node].label) for p in phrases_of(graph)] == [
        (0, "circle"),
        (2, "square"),
        (3, "pushes"),
    ]


def test_several_subjects_and_objects_are_joined():
    words = [
        ("dog", NodeKind.OBJECT),
        ("cat", NodeKind.OBJECT),
        ("chase", NodeKind.PREDICATE),
        ("ball", NodeKind.OBJECT),
    ]
    nodes = tuple(TextNode(kind=kind, label=word, lemma=word) for word, kind in words)
    edges = (
        Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
        Edge(source=1, target=2, kind=EdgeKind.SUBJECT),
        Edge(source=2, target=3, kind=EdgeKind.OBJECT),
    )
    phrases = phrases_of(TextualSceneGraph(text="", nodes=nodes, edges=edges))
    assert [phrase.text for phrase in phrases] == ["dog", "cat", "dog and cat chase ball", "ball"]


def test_an_empty_graph_has_no_phrase():
    assert phrases_of(TextualSceneGraph(text="")) == []
