"""Loop-written twins of the tracking metrics; assignments by trying all of them."""

import math
from collections.abc import Iterator
from itertools import permutations

from tests.reference.video_relations import box_iou

Frame = dict[int, list[float]]
"""Box by track."""


def assignments(rows: list, columns: list) -> Iterator[list[tuple]]:
    """Every way to pair as many rows with columns as there can be pairs."""
    if len(rows) <= len(columns):
        for chosen in permutations(columns, len(rows)):
            yield list(zip(rows, chosen, strict=True))
    else:
        for chosen in permutations(rows, len(columns)):
            yield list(zip(chosen, columns, strict=True))


def identity_f1(found: list[Frame], gold: list[Frame], iou: float) -> float:
    ours = sorted({track for frame in found for track in frame})
    theirs = sorted({track for frame in gold for track in frame})

    def together(g: int, f: int) -> int:
        return sum(
            g in gold[t] and f in found[t] and box_iou(gold[t][g], found[t][f]) >= iou - 1e-9 for t in range(len(gold))
        )

    best = max((sum(together(g, f) for g, f in pairs) for pairs in assignments(theirs, ours)), default=0)
    boxes = sum(map(len, found)) + sum(map(len, gold))
    return 2 * best / boxes


def clear_counts(found: list[Frame], gold: list[Frame], iou: float) -> tuple[int, int, int]:
    """Misses, false alarms and switches: old pairs go on, then as many new pairs as can be, of largest IoU."""
    last: dict[int, int] = {}
    misses = false = switches = 0
    for ours, theirs in zip(found, gold, strict=True):
        pairs = {g: last[g] for g in theirs if last.get(g) in ours and box_iou(theirs[g], ours[last[g]]) >= iou - 1e-9}
        free_gold = [g for g in theirs if g not in pairs]
        free_found = [f for f in ours if f not in pairs.values()]
        best, chosen = (0, 0.0), []
        for attempt in assignments(free_gold, free_found):
            good = [(g, f) for g, f in attempt if box_iou(theirs[g], ours[f]) >= iou - 1e-9]
            value = (len(good), sum(box_iou(theirs[g], ours[f]) for g, f in good))
            if value > best:
                best, chosen = value, good
        for g, f in chosen:
            switches += g in last and last[g] != f
            pairs[g] = f
        last |= pairs
        misses += len(theirs) - len(pairs)
        false += len(ours) - len(pairs)
    return misses, false, switches


def hota(videos: list[tuple[list[Frame], list[Frame]]]) -> tuple[float, float, float]:
    """HOTA, DetA and AssA over (found, gold) videos, one threshold after the other."""
    totals = []
    for step in range(1, 20):
        alpha = step / 20
        right = missed = false = 0
        association = 0.0
        for found, gold in videos:
            pairs = matched_pairs(found, gold, alpha)
            right += len(pairs)
            missed += sum(map(len, gold)) - len(pairs)
            false += sum(map(len, found)) - len(pairs)
            for _, g, f in pairs:
                both = sum(1 for _, a, b in pairs if (a, b) == (g, f))
                in_gold, in_found = sum(g in frame for frame in gold), sum(f in frame for frame in found)
                association += both / (in_gold + in_found - both)
        detection = right / max(right + missed + false, 1)
        linked = association / max(right, 1)
        totals.append((math.sqrt(detection * linked), detection, linked))
    return tuple(sum(values) / len(values) for values in zip(*totals, strict=True))


def matched_pairs(found: list[Frame], gold: list[Frame], alpha: float) -> list[tuple[int, int, int]]:
    """(frame, gold track, predicted track) of the matches that reach the threshold."""
    pairs = []
    for t, (ours, theirs) in enumerate(zip(found, gold, strict=True)):
        best, chosen = -1.0, []
        for attempt in assignments(list(theirs), list(ours)):
            value = sum(box_iou(theirs[g], ours[f]) * track_overlap(found, gold, g, f) for g, f in attempt)
            if value > best + 1e-12:
                best, chosen = value, attempt
        pairs += [(t, g, f) for g, f in chosen if box_iou(theirs[g], ours[f]) >= alpha - 1e-12]
    return pairs


def track_overlap(found: list[Frame], gold: list[Frame], g: int, f: int) -> float:
    common = 0.0
    for ours, theirs in zip(found, gold, strict=True):
        if g in theirs and f in ours:
            here = box_iou(theirs[g], ours[f])
            either = sum(box_iou(theirs[g], box) for box in ours.values())
            either += sum(box_iou(box, ours[f]) for box in theirs.values()) - here
            common += here / either if either > 1e-12 else 0.0
    in_gold, in_found = sum(g in frame for frame in gold), sum(f in frame for frame in found)
    return common / (in_gold + in_found - common)
