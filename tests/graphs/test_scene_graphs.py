"""The three graphs as dataclasses, and as JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsta.errors import FormatError, InputError, OutputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph, Triplet
from finsta.graphs.serialization import from_dict, load_graph, save_graph, to_dict
from tests.graphs.test_batch import BOX, HIT, INFO, PAIR, TEXT, VIDEO, ball


def test_triplets_name_subject_predicate_and_object():
    assert list(TEXT.triplets()) == [Triplet(subject=0, predicate=2, object=3)]


def test_a_phrase_is_a_node_with_its_modifiers():
    assert [TEXT.phrase(index) for index in range(4)] == ["red ball", "red", "hits", "box"]


def test_tracks_follow_from_identities():
    tracks = VIDEO.object_tracks
    assert {number: track.occurrences for number, track in tracks.items()} == {
        3: ((0, 0), (1, 0)),
        7: ((0, 1), (1, 1), (2, 0)),
    }
    (hit,) = VIDEO.predicate_tracks
    assert hit.identity == (NodeKind.PREDICATE, "hit", 3, 7)
    assert VIDEO.interval(hit) == (1.0, 2.0)
    assert VIDEO.interval(tracks[7]) == (0.0, 3.0)


def test_temporal_coreference_joins_consecutive_occurrences():
    assert sorted(VIDEO.coreference()) == [((0, 0), (1, 0)), ((0, 1), (1, 1)), ((1, 1), (2, 0))]


def test_the_label_of_a_track_is_voted_by_confidence():
    flicker = replace(ball(0.5), label="egg", confidence=0.4)
    graph = DynamicSceneGraph(
        video=INFO, frames=tuple(FrameGraph(time=t, nodes=(n,)) for t, n in ((0.0, ball(0.0)), (1.0, flicker)))
    )
    assert graph.object_tracks[3].label == "ball"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FrameGraph(time=0.0, nodes=(ball(0.0), ball(0.1))), "track appears twice"),
        (FrameGraph(time=0.0, nodes=(replace(BOX, box=None),)), "box and track"),
        (FrameGraph(time=0.0, nodes=(replace(BOX, box=(0.5, 0.0, 0.4, 1.0)),)), "x1 ≤ x2"),
        (FrameGraph(time=0.0, nodes=(HIT, HIT)), "appears twice"),
        (FrameGraph(time=0.0, nodes=(BOX, HIT), edges=(Edge(source=1, target=0, kind=EdgeKind.SUBJECT),)), "must join"),
        (
            FrameGraph(time=0.0, nodes=(BOX,), edges=(Edge(source=0, target=4, kind=EdgeKind.SUBJECT),)),
            "leaves a graph",
        ),
    ],
)
def test_a_key_frame_that_is_not_well_formed_says_why(frame, message):
    with pytest.raises(ValueError, match=message):
        frame.validate()


def test_key_frames_rise_in_time():
    with pytest.raises(ValueError, match="rise in time"):
        replace(VIDEO, frames=VIDEO.frames[::-1]).validate()


@pytest.mark.parametrize("graph", [TEXT, VIDEO, PAIR, TextualSceneGraph(text=""), DynamicSceneGraph(video=INFO)])
def test_json_keeps_everything(graph, tmp_path: Path):
    save_graph(graph, tmp_path / "deep" / "graphs.json")
    assert load_graph(tmp_path / "deep" / "graphs.json") == graph


@given(st.text(min_size=1), st.floats(0, 1), st.integers(0, 2))
def test_any_text_survives_json(text, confidence, count):
    nodes = tuple(
        TextNode(kind=NodeKind.OBJECT, label=text, lemma=text, span=(0, len(text)), confidence=confidence)
        for _ in range(count)
    )
    graph = TextualSceneGraph(text=text, nodes=nodes)
    assert from_dict(json.loads(json.dumps(to_dict(graph)))) == graph


def test_errors_name_the_file_and_what_was_found(tmp_path: Path):
    with pytest.raises(InputError, match=r"missing\.json: cannot be read"):
        load_graph(tmp_path / "missing.json")
    (tmp_path / "words.json").write_text("words")
    with pytest.raises(FormatError, match=r"words\.json: expected JSON"):
        load_graph(tmp_path / "words.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(FormatError, match="found a list"):
        load_graph(tmp_path / "list.json")
    (tmp_path / "other.json").write_text('{"format": "finsta-graphs", "version": 99}')
    with pytest.raises(FormatError, match="version 99"):
        load_graph(tmp_path / "other.json")
    (tmp_path / "half.json").write_text('{"format": "finsta-graphs", "version": 1, "text": null, "video": {}}')
    with pytest.raises(FormatError, match=r"half\.json: not a well-formed"):
        load_graph(tmp_path / "half.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another output"):
        save_graph(TEXT, tmp_path / "file" / "graphs.json")


def test_a_span_outside_the_text_is_refused():
    node = TextNode(kind=NodeKind.OBJECT, label="x", lemma="x", span=(0, 9))
    with pytest.raises(ValueError, match="outside the text"):
        TextualSceneGraph(text="short", nodes=(node,)).validate()


def test_a_predicate_attribute_hangs_on_what_its_predicate_hangs_on():
    fast = VisualNode(kind=NodeKind.PREDICATE_ATTRIBUTE, label="quickly")
    frame = FrameGraph(
        time=0.0,
        nodes=(BOX, HIT, fast),
        edges=(
            Edge(source=0, target=1, kind=EdgeKind.SUBJECT),
            Edge(source=1, target=2, kind=EdgeKind.PREDICATE_ATTRIBUTE),
        ),
    )
    assert frame.ends(2) == (0, None)
    assert frame.identity(2) == (NodeKind.PREDICATE_ATTRIBUTE, "hit quickly", 7, None)
