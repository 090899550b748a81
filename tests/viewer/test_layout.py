"""Drawings: every node once, no two labels over each other, wires that end where they should."""

from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind
from finsta.viewer.drawing import PILL_HEIGHT, NodeView, text_width
from finsta.viewer.layout import draw

THING, QUALITY = NodeKind.OBJECT, NodeKind.ATTRIBUTE
EVENT, MANNER = NodeKind.PREDICATE, NodeKind.PREDICATE_ATTRIBUTE


def views(*kinds):
    return [NodeView(index=index, kind=kind, label=f"{kind.value} {index}") for index, kind in enumerate(kinds)]


def overlap(a, b):
    across = a.x + a.width > b.x + 0.01 and b.x + b.width > a.x + 0.01
    return across and a.y + PILL_HEIGHT > b.y + 0.01 and b.y + PILL_HEIGHT > a.y + 0.01


@st.composite
def graphs(draw_from):
    objects = draw_from(st.integers(0, 6))
    others = draw_from(st.lists(st.sampled_from([QUALITY, EVENT, MANNER]), max_size=14))
    kinds = [THING] * objects + others
    predicates = [index for index, kind in enumerate(kinds) if kind is EVENT]
    edges = []
    for index, kind in enumerate(kinds):
        if kind is QUALITY and objects and draw_from(st.booleans()):
            edges.append(Edge(source=draw_from(st.integers(0, objects - 1)), target=index, kind=EdgeKind.ATTRIBUTE))
        if kind is MANNER and predicates:
            edges.append(
                Edge(source=draw_from(st.sampled_from(predicates)), target=index, kind=EdgeKind.PREDICATE_ATTRIBUTE)
            )
        if kind is EVENT and objects:
            for subject in draw_from(st.sets(st.integers(0, objects - 1), max_size=2)):
                edges.append(Edge(source=subject, target=index, kind=EdgeKind.SUBJECT))
            for target in draw_from(st.sets(st.integers(0, objects - 1), max_size=2)):
                edges.append(Edge(source=index, target=target, kind=EdgeKind.OBJECT))
    return kinds, edges


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_every_node_is_drawn_once_inside_and_apart(graph):
    kinds, edges = graph
    drawing = draw(views(*kinds), edges)
    assert sorted(pill.node.index for pill in drawing.pills) == list(range(len(kinds)))
    for pill in drawing.pills:
        assert 0 <= pill.x <= pill.x + pill.width <= drawing.width
        assert 0 <= pill.y <= pill.y + PILL_HEIGHT <= drawing.height
    for place, pill in enumerate(drawing.pills):
        assert not any(overlap(pill, other) for other in drawing.pills[place + 1 :])


def test_an_empty_graph_is_an_empty_drawing():
    drawing = draw([], [])
    assert (drawing.pills, drawing.wires) == ((), ())


def test_arrows_tell_subject_from_object():
    edges = [
        Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
        Edge(source=2, target=1, kind=EdgeKind.OBJECT),
        Edge(source=1, target=3, kind=EdgeKind.SUBJECT),
        Edge(source=3, target=0, kind=EdgeKind.OBJECT),
    ]
    both = draw(views(THING, THING, EVENT, EVENT), edges)
    assert {pill.node.index: pill.arrow for pill in both.pills} == {0: "", 1: "", 2: "↓", 3: "↑"}
    assert [(wire.start, wire.end) for wire in both.wires] == [("", "")]
    one = draw(views(THING, THING, EVENT), edges[:2])
    assert [(wire.start, wire.end) for wire in one.wires] == [("dot", "arrow")]


def test_what_an_unnamed_subject_acts_on_gets_the_arrow():
    drawing = draw(views(THING, EVENT), [Edge(source=1, target=0, kind=EdgeKind.OBJECT)])
    assert [(wire.start, wire.end) for wire in drawing.wires] == [("", "arrow")]


def test_order_in_time_is_dashed():
    edges = [Edge(source=0, target=1, kind=EdgeKind.TEMPORAL_ORDER)]
    drawing = draw(views(EVENT, EVENT), edges)
    assert [(wire.dashed, wire.end) for wire in drawing.wires] == [(True, "arrow")]


def test_order_between_neighbours_goes_over_them():
    first, second = draw(views(EVENT, EVENT), [Edge(source=0, target=1, kind=EdgeKind.TEMPORAL_ORDER)]).pills
    wire = draw(views(EVENT, EVENT), [Edge(source=0, target=1, kind=EdgeKind.TEMPORAL_ORDER)]).wires[0]
    assert first.y == second.y
    heights = [float(number) for number in wire.path.replace("M", "").replace("C", "").split()[1::2]]
    assert heights == [first.y, first.y - PILL_HEIGHT, first.y - PILL_HEIGHT, first.y]


def test_text_width_grows_with_size_and_letters():
    assert text_width("ill") < text_width("mmm")
    assert text_width("car", size=24.0) == 2 * text_width("car")
    assert text_width("") == 0
