"""Relations between the objects of one key frame, from the geometry of their boxes (our definition).

The paper's relations come from a learned model (MOTIFS). A box tells where things are, not what they do to each other;
so only spatial words are given here, and the words of motion come from whole tracks (:mod:`finsta.video.events`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finsta.graphs.dynamic import Box
from finsta.shapes import Array
from finsta.video.attributes import Attribute
from finsta.video.detectors.vocabulary import COCO_NAMES

NEIGHBOURS = 2
"""Each object is related to so many others that its box overlaps, the nearest ones: all pairs would say little."""

FARTHEST = 2.5
"""Largest gap between two boxes that is worth a word, in mean sizes."""

CLOSE = 0.5
"""Gap in mean sizes below which two objects are near each other."""

BOTTOM = 0.98
"""A box that ends lower than this may go on below the picture: where it stands is unknown."""

COVERED = 0.9
"""Share of a box inside another from which it must be in front to be seen at all."""

CONTAINERS = frozenset(
    [
        "car",
        "bus",
        "train",
        "truck",
        "boat",
        "airplane",
        "bed",
        "bowl",
        "cup",
        "refrigerator",
        "oven",
        "microwave",
        "sink",
        "toilet",
        "suitcase",
        "backpack",
        "handbag",
        "vase",
    ]
)
"""Known things that hold others; of the other known ones (a person, a table) nothing is inside."""

SEE_THROUGH = frozenset({"bicycle", "motorcycle", "bench", "chair", "fence"})
"""Things whose box shows much of what is behind them."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """An object of a key frame: its track, box, confidence and label."""

    track: int
    box: Box
    confidence: float
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Subject, word, object, by track number; how sure it is in [0, 1]."""

    subject: int
    label: str
    object: int
    confidence: float


def spatial_relations(places: Sequence[Place], *, aspect: float) -> list[Relation]:
    """The relations worth telling between the objects of one key frame, in order of subject and object.

    Each pair has one word, said of the smaller object, and in one direction only: who reads the graph mirrors it
    (``left of`` is ``right of`` from the other side), and in a crowd both directions of everything bury what counts.

    - Boxes that overlap, up to ``NEIGHBOURS`` of each object: ``on``, ``inside``, ``in front of`` or ``behind``.
    - An object that overlaps nothing, and two that are each other's nearest: ``left of``, ``right of``, ``above`` or
      ``below`` by the wider gap, and ``near`` besides where the gap is less than ``CLOSE``.

    Args:
        places: The objects; tracks differ.
        aspect: Width over height of the frame.
    """
    if len(places) < 2:
        return []
    gaps = _gaps(places, aspect)
    touching = _shares(places) > 0.1
    found = []
    for first, second in sorted(_touching_pairs(gaps, touching) | _apart_pairs(gaps, touching)):
        gap = float(gaps[first, second])
        found += _relate(places[first], places[second], gap, aspect, touching=bool(touching[first, second]))
    return sorted(found, key=lambda relation: (relation.subject, relation.object, relation.label))


def _touching_pairs(gaps: Array, touching: Array) -> set[tuple[int, int]]:
    """Each object with the nearest of those that it overlaps."""
    pairs = set()
    for index, others in enumerate(touching):
        near = sorted(np.flatnonzero(others).tolist(), key=lambda other: (gaps[index, other], other))
        pairs |= {(min(index, other), max(index, other)) for other in near[:NEIGHBOURS]}
    return pairs


def _apart_pairs(gaps: Array, touching: Array) -> set[tuple[int, int]]:
    """Each object that overlaps nothing with its nearest one, and those that are each other's nearest."""
    apart = np.where(touching | np.eye(len(gaps), dtype=bool), np.inf, gaps)
    nearest = apart.argmin(1)
    pairs = set()
    for index, other in enumerate(nearest.tolist()):
        worth = not touching[index].any() or (nearest[other] == index and not touching[other].any())
        if worth and apart[index, other] <= FARTHEST:
            pairs.add((min(index, other), max(index, other)))
    return pairs


def _shares(places: Sequence[Place]) -> Array:
    """How much of the smaller of two boxes lies in the other; 0 of a box with itself."""
    found = np.zeros((len(places), len(places)))
    for first, one in enumerate(places):
        for second in range(first):
            other = places[second]
            least = max(min(_area(one.box), _area(other.box)), 1e-9)
            found[first, second] = found[second, first] = _intersection(one.box, other.box) / least
    return found


def _gaps(places: Sequence[Place], aspect: float) -> Array:
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


def _relate(first: Place, second: Place, gap: float, aspect: float, *, touching: bool) -> list[Relation]:
    small, big = sorted((first, second), key=lambda place: (_area(place.box), place.track))
    sure = float(np.sqrt(first.confidence * second.confidence))
    if touching:
        word = _overlapping(small, big)
        return [] if word is None else [_relation(word, small, big, sure)]
    found = [_relation(_apart(small.box, big.box, aspect), small, big, sure)]
    if gap < CLOSE:
        found.append(_relation(Attribute(label="near", confidence=1 - gap), small, big, sure))
    return found


def _overlapping(small: Place, big: Place) -> Attribute | None:
    """The word for ``small`` seen from it, where the boxes share at least a tenth of the small one."""
    s, b = small.box, big.box
    inside = _intersection(s, b) / max(_area(s), 1e-9)
    width, height = b[2] - b[0], b[3] - b[1]
    shared_width = (min(s[2], b[2]) - max(s[0], b[0])) / max(s[2] - s[0], 1e-9)
    if shared_width > 0.5 and s[1] < b[1] and b[1] <= s[3] <= b[1] + 0.6 * height:
        return Attribute(label="on", confidence=shared_width)
    clear = s[1] - b[1] > 0.08 * height and b[3] - s[3] > 0.08 * height
    clear &= s[0] - b[0] > 0.04 * width and b[2] - s[2] > 0.04 * width
    holds = big.label in CONTAINERS or big.label not in COCO_NAMES
    if inside > 0.95 and clear and holds and _area(s) < 0.4 * _area(b):
        return Attribute(label="inside", confidence=inside)
    return _depth(small, big, inside)


def _depth(small: Place, big: Place, inside: float) -> Attribute | None:
    """Which of two that overlap is nearer to the camera, where the boxes allow to tell (our definition).

    On one ground the nearer one stands lower in the picture, unless where it stands is cut off; of two of one kind the
    nearer one is also taller, and where the two signs contradict each other nothing is said. What lies within another
    box would be hidden if it were not in front, unless that box is of a thing that one sees through.
    """
    s, b = small.box, big.box
    if inside > COVERED and big.label not in SEE_THROUGH:
        return Attribute(label="in front of", confidence=0.6)
    if s[3] > BOTTOM and b[3] > BOTTOM:
        return None
    height = max(min(s[3] - s[1], b[3] - b[1]), 1e-9)
    lower = (s[3] - b[3]) / height
    taller = float(np.log(max(s[3] - s[1], 1e-9) / max(b[3] - b[1], 1e-9)))
    if abs(lower) < 0.03 or (small.label and small.label == big.label and lower * taller < 0 and abs(taller) > 0.1):
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


def _relation(word: Attribute, subject: Place, target: Place, sure: float) -> Relation:
    confidence = min(word.confidence * sure, 1.0)
    return Relation(subject=subject.track, label=word.label, object=target.track, confidence=confidence)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _intersection(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)
