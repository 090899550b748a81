"""Learned relations, region encoders and zero-shot predicates in the parse of a clip."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from finsta.config import ParseConfig
from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.parsing import Pipeline
from finsta.video import parse_video
from finsta.video.predicates.head import RelationHead
from tests.tiny_hosts import tiny_host
from tests.video.conftest import GoldDetector, WriteClip, draw_disc, square, texture
from tests.video.predicates.samples import tiny_head

RED, BLUE = (220, 20, 30), (20, 40, 220)


def walking(t: float) -> Sequence[float]:
    return square(0.2 + 0.1 * t, 0.5, 0.2)


def waiting(t: float) -> Sequence[float]:
    return square(0.75, 0.5, 0.2)


DISCS = [("ball", walking), ("box", waiting)]


@pytest.fixture
def video(clip: WriteClip) -> Path:
    background = (200 + texture(120, 160) // 8).astype(np.uint8)
    images = []
    for index in range(30):
        image = background.copy()
        draw_disc(image, walking(index / 10), RED)
        draw_disc(image, waiting(index / 10), BLUE)
        images.append(image)
    return clip("discs.mp4", images)


def certain_head() -> RelationHead:
    """Says its two words of everything, all the time."""
    head = tiny_head(("greet", "stand"))
    for parameter in (head.network.output.weight, head.network.trust):
        parameter.data.zero_()
    head.network.output.bias.data.fill_(4.0)
    return head


def predicates(graph: DynamicSceneGraph) -> set[str]:
    return {str(track.identity[1]) for track in graph.predicate_tracks}


def test_relations_of_a_head_come_beside_those_of_the_rules(video, tmp_path):
    plain = parse_video(video, detector=GoldDetector(DISCS))
    certain_head().save(tmp_path / "head")
    graph = parse_video(video, detector=GoldDetector(DISCS), relation_head=tmp_path / "head")
    graph.validate()
    assert "greet" not in predicates(plain)
    assert predicates(graph) == predicates(plain) | {"greet", "stand"}
    said = {(node.label, *frame.ends(i)) for frame in graph.frames for i, node in enumerate(frame.nodes)}
    assert any(label == "greet" and target is not None for label, _, target in said if label == "greet")


def test_an_encoder_tells_tracks_apart(video):
    class Counting:
        name, dim = "counting", 4
        seen = 0

        def encode(self, images, boxes):
            self.seen += sum(len(given) for given in boxes)
            return [np.tile(np.float32([1, 0, 0, 0]), (len(given), 1)) for given in boxes]

    encoder = Counting()
    graph = parse_video(video, detector=GoldDetector(DISCS), region_encoder=encoder)
    assert len(graph.object_tracks) == 2
    assert encoder.seen > 20
    same = parse_video(video, detector=GoldDetector(DISCS), region_encoder="colour")
    assert same == parse_video(video, detector=GoldDetector(DISCS))


def test_a_wrong_name_is_told_before_anything_is_read(video, tmp_path):
    with pytest.raises(InputError, match="expected colour, efficientnet-lite0"):
        parse_video(video, detector=GoldDetector(DISCS), region_encoder="sift")
    with pytest.raises(FormatError, match="expected a folder that `finsta train-relation-head` wrote"):
        parse_video(video, detector=GoldDetector(DISCS), relation_head=tmp_path)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("predicate_model", "expected a folder or hub id of a CLIP-like model"),
        ("similarity", "expected auto, lexical, minilm or clip:"),
    ],
)
def test_a_missing_model_of_the_pipeline_is_told_before_a_frame_is_looked_at(video, tmp_path, setting, message):
    spec = f"hf:{tmp_path / 'none'}" if setting == "predicate_model" else "nothing"
    stages: list[str] = []
    pipeline = Pipeline(ParseConfig(detector="motion", **{setting: spec}))
    with pytest.raises(InputError, match=message):
        pipeline(video=video, text="A ball rolls.", progress=lambda stage, done: stages.append(stage))
    assert stages == []


def test_the_pipeline_takes_all_of_them(video, tmp_path):
    certain_head().save(tmp_path / "head")
    tiny_host("clip").save(tmp_path / "clip")
    config = ParseConfig(
        detector="motion",
        relation_head=str(tmp_path / "head"),
        region_encoder="colour",
        predicate_model=f"hf:{tmp_path / 'clip'}",
    )
    graph = Pipeline(config)(video=video).graph
    assert isinstance(graph, DynamicSceneGraph)
    assert {"greet", "stand"} <= predicates(graph)
    assert all(
        node.confidence <= 1 for frame in graph.frames for node in frame.nodes if node.kind is NodeKind.PREDICATE
    )
