"""Attributes of an object at a key frame: its colour, its size, whether it moves, how a person holds itself (ours)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.shapes import Array, Float
from finsta.video.appearance import COLOURS
from finsta.video.events.motion import Motion
from finsta.video.tracking import ObjectTrack
from finsta.video.typical_sizes import TYPICAL

LEAST_SHARE = 0.3
"""Share of an object that its colour must cover."""

SIZE_RATIO = 2.5
"""How many times the usual area makes an object large; as many times less, small."""

KIND_RATIO = 6.0
"""The same for its kind: half of a man, or a car seen from the front, must not be a small one."""

SAME_GROUND = 0.12
"""Frame heights between the lower edges of two things that are about as far away."""

BORDER = 0.02
"""Share of the frame within which a box touches its border."""

AROUND = 0.5
"""Seconds before and after a step over which the form of a box is looked at."""

UPRIGHT, FLAT = 2.0, 1.4
"""Height over width from which a person stands; width over height from which a person lies."""


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A word about a track, and how sure it is, in [0, 1]."""

    label: str
    confidence: float


def colour(track: ObjectTrack) -> Attribute | None:
    """The colour that covers most of the object over its whole track, if one covers enough.

    Over the whole track and not frame by frame: one object keeps its colour when a shadow passes. A person is never
    gray: pale clothes, skin and background together give gray whatever is worn.
    """
    best = int(track.colours.argmax())
    share = float(track.colours[best])
    if track.label == "person" and COLOURS[best] == "gray":
        return None
    return Attribute(label=COLOURS[best], confidence=min(share, 1.0)) if share >= LEAST_SHARE else None


def sizes(tracks: Sequence[ObjectTrack]) -> dict[int, Attribute]:
    """Which tracks are large or small, by number, beside the others of the same shot.

    - Of a class whose usual size is known: large or small for its kind, so that a bus is not large beside a man. What
      it measures in the picture over its usual size is compared with the median of the same of the others that stand
      about as low in the picture, hence about as far away; what the border cuts off is left out.
    - Of any other label: the area is compared with the median area (of its logarithm) of all such tracks.

    With one object there is nothing to compare, and no size.
    """
    found: dict[int, Attribute] = {}
    for shot in {track.shot for track in tracks}:
        members = [track for track in tracks if track.shot == shot]
        found |= _for_their_kind([t for t in members if t.label in TYPICAL and not _is_cut(_usual_box(t))])
        found |= _beside_each_other([t for t in members if t.label not in TYPICAL])
    return found


def _for_their_kind(tracks: Sequence[ObjectTrack]) -> dict[int, Attribute]:
    scales = [_area(track) / TYPICAL[track.label] ** 2 for track in tracks]
    grounds = [float(_usual_box(track)[3]) for track in tracks]
    found: dict[int, Attribute] = {}
    for place, track in enumerate(tracks):
        peers = [
            scale
            for other, scale in enumerate(scales)
            if other != place and abs(grounds[other] - grounds[place]) < SAME_GROUND
        ]
        if peers:
            word = _size_word(scales[place] / float(np.exp(np.median(np.log(peers)))), KIND_RATIO)
            found |= {} if word is None else {track.number: word}
    return found


def _beside_each_other(tracks: Sequence[ObjectTrack]) -> dict[int, Attribute]:
    if len(tracks) < 2:
        return {}
    usual = float(np.exp(np.median([np.log(_area(track)) for track in tracks])))
    words = {track.number: _size_word(_area(track) / usual, SIZE_RATIO) for track in tracks}
    return {number: word for number, word in words.items() if word is not None}


def _size_word(ratio: float, least: float) -> Attribute | None:
    far = max(ratio, 1 / ratio)
    return Attribute(label="large" if ratio > 1 else "small", confidence=1 - 1 / far) if far >= least else None


def _usual_box(track: ObjectTrack) -> Float[Array, "4"]:
    return np.asarray(np.median(track.boxes, axis=0))


def _is_cut(box: Float[Array, "4"]) -> bool:
    """Whether a box reaches the border of the picture, so that the thing may go on beyond it."""
    return bool(min(box[0], box[1], 1 - box[2], 1 - box[3]) < BORDER)


def _area(track: ObjectTrack) -> float:
    return max(float(np.median((track.boxes[:, 2:] - track.boxes[:, :2]).prod(1))), 1e-9)


def posture(motion: Motion, step: int) -> Attribute | None:
    """``standing`` or ``lying`` of a person, by the form of the box around a step of the track (our definition).

    Twice as high as wide and not moving is standing; wider than high is lying. In between (sitting, bending, half of a
    person) and where the border cuts the box, nothing is said.
    """
    track = motion.track
    if track.label != "person" or _is_cut(track.boxes[step]):
        return None
    around = np.abs(track.times - track.times[step]) <= AROUND
    extent = np.median(track.boxes[around, 2:] - track.boxes[around, :2], axis=0)
    ratio = float(extent[1] / max(extent[0] * motion.aspect, 1e-9))
    if ratio >= UPRIGHT and not motion.moving[step]:
        return Attribute(label="standing", confidence=min(0.6 + 0.2 * (ratio - UPRIGHT), 0.9))
    if 1 / max(ratio, 1e-9) >= FLAT:
        return Attribute(label="lying", confidence=min(0.5 + 0.3 * (1 / ratio - FLAT), 0.9))
    return None


def state(motion: Motion, step: int) -> Attribute | None:
    """``moving`` or ``still`` at a step of the track; nothing where the track is too short to tell."""
    if len(motion.times) < 3:
        return None
    if motion.moving[step]:
        return Attribute(label="moving", confidence=0.8)
    return Attribute(label="still", confidence=0.8)
