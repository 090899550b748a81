"""HOTA: how well things are found, and how well they are kept apart through time, in one number.

For a threshold α, in each frame predicted boxes are matched with gold ones, one to one, by the assignment that
maximises the sum of  IoU · A(gold track, predicted track); pairs with IoU < α are then dropped. A is the overlap of two
tracks over the whole video, before matching: frames in common, weighed by IoU, over frames of either.

    DetA = TP / (TP + FN + FP)
    AssA = mean over matched pairs of  M / (G + P − M)      M frames in which the two tracks of the pair are matched,
                                                            G and P all frames of the gold and of the predicted track
    HOTA(α) = √(DetA · AssA);   HOTA = mean over α = 0.05, 0.10 … 0.95

Over several videos TP, FN and FP are added and AssA is weighed by TP. Luiten et al., IJCV 2020; the order of matching
and thresholding is that of their TrackEval, which matches once for all α.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from finsta.metrics.tracked import TrackedFrame, overlaps
from finsta.shapes import Array, Float, Int

ALPHAS = np.arange(1, 20) / 20
"""Thresholds of IoU over which HOTA is averaged."""

EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, kw_only=True)
class Hota:
    """Means over the thresholds, in [0, 1].

    Attributes:
        hota: √(DetA · AssA), then averaged.
        detection: DetA.
        association: AssA.
        localisation: Mean IoU of matched pairs; 1 where there is none, as TrackEval has it.
    """

    hota: float
    detection: float
    association: float
    localisation: float


@dataclass(frozen=True, kw_only=True, eq=False)
class HotaCounts:
    """What a video contributes, for each threshold.

    Attributes:
        right: Matched pairs (TP).
        missed: Gold boxes without a match (FN).
        false: Predicted boxes without a match (FP).
        association: Sum over matched pairs of the overlap of their tracks.
        overlap: Sum of their IoU.
    """

    right: Float[Array, " alphas"]
    missed: Float[Array, " alphas"]
    false: Float[Array, " alphas"]
    association: Float[Array, " alphas"]
    overlap: Float[Array, " alphas"]


def hota_counts(found: Sequence[TrackedFrame], gold: Sequence[TrackedFrame]) -> HotaCounts:
    """The counts of one video; frames of both are parallel."""
    alphas = len(ALPHAS)
    rows, columns = _numbers(gold), _numbers(found)
    similar = [overlaps(g, f) for g, f in zip(gold, found, strict=True)]
    places = [
        (
            np.array([rows[t] for t in g.tracks], dtype=np.int64),
            np.array([columns[t] for t in f.tracks], dtype=np.int64),
        )
        for g, f in zip(gold, found, strict=True)
    ]
    alike, in_gold, in_found = _whole_tracks(similar, places, (len(rows), len(columns)))
    matched = np.zeros((alphas, len(rows), len(columns)))
    overlap = np.zeros(alphas)
    for similarity, (i, j) in zip(similar, places, strict=True):
        best = linear_sum_assignment(similarity * alike[i[:, None], j[None, :]], maximize=True)
        values = similarity[best]
        right = values[None, :] >= ALPHAS[:, None] - EPSILON  # [alphas, pairs]
        matched[:, i[best[0]], j[best[1]]] += right
        overlap += right @ values
    total = matched.sum(axis=(1, 2))
    shares = matched / np.maximum(in_gold[:, None] + in_found[None, :] - matched, 1)
    return HotaCounts(
        right=total,
        missed=in_gold.sum() - total,
        false=in_found.sum() - total,
        association=(matched * shares).sum(axis=(1, 2)),
        overlap=overlap,
    )


def hota(counts: Iterable[HotaCounts]) -> Hota:
    """HOTA over the counts of one video or of several."""
    parts = list(counts)
    right, missed, false, association, overlap = (
        np.sum([getattr(part, name) for part in parts], axis=0)
        for name in ("right", "missed", "false", "association", "overlap")
    )
    detection = right / np.maximum(right + missed + false, 1)
    linked = association / np.maximum(right, 1)
    located = np.where(right > 0, overlap / np.maximum(right, 1), 1.0)
    return Hota(
        hota=float(np.sqrt(detection * linked).mean()),
        detection=float(detection.mean()),
        association=float(linked.mean()),
        localisation=float(located.mean()),
    )


def _numbers(frames: Sequence[TrackedFrame]) -> Mapping[int, int]:
    tracks = dict.fromkeys(track for frame in frames for track in frame.tracks)
    return {track: number for number, track in enumerate(tracks)}


def _whole_tracks(
    similar: Sequence[Float[Array, "_ _"]],
    places: Sequence[tuple[Int[Array, " _"], Int[Array, " _"]]],
    shape: tuple[int, int],
) -> tuple[Float[Array, "gold_tracks found_tracks"], Float[Array, " gold_tracks"], Float[Array, " found_tracks"]]:
    """Overlap of whole tracks before matching, and the frames of each gold and of each predicted track."""
    together = np.zeros(shape)
    in_gold, in_found = np.zeros(shape[0]), np.zeros(shape[1])
    for similarity, (i, j) in zip(similar, places, strict=True):
        either = similarity.sum(axis=1)[:, None] + similarity.sum(axis=0)[None, :] - similarity
        share = np.divide(similarity, either, out=np.zeros_like(similarity), where=either > EPSILON)
        together[i[:, None], j[None, :]] += share
        in_gold[i] += 1
        in_found[j] += 1
    return together / (in_gold[:, None] + in_found[None, :] - together), in_gold, in_found
