"""Who is back: tracks that ended and tracks that started later in the shot, joined by looks and plausible motion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.shapes import Array, Float
from finsta.video.tracking.association import Candidate, assign
from finsta.video.tracking.packed import PackedFrames
from finsta.video.tracking.tracks import TrackerConfig, stabilise_each

SIZE_RATIO = 1.8
"""How many times as large an object may look when it is back."""

FASTEST_JUMP = 3.0
"""Sizes that an object may have jumped between two frames that follow on one another, or nearly so."""

ROWS = 1024
"""Looks that are compared in double precision at once: a track may be there for an hour."""

UNLIKE = 0.75
"""Share of its usual likeness to itself below which a detection does not look like its track."""

FAR = 0.4
"""Sizes from where it should be at which a detection is out of place."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Piece:
    """What joining asks of a track: label, mean look, and seconds, box and size at its start and at its end."""

    label: str
    look: Float[Array, " bins"]
    times: tuple[float, float]
    centres: Float[Array, "2 2"]
    sizes: tuple[float, float]

    @classmethod
    def of(cls, track: Candidate, frames: PackedFrames) -> "_Piece":
        ends = track.places[[0, -1]], track.detections[[0, -1]]
        boxes = stabilise_each(frames.boxes(*ends), frames.cameras(ends[0]))
        start, end = (float(np.sqrt(max(np.prod(box[2:] - box[:2]), 1e-9))) for box in boxes)
        return cls(
            label=vote(track, frames),
            look=mean_look(track, frames),
            times=(frames[int(ends[0][0])].time, frames[int(ends[0][1])].time),
            centres=(boxes[:, :2] + boxes[:, 2:]) / 2,
            sizes=(start, end),
        )


def rejoin(tracks: Sequence[Candidate], frames: PackedFrames, config: TrackerConfig) -> list[Candidate]:
    """Join each track to an earlier one that it continues after a pause (our definition).

    Two pieces are one object if their labels agree, their mean looks are alike, their sizes differ little, and the way
    from the end of the one to the start of the other is not too far for the time between. Of several the most alike;
    pieces are joined in one assignment over the whole shot, so the order of the frames plays no part. Where looks say
    nothing, as all-zero histograms do, nothing is joined.
    """
    pieces = sorted(tracks, key=lambda track: track.first)
    known = [_Piece.of(piece, frames) for piece in pieces]
    gain = np.array([[_gain(earlier, later, config) for later in known] for earlier in known])
    following = dict(assign(gain.reshape(len(pieces), len(pieces))))
    joined: list[Candidate] = []
    for index, piece in enumerate(pieces):
        if index in following.values():
            continue
        step = index
        while step in following:
            step = following[step]
            piece.extend(pieces[step])
        joined.append(piece)
    return joined


def prune(track: Candidate, frames: PackedFrames) -> Candidate:
    """Take out of a track what is neither where it should be nor looks like it: a false alarm that came in handy.

    A detection goes when its place is far from the line between those before and after it, or at either end from the
    next one, and its look is unlike the mean one. What merely hides the object stays: it is in the right place.
    """
    places, detections = track.places, track.detections
    likeness = likeness_to_mean(track, frames)
    unlike = likeness < UNLIKE * float(np.median(likeness))
    boxes = stabilise_each(frames.boxes(places, detections), frames.cameras(places))
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = float(np.sqrt(np.median(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-9))))
    kept = np.flatnonzero(~unlike)
    if not unlike.any() or len(kept) < 2:
        return track
    expected = np.stack([np.interp(places, places[kept], centres[kept, axis]) for axis in (0, 1)], axis=1)
    far = np.linalg.norm(centres - expected, axis=1) > FAR * size
    track.keep(~(unlike & far))
    return track


def _gain(earlier: _Piece, later: _Piece, config: TrackerConfig) -> float:
    """How alike two pieces are where the second may continue the first; else 0."""
    seconds = later.times[0] - earlier.times[1]
    if seconds <= 0 or earlier.label != later.label:
        return 0.0
    likeness = float(earlier.look @ later.look)
    sizes = earlier.sizes[1], later.sizes[0]
    distance = float(np.linalg.norm(later.centres[0] - earlier.centres[1])) / max(sizes)
    reach = max(1.0 + config.unseen_speed * seconds, min(config.top_speed * seconds, FASTEST_JUMP))
    plausible = distance < reach and max(sizes) < SIZE_RATIO * min(sizes)
    return likeness if plausible and likeness >= config.same_look else 0.0


def vote(track: Candidate, frames: PackedFrames) -> str:
    """The label that has the largest sum of scores."""
    votes: dict[str, float] = {}
    members = track.places, track.detections
    for label, score in zip(frames.labels(*members), frames.scores(*members).tolist(), strict=True):
        votes[label] = votes.get(label, 0.0) + score
    return max(votes, key=lambda label: votes[label])


def mean_look(track: Candidate, frames: PackedFrames) -> Float[Array, " bins"]:
    """The mean look of the detections of a track, of length one; zero where there are no looks."""
    mean = np.mean(frames.histograms(track.places, track.detections), axis=0, dtype=np.float64)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))


def likeness_to_mean(track: Candidate, frames: PackedFrames) -> Float[Array, " seen"]:
    """How much each detection of a track looks like the track as a whole."""
    mean, places, detections = mean_look(track, frames), track.places, track.detections
    parts = [slice(first, first + ROWS) for first in range(0, len(track), ROWS)]
    looks = (frames.histograms(places[part], detections[part]).astype(np.float64) for part in parts)
    return np.concatenate([some @ mean for some in looks])
