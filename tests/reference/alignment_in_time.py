"""Loop-written twin of predicate-centred temporal contrasting."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.holistic import Link
from finsta.graphs.scene_graph import NodeKind
from tests.reference.alignment import Node, Terms, World, cosine, ends_of, holds, track_name


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
