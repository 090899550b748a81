"""Relations between the objects of one key frame, from the geometry of their boxes (our definition).

The paper's relations come from a learned model (MOTIFS). A box tells where things are, not what they do to each other;
so only spatial words are given here, and the words of motion come from whole tracks (:mod:`finsta.video.events`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.graphs.dynamic import Box
from finsta.video.attributes import Attribute

NEIGHBOURS = 2
"""Each object is related to so many nearest others: all pairs would say little with many nodes."""

FARTHEST = 2.5
"""Largest gap between two boxes that is worth a word, in mean sizes."""

INVERSE = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "in front of": "behind",
    "behind": "in front of",
}
"""Both directions are said, since a text may use either."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """An object of a key frame: its track, box and confidence."""

    track: int
    box: Box
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Subject, word, object, by track number; how sure it is in [0, 1]."""

    subject: int
    label: str
    object: int
    confidence: float


def spatial_relations(places: Sequence[Place], *, aspect: float) -> list[Relation]:
    """The relations worth telling between the objects of one key frame, in order of subject and object.

    For each object and its ``NEIGHBOURS`` nearest others one pair, with one word: ``on``, ``inside``; ``in front of``
    or ``behind`` for boxes that overlap, by which one stands lower in the picture; else ``left of``, ``right of``,
    ``above``, ``below`` by the wider gap; and ``near`` besides where the gap is less than half a size.

    Args:
        places: The objects; tracks differ.
        aspect: Width over height of the frame.
    """
    gaps = _gaps(places, aspect)
    pairs = set()
    for index in range(len(places)):
        order = sorted((j for j in range(len(places)) if j != index), key=lambda j: (gaps[index, j], places[j].track))
        pairs |= {tuple(sorted((index, j))) for j in order[:NEIGHBOURS] if gaps[index, j] <= FARTHEST}
    found = []
    for first, second in sorted(pairs):
        found += _relate(places[first], places[second], float(gaps[first, second]), aspect)
    return sorted(found, key=lambda relation: (relation.subject, relation.object, relation.label))


def _gaps(places: Sequence[Place], aspect: float) -> np.ndarray:
    """Distance between the borders of every pair of boxes, in mean sizes of the two."""
    boxes = np.array([place.box for place in places]).reshape(-1, 4) * np.array([aspect, 1.0, aspect, 1.0])
    lower = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    upper = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    distance = np.linalg.norm(np.maximum(lower - upper, 0.0), axis=2)
    sizes = np.sqrt(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-9))
    # Centres break ties between boxes that touch.
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    tie = 1e-3 * np.linalg.norm(centres[:, None] - centres[None], axis=2)
    return np.asarray((distance + tie) / ((sizes[:, None] + sizes[None]) / 2))


def _relate(first: Place, second: Place, gap: float, aspect: float) -> list[Relation]:
    small, big = sorted((first, second), key=lambda place: (_area(place.box), place.track))
    sure = float(np.sqrt(first.confidence * second.confidence))
    inside = _intersection(small.box, big.box) / max(_area(small.box), 1e-9)
    if inside > 0.1:
        word = _overlapping(small, big, inside)
        if word is None:
            return []
        return _both(word, small, big, sure)
    found = _both(_apart(small.box, big.box, aspect), small, big, sure)
    if gap < 0.5:
        nearer, other = sorted((first, second), key=lambda place: place.track)
        word = Attribute(label="near", confidence=1 - gap)
        found.append(_relation(word, nearer, other, sure))
    return found


def _overlapping(small: Place, big: Place, inside: float) -> Attribute | None:
    """The word for ``small`` seen from it, where the boxes share at least a tenth of the small one."""
    s, b = small.box, big.box
    width, height = b[2] - b[0], b[3] - b[1]
    shared_width = (min(s[2], b[2]) - max(s[0], b[0])) / max(s[2] - s[0], 1e-9)
    if shared_width > 0.5 and s[1] < b[1] and b[1] <= s[3] <= b[1] + 0.6 * height:
        return Attribute(label="on", confidence=shared_width)
    clear = s[1] - b[1] > 0.08 * height and b[3] - s[3] > 0.08 * height
    clear &= s[0] - b[0] > 0.04 * width and b[2] - s[2] > 0.04 * width
    if inside > 0.95 and clear and _area(s) < 0.4 * _area(b):
        return Attribute(label="inside", confidence=inside)
    lower = (s[3] - b[3]) / max(min(s[3] - s[1], height), 1e-9)
    if abs(lower) < 0.03:
        return None
    return Attribute(label="in front of" if lower > 0 else "behind", confidence=min(0.5 + abs(lower), 1.0))


def _apart(s: Box, b: Box, aspect: float) -> Attribute:
    """Where ``s`` lies beside ``b``, by the axis on which the gap between them is wider."""
    across = max(s[0] - b[2], b[0] - s[2]) * aspect
    along = max(s[1] - b[3], b[1] - s[3])
    if across >= along:
        word = "left of" if s[0] + s[2] < b[0] + b[2] else "right of"
    else:
        word = "above" if s[1] + s[3] < b[1] + b[3] else "below"
    # Diagonal neighbours are told with less confidence.
    return Attribute(label=word, confidence=0.5 + 0.5 * abs(across - along) / max(abs(across) + abs(along), 1e-9))


def _both(word: Attribute, subject: Place, target: Place, sure: float) -> list[Relation]:
    found = [_relation(word, subject, target, sure)]
    if word.label in INVERSE:
        back = Attribute(label=INVERSE[word.label], confidence=word.confidence)
        found.append(_relation(back, target, subject, sure))
    return found


def _relation(word: Attribute, subject: Place, target: Place, sure: float) -> Relation:
    confidence = min(word.confidence * sure, 1.0)
    return Relation(subject=subject.track, label=word.label, object=target.track, confidence=confidence)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _intersection(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)
