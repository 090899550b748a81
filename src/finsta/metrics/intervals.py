"""Overlap in time of sets of intervals, and recall and precision of timed things found.

An interval is ``(start, end)`` in seconds with ``start < end``. What happens several times has several intervals.
"""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.matching import by_score, greedy_match
from finsta.shapes import Array, Float

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Something that holds for a while.

    Attributes:
        what: Things with the same ``what`` may be matched, e.g. subject track, predicate, object track.
        interval: Seconds.
        label: By which recall and precision are also counted, e.g. the predicate.
        score: How sure it is; not read of gold.
    """

    what: Hashable
    interval: Interval
    label: str = ""
    score: float = 1.0


@dataclass(frozen=True, kw_only=True)
class TimedRecall:
    """Counts of timed things, and shares in [0, 1].

    Attributes:
        recall: Gold things that were found.
        precision: Found things that are gold; 0 where nothing was found.
        f1: Harmonic mean of both.
        gold: Gold things.
        found: Found things.
        right: Pairs of a found and a gold thing.
        mean_iou: Mean temporal IoU of the pairs; 0 where there is none.
        by_label: Recall and precision of each label, and its counts.
    """

    recall: float
    precision: float
    f1: float
    gold: int
    found: int
    right: int
    mean_iou: float
    by_label: Mapping[str, Mapping[str, float]]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def temporal_iou(first: Sequence[Interval], second: Sequence[Interval]) -> float:
    """IoU of the seconds that two sets of intervals cover; 0 where both are empty.

    Intervals of one set may touch and overlap; what they cover counts once.

    Raises:
        InputError: if an interval is reversed, empty or not finite.
    """
    ours, theirs = merged(first), merged(second)
    shared = sum(max(0.0, min(b, d) - max(a, c)) for a, b in ours for c, d in theirs)
    total = sum(b - a for a, b in ours) + sum(d - c for c, d in theirs) - shared
    return shared / total if total > 0 else 0.0


def merged(intervals: Sequence[Interval]) -> list[Interval]:
    """The same seconds as intervals that neither touch nor overlap, in order of time."""
    joined: list[Interval] = []
    for start, end in sorted(_checked(interval) for interval in intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def interval_ious(first: Float[Array, "first 2"], second: Float[Array, "second 2"]) -> Float[Array, "first second"]:
    """Temporal IoU of each interval with each."""
    shared = np.minimum(first[:, None, 1], second[None, :, 1]) - np.maximum(first[:, None, 0], second[None, :, 0])
    shared = shared.clip(min=0)
    total = (first[:, 1] - first[:, 0])[:, None] + (second[:, 1] - second[:, 0])[None, :] - shared
    overlap: Array = shared / total
    return overlap


def timed_recall(
    found: Mapping[str, Sequence[Timed]], gold: Mapping[str, Sequence[Timed]], *, iou: float = 0.5
) -> TimedRecall:
    """Recall and precision of timed things, matched one to one in each video.

    In order of score, each found thing takes the free gold thing of the same ``what`` whose interval overlaps it most,
    if the temporal IoU reaches ``iou``.

    Args:
        found: By video; a video that is missing has none.
        gold: By video; found things of a video without gold count against precision.
        iou: Least temporal IoU.

    Raises:
        InputError: if there is no gold, a found video is unknown, an interval is reversed or a score no number.
    """
    if not any(gold.values()):
        raise InputError(f"expected gold with one interval at least, found {len(gold)} videos without any; give gold")
    if unknown := [video for video in found if video not in gold]:
        raise InputError(
            f"expected predictions for videos of the gold, found {unknown[0]!r}; take it out, or give its gold"
        )
    pairs = [pair for video, wanted in gold.items() for pair in _pairs(found.get(video, ()), wanted, iou, video)]
    found_labels = [thing.label for things in found.values() for thing in things]
    gold_labels = [thing.label for things in gold.values() for thing in things]
    counts = {
        label: _shares(
            gold=gold_labels.count(label),
            found=found_labels.count(label),
            recalled=sum(wanted.label == label for _, wanted, _ in pairs),
            right=sum(given.label == label for given, _, _ in pairs),
        )
        for label in sorted({*found_labels, *gold_labels})
    }
    total = _shares(gold=len(gold_labels), found=len(found_labels), recalled=len(pairs), right=len(pairs))
    return TimedRecall(
        recall=total["recall"],
        precision=total["precision"],
        f1=total["f1"],
        gold=len(gold_labels),
        found=len(found_labels),
        right=len(pairs),
        mean_iou=float(np.mean([overlap for *_, overlap in pairs])) if pairs else 0.0,
        by_label=counts,
    )


def _pairs(
    found: Sequence[Timed], gold: Sequence[Timed], iou: float, video: str
) -> Iterator[tuple[Timed, Timed, float]]:
    """Found and gold things that are matched, with their temporal IoU."""
    scores = np.array([thing.score for thing in found], dtype=float)
    things = [found[index] for index in by_score(scores, where=f"video {video!r}")]
    overlap = _overlaps(things, gold)
    for row, column in enumerate(greedy_match(overlap, iou).tolist()):
        if column >= 0:
            yield things[row], gold[column], float(overlap[row, column])


def _overlaps(found: Sequence[Timed], gold: Sequence[Timed]) -> Float[Array, "found gold"]:
    numbers: dict[Hashable, int] = {}
    ours, theirs = (
        np.array([numbers.setdefault(thing.what, len(numbers)) for thing in side], dtype=np.int64)
        for side in (found, gold)
    )
    times = [
        np.array([_checked(thing.interval) for thing in side], dtype=float).reshape(-1, 2) for side in (found, gold)
    ]
    return np.where(ours[:, None] == theirs[None, :], interval_ious(*times), -1.0)


def _shares(*, gold: int, found: int, recalled: int, right: int) -> dict[str, float]:
    recall, precision = recalled / max(gold, 1), right / max(found, 1)
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    return {"recall": recall, "precision": precision, "f1": f1, "gold": gold, "found": found, "right": right}


def _checked(interval: Interval) -> Interval:
    start, end = interval
    if not (math.isfinite(start) and math.isfinite(end) and start < end):
        raise InputError(
            f"expected an interval with start < end, found ({start}, {end}); write seconds as start and end"
        )
    return start, end
