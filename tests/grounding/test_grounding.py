"""Grounding as a whole: what post-training saves is what grounds, and only what may be read is read."""

import json
from dataclasses import replace

import pytest
import torch

from finsta.config import EncoderConfig, PostTrainConfig, TransferConfig, control
from finsta.errors import FormatError, InputError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph
from finsta.graphs.serialization import load_graph
from finsta.grounding import GroundingModel, ground_by_links, save_grounding
from finsta.grounding.checkpoint import FILE, load_teacher, save_teacher
from finsta.grounding.choose import assign_tracks
from finsta.tasks.grounding_arms import without_answers
from finsta.training import post_train
from finsta.transfer.hosts import load_host
from tests.tiny_hosts import tiny_host
from tests.training.tiny_pairs import tiny_pairs

CONFIG = PostTrainConfig(
    steps=2,
    batch_size=4,
    encoder=EncoderConfig(width=32, heads=2, layers=2),
    transfer=TransferConfig(direct=0.0, relational=0.0),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grounding")
    tiny_host("clip").save(folder / "host")
    pairs = tiny_pairs(folder)
    post_train(folder / "host", pairs, folder / "e", config=CONFIG)
    return folder / "e", pairs


def graph_of(pair) -> HolisticSceneGraph:
    graph = load_graph(pair.graph)
    assert isinstance(graph, HolisticSceneGraph)
    return graph


def test_every_phrase_gets_a_track_with_its_boxes_and_every_predicate_an_interval(trained):
    folder, pairs = trained
    graph = graph_of(pairs[0])
    found = GroundingModel.load(folder).ground(graph, video=pairs[0].video)
    assert [entry.phrase for entry in found.phrases] == ["cube", "ball"]
    assert {entry.track for entry in found.phrases} == {1, 2}
    first = found.phrases[0]
    assert [box.time for box in first.boxes] == [0.15, 0.45]
    assert first.boxes[0].box == ((0.0, 0.0, 0.5, 0.5) if first.track == 1 else (0.5, 0.5, 1.0, 1.0))
    (event,) = found.predicates
    assert (event.subject_track, event.object_track) == tuple(entry.track for entry in found.phrases)
    assert event.interval in {(0.0, 0.3), (0.3, 0.6), (0.0, 0.6)}
    assert all(-1.001 <= entry.score <= 1.001 for entry in (*found.phrases, event))


def test_links_relations_attributes_and_labels_of_the_video_are_not_read(trained):
    folder, pairs = trained
    model, graph = GroundingModel.load(folder), graph_of(pairs[0])
    bare = without_answers(graph)
    assert all(node.kind is NodeKind.OBJECT for frame in bare.video.frames for node in frame.nodes)
    assert not bare.links
    renamed = [
        replace(frame, nodes=tuple(replace(node, label="thing") for node in frame.nodes)) for frame in bare.video.frames
    ]
    renamed = replace(bare, video=replace(bare.video, frames=tuple(renamed)))
    answers = [model.ground(one, video=pairs[0].video) for one in (graph, bare, renamed)]
    assert answers[0] == answers[1]
    assert [replace(entry, label="") for entry in answers[2].phrases] == [
        replace(entry, label="") for entry in answers[0].phrases
    ]
    assert answers[2].predicates == answers[0].predicates


def test_the_file_gives_the_teacher_back_and_is_small(trained, tmp_path):
    folder, _ = trained
    file = load_teacher(folder / FILE)
    assert file.base_host.endswith("host")
    assert (folder / FILE).stat().st_size < 2 << 20
    save_teacher(file.teacher, tmp_path / "again.safetensors", base_host=file.base_host)
    again = load_teacher(tmp_path / "again.safetensors")
    states = file.teacher.state_dict()
    assert all(torch.equal(states[name], value) for name, value in again.teacher.state_dict().items())
    assert torch.equal(again.teacher.labels.vectors, file.teacher.labels.vectors)


def test_words_that_training_did_not_have_are_read_by_the_host_as_it_was(trained):
    folder, pairs = trained
    model, graph = GroundingModel.load(folder), graph_of(pairs[0])
    nodes = tuple(replace(node, lemma=f"{node.lemma} new") for node in graph.text.nodes)
    model.ground(replace(graph, text=replace(graph.text, nodes=nodes)), video=pairs[0].video)
    known = model.teacher.labels
    assert "cube new" in known.row
    base = load_host(load_teacher(folder / FILE).base_host)
    with torch.no_grad():
        expected = base.text_embeddings(base.tokens(["cube new"]))[0]
    torch.testing.assert_close(known.vectors[known.row["cube new"]], expected, atol=1e-5, rtol=1e-4)


def test_a_text_without_things_and_a_video_without_tracks_ground_nothing(trained):
    folder, pairs = trained
    model, graph = GroundingModel.load(folder), graph_of(pairs[0])
    empty = replace(graph, text=TextualSceneGraph(text=""), links=())
    blind = replace(graph, video=replace(graph.video, frames=()), links=())
    for one in (empty, blind):
        assert model.ground(one, video=pairs[0].video).phrases == ()


def test_a_run_without_graphs_saves_no_model_and_the_error_says_so(trained, tmp_path):
    folder, pairs = trained
    post_train(folder.parent / "host", pairs, tmp_path / "c", config=control(CONFIG))
    assert not (tmp_path / "c" / FILE).exists()
    with pytest.raises(InputError, match=r"grounding.safetensors: there is no such file; give the folder .*--control"):
        GroundingModel.load(tmp_path / "c")


def test_a_broken_file_and_another_version_are_said(trained, tmp_path):
    from safetensors.torch import save_file

    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(FormatError, match="cannot be read as safetensors"):
        load_teacher(tmp_path / "broken.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors", metadata={"format": "x"})
    with pytest.raises(FormatError, match="expected format 'finsta-grounding-model', version 1; found format 'x'"):
        load_teacher(tmp_path / "other.safetensors")
    facts = {"format": "finsta-grounding-model", "version": "1", "encoder": "{}", "alignment": "{}", "labels": "[]"}
    save_file({"labels.vectors": torch.zeros(0, 4)}, tmp_path / "half.safetensors", metadata=facts)
    with pytest.raises(FormatError, match="its tensors do not fit its settings"):
        load_teacher(tmp_path / "half.safetensors")


def test_a_video_that_is_not_there_is_said(trained):
    folder, pairs = trained
    with pytest.raises(InputError, match="there is no such video; say where the file is with `video`"):
        GroundingModel.load(folder).ground(graph_of(pairs[0]))


def test_no_track_is_taken_twice_unless_there_are_too_few():
    similarity = torch.tensor([[0.9, 0.8], [0.7, 0.1]])
    assert assign_tracks(similarity).tolist() == [1, 0]
    assert assign_tracks(torch.tensor([[0.9], [0.7]])).tolist() == [0, 0]


def test_the_links_of_the_parser_ground_by_their_best(trained, tmp_path):
    _, pairs = trained
    graph = graph_of(pairs[0])
    weaker = replace(graph.links[0], subject_track=2, similarity=0.2)
    found = ground_by_links(replace(graph, links=(*graph.links, weaker)))
    assert [(entry.phrase, entry.track, entry.score) for entry in found.phrases] == [("cube", 1, 1.0), ("ball", 2, 1.0)]
    assert found.predicates[0].interval == (0.3, 0.6)
    save_grounding(found, graph.video, tmp_path / "grounding.json")
    document = json.loads((tmp_path / "grounding.json").read_text())
    assert (document["format"], document["version"]) == ("finsta-grounding", 1)
    assert document["phrases"][0]["boxes"][0] == {"time": 0.15, "box": [0.0, 0.0, 0.5, 0.5]}
    assert document["predicates"][0]["interval"] == [0.3, 0.6]


def test_groundings_stand_in_the_graph_as_links(trained):
    folder, pairs = trained
    graph = graph_of(pairs[0])
    linked = GroundingModel.load(folder).ground(graph, video=pairs[0].video).on(graph)
    linked.validate()
    assert len(linked.links) == 3
    assert linked.links[2].label == "approaches"
    assert all(0 <= link.similarity <= 1 for link in linked.links)


@pytest.mark.parametrize("name", ["videomae", "git", "blip:retrieval"])
def test_hosts_without_a_joint_space_ground_too(tmp_path, name):
    from tests.hosts.registry import own_host

    own_host(name).save(tmp_path / "host")
    pairs = tiny_pairs(tmp_path)
    post_train(tmp_path / "host", pairs, tmp_path / "e", config=replace(CONFIG, transfer=TransferConfig()))
    graph = graph_of(pairs[0])
    found = GroundingModel.load(tmp_path / "e").ground(graph, video=pairs[0].video)
    assert [entry.phrase for entry in found.phrases] == ["cube", "ball"]
    assert len(found.predicates) == 1


def test_tokens_of_another_width_are_refused(trained):
    from tests.hosts.registry import shared_host

    teacher = load_teacher(trained[0] / FILE).teacher
    with pytest.raises(InputError, match=r"was trained on regions of width 32, but visual tokens of .* have width 64"):
        GroundingModel(teacher, shared_host("bridgetower"))
