"""Literal pairs for the tests of this room: what is red approaches what is blue, and the like."""

from collections.abc import Sequence

import torch

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph

BOXES = ((0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0), (0.5, 0.0, 1.0, 0.5), (0.0, 0.5, 0.5, 1.0))


def thing(word: str) -> tuple[str, ...]:
    """``"small red circle"`` → modifiers and noun."""
    return tuple(word.split())


def text_of(objects: Sequence[str], events: Sequence[tuple[int, str, int | None]] = ()) -> TextualSceneGraph:
    """Objects by their phrases, then events (subject, verb with modifiers after it, object)."""
    nodes, edges, place = [], [], []

    def add(kind: NodeKind, word: str) -> int:
        nodes.append(TextNode(kind=kind, label=word, lemma=word))
        return len(nodes) - 1

    for phrase in objects:
        *modifiers, noun = thing(phrase)
        place.append(add(NodeKind.OBJECT, noun))
        edges += [
            Edge(source=place[-1], target=add(NodeKind.ATTRIBUTE, word), kind=EdgeKind.ATTRIBUTE) for word in modifiers
        ]
    for subject, phrase, target in events:
        verb, *modifiers = thing(phrase)
        node = add(NodeKind.PREDICATE, verb)
        edges.append(Edge(source=place[subject], target=node, kind=EdgeKind.SUBJECT))
        if target is not None:
            edges.append(Edge(source=node, target=place[target], kind=EdgeKind.OBJECT))
        kind = EdgeKind.PREDICATE_ATTRIBUTE
        edges += [Edge(source=node, target=add(NodeKind.PREDICATE_ATTRIBUTE, word), kind=kind) for word in modifiers]
    graph = TextualSceneGraph(text="", nodes=tuple(nodes), edges=tuple(edges))
    graph.validate()
    return graph


def video_of(
    objects: Sequence[str],
    events: Sequence[tuple[int, str, int | None, Sequence[int]]] = (),
    *,
    frames: int = 1,
    confidence: float = 1.0,
    boxes: Sequence[Sequence[float]] = BOXES,
) -> DynamicSceneGraph:
    """Every object in every key frame (a second apart), with its attributes; events in the key frames listed."""
    graphs = []
    for index in range(frames):
        nodes, edges, place = [], [], []
        for track, phrase in enumerate(objects):
            *modifiers, noun = thing(phrase)
            place.append(len(nodes))
            nodes.append(
                VisualNode(
                    kind=NodeKind.OBJECT, label=noun, box=tuple(boxes[track]), track=track, confidence=confidence
                )
            )
            for word in modifiers:
                edges.append(Edge(source=place[-1], target=len(nodes), kind=EdgeKind.ATTRIBUTE))
                nodes.append(VisualNode(kind=NodeKind.ATTRIBUTE, label=word))
        for subject, verb, target, inside in events:
            if index in inside:
                edges.append(Edge(source=place[subject], target=len(nodes), kind=EdgeKind.SUBJECT))
                if target is not None:
                    edges.append(Edge(source=len(nodes), target=place[target], kind=EdgeKind.OBJECT))
                nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=verb, confidence=confidence))
        graphs.append(FrameGraph(time=float(index), nodes=tuple(nodes), edges=tuple(edges)))
    video = VideoInfo(
        path="sample.mp4", duration=float(frames), width=64, height=64, frames_per_second=8.0, frame_count=8 * frames
    )
    graph = DynamicSceneGraph(video=video, frames=tuple(graphs))
    graph.validate()
    return graph


def pair_of(
    text: TextualSceneGraph,
    video: DynamicSceneGraph,
    objects: Sequence[tuple[int, int]] = (),
    events: Sequence[tuple[int, int, str, int | None, tuple[float, float]]] = (),
    *,
    similarity: float = 1.0,
) -> HolisticSceneGraph:
    """``objects``: (n-th text object, track); ``events``: (n-th text predicate, subject, label, object, seconds)."""
    nouns, verbs = text.indices(NodeKind.OBJECT), text.indices(NodeKind.PREDICATE)
    links = [
        Link(text_node=nouns[n], subject_track=track, interval=(0.0, video.video.duration), similarity=similarity)
        for n, track in objects
    ]
    links += [
        Link(
            text_node=verbs[n],
            subject_track=subject,
            object_track=target,
            label=label,
            interval=interval,
            similarity=similarity,
        )
        for n, subject, label, target, interval in events
    ]
    graph = HolisticSceneGraph(text=text, video=video, links=tuple(links))
    graph.validate()
    return graph


def states_of(count: int, dim: int = 6, *, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Random states that want a gradient."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dim, generator=generator, dtype=dtype).requires_grad_()
