"""Small random graphs with everything that makes graphs hard, and literal ones for tests of motion.

The random ones hold tracks that leave and come back, a cut, a moving camera, a key frame without any node, attributes,
predicates that start and stop, modifiers of predicates, and links between sentence and video. The same seed gives the
same graphs.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from random import Random

import torch

from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.collate import holistic_batch, video_batch
from finsta.graphs.dynamic import Box, Camera, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph

NOUNS = ("circle", "square", "star", "ring")
COLOURS = ("red", "blue", "green", "white")
VERBS = ("approach", "follow", "circle around", "push")
ADVERBS = ("quickly", "slowly")

Point = tuple[float, float]


def sample_text_graph(seed: int, *, clauses: int = 2) -> TextualSceneGraph:
    """Clauses of the form "a red circle approach a blue square quickly", the first before the second."""
    random, words, nodes, edges = Random(f"text {seed}"), [], [], []

    def add(kind: NodeKind, word: str) -> int:
        start = len(" ".join([*words, ""]))
        words.append(word)
        nodes.append(
            TextNode(
                kind=kind,
                label=word,
                lemma=word,
                span=(start, start + len(word)),
                confidence=random.choice((1.0, 0.8)),
            )
        )
        return len(nodes) - 1

    def connect(source: int, target: int, kind: EdgeKind) -> None:
        edges.append(Edge(source=source, target=target, kind=kind, confidence=random.choice((1.0, 0.7))))

    def noun_phrase() -> int:
        words.append("a")
        colour = add(NodeKind.ATTRIBUTE, random.choice(COLOURS))
        noun = add(NodeKind.OBJECT, random.choice(NOUNS))
        connect(noun, colour, EdgeKind.ATTRIBUTE)
        return noun

    predicates = []
    for clause in range(clauses):
        subject = noun_phrase()
        predicate = add(NodeKind.PREDICATE, random.choice(VERBS))
        connect(subject, predicate, EdgeKind.SUBJECT)
        if clause == 0 or random.random() < 0.6:  # else the verb stands without an object
            connect(predicate, noun_phrase(), EdgeKind.OBJECT)
        if random.random() < 0.6:
            connect(predicate, add(NodeKind.PREDICATE_ATTRIBUTE, random.choice(ADVERBS)), EdgeKind.PREDICATE_ATTRIBUTE)
        predicates.append(predicate)
    for earlier, later in pairwise(predicates):
        connect(earlier, later, EdgeKind.TEMPORAL_ORDER)
    return TextualSceneGraph(text=" ".join(words), nodes=tuple(nodes), edges=tuple(edges))


def sample_dynamic_graph(seed: int, *, frames: int = 6, tracks: int = 4, cut: bool = True) -> DynamicSceneGraph:
    """Track 0 leaves in the middle and comes back; a cut stands before the last third; every eighth frame is empty."""
    random = Random(f"video {seed}")
    labels = [random.choice(NOUNS) for _ in range(tracks)]
    colours = [random.choice(COLOURS) for _ in range(tracks)]
    places = [(random.uniform(0.2, 0.8), random.uniform(0.2, 0.8)) for _ in range(tracks)]
    steps = [(random.uniform(-0.08, 0.08), random.uniform(-0.08, 0.08)) for _ in range(tracks)]
    verbs = {(a, b): random.choice(VERBS) for a in range(tracks) for b in range(tracks) if a != b}
    graphs, time = [], 0.0
    for index in range(frames):
        present = [track for track in range(tracks) if random.random() < 0.8]
        present = [track for track in present if track != 0]
        if tracks and not frames // 3 <= index < frames // 2 + 1:
            present = [0, *present]
        if index % 8 == 7:
            present = []
        drawn = _Frame(random)
        for track in present:
            places[track] = tuple(min(max(p + s, 0.1), 0.9) for p, s in zip(places[track], steps[track], strict=True))
            drawn.object(labels[track], box_around(places[track], random.uniform(0.05, 0.1)), track)
            if random.random() < 0.7:
                drawn.attribute(len(drawn.nodes) - 1, colours[track])
        drawn.relations(verbs)
        graphs.append(
            FrameGraph(
                time=time,
                nodes=tuple(drawn.nodes),
                edges=tuple(drawn.edges),
                shot=int(cut and index >= 2 * frames // 3),
                camera=Camera(scale=1 + 0.01 * index, dx=0.02 * index, dy=-0.01 * index),
            )
        )
        time += random.choice((0.25, 0.5, 1.0))
    graph = DynamicSceneGraph(video=_video_info(time), frames=tuple(graphs), detector="sample")
    graph.validate()
    return graph


def sample_holistic_graph(
    seed: int, *, frames: int = 6, tracks: int = 4, clauses: int = 2, cut: bool = True
) -> HolisticSceneGraph:
    """A sentence, a video, and links: each text object to a track, each text predicate to a predicate track."""
    random = Random(f"links {seed}")
    text = sample_text_graph(seed, clauses=clauses)
    video = sample_dynamic_graph(seed, frames=frames, tracks=tracks, cut=cut)
    links = []
    objects = list(video.object_tracks.items())
    for node in text.indices(NodeKind.OBJECT):
        if objects and random.random() < 0.8:
            number, track = random.choice(objects)
            start, end = video.interval(track)
            similarity = random.uniform(0.3, 1.0)
            links.append(Link(text_node=node, subject_track=number, interval=(start, end), similarity=similarity))
    for node in text.indices(NodeKind.PREDICATE):
        if video.predicate_tracks and random.random() < 0.8:
            track = random.choice(video.predicate_tracks)
            _, label, subject, target = track.identity
            links.append(
                Link(
                    text_node=node,
                    subject_track=subject,
                    object_track=target,
                    label=label,
                    interval=video.interval(track),
                    similarity=random.uniform(0.3, 1.0),
                )
            )
    graph = HolisticSceneGraph(text=text, video=video, links=tuple(links))
    graph.validate()
    return graph


def sample_holistic_graphs(count: int, seed: int = 0, **sizes: int) -> list[HolisticSceneGraph]:
    """``count`` graphs; ``sizes`` are those of :func:`sample_holistic_graph`."""
    return [sample_holistic_graph(1000 * seed + index, **sizes) for index in range(count)]


def sample_batch(count: int = 2, seed: int = 0, **sizes: int) -> HolisticBatch:
    """The batch of :func:`sample_holistic_graphs`."""
    batch = holistic_batch(sample_holistic_graphs(count, seed, **sizes))
    for part in (batch.text, batch.video, batch.union):
        part.validate()
    return batch


def sample_video_batch(count: int = 2, seed: int = 0, **sizes: int) -> GraphBatch:
    """The batch of :func:`sample_dynamic_graph`."""
    return video_batch(sample_dynamic_graph(1000 * seed + index, **sizes) for index in range(count))


def empty_holistic_graph() -> HolisticSceneGraph:
    """What an empty text and a video without a key frame give."""
    return HolisticSceneGraph(text=TextualSceneGraph(text=""), video=DynamicSceneGraph(video=_video_info(0.0)))


def tracks_graph(
    centers: Sequence[Sequence[Point | None]],
    *,
    relations: Sequence[tuple[int, str, int | None]] = (),
    attributes: Sequence[tuple[int, str]] = (),
    cameras: Sequence[Camera] | None = None,
    shots: Sequence[int] | None = None,
    size: float = 0.02,
) -> DynamicSceneGraph:
    """Key frames half a second apart with one object at each centre; ``None`` where a track is absent.

    ``relations`` (subject track, label, object track) and ``attributes`` (track, label) hold wherever their ends are.
    """
    graphs = []
    for index, row in enumerate(centers):
        frame = _Frame(Random(0), certain=True)
        place = {}
        for track, center in enumerate(row):
            if center is not None:
                place[track] = frame.object("thing", box_around(center, size / 2), track)
        for track, label in attributes:
            if track in place:
                frame.attribute(place[track], label)
        for subject, label, target in relations:
            if subject in place and (target is None or target in place):
                frame.predicate(place[subject], label, None if target is None else place[target])
        graphs.append(
            FrameGraph(
                time=0.5 * index,
                nodes=tuple(frame.nodes),
                edges=tuple(frame.edges),
                shot=shots[index] if shots else 0,
                camera=cameras[index] if cameras else Camera(),
            )
        )
    graph = DynamicSceneGraph(video=_video_info(0.5 * len(graphs)), frames=tuple(graphs), detector="literal")
    graph.validate()
    return graph


def renumbered(batch: GraphBatch, order: torch.Tensor) -> GraphBatch:
    """The same graphs with node ``order[n]`` in place n; edges are sorted by target again. ``origin`` is unchanged."""
    place = torch.cat([order.argsort(), torch.tensor([-1])])
    columns = {
        f.name: getattr(batch, f.name)[order]
        for f in fields(batch)
        if "shift" in f.metadata and len(getattr(batch, f.name)) == len(order) and f.metadata["along"] == 0
    }
    columns |= {name: getattr(batch, name) for name in ("edge_type", "edge_weight", "num_frames")}
    columns |= {"previous": place[batch.previous[order]], "anchor": place[batch.anchor[order]]}
    moved = replace(batch, **columns | {"edge_index": place[batch.edge_index]})
    return with_edge_order(moved, moved.edge_index[1].argsort(stable=True))


def with_edge_order(batch: GraphBatch, order: torch.Tensor) -> GraphBatch:
    """The same graphs with edge ``order[n]`` in place n."""
    return replace(
        batch,
        edge_index=batch.edge_index[:, order],
        edge_type=batch.edge_type[order],
        edge_weight=batch.edge_weight[order],
    )


def without_tracks(batch: GraphBatch) -> GraphBatch:
    """The same graphs, no node of which remembers an earlier key frame."""
    return replace(batch, previous=torch.full_like(batch.previous, -1))


def box_around(center: Point, half: float) -> Box:
    """A square box; it must fit into the frame."""
    return center[0] - half, center[1] - half, center[0] + half, center[1] + half


def _video_info(duration: float) -> VideoInfo:
    return VideoInfo(
        path="sample.mp4",
        duration=duration,
        width=320,
        height=240,
        frames_per_second=8.0,
        frame_count=int(duration * 8),
    )


class _Frame:
    """Collects the nodes and edges of one key frame."""

    def __init__(self, random: Random, *, certain: bool = False) -> None:
        self.nodes: list[VisualNode] = []
        self.edges: list[Edge] = []
        self._random = random
        self._certain = certain

    def object(self, label: str, box: Box, track: int) -> int:
        return self._add(kind=NodeKind.OBJECT, label=label, box=box, track=track)

    def attribute(self, owner: int, label: str) -> None:
        self._connect(owner, self._add(kind=NodeKind.ATTRIBUTE, label=label), EdgeKind.ATTRIBUTE)

    def predicate(self, subject: int, label: str, target: int | None) -> int:
        node = self._add(kind=NodeKind.PREDICATE, label=label)
        self._connect(subject, node, EdgeKind.SUBJECT)
        if target is not None:
            self._connect(node, target, EdgeKind.OBJECT)
        return node

    def relations(self, verbs: dict[tuple[int, int], str]) -> None:
        """Relations between objects that are there, some with a modifier, and an intransitive one."""
        objects = [(index, node.track) for index, node in enumerate(self.nodes) if node.track is not None]
        for subject, first in objects:
            for target, second in objects:
                if first != second and self._random.random() < 0.3:
                    node = self.predicate(subject, verbs[first, second], target)
                    if self._random.random() < 0.3:
                        self._modify(node)
        if objects:
            self.predicate(objects[-1][0], "rest", None)

    def _modify(self, predicate: int) -> None:
        modifier = self._add(kind=NodeKind.PREDICATE_ATTRIBUTE, label=self._random.choice(ADVERBS))
        self._connect(predicate, modifier, EdgeKind.PREDICATE_ATTRIBUTE)

    def _add(self, **values: object) -> int:
        confidence = 1.0 if self._certain else self._random.uniform(0.4, 1.0)
        self.nodes.append(VisualNode(confidence=confidence, **values))
        return len(self.nodes) - 1

    def _connect(self, source: int, target: int, kind: EdgeKind) -> None:
        confidence = 1.0 if self._certain else self._random.uniform(0.4, 1.0)
        self.edges.append(Edge(source=source, target=target, kind=kind, confidence=confidence))
