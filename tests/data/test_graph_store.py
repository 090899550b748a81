"""Graphs of pairs: read where there are some, parsed once where there are none."""

from dataclasses import replace

import pytest

from finsta.config import ParseConfig
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.errors import FormatError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import save_graph
from tests.graph_samples import tracks_graph
from tests.graphs.test_batch import PAIR, TEXT
from tests.tiny_clips import write_clip

QUICK = ParseConfig(detector="motion", similarity="lexical", key_frames=2)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    (folder / "text.mp4").write_text("no video")
    return [
        Pair(id="a", video=write_clip(folder / "a.mp4", "red"), caption="a dog chases a ball"),
        Pair(id="b", video=folder / "text.mp4", caption="a cat"),
        Pair(id="c", video=write_clip(folder / "c.mp4", "blue"), caption=""),
        Pair(id="d", video=folder / "gone.mp4", caption="a bird"),
    ]


def test_what_has_no_graph_is_parsed_once_and_what_cannot_be_parsed_is_reported(pairs, tmp_path, monkeypatch):
    store = GraphStore(tmp_path / "graphs", QUICK)
    seen = []
    prepared = store.prepare(pairs, lambda done, total: seen.append((done, total)))
    assert [pair.id for pair in prepared.pairs] == ["a", "c"]
    assert set(prepared.failures) == {"b", "d"}
    assert "text.mp4" in prepared.failures["b"]
    assert "gone.mp4" in prepared.failures["d"]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    graph = store.load(pairs[0])
    assert isinstance(graph, HolisticSceneGraph)
    assert [node.lemma for node in graph.text.nodes] == ["dog", "chase", "ball"]

    again = GraphStore(tmp_path / "graphs", QUICK)
    monkeypatch.setattr(again, "pipeline", replace_call(again.pipeline))
    assert [pair.id for pair in again.prepare(pairs[:1]).pairs] == ["a"]


def replace_call(pipeline):
    class Untouched:
        config = pipeline.config

        def __call__(self, **arguments):
            raise AssertionError("parsed again")

    return Untouched()


def test_other_settings_or_another_caption_are_other_graphs(pairs, tmp_path):
    store = GraphStore(tmp_path, QUICK)
    other = GraphStore(tmp_path, replace(QUICK, key_frames=3))
    assert store.path(pairs[0]) != other.path(pairs[0])
    assert store.path(pairs[0]) != store.path(replace(pairs[0], caption="a cat chases a ball"))


def test_a_graph_that_comes_with_the_pair_is_taken(pairs, tmp_path):
    save_graph(PAIR, tmp_path / "gold.json")
    save_graph(TEXT, tmp_path / "text.json")
    gold = replace(pairs[0], graph=tmp_path / "gold.json")
    store = GraphStore(tmp_path / "graphs", QUICK)
    assert store.load(gold) == PAIR
    with pytest.raises(FormatError, match="expected text and video"):
        store.load(replace(pairs[0], graph=tmp_path / "text.json"))
    missing = store.prepare([replace(gold, graph=tmp_path / "missing.json")])
    assert "missing.json" in missing.failures["a"]
    assert not (tmp_path / "missing.json").exists()


def test_unknown_cameras_are_estimated_from_boxes_only_if_asked(pairs, tmp_path):
    places = [(0.3, 0.3), (0.6, 0.35), (0.45, 0.7), (0.5, 0.5)]
    video = tracks_graph([[(x + 0.05 * t, y) for x, y in places] for t in range(2)])
    save_graph(HolisticSceneGraph(text=TEXT, video=video), tmp_path / "pan.json")
    pair = replace(pairs[0], graph=tmp_path / "pan.json")
    assert GraphStore(tmp_path, QUICK).load(pair).video.frames[1].camera.dx == 0
    asked = GraphStore(tmp_path, replace(QUICK, camera_from_boxes=True)).load(pair)
    assert asked.video.frames[1].camera.dx == pytest.approx(-0.05)
