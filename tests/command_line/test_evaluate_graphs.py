"""``finsta evaluate-graphs`` over files, folders, corpora and VidVRD results."""

import json
import shutil
from pathlib import Path

import pytest

from finsta.command_line.main import main
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.graphs.serialization import load_graph, save_graph

SAMPLE = Path(__file__).parents[2] / "docs" / "video-metrics"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "annotations" / "vidvrd" / "baseline_test.json"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two videos as folders of graphs; the second was predicted perfectly, in a folder of its own as `parse` writes."""
    found, gold = tmp_path / "found", tmp_path / "gold"
    for name, sources in (("one", ("predictions.json", "gold.json")), ("two", ("gold.json", "gold.json"))):
        (found / name).mkdir(parents=True)
        gold.mkdir(exist_ok=True)
        shutil.copy(SAMPLE / sources[0], found / name / "graphs.json")
        shutil.copy(SAMPLE / sources[1], gold / f"{name}.json")
    return found, gold


def run(*arguments: object) -> None:
    main(["evaluate-graphs", *map(str, arguments)])


def test_folders_of_graphs_and_all_numbers_as_json(folders: tuple[Path, Path], tmp_path: Path, capsys):
    pytest.importorskip("motmetrics")
    out = tmp_path / "out.json"
    run(*folders, "--recall-at", 2, "--constraint", "none", "--out", out)
    printed = capsys.readouterr().out
    assert "videos 2, of which predicted 2" in printed
    document = json.loads(out.read_text())
    assert document["recall"]["none"]["recall"] == {"2": pytest.approx((0.5 + 1) / 2)}
    assert document["relations"]["average_precision"] == {"one": pytest.approx(5 / 9), "two": pytest.approx(1.0)}
    assert document["tracks"]["idf1_by_video"] == {"one": pytest.approx(0.8), "two": pytest.approx(1.0)}
    assert document["intervals"]["gold"] == 6
    assert document["settings"]["recall_at"] == [2]
    assert (document["videos"], document["videos_predicted"], document["videos_skipped"]) == (2, 2, 0)
    assert (document["predictions"], document["seen"], document["zero_shot"]) == (str(folders[0]), None, None)


def test_vidvrd_files_give_the_relations_of_the_graphs(tmp_path: Path, capsys):
    out = tmp_path / "out.json"
    run(SAMPLE / "predicted-relations.json", SAMPLE / "gold-relations.json", "--out", out)
    files = json.loads(out.read_text())
    run(SAMPLE / "predictions.json", SAMPLE / "gold.json", "--metrics", "relations", "--out", out)
    graphs = json.loads(out.read_text())
    assert files["relations"]["mean_average_precision"] == graphs["relations"]["mean_average_precision"]
    assert files["relations"]["recall"] == graphs["relations"]["recall"]
    assert files["recall"] is files["tracks"] is files["intervals"] is None
    assert "mAP                            55.56" in capsys.readouterr().out


def test_zero_shot_figures_leave_out_what_training_has(tmp_path: Path, capsys):
    """Training has the triplet of approach: behind (found) and watch (not found) are left."""
    graph = load_graph(SAMPLE / "gold.json")
    first = graph.frames[2]
    seen = tmp_path / "train.json"
    nodes, edges = first.nodes[:3], first.edges[:2]
    save_graph(type(graph)(video=graph.video, frames=(type(first)(time=0.0, nodes=nodes, edges=edges),)), seen)
    run(SAMPLE / "predictions.json", SAMPLE / "gold.json", "--metrics", "recall", "relations", "--seen", seen)
    printed = capsys.readouterr().out
    assert "relations, zero-shot (vIoU 0.5): gold 2" in printed
    assert "zR@10" in printed


def test_a_corpus_is_read_as_it_is(tmp_path: Path, capsys):
    pytest.importorskip("pyarrow")
    from pyarrow import Table
    from pyarrow.parquet import write_table

    from finsta.corpus.schema import ClipSource, arrow_schema, row_from_graph

    source = ClipSource(
        id="gold", key="", video="", text=None, content="", size=0, modified=0, settings="{}", version="0"
    )
    rows = [row_from_graph(load_graph(SAMPLE / "predictions.json"), source)]
    (tmp_path / "corpus" / "shards").mkdir(parents=True)
    write_table(Table.from_pylist(rows, schema=arrow_schema()), tmp_path / "corpus" / "shards" / "00000.parquet")
    run(tmp_path / "corpus", SAMPLE / "gold.json", "--metrics", "relations")
    assert "mAP                            55.56" in capsys.readouterr().out


def test_predictions_without_gold_stop_the_command_or_are_skipped(folders: tuple[Path, Path], capsys):
    found, gold = folders
    (gold / "one.json").unlink()
    with pytest.raises(SystemExit):
        run(found, gold, "--metrics", "recall")
    assert "found 1 others, the first 'one'" in capsys.readouterr().err
    shutil.copy(gold / "two.json", gold / "three.json")
    run(found, gold, "--metrics", "recall", "--constraint", "none", "--skip-unknown")
    captured = capsys.readouterr()
    assert "1 predicted videos are not in the gold and do not count, the first 'one'" in captured.err
    assert "videos 2, of which predicted 1" in captured.out
    assert "\n  R@50                           50.00\n" in captured.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "expected a graph (.json), a folder of them, a corpus of `finsta parse --manifest`, or a VidVRD"),
        ('{"some": 1}', "expected an object with `results`"),
    ],
)
def test_files_of_another_form_are_named(tmp_path: Path, capsys, content: str, message: str):
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(SystemExit):
        run(tmp_path / "other.json", SAMPLE / "gold.json")
    assert message in capsys.readouterr().err


def test_texts_doubles_and_nothing_are_named(tmp_path: Path, capsys):
    graph = tmp_path / "a.json"

    def says(message: str) -> bool:
        with pytest.raises(SystemExit):
            run(tmp_path, SAMPLE / "gold.json")
        return message in capsys.readouterr().err

    assert says("found none; give another path")
    save_graph(TextualSceneGraph(text=""), graph)
    assert says("expected the graph of a video, found that of a text")
    _copy(graph)
    _copy(tmp_path / "b" / "a.json")
    assert says("expected one graph for each video, found two for 'a'")


def _copy(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    shutil.copy(SAMPLE / "gold.json", path)


def test_options_are_checked(tmp_path: Path, capsys):
    for options, message in (
        (("--out", tmp_path), "expected a file to write, found a folder; name a file in it"),
        (("--viou", 2), "viou: expected a share above 0 and up to 1, found 2"),
    ):
        with pytest.raises(SystemExit):
            run(SAMPLE / "predictions.json", SAMPLE / "gold.json", *options)
        assert message in capsys.readouterr().err


@pytest.mark.skipif(not SHARED.is_file(), reason="the result file of the VidVRD baseline is not at hand")
def test_the_result_file_of_the_vidvrd_baseline_scores_one_against_itself(tmp_path: Path, capsys):
    """400 relations in two halves of one video; those that say the same twice find each other's gold."""
    out = tmp_path / "out.json"
    run(SHARED, SHARED, "--relations-at", 50, 400, "--out", out)
    scores = json.loads(out.read_text())["relations"]
    assert scores["relations"] == scores["predictions"] == 400
    assert scores["mean_average_precision"] == pytest.approx(1.0)
    assert scores["recall"] == {"50": pytest.approx(50 / 400), "400": pytest.approx(1.0)}
    assert scores["precision"] == {"1": 1.0, "5": 1.0, "10": 1.0}
