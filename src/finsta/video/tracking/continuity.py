"""Who is back: tracks that ended and tracks that started later in the shot, joined by looks and plausible motion."""

from collections.abc import Sequence

import numpy as np

from finsta.shapes import Array, Float
from finsta.video.tracking.association import Candidate, assign
from finsta.video.tracking.tracks import AnalysedFrame, TrackerConfig, stabilise

SIZE_RATIO = 1.8
"""How many times as large an object may look when it is back."""

FASTEST_JUMP = 3.0
"""Sizes that an object may have jumped between two frames that follow on one another, or nearly so."""

UNLIKE = 0.75
"""Share of its usual likeness to itself below which a detection does not look like its track."""

FAR = 0.4
"""Sizes from where it should be at which a detection is out of place."""


def rejoin(tracks: Sequence[Candidate], frames: Sequence[AnalysedFrame], config: TrackerConfig) -> list[Candidate]:
    """Join each track to an earlier one that it continues after a pause (our definition).

    Two pieces are one object if their labels agree, their mean looks are alike, their sizes differ little, and the way
    from the end of the one to the start of the other is not too far for the time between. Of several the most alike;
    pieces are joined in one assignment over the whole shot, so the order of the frames plays no part. Where looks say
    nothing, as all-zero histograms do, nothing is joined.
    """
    pieces = sorted(tracks, key=lambda track: track.members[0])
    gain = np.array([[_gain(earlier, later, frames, config) for later in pieces] for earlier in pieces])
    following = dict(assign(gain.reshape(len(pieces), len(pieces))))
    joined: list[Candidate] = []
    for index, piece in enumerate(pieces):
        if index in following.values():
            continue
        step = index
        while step in following:
            step = following[step]
            piece.members += pieces[step].members
            piece.last_time = pieces[step].last_time
        joined.append(piece)
    return joined


def prune(track: Candidate, frames: Sequence[AnalysedFrame]) -> Candidate:
    """Take out of a track what is neither where it should be nor looks like it: a false alarm that came in handy.

    A detection goes when its place is far from the line between those before and after it, or at either end from the
    next one, and its look is unlike the mean one. What merely hides the object stays: it is in the right place.
    """
    looks = np.stack([frames[place].histograms[detection] for place, detection in track.members]).astype(np.float64)
    likeness = looks @ mean_look(track, frames)
    unlike = likeness < UNLIKE * float(np.median(likeness))
    boxes = np.stack([stabilise(frames[p].detections.boxes[d : d + 1], frames[p].camera)[0] for p, d in track.members])
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = float(np.sqrt(np.median(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-9))))
    places = np.array([place for place, _ in track.members])
    kept = np.flatnonzero(~unlike)
    if not unlike.any() or len(kept) < 2:
        return track
    expected = np.stack([np.interp(places, places[kept], centres[kept, axis]) for axis in (0, 1)], axis=1)
    far = np.linalg.norm(centres - expected, axis=1) > FAR * size
    track.members = [member for member, out in zip(track.members, unlike & far, strict=True) if not out]
    return track


def _gain(earlier: Candidate, later: Candidate, frames: Sequence[AnalysedFrame], config: TrackerConfig) -> float:
    """How alike two pieces are where the second may continue the first; else 0."""
    (last_place, last), (first_place, first) = earlier.members[-1], later.members[0]
    seconds = frames[first_place].time - frames[last_place].time
    if seconds <= 0 or vote(earlier, frames) != vote(later, frames):
        return 0.0
    likeness = float(mean_look(earlier, frames) @ mean_look(later, frames))
    ends = [
        stabilise(frames[p].detections.boxes[d : d + 1], frames[p].camera)[0]
        for p, d in ((last_place, last), (first_place, first))
    ]
    sizes = [float(np.sqrt(max(np.prod(box[2:] - box[:2]), 1e-9))) for box in ends]
    centres = [(box[:2] + box[2:]) / 2 for box in ends]
    distance = float(np.linalg.norm(centres[1] - centres[0])) / max(sizes)
    reach = max(1.0 + config.unseen_speed * seconds, min(config.top_speed * seconds, FASTEST_JUMP))
    plausible = distance < reach and max(sizes) < SIZE_RATIO * min(sizes)
    return likeness if plausible and likeness >= config.same_look else 0.0


def vote(track: Candidate, frames: Sequence[AnalysedFrame]) -> str:
    """The label that has the largest sum of scores."""
    votes: dict[str, float] = {}
    for place, detection in track.members:
        label = frames[place].detections.labels[detection]
        votes[label] = votes.get(label, 0.0) + float(frames[place].detections.scores[detection])
    return max(votes, key=lambda label: votes[label])


def mean_look(track: Candidate, frames: Sequence[AnalysedFrame]) -> Float[Array, " bins"]:
    """The mean look of the detections of a track, of length one; zero where there are no looks."""
    mean = np.mean(
        [frames[place].histograms[detection] for place, detection in track.members], axis=0, dtype=np.float64
    )
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))
