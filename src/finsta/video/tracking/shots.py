"""Detections to tracks: who is who from frame to frame, and who is back (our definition).

Why our own: ``trackers`` and ``supervision`` pull an OpenCV that needs libGL, which a bare machine lacks, and
``norfair`` pins numpy below 2. What is needed here is small, and must know about camera motion and time in seconds.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finsta.shapes import Array, Bool, Float, Int
from finsta.video.tracking.association import Candidate, candidates
from finsta.video.tracking.continuity import likeness_to_mean, prune, rejoin, vote
from finsta.video.tracking.packed import PackedFrames
from finsta.video.tracking.tracks import AnalysedFrame, ObjectTrack, TrackerConfig, stabilise_each, unstabilise_each

__all__ = ["track_shots"]


def track_shots(
    shots: Sequence[Sequence[AnalysedFrame]], *, config: TrackerConfig | None = None
) -> list[list[ObjectTrack]]:
    """The tracks of each shot. None crosses a cut; numbers count through the video, in order of appearance.

    For each frame: predict every track by its Kalman filter; assign sure detections to tracks (Hungarian, over the
    overlap of grown boxes, likeness of looks and agreement of labels); then doubtful detections to tracks that were
    seen in the frame before; then sure ones by looks alone; start tracks from sure detections that remain. Short gaps
    are bridged by interpolation. In the end tracks that are alike are joined over longer ones.

    Args:
        shots: The analysed frames of each shot, in order of time.
        config: Thresholds.
    """
    config = config or TrackerConfig()
    packed = [PackedFrames.of(frames) for frames in shots]
    usual = _usual_score(packed)
    found: list[list[ObjectTrack]] = []
    number = 1
    for shot, frames in enumerate(packed):
        pieces = [prune(track, frames) for track in candidates(frames, usual, config)]
        joined = rejoin(pieces, frames, config)
        tracks = [_finish(track, frames, shot, config) for track in joined]
        tracks = [replace(track, number=number + place) for place, track in enumerate(sorted(tracks, key=_appearance))]
        number += len(tracks)
        found.append(tracks)
    return found


def _appearance(track: ObjectTrack) -> tuple[float, ...]:
    return (float(track.places[0]), *track.boxes[0].tolist())


def _usual_score(shots: Sequence[PackedFrames]) -> float:
    """The score that the best detection of a good frame has."""
    best = [score for frames in shots for score in frames.best_scores()]
    return float(np.percentile(best, 75)) if best else 0.0


def _finish(track: Candidate, frames: PackedFrames, shot: int, config: TrackerConfig) -> ObjectTrack:
    """Fill the gaps, vote on the label, average the colours."""
    seen_places, detections = track.places, track.detections
    places = np.arange(seen_places[0], seen_places[-1] + 1)
    times = frames.times()[places]
    seen_times = times[seen_places - places[0]]
    stable = stabilise_each(frames.boxes(seen_places, detections), frames.cameras(seen_places))
    stable = np.stack([np.interp(times, seen_times, stable[:, edge]) for edge in range(4)], axis=1)
    seen = np.isin(places, seen_places)
    boxes = unstabilise_each(stable, frames.cameras(places))
    scores = frames.scores(seen_places, detections)
    return ObjectTrack(
        number=0,
        shot=shot,
        label=vote(track, frames),
        places=places,
        times=times,
        boxes=np.clip(boxes, 0.0, 1.0),
        scores=np.where(seen, np.interp(places, seen_places, scores), 0.5 * _lower_end(places, seen_places, scores)),
        seen=seen,
        stable_boxes=stable,
        colours=np.mean(frames.colours(seen_places, detections), axis=0),
        absent=_absent(times, seen_times, config.longest_gap),
        likeness=np.interp(times, seen_times, np.clip(likeness_to_mean(track, frames), 0.0, 1.0)),
    )


def _absent(
    times: Float[Array, " steps"], seen_times: Float[Array, " seen"], longest: float
) -> Bool[Array, " steps"] | None:
    """The steps inside gaps that are too long to be bridged; ``None`` where there is none."""
    absent = np.zeros(len(times), bool)
    for index in np.flatnonzero(np.diff(seen_times) > longest + 1e-6).tolist():
        absent |= (times > seen_times[index] + 1e-9) & (times < seen_times[index + 1] - 1e-9)
    return absent if absent.any() else None


def _lower_end(
    places: Int[Array, " steps"], seen_places: Int[Array, " seen"], scores: Float[Array, " seen"]
) -> Float[Array, " steps"]:
    """The lower of the scores before and after each place."""
    before = np.searchsorted(seen_places, places, side="right") - 1
    after = np.searchsorted(seen_places, places, side="left")
    return np.asarray(np.minimum(scores[before], scores[after]))
