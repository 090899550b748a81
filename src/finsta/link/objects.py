"""Which object track each text object refers to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph
from finsta.link.similarity import Crop, PhraseSimilarity, TrackView, normal_form
from finsta.link.vocabulary import COLOURS, NEAR_COLOURS, SIZES, STATES, TEXTURES
from finsta.shapes import Array, Float, Image

OBJECT_THRESHOLD = 0.3
"""A phrase and a track whose normalised similarity is less than this are not linked."""

SALIENCE_BONUS = 0.05
RELATION_BONUS = 0.15
"""What breaks ties between tracks that fit a phrase alike: how large and lasting one is, and whether the relation that
the text states is seen. Neither enters the similarity of a link."""

CROPS = 3
_ROUNDS = 10

_ATTRIBUTE_CLASSES = ((COLOURS, 0.4), (TEXTURES, 0.4), (SIZES, 0.2), (STATES, 0.2))
"""Names of one class exclude each other; how much a contradiction takes from the similarity."""
UNSEEN = 0.05
"""What an attribute takes that the video says nothing about."""

Support = Callable[[int, int, int], float]
"""Of a triplet's number and the tracks (by column) of its ends: how well the video shows it, in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class ObjectScores:
    """How well each text object fits each track.

    Attributes:
        nodes: The text objects, by node index.
        tracks: The object tracks, by number.
        similarity: Normalised similarity in [0, 1].
        salience: Of each track, in [0, 1].
    """

    nodes: tuple[int, ...]
    tracks: tuple[int, ...]
    similarity: Float[Array, "objects tracks"]
    salience: Float[Array, " tracks"]


def object_scores(
    text: TextualSceneGraph, video: DynamicSceneGraph, images: Sequence[Image], similarity: PhraseSimilarity
) -> ObjectScores:
    """Similarity of every text object to every object track, normalised per video.

    ``s = similarity · attribute agreement``, then ``s' = s · s / max_track s``: the best track keeps its similarity,
    the others stand back by how much worse they are *in this video* (our definition; the paper says only that CLIP
    similarities are normalised and pass a threshold).
    """
    views = track_views(video, images)
    nodes = text.indices(NodeKind.OBJECT)
    phrases = [_phrase(text, node) for node in nodes]
    if not nodes or not views:
        raw = np.zeros((len(nodes), len(views)))
    else:
        raw = np.asarray(similarity.scores(phrases, views), dtype=np.float64) * _agreement(text, nodes, views)
    best = raw.max(axis=1, keepdims=True, initial=0.0)
    return ObjectScores(
        nodes=tuple(nodes),
        tracks=tuple(view.number for view in views),
        similarity=np.divide(raw * raw, best, out=np.zeros_like(raw), where=best > 0),
        salience=np.array([_salience(video, track) for track in video.object_tracks.values()], dtype=np.float64),
    )


def track_views(video: DynamicSceneGraph, images: Sequence[Image]) -> list[TrackView]:
    """What a similarity may see of each object track, in order of appearance."""
    attributes = _track_attributes(video)
    return [
        TrackView(
            number=number, label=track.label, attributes=attributes.get(number, {}), crops=_crops(video, track, images)
        )
        for number, track in video.object_tracks.items()
    ]


def assign(
    scores: ObjectScores, triplets: Sequence[tuple[int, int]], support: Support, *, threshold: float = OBJECT_THRESHOLD
) -> dict[int, int]:
    """Text object (row) → track (column), one to one, leaving out what does not pass the threshold.

    The Hungarian method on similarity and tie-breakers gives the start; then the two ends of a triplet move together
    to the pair of tracks that raises the sum of similarities, tie-breakers and relations shown, until nothing moves.

    Args:
        scores: Of :func:`object_scores`.
        triplets: Rows of the subject and the object of each relation that the text states between two objects.
        support: How well a pair of tracks shows a triplet.
        threshold: On the normalised similarity.
    """
    from scipy.optimize import linear_sum_assignment

    allowed = scores.similarity >= threshold
    rank = np.where(allowed, scores.similarity + SALIENCE_BONUS * scores.salience, 0.0)
    rows, columns = linear_sum_assignment(rank, maximize=True)
    chosen = {int(row): int(column) for row, column in zip(rows, columns, strict=True) if allowed[row, column]}

    objective = _Objective(rank=rank, triplets=triplets, support=support)
    for _ in range(_ROUNDS):
        improved = _improve(chosen, objective, allowed)
        if improved == chosen:
            break
        chosen = improved
    return dict(sorted(chosen.items()))


class _Objective:
    """Similarities and tie-breakers of an assignment, and the relations that it shows."""

    def __init__(self, *, rank: Array, triplets: Sequence[tuple[int, int]], support: Support) -> None:
        self.rank, self.triplets, self.support = rank, triplets, support
        self.touching: dict[int, list[int]] = {}
        for number, ends in enumerate(triplets):
            for row in set(ends):
                self.touching.setdefault(row, []).append(number)

    def gain(self, before: Mapping[int, int], after: Mapping[int, int]) -> float:
        """By how much ``after`` is better; looks only at what changed."""
        rows = {row for row in before.keys() | after.keys() if before.get(row) != after.get(row)}
        numbers = {number for row in rows for number in self.touching.get(row, ())}
        return self._part(after, rows, numbers) - self._part(before, rows, numbers)

    def _part(self, assigned: Mapping[int, int], rows: Iterable[int], numbers: Iterable[int]) -> float:
        own = sum(float(self.rank[row, assigned[row]]) for row in sorted(rows) if row in assigned)
        shown = 0.0
        for number in sorted(numbers):
            subject, target = self.triplets[number]
            if subject in assigned and target in assigned:
                shown += self.support(number, assigned[subject], assigned[target])
        return own + RELATION_BONUS * shown


