"""The parts of the page: colours, boxes, crops, runs of the sentence, the timeline."""

import pytest

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.scene_graph import NodeKind, TextNode, TextualSceneGraph
from finsta.viewer.boxes import box_views
from finsta.viewer.drawing import NodeView
from finsta.viewer.palette import colour, track_colours
from finsta.viewer.pictures import Picture, crop
from finsta.viewer.sentence import runs
from finsta.viewer.timeline import clock, interval_words, timeline


def objects(*boxes):
    nodes = tuple(
        VisualNode(kind=NodeKind.OBJECT, label="car", box=box, track=number) for number, box in enumerate(boxes)
    )
    views = [
        NodeView(index=number, kind=NodeKind.OBJECT, label=f"car {number}", colour="#000000")
        for number in range(len(boxes))
    ]
    return FrameGraph(time=0.0, nodes=nodes), views


def test_colours_are_distinct_and_stable():
    many = track_colours(range(40))
    assert len(set(many.values())) == 40
    assert track_colours([7, 3]) == {3: colour(0), 7: colour(1)}


def test_boxes_come_large_first_in_percent():
    frame, views = objects((0.1, 0.1, 0.2, 0.2), (0.0, 0.0, 1.0, 0.5))
    found = box_views(frame, views, aspect=0.5)
    assert [(b.node.index, b.left, b.top, b.width, b.height) for b in found] == [
        (1, 0.0, 0.0, 100.0, 50.0),
        (0, 10.0, 10.0, 10.0, 10.0),
    ]


def test_labels_of_boxes_in_one_place_stand_apart():
    frame, views = objects(*[(0.3, 0.3, 0.7, 0.7)] * 4)
    places = {(box.label_left, box.label_top) for box in box_views(frame, views, aspect=0.75)}
    assert len(places) == 4


def test_labels_stay_inside_the_picture():
    frame, views = objects((0.95, 0.95, 1.0, 1.0), (0.0, 0.0, 0.02, 0.02))
    for box in box_views(frame, views, aspect=0.75):
        assert 0 <= box.label_left < 90
        assert 0 <= box.label_top < 95


def test_a_crop_is_the_box_with_a_margin_inside_the_picture():
    found = crop(Picture(uri="", width=100, height=50), 2, [(0.0, 0.0, 0.5, 1.0)])
    assert (found.frame, found.view) == (2, "0.0 0.0 53.5 50.0")
    assert (found.width, found.height) == (47.1, 44.0)


def test_a_crop_of_two_boxes_holds_both():
    picture = Picture(uri="", width=100, height=100)
    assert crop(picture, 0, [(0.0, 0.0, 0.1, 0.1), (0.9, 0.9, 1.0, 1.0)]).view == "0.0 0.0 100.0 100.0"


def test_runs_cut_the_text_and_the_innermost_node_wins():
    def node(kind, start, end):
        return TextNode(kind=kind, label="x", lemma="x", span=(start, end))

    graph = TextualSceneGraph(
        text="see red car go", nodes=(node(NodeKind.OBJECT, 4, 11), node(NodeKind.ATTRIBUTE, 4, 7))
    )
    views = [NodeView(index=i, kind=n.kind, label=n.label) for i, n in enumerate(graph.nodes)]
    found = [(run.text, None if run.node is None else run.node.index) for run in runs(graph, views)]
    assert found == [("see ", None), ("red", 1), (" car", 0), (" go", None)]


def test_runs_show_every_mention():
    node = TextNode(kind=NodeKind.OBJECT, label="dog", lemma="dog", span=(0, 3), mentions=((0, 3), (8, 11)))
    graph = TextualSceneGraph(text="dog and dog", nodes=(node,))
    found = runs(graph, [NodeView(index=0, kind=NodeKind.OBJECT, label="dog")])
    assert [run.text for run in found if run.node] == ["dog", "dog"]


def test_a_bar_breaks_where_a_track_is_absent():
    def frame(time, present, shot=0):
        nodes = (VisualNode(kind=NodeKind.OBJECT, label="car", box=(0.0, 0.0, 1.0, 1.0), track=1),)
        return FrameGraph(time=time, nodes=nodes if present else (), shot=shot)

    info = VideoInfo(path="v", duration=8.0, width=8, height=8, frames_per_second=1.0, frame_count=8)
    graph = DynamicSceneGraph(
        video=info, frames=(frame(1.0, True), frame(3.0, False), frame(5.0, True), frame(7.0, True, shot=1))
    )
    found = timeline(graph, {1: "#000000"})
    assert [(bar.left, bar.width, bar.title) for bar in found.objects[0].bars] == [
        (0.0, 25.0, "0.00 – 2.00 s"),
        (50.0, 50.0, "4.00 – 8.00 s"),
    ]
    assert found.cuts == (75.0,)
    assert [label for _, label in found.ticks] == ["0", "1", "2", "3", "4", "5", "6", "7", "8"]


def test_relations_that_the_text_names_come_first(pair):
    found = timeline(pair.video, dict.fromkeys(pair.video.object_tracks, "#000000"), pair.links)
    assert [(row.label, row.linked) for row in found.relations] == [
        ("person 1 moving closer to car 2", True),
        ("person 1 left of car 2", False),
        ("car 2 right of person 1", False),
        ("car 2 idles", False),
    ]
    assert [row.linked for row in found.objects] == [True, True, False]


@pytest.mark.parametrize(("seconds", "words"), [(0.0, "0.00 s"), (59.5, "59.50 s"), (64.25, "1:04.2")])
def test_time_in_words(seconds, words):
    assert clock(seconds) == words


def test_long_intervals_are_in_minutes():
    assert interval_words((1.0, 2.5)) == "1.00 – 2.50 s"
    assert interval_words((30.0, 90.0)) == "30.00 s – 1:30.0"
