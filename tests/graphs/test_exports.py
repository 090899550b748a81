"""Exports: nothing is lost on the way, and what is optional says how to install it."""

import builtins
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from finsta.errors import MissingDependencyError, OutputError
from finsta.graphs.exports.flat import flatten
from finsta.graphs.exports.graphml import save_graphml, to_graphml
from finsta.graphs.exports.networkx_graph import to_networkx
from finsta.graphs.exports.pyg import to_hetero_data
from finsta.graphs.exports.triplets import WordTriplet, word_triplets
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.graphs.serialization import from_dict, to_dict
from tests.graph_samples import sample_holistic_graph

TEXT = "A man quickly holds a red cup. The man smiles."
#       0 2   6       14    20 22  26   31  35  39


def node(kind: NodeKind, label: str, lemma: str, *starts: int, canonical: str = "") -> TextNode:
    mentions = tuple((start, start + len(label)) for start in starts)
    return TextNode(
        kind=kind, label=label, lemma=lemma, span=mentions[0] if mentions else None,
        mentions=mentions if len(mentions) > 1 else (), canonical=canonical, confidence=0.5,
    )  # fmt: skip


def edge(source: int, target: int, kind: EdgeKind) -> Edge:
    return Edge(source=source, target=target, kind=kind, confidence=0.75)


@pytest.fixture
def text() -> TextualSceneGraph:
    graph = TextualSceneGraph(
        text=TEXT,
        nodes=(
            node(NodeKind.OBJECT, "man", "man", 2, 35, canonical="person"),
            node(NodeKind.PREDICATE_ATTRIBUTE, "quickly", "quickly", 6),
            node(NodeKind.PREDICATE, "holds", "hold", 14),
            node(NodeKind.ATTRIBUTE, "red", "red", 22),
            node(NodeKind.OBJECT, "cup", "cup", 26),
            node(NodeKind.PREDICATE, "smiles", "smile", 39),
        ),
        edges=(
            edge(0, 2, EdgeKind.SUBJECT), edge(2, 4, EdgeKind.OBJECT), edge(4, 3, EdgeKind.ATTRIBUTE),
            edge(2, 1, EdgeKind.PREDICATE_ATTRIBUTE), edge(0, 5, EdgeKind.SUBJECT),
            edge(2, 5, EdgeKind.TEMPORAL_ORDER),
        ),
    )  # fmt: skip
    graph.validate()
    return graph


def words(graph: TextualSceneGraph, span: tuple[int, int] | None) -> str:
    assert span is not None
    return graph.text[slice(*span)]


def test_the_span_of_an_edge_covers_the_two_nearest_mentions(text: TextualSceneGraph):
    spans = [words(text, text.edge_span(edge)) for edge in text.edges]
    assert spans == [
        "man quickly holds", "holds a red cup", "red cup", "quickly holds", "man smiles",
        "holds a red cup. The man smiles",
    ]  # fmt: skip


def test_an_edge_to_what_no_word_names_has_no_span():
    graph = TextualSceneGraph(
        text="Smiling.",
        nodes=(node(NodeKind.OBJECT, "someone", "someone"), node(NodeKind.PREDICATE, "Smiling", "smile", 0)),
        edges=(edge(0, 1, EdgeKind.SUBJECT),),
    )
    assert graph.edge_span(graph.edges[0]) is None
    assert word_triplets(graph) == [WordTriplet(subject="someone", predicate="Smiling", object=None)]


def test_mentions_equally_near_give_the_first():
    graph = TextualSceneGraph(
        text="cup red cup",
        nodes=(node(NodeKind.OBJECT, "cup", "cup", 0, 8), node(NodeKind.ATTRIBUTE, "red", "red", 4)),
        edges=(edge(0, 1, EdgeKind.ATTRIBUTE),),
    )
    assert graph.edge_span(graph.edges[0]) == (0, 7)


