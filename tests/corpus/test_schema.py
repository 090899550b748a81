"""A row holds the graph exactly, and its flat columns say what the graph says."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.corpus.schema import ClipSource, arrow_schema, graph_from_row, row_from_graph
from finsta.errors import FormatError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import to_dict
from tests.graph_samples import (
    empty_holistic_graph,
    sample_dynamic_graph,
    sample_holistic_graph,
    sample_text_graph,
    tracks_graph,
)

SOURCE = ClipSource(
    id="a",
    key="0" * 64,
    video="/videos/a.mp4",
    text="a red circle",
    content="1" * 64,
    size=1234,
    modified=1_700_000_000_123_456_789,
    settings='{"detector": "motion"}',
    version="0.1.0",
)


def through_parquet(path, row):
    pq.write_table(pa.Table.from_pylist([row], schema=arrow_schema()), path)
    return pq.read_table(path).to_pylist()[0]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.integers(1, 9), tracks=st.integers(0, 5))
def test_a_row_gives_the_graph_back_exactly_after_parquet(tmp_path_factory, seed, frames, tracks):
    graph = sample_holistic_graph(seed, frames=frames, tracks=tracks)
    for made in (graph, graph.video, empty_holistic_graph()):
        row = through_parquet(tmp_path_factory.mktemp("row") / "row.parquet", row_from_graph(made, SOURCE))
        assert graph_from_row(row) == made


def test_warnings_come_back_too():
    graph = sample_holistic_graph(0)
    graph = replace(graph, text=replace(graph.text, warnings=("text",)), video=replace(graph.video, warnings=("v",)))
    row = row_from_graph(graph, SOURCE)
    assert row["warnings"] == ["text", "v"]
    assert to_dict(graph_from_row(row)) == to_dict(graph)


def test_the_flat_columns_of_a_literal_graph():
    here, there = (0.2, 0.2), (0.8, 0.8)
    graph = tracks_graph(
        [[here, there], [here, None], [here, there]], relations=[(0, "hold", 1)], attributes=[(0, "red")]
    )
    row = row_from_graph(graph, SOURCE)
    assert row["objects"] == [
        {"track": 0, "label": "thing", "confidence": 1.0, "start": 0.0, "end": 1.5, "attributes": ["red"]},
        {"track": 1, "label": "thing", "confidence": 1.0, "start": 0.0, "end": 1.5, "attributes": []},
    ]
    (relation,) = row["relations"]
    assert (relation["subject"], relation["predicate"], relation["object"]) == (0, "hold", 1)
    assert relation["intervals"] == [{"start": 0.0, "end": 0.25}, {"start": 0.75, "end": 1.5}]
    assert (row["links"], row["detector"], row["width"], row["height"]) == ([], "literal", 320, 240)


def test_modifiers_and_links_stand_in_their_columns():
    graph = next(g for g in map(sample_holistic_graph, range(99)) if g.predicate_links and has_modifier(g))
    row = row_from_graph(graph, SOURCE)
    modified = {modifier for relation in row["relations"] for modifier in relation["modifiers"]}
    assert modified <= {"quickly", "slowly"}
    assert modified
    for link, entry in zip(graph.links, row["links"], strict=True):
        assert entry["phrase"] == graph.text.phrase(link.text_node)
        assert (entry["start"], entry["end"]) == link.interval
        assert entry["similarity"] == link.similarity


def has_modifier(graph: HolisticSceneGraph) -> bool:
    return any(node.kind.value == "predicate_attribute" for frame in graph.video.frames for node in frame.nodes)


def test_every_field_of_the_schema_is_filled():
    assert set(row_from_graph(sample_dynamic_graph(1), SOURCE)) == set(arrow_schema().names)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "x"}, "row x: expected a column `graph` with JSON, found none"),
        ({"id": "x", "graph": "{"}, "row x: expected a column `graph` with JSON"),
        ({"id": "x", "graph": "{}"}, "row x: expected format 'finsta-graphs'"),
        ({"id": "x", "graph": json.dumps(to_dict(sample_text_graph(0)))}, "row x: expected the graph of a clip"),
    ],
)
def test_what_is_no_row_is_said(row, message):
    with pytest.raises(FormatError, match=message):
        graph_from_row(row)


def test_the_documents_name_every_column_with_its_type():
    document = (Path(__file__).parents[2] / "docs" / "file-formats.md").read_text()
    table = document.split("## A corpus")[1].split("\n## ")[0]
    documented = {}
    for line in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE):
        names = re.findall(r"`(\w+)`", line)
        documented |= dict.fromkeys(names)
    assert set(documented) == set(arrow_schema().names)
