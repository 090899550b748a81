"""A small pair, built by hand: a man approaches a red car across a shot cut."""

import numpy as np
import pytest

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph

THING, QUALITY = NodeKind.OBJECT, NodeKind.ATTRIBUTE
EVENT, MANNER = NodeKind.PREDICATE, NodeKind.PREDICATE_ATTRIBUTE


@pytest.fixture
def text():
    sentence = "A man slowly approaches a red car while a piano waits."

    def node(kind, label, lemma):
        start = sentence.index(label)
        return TextNode(kind=kind, label=label, lemma=lemma, span=(start, start + len(label)))

    graph = TextualSceneGraph(
        text=sentence,
        nodes=(
            node(THING, "man", "man"),
            node(MANNER, "slowly", "slowly"),
            node(EVENT, "approaches", "approach"),
            node(QUALITY, "red", "red"),
            node(THING, "car", "car"),
            node(THING, "piano", "piano"),
            node(EVENT, "waits", "wait"),
        ),
        edges=(
            Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
            Edge(source=2, target=4, kind=EdgeKind.OBJECT),
            Edge(source=2, target=1, kind=EdgeKind.PREDICATE_ATTRIBUTE),
            Edge(source=4, target=3, kind=EdgeKind.ATTRIBUTE),
            Edge(source=5, target=6, kind=EdgeKind.SUBJECT),
            Edge(source=2, target=6, kind=EdgeKind.TEMPORAL_ORDER),
            Edge(source=6, target=2, kind=EdgeKind.TEMPORAL_ORDER),
        ),
    )
    graph.validate()
    return graph


@pytest.fixture
def video():
    nodes = (
        VisualNode(kind=THING, label="person", box=(0.1, 0.2, 0.3, 0.9), track=1, confidence=0.8),
        VisualNode(kind=THING, label="car", box=(0.5, 0.4, 0.9, 0.8), track=2, confidence=0.9),
        VisualNode(kind=QUALITY, label="crimson"),
        VisualNode(kind=EVENT, label="moving closer to"),
        VisualNode(kind=EVENT, label="left of"),
        VisualNode(kind=EVENT, label="right of"),
        VisualNode(kind=EVENT, label="idles"),
    )
    edges = (
        Edge(source=1, target=2, kind=EdgeKind.ATTRIBUTE),
        Edge(source=0, target=3, kind=EdgeKind.SUBJECT),
        Edge(source=3, target=1, kind=EdgeKind.OBJECT),
        Edge(source=0, target=4, kind=EdgeKind.SUBJECT),
        Edge(source=4, target=1, kind=EdgeKind.OBJECT),
        Edge(source=1, target=5, kind=EdgeKind.SUBJECT),
        Edge(source=5, target=0, kind=EdgeKind.OBJECT),
        Edge(source=1, target=6, kind=EdgeKind.SUBJECT),
    )
    info = VideoInfo(
        path="clips/street.mp4", duration=6.0, width=64, height=48, frames_per_second=25.0, frame_count=150
    )
    graph = DynamicSceneGraph(
        video=info,
        frames=(
            FrameGraph(time=1.0, nodes=nodes, edges=edges),
            FrameGraph(time=3.0),
            FrameGraph(
                time=5.0, shot=1, nodes=(VisualNode(kind=THING, label="dog", box=(0.0, 0.0, 1.0, 1.0), track=3),)
            ),
        ),
        detector="by hand",
        warnings=("the clip is truncated",),
    )
    graph.validate()
    return graph


@pytest.fixture
def pair(text, video):
    graph = HolisticSceneGraph(
        text=text,
        video=video,
        links=(
            Link(text_node=0, subject_track=1, interval=(0.0, 2.0), similarity=0.9),
            Link(text_node=4, subject_track=2, interval=(0.0, 2.0), similarity=1.0),
            Link(
                text_node=2,
                subject_track=1,
                object_track=2,
                label="moving closer to",
                interval=(0.0, 2.0),
                similarity=0.855,
            ),
        ),
    )
    graph.validate()
    return graph


@pytest.fixture
def images(video):
    ramp = np.linspace(0, 255, 48 * 64 * 3).astype(np.uint8).reshape(48, 64, 3)
    return [np.roll(ramp, 16 * number, axis=1) for number in range(len(video.frames))]
