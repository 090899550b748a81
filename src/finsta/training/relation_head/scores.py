"""How well found intervals agree with gold ones, and the thresholds at which they agree best."""

from collections.abc import Sequence

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.events.motion import runs
from finsta.video.predicates.intervals import find_intervals

Span = tuple[float, float]
"""Seconds, from and to."""

GRID = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
"""Thresholds that are tried."""

FALLBACK = 0.5
"""Threshold of a predicate that validation does not show."""


def temporal_iou(first: Span, second: Span) -> float:
    """Intersection over union of two intervals; 1 for two equal moments."""
    shared = min(first[1], second[1]) - max(first[0], second[0])
    union = max(first[1], second[1]) - min(first[0], second[0])
    if union <= 0:
        return 1.0
    return max(shared, 0.0) / union


def hits(found: Sequence[tuple[Span, float]], gold: Sequence[Span], *, least: float = 0.5) -> list[bool]:
    """Which found intervals have a gold one of their own with at least this IoU, the surest served first."""
    free, right = set(range(len(gold))), [False] * len(found)
    for place in sorted(range(len(found)), key=lambda index: -found[index][1]):
        overlaps = {index: temporal_iou(found[place][0], gold[index]) for index in free}
        best = max(overlaps, key=lambda index: overlaps[index], default=None)
        if best is not None and overlaps[best] >= least:
            right[place] = True
            free.remove(best)
    return right


def best_thresholds(
    chances: Sequence[Float[Array, "_ predicates"]],
    labels: Sequence[Bool[Array, "_ predicates"]],
    *,
    rate: float,
    least: float = 0.5,
) -> list[float]:
    """For each predicate the threshold of :data:`GRID` with the best F1 of its intervals; the middle one of equals.

    Args:
        chances: Of each pair at its steps.
        labels: What holds at them.
        rate: Steps a second.
        least: Temporal IoU of a hit.
    """
    count = chances[0].shape[1] if chances else 0
    return [_best_threshold(column, chances, labels, rate, least) for column in range(count)]


def _best_threshold(
    column: int,
    chances: Sequence[Float[Array, "_ predicates"]],
    labels: Sequence[Bool[Array, "_ predicates"]],
    rate: float,
    least: float,
) -> float:
    gold = [[(start / rate, (stop - 1) / rate) for start, stop in runs(label[:, column])] for label in labels]
    total = sum(len(spans) for spans in gold)
    if not total:
        return FALLBACK
    scores = {}
    for threshold in GRID:
        found, right = 0, 0
        for chance, spans in zip(chances, gold, strict=True):
            if float(chance[:, column].max()) < threshold:
                continue
            times = np.arange(len(chance)) / rate
            pieces = find_intervals(chance[:, column].astype(np.float64), times, threshold=threshold)
            told = [((float(times[start]), float(times[stop - 1])), sure) for start, stop, sure in pieces]
            found += len(told)
            right += sum(hits(told, spans, least=least))
        scores[threshold] = 2 * right / max(found + total, 1)
    best = [threshold for threshold in GRID if scores[threshold] >= max(scores.values()) - 1e-9]
    return best[len(best) // 2]