def test_json_carries_the_spans_of_edges_and_comes_back_whole(text: TextualSceneGraph):
    document = to_dict(text)
    assert document["text"]["edges"][0]["span"] == (2, 19)
    assert from_dict(document) == text
    assert document["text"]["nodes"][0]["canonical"] == "person"


def test_triplets_are_words_with_modifiers_and_spans(text: TextualSceneGraph):
    assert word_triplets(text) == [
        WordTriplet(subject="man", predicate="holds", object="cup", modifiers=("quickly",), span=(2, 29)),
        WordTriplet(subject="man", predicate="smiles", object=None, span=(35, 45)),
        WordTriplet(subject="cup", predicate="is", object="red", span=(22, 29)),
    ]
    assert [triplet.predicate for triplet in word_triplets(text, lemmas=True)] == ["hold", "smile", "is"]


def test_networkx_has_every_node_edge_and_property(text: TextualSceneGraph):
    pytest.importorskip("networkx")
    made = to_networkx(text)
    assert made.is_directed()
    assert made.is_multigraph()
    assert made.graph == {"text": TEXT}
    assert made.nodes["t0"] == {
        "modality": "text", "kind": "object", "label": "man", "lemma": "man", "canonical": "person",
        "span": (2, 5), "mentions": ((2, 5), (35, 38)), "confidence": 0.5,
    }  # fmt: skip
    assert made.edges["t0", "t2", "subject"] == {"kind": "subject", "confidence": 0.75, "span": (2, 19)}
    assert made.number_of_edges() == 6


def test_graphml_is_read_by_networkx_with_every_value(text: TextualSceneGraph, tmp_path: Path):
    networkx = pytest.importorskip("networkx")
    save_graphml(text, tmp_path / "graph.graphml")
    read = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert read.graph["text"] == TEXT
    assert read.nodes["t0"] == {
        "modality": "text", "kind": "object", "label": "man", "lemma": "man", "canonical": "person",
        "start": 2, "end": 5, "mentions": "2:5 35:38", "confidence": 0.5,
    }  # fmt: skip
    found = {(a, b, values["kind"]): (values["start"], values["end"]) for a, b, values in read.edges(data=True)}
    assert found["t0", "t2", "subject"] == (2, 19)
    assert len(found) == 6


def test_graphml_escapes_marks_and_replaces_control_characters():
    odd = TextualSceneGraph(text='a <b> & "c" \x00\x1b')
    root = ElementTree.fromstring(to_graphml(odd))
    assert [element.text for element in root.iter() if element.tag.endswith("data")] == ['a <b> & "c" \ufffd\ufffd']


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, text: TextualSceneGraph):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        save_graphml(text, tmp_path / "file" / "graph.graphml")


def test_hetero_data_has_types_indices_and_columns(text: TextualSceneGraph):
    pytest.importorskip("torch_geometric")
    data = to_hetero_data(text)
    data.validate()
    assert data.node_types == ["text_object", "text_predicate_attribute", "text_predicate", "text_attribute"]
    assert data["text_object"].label == ["man", "cup"]
    assert data["text_object"].canonical == ["person", ""]
    assert data["text_object"].mentions == [((2, 5), (35, 38)), ()]
    assert data["text_object"].span.tolist() == [[2, 5], [26, 29]]
    subject = data["text_object", "subject", "text_predicate"]
    assert subject.edge_index.tolist() == [[0, 0], [0, 1]]
    assert subject.span.tolist() == [[2, 19], [35, 45]]
    assert subject.confidence.tolist() == [0.75, 0.75]
    assert data.text == TEXT


