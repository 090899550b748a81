"""The figures of ``finsta evaluate-graphs`` as lines; shares in percent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finsta.metrics.relations.detection import RelationDetection
    from finsta.metrics.relations.evaluation import GraphEvaluation

NAME, CELL = 26, 10


def lines(evaluation: "GraphEvaluation") -> Iterator[str]:
    """One block for each metric: what was counted, then the figures."""
    how = evaluation.settings
    yield f"videos {evaluation.videos}, of which predicted {evaluation.videos_predicted}"
    if evaluation.recall:
        yield from _recall(evaluation)
    for title, scores in (("relations", evaluation.relations), ("relations, zero-shot", evaluation.zero_shot)):
        if scores is not None:
            yield f"{title} (vIoU {how.viou:g}): gold {scores.relations}, predicted {scores.predictions}"
            yield from _relations(scores)
    if evaluation.tracks is not None:
        tracks = evaluation.tracks
        yield f"tracks (IoU {how.box_iou:g}): gold boxes {tracks.gold}, predicted {tracks.found}"
        yield _row("IDF1", tracks.idf1)
        yield _row("MOTA", tracks.mota)
        yield f"  missed {tracks.misses}, false alarms {tracks.false_alarms}, switches {tracks.switches}"
        yield _row("HOTA", tracks.hota.hota)
        yield _row("DetA", tracks.hota.detection)
        yield _row("AssA", tracks.hota.association)
    if evaluation.intervals is not None:
        times = evaluation.intervals
        yield f"intervals (temporal IoU {how.time_iou:g}): gold {times.gold}, predicted {times.found}"
        yield _row("recall", times.recall)
        yield _row("precision", times.precision)
        yield _row("mean temporal IoU", times.mean_iou)


def _recall(evaluation: "GraphEvaluation") -> Iterator[str]:
    recall, how = evaluation.recall or {}, evaluation.settings
    first = next(iter(recall.values()))
    yield f"scene graphs ({how.task}, IoU {how.box_iou:g}): frames {first.frames}, gold relations {first.relations}"
    yield "  " + "constraint".ljust(NAME) + "".join(name.rjust(CELL) for name in recall)
    for k in how.recall_at:
        yield _row(f"R@{k}", *(scores.recall[k] for scores in recall.values()))
    for k in how.recall_at:
        yield _row(f"mR@{k}", *(scores.mean_recall[k] for scores in recall.values()))
    for k in how.recall_at:
        unseen = [scores.zero_shot[k] for scores in recall.values() if scores.zero_shot is not None]
        if unseen:
            yield _row(f"zR@{k}", *unseen)


def _relations(scores: "RelationDetection") -> Iterator[str]:
    yield _row("mAP", scores.mean_average_precision)
    for k, share in scores.recall.items():
        yield _row(f"R@{k}", share)
    for k, share in scores.precision.items():
        yield _row(f"P@{k}", share)


def _row(name: str, *shares: float) -> str:
    return "  " + name.ljust(NAME) + "".join(f"{100 * share:{CELL}.2f}" for share in shares)
