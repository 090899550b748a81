"""Zero-shot predicates: what is asked, who wins, how doubt is measured; and a tiny CLIP from a folder, end to end."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind
from finsta.video.predicates.picture_text import ClipModel, open_picture_text_model
from finsta.video.predicates.vocabulary import OPPOSITE, PHRASES, SPATIAL, askable
from finsta.video.predicates.zero_shot import (
    LEAST,
    SOFTEST,
    ZeroShotPredicates,
    fitted_temperature,
    open_predicate_model,
)
from tests.tiny_hosts import tiny_host
from tests.video.conftest import texture

VIDEO = VideoInfo(path="a.mp4", duration=1.0, width=80, height=60, frames_per_second=1.0, frame_count=1)
PERSON, HORSE = (0.4, 0.2, 0.5, 0.5), (0.3, 0.4, 0.7, 0.8)


def key_frame(*objects: tuple[str, tuple[float, float, float, float]], said: str | None = None) -> FrameGraph:
    """Objects with confidence 0.81; ``said`` is a relation from the first to the second."""
    nodes = [
        VisualNode(kind=NodeKind.OBJECT, label=label, box=box, track=number, confidence=0.81)
        for number, (label, box) in enumerate(objects)
    ]
    edges: list[Edge] = []
    if said is not None:
        nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=said))
        edges = [
            Edge(source=0, target=len(objects), kind=EdgeKind.SUBJECT),
            Edge(source=len(objects), target=1, kind=EdgeKind.OBJECT),
        ]
    return FrameGraph(time=0.0, nodes=tuple(nodes), edges=tuple(edges))


class Believer:
    """Finds some sentences in every picture that is not empty, and all of them equally in an empty one."""

    name = "believer"

    def __init__(self, **strength: float) -> None:
        self.strength = {words.replace("_", " "): value for words, value in strength.items()}
        self.asked: set[str] = set()

    def similarity(self, images: Sequence[np.ndarray], texts: Sequence[str]) -> np.ndarray:
        self.asked |= set(texts)
        found = np.zeros((len(images), len(texts)))
        for row, image in enumerate(images):
            for column, text in enumerate(texts):
                found[row, column] = 20.0
                if image.std() > 0:
                    found[row, column] += sum(v for words, v in self.strength.items() if words in text)
        return found


def added(model: Believer, frame: FrameGraph) -> list[tuple[str, str, str, float]]:
    graph = DynamicSceneGraph(video=VIDEO, frames=(frame,))
    found = ZeroShotPredicates(model).add(graph, [texture(60, 80)])
    found.validate()
    (after,) = found.frames
    assert after.nodes[: len(frame.nodes)] == frame.nodes
    result = []
    for index in range(len(frame.nodes), len(after.nodes)):
        subject, target = after.ends(index)
        node = after.nodes[index]
        result.append((after.nodes[subject].label, node.label, after.nodes[target].label, node.confidence))
    return result


RIDER = key_frame(("person", PERSON), ("horse", HORSE), said="on")


def test_the_sentence_that_fits_best_is_added_with_its_chance_times_the_trust_in_the_objects():
    ((subject, label, target, confidence),) = added(Believer(riding_a_horse=12.0), RIDER)
    assert (subject, label, target) == ("person", "ride", "horse")
    assert 0.5 * 0.81 < confidence < 0.81


def test_nothing_is_said_where_no_sentence_beats_what_the_boxes_say():
    assert added(Believer(), RIDER) == []
    assert added(Believer(on_a_horse=12.0), RIDER) == []
    assert added(Believer(riding_a_horse=1.0), RIDER) == []
    assert 0 < LEAST < 1


def test_what_fits_every_picture_fits_none():
    class Talker(Believer):
        def similarity(self, images, texts):
            return super().similarity(images, texts) + 15.0 * np.array(["holding" in text for text in texts])

    assert added(Talker(riding_a_horse=12.0), RIDER)[0][1] == "ride"


def test_a_relation_that_is_there_is_not_added_again():
    rider = key_frame(("person", PERSON), ("horse", HORSE), said="ride")
    assert added(Believer(riding_a_horse=12.0), rider) == []


def test_objects_that_are_far_apart_are_not_asked_about():
    model = Believer()
    added(model, key_frame(("person", (0.0, 0.0, 0.1, 0.2)), ("horse", (0.7, 0.7, 0.9, 0.9))))
    assert model.asked == set()


def test_things_do_nothing_and_animals_less_than_people():
    assert askable("cup", "person", contact=True) == []
    assert "wear" not in askable("dog", "frisbee", contact=True)
    assert "hold" in askable("person", "cup", contact=True)
    assert "hold" not in askable("person", "cup", contact=False)
    assert "ride" not in askable("person", "person", contact=True)
    assert set(askable("star", "cross", contact=True)) == set(PHRASES)


def test_a_model_that_cannot_tell_above_from_below_is_softened():
    assert fitted_temperature([]) == 2.0
    assert fitted_temperature([6.0] * 200) == 1.0
    assert fitted_temperature([6.0, -6.0] * 10) == SOFTEST
    assert fitted_temperature([-6.0]) <= 2.5  # one answer proves little
    assert set(OPPOSITE) | set(OPPOSITE.values()) <= set(SPATIAL)


def test_a_softened_model_is_less_sure():
    lamp = key_frame(("lamp", (0.4, 0.1, 0.6, 0.3)), ("person", (0.4, 0.3, 0.6, 0.9)), said="above")
    sure = {}
    for word in ("above", "below"):
        frames = tuple(replace(lamp, time=float(time)) for time in range(20))
        graph = DynamicSceneGraph(video=VIDEO, frames=frames)
        model = Believer(**{"touching": 12.0, word: 6.0})
        found = ZeroShotPredicates(model, least=0.0).add(graph, [texture(60, 80)] * 20)
        sure[word] = max(node.confidence for node in found.frames[0].nodes if node.label == "touch")
    assert sure["above"] > sure["below"] + 0.01


def test_each_key_frame_needs_its_picture():
    graph = DynamicSceneGraph(video=VIDEO, frames=(RIDER,))
    with pytest.raises(ValueError, match="expected a picture for each of 1 key frames, found 0"):
        ZeroShotPredicates(Believer()).add(graph, [])


def test_a_tiny_clip_from_a_folder_compares_pictures_with_sentences(tmp_path):
    tiny_host("clip").save(tmp_path / "clip")
    model = open_picture_text_model(f"hf:{tmp_path / 'clip'}")
    assert isinstance(model, ClipModel)
    pictures = [texture(40, 30, seed=0), texture(20, 60, seed=1)]
    both = model.similarity(pictures, ["a red cube", "the blue ball"])
    assert both.shape == (2, 2)
    np.testing.assert_allclose(model.similarity(pictures[1:], ["the blue ball"]), both[1:, 1:], atol=1e-3)
    scale = float(model.model.logit_scale.detach().exp())
    assert np.abs(both).max() <= scale + 1e-3
    graph = DynamicSceneGraph(video=VIDEO, frames=(RIDER,))
    found = ZeroShotPredicates(model, least=0.0).add(graph, [texture(60, 80)])
    found.validate()


@pytest.mark.parametrize("spec", ["clip", "hf:", "openai/clip"])
def test_an_unknown_name_is_told(spec):
    with pytest.raises(InputError, match="expected hf:HUB_ID_OR_FOLDER of a CLIP-like model; give one"):
        open_predicate_model(spec)


def test_a_folder_without_such_a_model_is_told(tmp_path):
    with pytest.raises(InputError, match="expected a folder or hub id of a CLIP-like model"):
        open_predicate_model(f"hf:{tmp_path}")
