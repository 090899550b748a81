"""``finsta query`` as a user types it: lines, JSON, a page, and one clear line for what is wrong."""

import json
import re

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

from finsta.command_line.main import main
from finsta.corpus.schema import ClipSource, arrow_schema, row_from_graph
from tests.graph_samples import tracks_graph
from tests.tiny_clips import write_clip


@pytest.fixture
def corpus(tmp_path):
    """Two clips in which thing 0 holds thing 1; the video of one of them is not there any more."""
    import pyarrow as pa
    from pyarrow import parquet

    graph = tracks_graph([[(0.2, 0.2), (0.6, 0.6)]] * 4, relations=[(0, "hold", 1)], attributes=[(1, "red")], size=0.2)
    write_clip(tmp_path / "there.mp4", "blue", frames=20)
    rows = [
        row_from_graph(
            graph,
            ClipSource(
                id=name,
                key=name,
                video=f"{name}.mp4",
                text=None,
                content="",
                size=0,
                modified=0,
                settings="{}",
                version="0",
            ),
        )
        for name in ("gone <b>", "there")
    ]
    (tmp_path / "graphs" / "shards").mkdir(parents=True)
    table = pa.Table.from_pylist(rows, schema=arrow_schema())
    parquet.write_table(table, tmp_path / "graphs" / "shards" / "0.parquet")
    return tmp_path / "graphs"


def run(*arguments):
    main(["query", *map(str, arguments)])


def failure(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 1
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_answers_are_printed_with_clip_interval_and_how_the_query_was_understood(corpus, capsys):
    run(corpus, "?a -hold-> ?b[red] @ ..1", "--limit", 1)
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "1. gone <b>  0.00–1.00 s  score 1.00  gone <b>.mp4",
        "     ?a: track 0 (thing)",
        "     ?b: track 1 (thing)",
        "     thing 0 hold thing 1, 0.00–1.00 s",
        "2 answers in 2 clips of 2, the best 1 shown",
    ]
    assert "understood as: ?a -hold-> ?b[red] @ ..1" in printed.err


def test_json_is_the_only_thing_on_standard_output(corpus, capsys):
    run(corpus, "?a -hold-> ?b", "--json")
    document = json.loads(capsys.readouterr().out)
    assert (document["query"], document["total"]) == ("?a -hold-> ?b", 2)


def test_a_query_without_an_answer_says_why(corpus, capsys):
    run(corpus, "?a:cup")
    assert "no clip has an object called 'cup'; the objects there are: thing (4)" in capsys.readouterr().out


def test_the_page_shows_the_frame_with_its_boxes_and_says_which_video_is_missing(corpus, tmp_path):
    page = tmp_path / "page.html"
    run(corpus, "?a -hold-> ?b", "--out", page)
    text = page.read_text()
    assert text.count('class="box"') == 4
    assert text.count("data:image/jpeg") == 1
    assert "gone &lt;b&gt;.mp4 is not there any more: boxes without their picture" in text
    assert "<b>.mp4" not in text
    assert not re.search(r'(src|href)="https?:', text)


def test_the_page_of_no_answer_says_why(corpus, tmp_path):
    run(corpus, "?a:cup", "--out", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "No clip answers the query." in text
    assert "no clip has an object called" in text


def test_what_the_user_can_mend_is_one_line(corpus, tmp_path, capsys):
    assert "give the folder that" in failure(capsys, tmp_path / "none", "a dog")
    assert "--least: expected a similarity in (0, 1], found 2.0" in failure(capsys, corpus, "?a", "--least", 2)
    assert "expected a file to write, found a folder" in failure(capsys, corpus, "?a", "--out", tmp_path)
    assert "time '3-8': expected a number with a unit" in failure(capsys, corpus, "a dog, 3-8")
