"""docs/video-metrics.md is true: its command prints what it shows, its arithmetic holds, and the library agrees."""

import re
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from finsta.command_line.main import main
from finsta.graphs.exports.vidvrd_results import load_results, relation_results
from finsta.graphs.serialization import load_graph
from finsta.metrics.intervals import temporal_iou
from finsta.metrics.relations.boxes import box_iou
from finsta.metrics.relations.detection import in_order
from finsta.metrics.relations.evaluation import GraphMetrics, VideoGraphs, evaluate_graphs
from finsta.metrics.relations.from_graphs import frame_relations
from finsta.metrics.relations.timing import timed_relations
from finsta.metrics.relations.volumes import Tube, volume_iou

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "docs" / "video-metrics"
PAGE = (ROOT / "docs" / "video-metrics.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| (.+) = (-?[\d.]+) \|$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def values() -> dict[str, float]:
    """What the library computes on the sample, by the names of the page."""
    pytest.importorskip("motmetrics")
    found, gold = (load_graph(SAMPLE / name) for name in ("predictions.json", "gold.json"))
    scores = evaluate_graphs(
        VideoGraphs(graphs={"walk": found}), VideoGraphs(graphs={"walk": gold}), settings=GraphMetrics(recall_at=(1, 2))
    )
    frames = [frame_relations(graph.frames[1]) for graph in (found, gold)]
    ours, theirs = (in_order(relation_results(graph), "walk") for graph in (found, gold))
    gold_of = {relation.triplet[1]: relation for relation in theirs}
    first, second = timed_relations(found, gold)
    times = [{thing.what: thing.interval for thing in side} for side in (first, second)]

    def viou(place: int, end: str) -> float:
        prediction = ours[place - 1]
        sides = (prediction, gold_of[prediction.triplet[1]])
        return volume_iou(*(Tube(begin=each.duration[0], boxes=getattr(each, f"{end}_boxes")) for each in sides))

    assert scores.relations is not None
    assert scores.tracks is not None
    assert scores.intervals is not None
    assert scores.recall is not None
    recall = {
        f"{prefix}@{k} {constraint}": shares[k]
        for constraint, each in scores.recall.items()
        for prefix, shares in (("R", each.recall), ("mR", each.mean_recall))
        for k in (1, 2)
    }
    return recall | {
        "IoU of the person in frame 1": box_iou(frames[0].boxes, frames[1].boxes)[0, 0],
        "score of watch in frame 0": float(frame_relations(found.frames[0]).relation_scores[2]),
        **{f"{name}@1 none": share for name, share in scores.recall["none"].by_predicate[1].items()},
        **{f"vIoU of {place}, {end}": viou(place, end) for place in (1, 2, 3) for end in ("subject", "object")},
        "mAP": scores.relations.mean_average_precision,
        "R@50": scores.relations.recall[50],
        **{f"P@{k}": share for k, share in scores.relations.precision.items()},
        "IDF1": scores.tracks.idf1,
        "MOTA": scores.tracks.mota,
        "HOTA": scores.tracks.hota.hota,
        "DetA": scores.tracks.hota.detection,
        "AssA": scores.tracks.hota.association,
        **{
            f"temporal IoU of {what[1]}": temporal_iou([times[0][what]], [times[1][what]])
            for what in times[1]
            if isinstance(what, tuple)
        },
        "recall of intervals": scores.intervals.recall,
        "precision of intervals": scores.intervals.precision,
        "mean temporal IoU": scores.intervals.mean_iou,
    }


def worked_out(expression: str) -> float:
    """The page's arithmetic: numbers, + - / ( ), · for times and √ for the root."""
    plain = expression.replace("·", "*").replace("√", "sqrt")
    assert re.fullmatch(r"[\d. +\-*/()]*(?:sqrt[\d. +\-*/()]*)*", plain), expression
    return float(eval(plain, {"__builtins__": {}, "sqrt": sqrt}))


@pytest.mark.parametrize(("name", "expression", "result"), ROWS, ids=[name for name, *_ in ROWS])
def test_each_line_holds_and_is_what_the_library_computes(
    name: str, expression: str, result: str, values: dict[str, float]
):
    assert worked_out(expression) == pytest.approx(float(result), abs=5.1e-5)
    assert values[name] == pytest.approx(worked_out(expression), abs=1e-9)


def test_every_kind_of_figure_has_a_line():
    names = {name for name, *_ in ROWS}
    assert {"R@1 none", "mR@2 semi", "mAP", "R@50", "P@5", "IDF1", "MOTA", "HOTA", "mean temporal IoU"} <= names
    assert len(ROWS) > 30


def test_the_table_of_instances_is_what_the_graph_gives():
    rows = re.findall(r"^\| (\d) \| (.+?) \| (\d)(?:–(\d))? \| (?:(.+) = )?([\d.]+) \|$", PAGE, re.MULTILINE)
    ours = in_order(relation_results(load_graph(SAMPLE / "predictions.json")), "walk")
    shown = {(int(first), int(last or first) + 1, float(score)) for _, _, first, last, _, score in rows}
    assert len(rows) == len(ours) == 6
    assert shown == {(*relation.duration, relation.score) for relation in ours}
    for place, words, _, _, expression, score in rows:
        assert words.startswith(" ".join(ours[int(place) - 1].triplet[:2])) or float(score) == 0.4
        assert not expression or worked_out(expression) == pytest.approx(float(score))


def test_the_command_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("motmetrics")
    monkeypatch.chdir(ROOT)
    command = re.search(r"^    finsta (evaluate-graphs docs/.+)$", PAGE, re.MULTILINE)
    shown = re.search(r"prints\n\n```\n(.*?)```", PAGE, re.DOTALL)
    assert command is not None
    assert shown is not None
    main(command[1].split())
    assert capsys.readouterr().out == shown[1]


def test_the_relation_files_hold_the_relations_of_the_graphs():
    for relations, graph in (("predicted-relations.json", "predictions.json"), ("gold-relations.json", "gold.json")):
        written = load_results(SAMPLE / relations)["walk"]
        made = relation_results(load_graph(SAMPLE / graph))
        assert sorted(map(_key, written)) == sorted(map(_key, made))


def _key(relation) -> tuple:
    boxes = np.round(np.concatenate([relation.subject_boxes, relation.object_boxes]), 3).tolist()
    return (*relation.triplet, relation.score, relation.duration, str(boxes))
