"""Loop-written twins of the alignment losses, over graphs as dataclasses instead of tensors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph

STRUCTURAL = {EdgeKind.SUBJECT, EdgeKind.OBJECT, EdgeKind.ATTRIBUTE, EdgeKind.PREDICATE_ATTRIBUTE}

Node = tuple[int, int]
"""Graph of the batch, node of its text."""

Name = tuple[str, frozenset[str]]
"""Lemma or label, and the words that modify it."""


def cosine(a: Tensor, b: Tensor) -> float:
    return float(a @ b) / max(float(a.norm() * b.norm()), 1e-12)


@dataclass
class Terms:
    """Values and weights of a contrast, and what was won."""

    values: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    won: list[bool] = field(default_factory=list)

    def row(
        self, positives: Sequence[tuple[float, float]], negatives: Sequence[tuple[float, float]], temperature: float
    ) -> None:
        """Positives are (similarity, weight), negatives (similarity, how many times it counts)."""
        if not positives or not negatives:
            return
        for similarity, weight in positives:
            rest = sum(times * math.exp((other - similarity) / temperature) for other, times in negatives)
            self.values.append(math.log(1 + rest))
            self.weights.append(weight / len(positives))
        self.won.append(max(s for s, _ in positives) > max(s for s, _ in negatives))

    def mean(self) -> float:
        total = sum(self.weights)
        return sum(v * w for v, w in zip(self.values, self.weights, strict=True)) / total if total else 0.0


def matrix_contrast(
    similarity: list[list[float]],
    positive: list[list[bool]],
    negative: list[list[bool]],
    weight: list[list[float]],
    temperature: float,
    times: list[list[float]] | None = None,
) -> float:
    terms = Terms()
    for i, row in enumerate(similarity):
        terms.row(
            [(s, weight[i][j]) for j, s in enumerate(row) if positive[i][j]],
            [(s, times[i][j] if times else 1.0) for j, s in enumerate(row) if negative[i][j]],
            temperature,
        )
    return terms.mean()


def region_context(
    states: Tensor,
    edges: Sequence[tuple[int, int, float]],
    confidence: Sequence[float],
    score: Tensor,
    hop_score: Sequence[float],
) -> Tensor:
    """Walks are enumerated one by one; ``edges`` are (from, into, confidence), structural, both directions listed."""
    pooled = torch.zeros_like(states)
    for node in range(len(states)):
        walks = [(node, math.exp(hop_score[0]))]  # (where the walk starts, what it counts)
        ends = [(node, 1.0)]
        for hop in range(1, len(hop_score)):
            ends = [(source, share * weight) for end, share in ends for source, into, weight in edges if into == end]
            walks += [(start, math.exp(hop_score[hop]) * share * confidence[start]) for start, share in ends]
        counts = [reach * math.exp(float(score @ states[start])) for start, reach in walks]
        for (start, _), count in zip(walks, counts, strict=True):
            pooled[node] += count / sum(counts) * states[start]
    return pooled


def roi_weights(box: Sequence[float], rows: int, columns: int) -> list[float]:
    """Area of the box in each cell, divided by the area of the box."""
    x1, y1, x2, y2 = box
    shares = []
    for row in range(rows):
        for column in range(columns):
            width = min(x2, (column + 1) / columns) - max(x1, column / columns)
            height = min(y2, (row + 1) / rows) - max(y1, row / rows)
            shares.append(max(width, 0.0) * max(height, 0.0) / ((x2 - x1) * (y2 - y1)))
    return shares


def text_name(graph: TextualSceneGraph, node: int) -> Name:
    return graph.nodes[node].lemma.lower(), frozenset(graph.nodes[m].lemma.lower() for m in graph.attributes(node))


def track_name(graph: DynamicSceneGraph, track: Track) -> Name:
    counts: dict[str, int] = {}
    for frame, node in track.occurrences:
        for kind in (EdgeKind.ATTRIBUTE, EdgeKind.PREDICATE_ATTRIBUTE):
            for edge in graph.frames[frame].edges:
                if edge.source == node and edge.kind is kind:
                    label = graph.frames[frame].nodes[edge.target].label.lower()
                    counts[label] = counts.get(label, 0) + 1
    seen = frozenset(label for label, count in counts.items() if 2 * count >= len(track.occurrences))
    return track.label.lower(), seen


def holds(phrase: Name, thing: Name) -> bool:
    return phrase[0] == thing[0] and phrase[1] <= thing[1]


def ends_of(graph: TextualSceneGraph, node: int) -> tuple[int | None, int | None]:
    subjects, objects = graph.sources(node, EdgeKind.SUBJECT), graph.targets(node, EdgeKind.OBJECT)
    return next(iter(subjects), None), next(iter(objects), None)


@dataclass
class World:
    """The graphs of a batch with the states of their nodes, in the order of the batch."""

    graphs: Sequence[HolisticSceneGraph]
    text_states: Tensor
    video_states: Tensor

    def text_state(self, node: Node) -> Tensor:
        before = sum(len(graph.text.nodes) for graph in self.graphs[: node[0]])
        return self.text_states[before + node[1]]

    def video_state(self, graph: int, frame: int, node: int) -> Tensor:
        before = sum(len(f.nodes) for g in self.graphs[:graph] for f in g.video.frames)
        before += sum(len(f.nodes) for f in self.graphs[graph].video.frames[:frame])
        return self.video_states[before + node]

    def nodes(self, kind: NodeKind) -> list[Node]:
        return [(g, node) for g, graph in enumerate(self.graphs) for node in graph.text.indices(kind)]

    def tracks(self, kind: NodeKind) -> list[tuple[int, Track]]:
        return [
            (g, t) for g, graph in enumerate(self.graphs) for t in graph.video.tracks.values() if t.identity[0] is kind
        ]

    def confidence(self, node: Node) -> float:
        return self.graphs[node[0]].text.nodes[node[1]].confidence

    def object_links(self, track: tuple[int, Track]) -> list[tuple[int, float]]:
        """Text nodes linked to an object track."""
        g, found = track
        links = self.graphs[g].object_links
        return [(link.text_node, link.similarity) for link in links if link.subject_track == found.identity[2]]

    def object_named(self, node: Node, track: tuple[int, Track]) -> bool:
        phrase, (g, found) = self.name(node), track
        by_link = any(holds(phrase, self.name((g, other))) for other, _ in self.object_links(track))
        return by_link or holds(phrase, track_name(self.graphs[g].video, found))

    def name(self, node: Node) -> Name:
        return text_name(self.graphs[node[0]].text, node[1])


def object_spatial_loss(
    world: World, *, temperature: float, threshold: float, only_links: bool
) -> tuple[float, float | None]:
    """Loss, and accuracy from text to video."""
    objects, tracks = world.nodes(NodeKind.OBJECT), world.tracks(NodeKind.OBJECT)
    means = [_track_mean(world, *track) for track in tracks]
    similarity = [[cosine(world.text_state(node), mean) for mean in means] for node in objects]
    linked = [[_link(world, node, track) for track in tracks] for node in objects]
    positive, negative, weight = ([[None] * len(tracks) for _ in objects] for _ in range(3))
    for i, node in enumerate(objects):
        for j, track in enumerate(tracks):
            prior = _object_prior(world, objects, tracks, linked, i, j)
            mean = max((similarity[i][j] + prior) / 2, 0.0)
            found = not only_links and node[0] == track[0] and mean >= threshold
            positive[i][j] = linked[i][j] is not None or found
            negative[i][j] = not positive[i][j] and not world.object_named(node, track)
            confidence = world.confidence(node) * track[1].confidence
            weight[i][j] = confidence * (prior if linked[i][j] is not None else mean)
    terms, text_rows = Terms(), 0
    for transpose in (False, True):
        matrices = [similarity, positive, negative, weight]
        rows = zip(*(zip(*m, strict=True) if transpose else m for m in matrices), strict=True)
        for s, p, n, w in rows:
            both = list(zip(s, p, n, w, strict=True))
            terms.row([(a, d) for a, b, _, d in both if b], [(a, 1.0) for a, _, c, _ in both if c], temperature)
        if not transpose:
            text_rows = len(terms.won)
    accuracy = sum(terms.won[:text_rows]) / text_rows if text_rows else None
    return terms.mean(), accuracy


def _track_mean(world: World, g: int, track: Track) -> Tensor:
    frames = world.graphs[g].video.frames
    total, weights = torch.zeros_like(world.video_states[0]), 0.0
    for frame, node in track.occurrences:
        confidence = frames[frame].nodes[node].confidence
        total = total + confidence * world.video_state(g, frame, node)
        weights += confidence
    return total / weights


def _link(world: World, node: Node, track: tuple[int, Track]) -> float | None:
    found = [similarity for other, similarity in world.object_links(track) if (track[0], other) == node]
    return max(found) if found else None


def _object_prior(
    world: World,
    objects: list[Node],
    tracks: list[tuple[int, Track]],
    linked: list[list[float | None]],
    i: int,
    j: int,
) -> float:
    def told(row: int) -> bool:
        return any(value is not None for value in linked[row])

    def mentioned(row: int, column: int) -> float:
        """The link of a phrase, or that of another mention of the same name if it has none."""
        if told(row):
            return linked[row][column] or 0.0
        same = [
            k
            for k, other in enumerate(objects)
            if other[0] == objects[row][0] and world.name(other) == world.name(objects[row]) and told(k)
        ]
        return max((linked[k][column] or 0.0 for k in same), default=0.0)

    prior = mentioned(i, j)
    g, track = tracks[j]
    seen = any(linked[k][j] is not None for k in range(len(objects)))
    if not seen and objects[i][0] == g and holds(world.name(objects[i]), track_name(world.graphs[g].video, track)):
        prior = max([prior, *(mentioned(i, column) for column in range(len(tracks)))])
    return prior
