"""Tracks, attributes, relations and events put together: one scene graph for each key frame (our definition)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from finsta.graphs.dynamic import Box, Camera, FrameGraph, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind
from finsta.video.attributes import Attribute, colour, posture, sizes, state
from finsta.video.events import find_events
from finsta.video.events.motion import Event, Interval, Motion
from finsta.video.relations import Place, Relation, spatial_relations
from finsta.video.tracking import ObjectTrack

if TYPE_CHECKING:
    from finsta.video.predicates import RelationHead

LEAST_AREA = 1e-5
"""Share of the frame that a box must cover to be shown: a bridged box may have left the picture."""

NEAREST = 0.75
"""Seconds within which a key frame takes up an event that falls between key frames, at least."""

LASTING = ("move", "stand")
"""Events that hold at every moment of their interval and at no other."""


@dataclass(frozen=True, kw_only=True)
class KeyFrame:
    """A key frame of a shot.

    Attributes:
        place: Its position among the analysed frames of the shot.
        time: Seconds.
        camera: From it to the first frame of the shot.
    """

    place: int
    time: float
    camera: Camera


def shot_graphs(
    tracks: Sequence[ObjectTrack],
    key_frames: Sequence[KeyFrame],
    *,
    index: int,
    shot: Interval,
    aspect: float,
    relation_head: "RelationHead | None" = None,
) -> list[FrameGraph]:
    """The scene graph of each key frame of one shot.

    Args:
        tracks: The tracks of the shot.
        key_frames: Its key frames in order.
        index: Number of the shot.
        shot: Its start and end in seconds.
        aspect: Width over height of the frame.
        relation_head: Learned relations beside those of the rules; see :func:`finsta.video.predicates.merge_events`.
    """
    motions = {track.number: Motion(track=track, aspect=aspect) for track in tracks}
    size = sizes(tracks)
    visible = [_visible(tracks, frame.place) for frame in key_frames]
    told = find_events(list(motions.values()), shot=shot)
    if relation_head is not None:
        told = relation_head.beside(told, tracks, aspect=aspect)
    happening = _place_events(told, key_frames, visible)
    graphs = []
    for frame, boxes, events in zip(key_frames, visible, happening, strict=True):
        builder = _FrameBuilder()
        for track in tracks:
            step = track.at(frame.place)
            if track.number in boxes and step is not None:
                builder.add_object(track, boxes[track.number], float(track.scores[step]))
                motion = motions[track.number]
                words = (colour(track), size.get(track.number), state(motion, step), posture(motion, step))
                builder.add_attributes(track.number, [word for word in words if word is not None])
        for relation in spatial_relations(builder.places, aspect=aspect):
            builder.add_relation(relation)
        for event in events:
            builder.add_event(event)
        nodes, edges = tuple(builder.nodes), tuple(builder.edges)
        graphs.append(FrameGraph(time=frame.time, nodes=nodes, edges=edges, shot=index, camera=frame.camera))
    return graphs


def _visible(tracks: Iterable[ObjectTrack], place: int) -> dict[int, Box]:
    """The boxes of the tracks that are in the picture, by number."""
    found: dict[int, Box] = {}
    for track in tracks:
        step = track.at(place)
        if step is not None:
            x1, y1, x2, y2 = (round(float(edge), 5) for edge in track.boxes[step])
            if (x2 - x1) * (y2 - y1) > LEAST_AREA:
                found[track.number] = (x1, y1, x2, y2)
    return found


def _place_events(
    events: Sequence[Event], key_frames: Sequence[KeyFrame], visible: Sequence[dict[int, Box]]
) -> list[list[Event]]:
    """The events of each key frame: those it falls into. A brief one between two goes to the nearest that shows both.

    That may be as far away as key frames lie apart, so that nothing is lost where they are sparse.
    """
    farthest = max([NEAREST, *(after.time - before.time for before, after in pairwise(key_frames))])
    placed: list[list[Event]] = [[] for _ in key_frames]
    for event in events:
        who = {event.subject} if event.object is None else {event.subject, event.object}
        distance = {
            index: max(event.interval[0] - frame.time, frame.time - event.interval[1], 0.0)
            for index, frame in enumerate(key_frames)
            if who <= visible[index].keys()
        }
        inside = [index for index in distance if distance[index] == 0.0]
        if not inside and distance and event.label not in LASTING:
            nearest = min(distance, key=lambda index: (distance[index], index))
            inside = [nearest] if distance[nearest] <= farthest else []
        for index in inside:
            placed[index].append(event)
    return placed


class _FrameBuilder:
    """Collects the nodes and edges of a key frame; a relation of the same tracks is kept once, the surer one."""

    def __init__(self) -> None:
        self.nodes: list[VisualNode] = []
        self.edges: list[Edge] = []
        self.places: list[Place] = []
        self._object: dict[int, int] = {}
        self._said: set[tuple[str, int, int | None]] = set()

    def add_object(self, track: ObjectTrack, box: Box, score: float) -> None:
        score = min(max(score, 0.0), 1.0)
        self._object[track.number] = len(self.nodes)
        self.nodes.append(
            VisualNode(kind=NodeKind.OBJECT, label=track.label, box=box, track=track.number, confidence=score)
        )
        self.places.append(Place(track=track.number, box=box, confidence=score, label=track.label))

    def add_attributes(self, track: int, words: Iterable[Attribute]) -> None:
        for word in words:
            node = self._node(NodeKind.ATTRIBUTE, word.label, word.confidence)
            self._edge(self._object[track], node, EdgeKind.ATTRIBUTE, word.confidence)

    def add_relation(self, relation: Relation) -> None:
        self._predicate(relation.label, relation.subject, relation.object, relation.confidence)

    def add_event(self, event: Event) -> None:
        self._predicate(event.label, event.subject, event.object, event.confidence, event.modifiers)

    def _predicate(
        self, label: str, subject: int, target: int | None, confidence: float, modifiers: Sequence[str] = ()
    ) -> None:
        if (label, subject, target) in self._said:
            return
        self._said.add((label, subject, target))
        node = self._node(NodeKind.PREDICATE, label, confidence)
        self._edge(self._object[subject], node, EdgeKind.SUBJECT, confidence)
        if target is not None:
            self._edge(node, self._object[target], EdgeKind.OBJECT, confidence)
        for modifier in modifiers:
            how = self._node(NodeKind.PREDICATE_ATTRIBUTE, modifier, confidence)
            self._edge(node, how, EdgeKind.PREDICATE_ATTRIBUTE, confidence)

    def _node(self, kind: NodeKind, label: str, confidence: float) -> int:
        self.nodes.append(VisualNode(kind=kind, label=label, confidence=round(confidence, 4)))
        return len(self.nodes) - 1

    def _edge(self, source: int, target: int, kind: EdgeKind, confidence: float) -> None:
        self.edges.append(Edge(source=source, target=target, kind=kind, confidence=round(confidence, 4)))
