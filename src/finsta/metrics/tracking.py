"""Tracks against gold tracks: IDF1 and MOTA by the library motmetrics, HOTA by :mod:`finsta.metrics.hota`.

    IDF1 = 2 · IDTP / (gold boxes + predicted boxes)         IDTP: boxes with IoU ≥ 0.5 under the one-to-one assignment
                                                             of predicted tracks to gold tracks that has most of them
    MOTA = 1 − (misses + false alarms + switches) / gold boxes

Ristani et al., ECCV Workshops 2016; Bernardin and Stiefelhagen, 2008. motmetrics 1.4.0 has no HOTA, and its own
functions for boxes call what numpy 2 and pandas 3 no longer have; it is given distances, and what is asked of it here
works with both.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finsta.errors import MissingDependencyError
from finsta.metrics.hota import Hota, hota, hota_counts
from finsta.metrics.relations.boxes import TOLERANCE
from finsta.metrics.tracked import TrackedFrame, Videos, aligned, overlaps

_COUNTS = {
    "gold": "num_objects",
    "found": "num_predictions",
    "misses": "num_misses",
    "false_alarms": "num_false_positives",
    "switches": "num_switches",
}
_SHARES = {"idf1": "idf1", "identity_precision": "idp", "identity_recall": "idr", "mota": "mota"}


@dataclass(frozen=True, kw_only=True)
class TrackScores:
    """What was measured, over all videos together.

    Attributes:
        idf1: In [0, 1].
        identity_precision: IDTP over predicted boxes.
        identity_recall: IDTP over gold boxes.
        mota: At most 1; below 0 where there are more mistakes than gold boxes.
        hota: With its parts.
        gold: Gold boxes.
        found: Predicted boxes.
        misses: Gold boxes without a match.
        false_alarms: Predicted boxes without a match.
        switches: Times a gold track changes its predicted track.
        idf1_by_video: IDF1 of each video; 0 where nothing was predicted or nothing is there.
    """

    idf1: float
    identity_precision: float
    identity_recall: float
    mota: float
    hota: Hota
    gold: int
    found: int
    misses: int
    false_alarms: int
    switches: int
    idf1_by_video: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def track_scores(found: Videos, gold: Videos, *, iou: float = 0.5) -> TrackScores:
    """Measure predicted tracks; classes are not compared.

    Args:
        found: Frames of each video, parallel to those of the gold; a video that is missing has no tracks.
        gold: Frames of each video. A frame without gold tracks counts: what is predicted there is a false alarm.
        iou: Least IoU of a match, for IDF1 and MOTA.

    Raises:
        InputError: if the two cannot be compared; the message says where.
        MissingDependencyError: if motmetrics is not installed.
    """
    videos = aligned(found, gold)
    try:
        from motmetrics import metrics as library
    except ImportError as error:
        raise MissingDependencyError(
            "IDF1 and MOTA need motmetrics, found none; run: pip install 'finsta[tracking-metrics]', or leave out the "
            "metric `tracks`"
        ) from error
    names = [*_COUNTS.values(), *_SHARES.values()]
    table = library.create().compute_many(
        [_events(*frames, iou=iou) for frames in videos.values()],
        metrics=names,
        names=list(videos),
        generate_overall=True,
    )
    overall = table.iloc[-1]
    counts: dict[str, Any] = {name: int(overall[theirs]) for name, theirs in _COUNTS.items()}
    shares: dict[str, Any] = {name: _number(overall[theirs]) for name, theirs in _SHARES.items()}
    return TrackScores(
        **counts,
        **shares,
        hota=hota(hota_counts(*frames) for frames in videos.values()),
        idf1_by_video={video: _number(value) for video, value in zip(videos, table["idf1"][:-1], strict=True)},
    )


def _events(found: Sequence[TrackedFrame], gold: Sequence[TrackedFrame], *, iou: float) -> Any:
    """The video as motmetrics takes it: distance 1 − IoU, none where the IoU is too small."""
    from motmetrics import MOTAccumulator

    events = MOTAccumulator(auto_id=True)
    for ours, theirs in zip(found, gold, strict=True):
        similarity = overlaps(theirs, ours)
        distance = np.where(similarity >= iou - TOLERANCE, 1.0 - similarity, np.nan)
        events.update(theirs.tracks, ours.tracks, distance)
    return events


def _number(value: Any) -> float:
    """0 where the library divided nothing by nothing."""
    return 0.0 if np.isnan(value) else float(value)
