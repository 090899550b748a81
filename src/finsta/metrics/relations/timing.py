"""Relations between tracks as intervals in time, predicted ones in terms of the gold tracks.

Each predicted track is taken for the gold track that IDF1 pairs it with: the one-to-one assignment with most gold key
frames in which the two boxes have IoU ≥ 0.5. What predicted tracks without a partner do is a false alarm. A relation
that pauses for a key frame has several intervals; each counts by itself. Relations without an object count too.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.metrics.intervals import Timed
from finsta.metrics.relations.boxes import TOLERANCE
from finsta.metrics.relations.from_graphs import tracked_frames
from finsta.metrics.tracked import TrackedFrame, overlaps


def timed_relations(
    found: DynamicSceneGraph, gold: DynamicSceneGraph, *, iou: float = 0.5
) -> tuple[list[Timed], list[Timed]]:
    """Relations of both graphs with their seconds, for :func:`finsta.metrics.intervals.timed_recall`.

    Args:
        found: The prediction.
        gold: The gold.
        iou: Least IoU at which a predicted box is at the place of a gold box.
    """
    times = [frame.time for frame in gold.frames]
    same = track_partners(tracked_frames(found, times), tracked_frames(gold, times), iou=iou)
    names: dict[int | None, Hashable] = {None: None}
    for track in found.object_tracks:
        names[track] = same.get(track, ("without a partner", track))
    own: dict[int | None, Hashable] = {None: None} | {track: track for track in gold.object_tracks}
    return _timed(found, names), _timed(gold, own)


def track_partners(found: Sequence[TrackedFrame], gold: Sequence[TrackedFrame], *, iou: float = 0.5) -> dict[int, int]:
    """The gold track of each predicted track that has one: the assignment behind IDF1."""
    rows, columns = (
        {track: n for n, track in enumerate(dict.fromkeys(t for frame in frames for t in frame.tracks))}
        for frames in (found, gold)
    )
    together = np.zeros((len(rows), len(columns)))
    for ours, theirs in zip(found, gold, strict=True):
        i, j = [rows[track] for track in ours.tracks], [columns[track] for track in theirs.tracks]
        together[np.ix_(i, j)] += overlaps(ours, theirs) >= iou - TOLERANCE
    best = linear_sum_assignment(together, maximize=True)
    numbers, partners = list(rows), list(columns)
    return {numbers[row]: partners[column] for row, column in zip(*best, strict=True) if together[row, column] > 0}


def _timed(graph: DynamicSceneGraph, names: dict[int | None, Hashable]) -> list[Timed]:
    spans = [graph.frame_interval(index) for index in range(len(graph.frames))]
    things = []
    for track in graph.predicate_tracks:
        _, label, subject, target = track.identity
        if not isinstance(subject, int) or not (target is None or isinstance(target, int)):
            continue
        runs: list[list[tuple[int, int]]] = []
        for place, node in track.occurrences:
            if runs and runs[-1][-1][0] == place - 1:
                runs[-1].append((place, node))
            else:
                runs.append([(place, node)])
        for run in runs:
            things.append(
                Timed(
                    what=(names[subject], label, names[target]),
                    interval=(spans[run[0][0]][0], spans[run[-1][0]][1]),
                    label=track.label,
                    score=float(np.mean([graph.frames[place].nodes[node].confidence for place, node in run])),
                )
            )
    return things
