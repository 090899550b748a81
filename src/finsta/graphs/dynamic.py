"""The dynamic scene graph (DSG): a scene graph for each key frame of a video, joined through time by tracks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, check_edge

Box = tuple[float, float, float, float]
"""``(x1, y1, x2, y2)`` in [0, 1] of the upright frame."""

Identity = tuple[object, ...]
"""What makes two nodes of different key frames occurrences of one thing; see :meth:`FrameGraph.identity`."""


@dataclass(frozen=True, kw_only=True)
class VisualNode:
    """A node of one key frame.

    Attributes:
        kind: Object, attribute, predicate or predicate attribute.
        label: Class, colour, relation … in lower case.
        box: Objects only.
        track: Objects only: the identity through the video, unique within it.
        confidence: The detector's score, or the relation model's, in [0, 1].
    """

    kind: NodeKind
    label: str
    box: Box | None = None
    track: int | None = None
    confidence: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Where the frame lies in the coordinates of the first frame of its shot: ``c ↦ scale · c + (dx, dy)``."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def stabilise(self, x: float, y: float) -> tuple[float, float]:
        """A point of this frame in the coordinates of the first frame of the shot."""
        return self.scale * x + self.dx, self.scale * y + self.dy


@dataclass(frozen=True, kw_only=True)
class FrameGraph:
    """The scene graph of one key frame, at ``time`` seconds, in shot number ``shot``."""

    time: float
    nodes: tuple[VisualNode, ...] = ()
    edges: tuple[Edge, ...] = ()
    shot: int = 0
    camera: Camera = Camera()

    def ends(self, index: int) -> tuple[int | None, int | None]:
        """The objects that a node hangs on: subject and object of a predicate, owner of an attribute, an object itself.

        A predicate attribute hangs on what its predicate hangs on.
        """
        kind = self.nodes[index].kind
        if kind is NodeKind.OBJECT:
            return index, None
        if kind is NodeKind.ATTRIBUTE:
            return next(
                (e.source for e in self.edges if e.target == index and e.kind is EdgeKind.ATTRIBUTE), None
            ), None
        if kind is NodeKind.PREDICATE_ATTRIBUTE:
            owner = (e.source for e in self.edges if e.target == index and e.kind is EdgeKind.PREDICATE_ATTRIBUTE)
            predicate = next(owner, None)
            return (None, None) if predicate is None else self.ends(predicate)
        subject = next((e.source for e in self.edges if e.target == index and e.kind is EdgeKind.SUBJECT), None)
        target = next((e.target for e in self.edges if e.source == index and e.kind is EdgeKind.OBJECT), None)
        return subject, target

    def identity(self, index: int) -> Identity:
        """Kind, label (except for objects, whose class may flicker) and the tracks that the node hangs on.

        A predicate attribute is told apart by its predicate's label too.
        """
        node = self.nodes[index]
        tracks = tuple(None if end is None else self.nodes[end].track for end in self.ends(index))
        label = None if node.kind is NodeKind.OBJECT else node.label
        if node.kind is NodeKind.PREDICATE_ATTRIBUTE:
            owners = [e.source for e in self.edges if e.target == index and e.kind is EdgeKind.PREDICATE_ATTRIBUTE]
            label = " ".join([self.nodes[owner].label for owner in owners] + [node.label])
        return (node.kind, label, *tracks)

    def validate(self) -> None:
        """Raise ``ValueError`` where an edge joins the wrong kinds, an object lacks a box or a track repeats."""
        tracks = [node.track for node in self.nodes if node.track is not None]
        if len(tracks) != len(set(tracks)):
            raise ValueError(f"key frame at {self.time:.3f} s: a track appears twice: {sorted(tracks)}")
        for node in self.nodes:
            if not (node.kind is NodeKind.OBJECT) == (node.box is not None) == (node.track is not None):
                raise ValueError(
                    f"key frame at {self.time:.3f} s: objects and only they have box and track, found {node}"
                )
            if node.box is not None and not (
                0 <= node.box[0] <= node.box[2] <= 1 and 0 <= node.box[1] <= node.box[3] <= 1
            ):
                raise ValueError(f"key frame at {self.time:.3f} s: box {node.box} is not x1 ≤ x2, y1 ≤ y2 in [0, 1]")
        for edge in self.edges:
            check_edge(edge, [node.kind for node in self.nodes])
        identities = [self.identity(index) for index in range(len(self.nodes))]
        if len(identities) != len(set(identities)):
            raise ValueError(
                f"key frame at {self.time:.3f} s: a relation or attribute of the same tracks appears twice"
            )


@dataclass(frozen=True, kw_only=True)
class Track:
    """One object, or one predicate between objects, through the video.

    Attributes:
        identity: See :meth:`FrameGraph.identity`.
        label: The most frequent label, weighted by confidence.
        occurrences: ``(key frame, node)`` in order of time.
        confidence: Mean over the occurrences.
    """

    identity: Identity
    label: str
    occurrences: tuple[tuple[int, int], ...]
    confidence: float


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """What the graph was made from. ``duration`` in seconds; width and height in pixels, upright.

    Of a part of a file, ``start`` says at which of its seconds the graph's time 0 lies; the rest tells of the part.
    """

    path: str
    duration: float
    width: int
    height: int
    frames_per_second: float
    frame_count: int
    start: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DynamicSceneGraph:
    """Key frames in order of time. Tracks and temporal coreference follow from identities; nothing is stored twice."""

    video: VideoInfo
    frames: tuple[FrameGraph, ...] = ()
    detector: str = ""
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def tracks(self) -> dict[Identity, Track]:
        """Every identity with its occurrences, in order of first appearance."""
        found: dict[Identity, list[tuple[int, int]]] = {}
        for frame_index, frame in enumerate(self.frames):
            for node_index in range(len(frame.nodes)):
                found.setdefault(frame.identity(node_index), []).append((frame_index, node_index))
        return {identity: self._track(identity, occurrences) for identity, occurrences in found.items()}

    def _track(self, identity: Identity, occurrences: list[tuple[int, int]]) -> Track:
        nodes = [self.frames[frame].nodes[node] for frame, node in occurrences]
        votes: dict[str, float] = {}
        for node in nodes:
            votes[node.label] = votes.get(node.label, 0.0) + node.confidence
        return Track(
            identity=identity,
            label=max(votes, key=lambda label: votes[label]),
            occurrences=tuple(occurrences),
            confidence=sum(node.confidence for node in nodes) / len(nodes),
        )

    @property
    def object_tracks(self) -> dict[int, Track]:
        """The tracks of objects, by track number."""
        objects = (track for track in self.tracks.values() if track.identity[0] is NodeKind.OBJECT)
        return {number: track for track in objects if isinstance(number := track.identity[2], int)}

    @property
    def predicate_tracks(self) -> list[Track]:
        """The tracks of predicates; ``identity`` is ``(kind, label, subject track, object track or None)``."""
        return [track for track in self.tracks.values() if track.identity[0] is NodeKind.PREDICATE]

    def interval(self, track: Track) -> tuple[float, float]:
        """Seconds from the first to the last occurrence, each key frame standing for half the way to its neighbours."""
        first, last = track.occurrences[0][0], track.occurrences[-1][0]
        return self.frame_interval(first)[0], self.frame_interval(last)[1]

    def frame_interval(self, index: int) -> tuple[float, float]:
        """The seconds that a key frame stands for: half the way to the neighbours, the whole way to the ends."""
        times = [frame.time for frame in self.frames]
        start = 0.0 if index == 0 else (times[index - 1] + times[index]) / 2
        end = max(self.video.duration, times[-1]) if index == len(times) - 1 else (times[index] + times[index + 1]) / 2
        return start, end

    def coreference(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Temporal coreference edges: consecutive occurrences of one identity, as ``(frame, node)`` pairs."""
        for track in self.tracks.values():
            yield from pairwise(track.occurrences)

    def validate(self) -> None:
        """Raise ``ValueError`` where times do not rise or a key frame is not well formed."""
        times = [frame.time for frame in self.frames]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(f"key frames must rise in time, found {times}")
        for frame in self.frames:
            frame.validate()
