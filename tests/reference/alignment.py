"""Loop-written twins of the alignment losses, over graphs as dataclasses instead of tensors."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.holistic import HolisticSceneGraph, Link
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


# Names


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


# Object-centred spatial contrasting


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


# Predicate-centred temporal contrasting


def frame_lengths(graph: DynamicSceneGraph) -> list[float]:
    """Half the way to each neighbour; a frame without a node has no time of its own."""
    times: list[float | None] = [frame.time if frame.nodes else None for frame in graph.frames]
    known = [index for index, time in enumerate(times) if time is not None]
    for index, time in enumerate(times):
        if time is None and known and known[0] < index < known[-1]:
            before = max(k for k in known if k < index)
            after = min(k for k in known if k > index)
            start, end = graph.frames[before].time, graph.frames[after].time
            times[index] = start + (index - before) / (after - before) * (end - start)
    lengths = []
    for index, time in enumerate(times):
        neighbours = [
            abs(times[other] - time)
            for other in (index - 1, index + 1)
            if time is not None and 0 <= other < len(times) and times[other] is not None
        ]
        lengths.append(0.0 if time is None else sum(neighbours) / len(neighbours) if neighbours else 1.0)
    return lengths


def overlap(lengths: Sequence[float], a: tuple[int, int], b: tuple[int, int]) -> float:
    """Temporal IoU of two windows, key frame by key frame."""
    frames_a, frames_b = set(range(a[0], a[1] + 1)), set(range(b[0], b[1] + 1))
    union = sum(lengths[frame] for frame in frames_a | frames_b)
    return sum(lengths[frame] for frame in frames_a & frames_b) / union if union else 0.0


@dataclass
class Candidate:
    """A predicate track: its state and confidence in each key frame that supports it."""

    graph: int
    track: Track
    frames: dict[int, tuple[Tensor, float]]
    occurs: set[int]

    @property
    def objects(self) -> frozenset[object]:
        return frozenset(self.track.identity[2:])

    @property
    def windows(self) -> list[tuple[int, int]]:
        return [(a, b) for a in self.frames for b in self.frames if a <= b]

    def mean(self, window: tuple[int, int]) -> Tensor:
        inside = [pair for frame, pair in self.frames.items() if window[0] <= frame <= window[1]]
        return sum(confidence * state for state, confidence in inside) / sum(confidence for _, confidence in inside)

    def confidence(self, window: tuple[int, int]) -> float:
        inside = [pair[1] for frame, pair in self.frames.items() if window[0] <= frame <= window[1]]
        return sum(inside) / len(inside)


def candidates(world: World) -> list[Candidate]:
    found = []
    for g, track in world.tracks(NodeKind.PREDICATE):
        frames, occurs = {}, {frame for frame, _ in track.occurrences}
        for index, frame in enumerate(world.graphs[g].video.frames):
            place = {frame.identity(node): node for node in range(len(frame.nodes))}
            ends = [place.get((NodeKind.OBJECT, None, end, None)) for end in track.identity[2:] if end is not None]
            if track.identity in place:
                node = place[track.identity]
                frames[index] = (world.video_state(g, index, node), frame.nodes[node].confidence)
            elif ends and None not in ends:
                states = [world.video_state(g, index, end) for end in ends]
                frames[index] = (sum(states) / len(states), math.prod(frame.nodes[end].confidence for end in ends))
        found.append(Candidate(graph=g, track=track, frames=frames, occurs=occurs))
    return found


def event_named(world: World, node: Node, candidate: Candidate) -> bool:
    phrase, video = world.name(node), world.graphs[candidate.graph].video
    if holds(phrase, track_name(video, candidate.track)) and ends_named(world, node, candidate):
        return True
    return any(event_holds(world, node, (candidate.graph, link.text_node)) for link in _links_of(world, candidate))


def ends_named(world: World, node: Node, candidate: Candidate) -> bool:
    tracks = world.graphs[candidate.graph].video.object_tracks
    for end, number in zip(ends_of(world.graphs[node[0]].text, node[1]), candidate.track.identity[2:], strict=True):
        if end is None:
            continue
        if number is None or not world.object_named((node[0], end), (candidate.graph, tracks[number])):
            return False
    return True


def event_holds(world: World, node: Node, other: Node) -> bool:
    if not holds(world.name(node), world.name(other)):
        return False
    ends = zip(
        ends_of(world.graphs[node[0]].text, node[1]), ends_of(world.graphs[other[0]].text, other[1]), strict=True
    )
    return all(
        a is None or (b is not None and holds(world.name((node[0], a)), world.name((other[0], b)))) for a, b in ends
    )


def _links_of(world: World, candidate: Candidate) -> list[Link]:
    identity = candidate.track.identity
    return [
        link
        for link in world.graphs[candidate.graph].predicate_links
        if (NodeKind.PREDICATE, link.label, link.subject_track, link.object_track) == identity
    ]


@dataclass
class Found:
    """The best window of a text predicate."""

    node: Node
    candidate: Candidate
    window: tuple[int, int]
    weight: float
    positives: list[tuple[int, int]] = field(default_factory=list)
    negatives: dict[str, list[tuple[Candidate, tuple[int, int]]]] = field(default_factory=dict)


def search(
    world: World, *, positive_iou: float = 0.7, negative_iou: float = 0.3, only_links: bool = True, pieces: bool = False
) -> list[Found]:
    """The best window of each linked text predicate, and its negatives by group."""
    tracks, found = candidates(world), []
    for node in world.nodes(NodeKind.PREDICATE):
        links = [
            (track, interval, link.similarity)
            for track in tracks
            for link in _links_of(world, track)
            if (track.graph, link.text_node) == node and (interval := _frames_inside(world, track.graph, link))
        ]
        if not links:
            continue
        lengths, state = frame_lengths(world.graphs[node[0]].video), world.text_state(node)
        allowed = [track for track, _, _ in links] if only_links else [t for t in tracks if t.graph == node[0]]
        scored = [
            (cosine(state, track.mean(window)) + prior, track, window)
            for track in allowed
            for window in track.windows
            if set(window) <= track.occurs
            for prior in [max([0.0, *(s * overlap(lengths, i, window) for t, i, s in links if t is track)])]
        ]
        _, best, window = max(scored, key=lambda item: item[0])
        weight = world.confidence(node) * best.confidence(window) * max(s for _, _, s in links)
        entry = Found(node=node, candidate=best, window=window, weight=weight)
        close = _closeness(lengths, window, negative_iou, pieces)
        entry.positives = [w for w in best.windows if overlap(lengths, w, window) >= positive_iou - 1e-6]
        entry.negatives["when"] = [(best, w) for w in best.windows if w not in entry.positives and not close(w)]
        for group, here in (("what", True), ("other_video", False)):
            entry.negatives[group] = [
                (track, max(windows, key=lambda w: cosine(state, track.mean(w))))
                for track in tracks
                if track is not best and (track.graph == node[0]) is here and not event_named(world, node, track)
                if (windows := [w for w in track.windows if not (here and track.objects == best.objects and close(w))])
            ]
        found.append(entry)
    return found


def _frames_inside(world: World, g: int, link: Link) -> tuple[int, int] | None:
    times = [frame.time for frame in world.graphs[g].video.frames]
    inside = [index for index, time in enumerate(times) if link.interval[0] <= time <= link.interval[1]]
    return (inside[0], inside[-1]) if inside else None


def _closeness(
    lengths: Sequence[float], best: tuple[int, int], negative_iou: float, pieces: bool
) -> Callable[[tuple[int, int]], bool]:
    def close(window: tuple[int, int]) -> bool:
        piece = best[0] <= window[0] and window[1] <= best[1]
        return overlap(lengths, window, best) >= negative_iou - 1e-6 or (piece and not pieces)

    return close


def predicate_temporal_loss(
    world: World,
    *,
    temperature: float,
    positive_iou: float = 0.7,
    negative_iou: float = 0.3,
    only_links: bool = True,
    same_objects_weight: float = 1.0,
) -> tuple[float, Mapping[str, float]]:
    """Loss, and accuracy against each group of negatives."""
    found = search(world, positive_iou=positive_iou, negative_iou=negative_iou, only_links=only_links)
    terms, won = Terms(), {}
    for entry in found:
        state = world.text_state(entry.node)
        positives = [(cosine(state, entry.candidate.mean(w)), entry.weight) for w in entry.positives]
        negatives = []
        for group, members in entry.negatives.items():
            scores = [cosine(state, track.mean(w)) for track, w in members]
            shares = [group == "when" or _shares_objects(world, entry, track) for track, _ in members]
            negatives += [(s, same_objects_weight if h else 1.0) for s, h in zip(scores, shares, strict=True)]
            if scores:
                won.setdefault(group, []).append(max(s for s, _ in positives) > max(scores))
        terms.row(positives, negatives, temperature)
    for entry in found:
        mean = entry.candidate.mean(entry.window)
        others = [
            node for node in world.nodes(NodeKind.PREDICATE) if _is_wrong(world, entry, node, found, negative_iou)
        ]
        own = [(cosine(world.text_state(entry.node), mean), entry.weight)]
        terms.row(own, [(cosine(world.text_state(node), mean), 1.0) for node in others], temperature)
    return terms.mean(), {group: sum(results) / len(results) for group, results in won.items()}


def _shares_objects(world: World, entry: Found, track: Candidate) -> bool:
    if track.graph == entry.node[0]:
        return track.objects == entry.candidate.objects
    return ends_named(world, entry.node, track)


def _is_wrong(world: World, entry: Found, node: Node, found: list[Found], negative_iou: float) -> bool:
    """Whether another text predicate is a negative for the best window of an entry."""
    if node == entry.node or event_holds(world, node, entry.node) or event_named(world, node, entry.candidate):
        return False
    if node[0] != entry.node[0]:
        return True
    other = next((f for f in found if f.node == node), None)
    close = _closeness(frame_lengths(world.graphs[node[0]].video), entry.window, negative_iou, False)
    return other is not None and not (other.candidate.objects == entry.candidate.objects and close(other.window))
