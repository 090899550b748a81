"""The text graphs of a corpus are asked as those of its videos are."""

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

from finsta.command_line.main import main
from finsta.corpus.schema import ClipSource, arrow_schema, row_from_graph
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.query import query
from finsta.text import parse_text
from tests.graph_samples import tracks_graph


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A clip whose caption tells more than its video, one without a text."""
    import pyarrow as pa
    from pyarrow import parquet

    video = tracks_graph([[(0.2, 0.2), (0.6, 0.6)]] * 4, relations=[(0, "near", 1)], size=0.2)
    text = parse_text("A man holds a red cup.", parser="rules")
    man, hold = (next(i for i, node in enumerate(text.nodes) if node.lemma == lemma) for lemma in ("man", "hold"))
    links = (
        Link(text_node=man, subject_track=0, interval=(0.0, 2.0), similarity=0.9),
        Link(text_node=hold, subject_track=0, object_track=1, interval=(0.5, 1.0), similarity=0.5),
    )
    graphs = {"told": HolisticSceneGraph(text=text, video=video, links=links), "silent": video}
    source = {"video": "a.mp4", "content": "", "size": 0, "modified": 0, "settings": "{}", "version": "0"}
    rows = [
        row_from_graph(graph, ClipSource(id=name, key=name, text=text.text if name == "told" else None, **source))
        for name, graph in graphs.items()
    ]
    folder = tmp_path_factory.mktemp("corpus")
    parquet.write_table(pa.Table.from_pylist(rows, schema=arrow_schema()), folder / "0.parquet")
    return folder


def test_a_caption_is_found_at_the_time_that_its_links_name(corpus):
    result = query(corpus, "a person holds a red cup, 0.75-3 s", side="text", threads=1)
    (answer,) = result.answers
    assert (answer.id, answer.side, answer.intervals) == ("told", "text", ((0.75, 1.0),))
    assert [thing.label for thing in answer.things] == ["man", "cup"]
    assert query(corpus, "a person holds a red cup", threads=1).total == 0


def test_what_no_link_places_may_be_at_any_time(corpus):
    (answer,) = query(corpus, "a cup", side="text", threads=1).answers
    assert answer.intervals == ((0.0, 2.0),)


def test_both_sides_give_one_list_and_count_a_clip_once(corpus):
    result = query(corpus, "?a", side="both", threads=1)
    assert [(answer.id, answer.side) for answer in result.answers] == [
        ("silent", "video"),
        ("silent", "video"),
        ("told", "video"),
        ("told", "video"),
        ("told", "text"),
        ("told", "text"),
    ]
    assert (result.total, result.clips, result.searched) == (6, 2, 2)


def test_reasons_name_their_side(corpus):
    reasons = query(corpus, "a zebra", side="both", threads=1).reasons
    assert [reason.split(":")[0] for reason in reasons] == ["in the videos", "in the texts"]
    assert "the objects there are: cup (1), man (1)" in reasons[1]


def test_the_page_draws_the_tracks_that_the_caption_is_linked_to(corpus, tmp_path, capsys):
    main(["query", str(corpus), "a man holds a cup", "--in", "text", "--out", str(tmp_path / "page.html")])
    assert "told  0.50–1.00 s  score 1.00  a.mp4 (text)" in capsys.readouterr().out
    page = (tmp_path / "page.html").read_text()
    assert page.count('class="box"') == 1
    assert "man 0" in page