def _improve(chosen: dict[int, int], objective: _Objective, allowed: Array) -> dict[int, int]:
    """The best move of each triplet's two ends in turn, where it gains anything."""
    for subject, target in dict.fromkeys(objective.triplets):
        if subject == target:
            continue
        best, gained = chosen, 1e-9
        for a in np.flatnonzero(allowed[subject]).tolist():
            for b in np.flatnonzero(allowed[target]).tolist():
                moved = _moved(chosen, {subject: a, target: b}, allowed)
                if moved is not None and (gain := objective.gain(chosen, moved)) > gained:
                    best, gained = moved, gain
        chosen = best
    return chosen


def _moved(chosen: Mapping[int, int], wanted: Mapping[int, int], allowed: Array) -> dict[int, int] | None:
    """The assignment with some objects moved; who is driven out takes a track that was left, if it may."""
    if len(set(wanted.values())) < len(wanted):
        return None
    result = dict(chosen) | dict(wanted)
    left = {chosen[row] for row in wanted if row in chosen} - set(wanted.values())
    for row, column in chosen.items():
        if row not in wanted and column in wanted.values():
            place = next((free for free in sorted(left) if allowed[row, free]), None)
            if place is None:
                del result[row]
            else:
                result[row] = place
                left.discard(place)
    return result


def _phrase(text: TextualSceneGraph, node: int) -> str:
    modifiers = [text.nodes[attribute].lemma for attribute in text.targets(node, EdgeKind.ATTRIBUTE)]
    return " ".join((*modifiers, text.nodes[node].lemma))


def _track_attributes(video: DynamicSceneGraph) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for track in video.tracks.values():
        kind, label, owner = track.identity[:3]
        if kind is NodeKind.ATTRIBUTE and isinstance(owner, int):
            share = len(track.occurrences) / len(video.object_tracks[owner].occurrences)
            found.setdefault(owner, {})[str(label)] = share
    return found


def _agreement(
    text: TextualSceneGraph, nodes: Sequence[int], views: Sequence[TrackView]
) -> Float[Array, "objects tracks"]:
    result = np.ones((len(nodes), len(views)))
    for row, node in enumerate(nodes):
        for attribute in text.targets(node, EdgeKind.ATTRIBUTE):
            lemma = text.nodes[attribute].lemma
            result[row] *= [attribute_agreement(lemma, view.attributes) for view in views]
    return result


def attribute_agreement(word: str, attributes: Mapping[str, float]) -> float:
    """What an attribute of the text leaves of the similarity to a track, in [0.6, 1].

    1 where the track carries it at every key frame, 0.6 where it carries another colour or texture instead, 0.8 for
    another size or state, 0.95 where the video is silent. Words of no known class leave it as it is.
    """
    for table, weight in _ATTRIBUTE_CLASSES:
        name = _canonical(word, table)
        if name is None:
            continue
        seen = {label: share for label, share in attributes.items() if _canonical(label, table) is not None}
        if not seen:
            return 1 - UNSEEN
        near = (share * _same(name, _canonical(label, table) or "") for label, share in seen.items())
        return 1 - weight * (1 - min(sum(near), 1.0))
    return 1.0


def _canonical(word: str, table: Mapping[str, str]) -> str | None:
    word = normal_form(word)
    return next((name for name, others in table.items() if word == name or word in others.split()), None)


def _same(name: str, other: str) -> float:
    return 1.0 if name == other else 0.5 if frozenset((name, other)) in NEAR_COLOURS else 0.0


def _salience(video: DynamicSceneGraph, track: Track) -> float:
    boxes = np.array([video.frames[frame].nodes[node].box for frame, node in track.occurrences])
    side = np.sqrt(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).mean())
    return float(side * track.confidence * len(boxes) / len(video.frames))


def _crops(video: DynamicSceneGraph, track: Track, images: Sequence[Image]) -> tuple[Crop, ...]:
    if not images:
        return ()
    cut = [crop(images[frame], video.frames[frame].nodes[node].box) for frame, node in track.occurrences]
    return tuple(sorted((part for part in cut if part.size), key=lambda part: -part.shape[0] * part.shape[1])[:CROPS])


def crop(image: Image, box: Sequence[float] | None) -> Crop:
    """The part of an image inside a box (``xyxy`` in [0, 1]); at least one pixel where the box has any extent."""
    if box is None:
        return image[:0]
    height, width = image.shape[:2]
    x1, y1 = int(np.floor(box[0] * width)), int(np.floor(box[1] * height))
    x2, y2 = int(np.ceil(box[2] * width)), int(np.ceil(box[3] * height))
    return np.ascontiguousarray(image[y1:y2, x1:x2])