@pytest.mark.parametrize("seed", range(4))
def test_video_and_holistic_graphs_lose_no_node_and_no_edge(seed: int):
    graph = sample_holistic_graph(seed)
    counts = len(graph.text.nodes) + sum(len(frame.nodes) for frame in graph.video.frames)
    stored = len(graph.text.edges) + sum(len(frame.edges) for frame in graph.video.frames)
    flat = flatten(graph)
    links = [edge for edge in flat.edges if edge.kind is EdgeKind.CROSS_MODAL_COREFERENCE]
    assert len(flat.nodes) == len({node.name for node in flat.nodes}) == counts
    assert len(flat.edges) == stored + len(list(graph.video.coreference())) + len(links)
    assert {edge.source for edge in links} <= {f"t{link.text_node}" for link in graph.links}
    assert bool(links) == bool(graph.links)
    boxes = [node.properties["box"] for node in flat.nodes if "box" in node.properties]
    assert boxes == [n.box for frame in graph.video.frames for n in frame.nodes if n.box is not None]
    assert len(flatten(graph.video).nodes) + len(flatten(graph.text).nodes) == counts


def test_every_form_takes_a_holistic_graph(tmp_path: Path):
    networkx = pytest.importorskip("networkx")
    pytest.importorskip("torch_geometric")
    graph = sample_holistic_graph(0)
    flat, made, data = flatten(graph), to_networkx(graph), to_hetero_data(graph)
    save_graphml(graph, tmp_path / "graph.graphml")
    read = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    data.validate()
    for found in (made, read, data):
        assert (found.number_of_nodes() if found is not data else data.num_nodes) == len(flat.nodes)
        assert (found.number_of_edges() if found is not data else data.num_edges) == len(flat.edges)
    assert data["video_object"].box.shape[1] == 4


def test_two_links_that_meet_in_a_key_frame_are_two_edges_in_every_form(tmp_path: Path):
    networkx = pytest.importorskip("networkx")
    pytest.importorskip("torch_geometric")
    graph = sample_holistic_graph(0)
    link = graph.object_links[0]
    place = graph.video.object_tracks[link.subject_track].occurrences[0][0]
    meeting = graph.video.frames[place].time
    links = tuple(replace(link, interval=interval) for interval in ((meeting - 1, meeting), (meeting, meeting + 0.01)))
    graph = replace(graph, links=links)
    flat, made = flatten(graph), to_networkx(graph)
    across = [edge for edge in flat.edges if edge.kind is EdgeKind.CROSS_MODAL_COREFERENCE]
    assert len(across) == 2
    assert made.number_of_edges() == len(flat.edges)
    keys = list(made.get_edge_data(across[0].source, across[0].target))
    assert keys == ["cross_modal_coreference", "cross_modal_coreference#2"]
    save_graphml(graph, tmp_path / "graph.graphml")
    assert networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True).number_of_edges() == len(flat.edges)
    assert to_hetero_data(graph).num_edges == len(flat.edges)


def test_whole_numbers_among_others_are_numbers_with_fractions_in_graphml(tmp_path: Path, text: TextualSceneGraph):
    networkx = pytest.importorskip("networkx")
    object.__setattr__(text.nodes[-1], "confidence", 1)  # as JSON gives it where another program wrote 1 for 1.0
    object.__setattr__(text.edges[-1], "confidence", 0)
    save_graphml(text, tmp_path / "graph.graphml")
    read = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert [read.nodes[name]["confidence"] for name in ("t4", "t5")] == [0.5, 1.0]
    assert {values["confidence"] for _, _, values in read.edges(data=True)} == {0.0, 0.75}


@pytest.mark.parametrize(("convert", "package"), [(to_networkx, "networkx"), (to_hetero_data, "torch_geometric")])
def test_without_the_package_the_message_says_how_to_install_it(
    convert, package: str, text: TextualSceneGraph, monkeypatch: pytest.MonkeyPatch
):
    really = builtins.__import__

    def without(name: str, *arguments: object, **options: object):
        if name.split(".", maxsplit=1)[0] == package:
            raise ImportError(name)
        return really(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependencyError, match=rf"needs {package}, found none; run: pip install 'finsta\[exp"):
        convert(text)


def test_empty_graphs_export_as_empty():
    empty = TextualSceneGraph(text="")
    assert flatten(empty).nodes == ()
    assert word_triplets(empty) == []
    assert "<graph " in to_graphml(empty)
