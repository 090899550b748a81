"""The form that annotations of videos share: boxes by frame and track, and relations with intervals of frames.

A reader fills one of these from its data set's files; :meth:`VideoTruth.graph` makes the dynamic scene graph of it.
Frames count from 0 and frame ``f`` lies at ``f / frames_per_second`` seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import Box, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind

KeyFrames = int | Literal["all", "changes"]
"""Which frames become key frames: that many, evenly spaced; all; or those next to a change, first and last."""


@dataclass(frozen=True, kw_only=True)
class TrueRelation:
    """A relation that holds in the frames ``[begin, end)``; one without ``object`` is an action of its subject."""

    subject: int
    predicate: str
    object: int | None = None
    begin: int
    end: int

    @property
    def key(self) -> tuple[int, str, int | None]:
        """What makes two relations the same at different times."""
        return self.subject, self.predicate, self.object

    @property
    def ends(self) -> tuple[int, ...]:
        """The tracks it stands between."""
        return (self.subject,) if self.object is None else (self.subject, self.object)


@dataclass(frozen=True, kw_only=True)
class VideoTruth:
    """What annotators said of a video.

    Attributes:
        video: The video; its ``frame_count`` and ``frames_per_second`` are more than 0.
        labels: Class of each track.
        boxes: Boxes xyxy in [0, 1], by frame, then by track. A frame without any may be left out.
        relations: Any number between the same two tracks; where they overlap, they hold once.
        annotated: Frames that annotators looked at, rising; ``None`` for all of them.
        source: Name of the data set.
        where: File and item, for messages.
        warnings: What the reader had to say.
    """

    video: VideoInfo
    labels: Mapping[int, str]
    boxes: Mapping[int, Mapping[int, Box]]
    relations: Sequence[TrueRelation] = ()
    annotated: Sequence[int] | None = None
    source: str
    where: str
    warnings: tuple[str, ...] = ()

    def graph(self, key_frames: KeyFrames = "all") -> DynamicSceneGraph:
        """The dynamic scene graph over the chosen key frames.

        With ``all`` and ``changes`` every interval of a relation is kept to the frame: a key frame stands for half the
        way to its neighbours, and ``changes`` takes the frames on both sides of each place where an object appears or
        goes, or a relation starts or ends. With a number, intervals are as coarse as the key frames are far apart.

        A relation holds in a frame only where all its objects have boxes; what that takes away is told in ``warnings``.

        Raises:
            FormatError: if there is no frame, or a relation names a track that has no class, or no box in any frame.
        """
        frames = self._frames()
        self._check()
        holding = self._holding(frames)
        chosen = self._choose(frames, holding, key_frames)
        graphs = tuple(self._frame(frame, holding.get(frame, ())) for frame in chosen)
        graph = DynamicSceneGraph(
            video=self.video, frames=graphs, detector=self.source, warnings=(*self.warnings, *self._lost(holding))
        )
        try:
            graph.validate()
        except ValueError as error:
            raise FormatError(f"{self.where}: cannot be made a graph: {error}; mend or leave it out") from error
        return graph

    def _frames(self) -> Sequence[int]:
        frames = range(self.video.frame_count) if self.annotated is None else self.annotated
        if not len(frames):
            raise FormatError(f"{self.where}: expected one frame at least, found none; leave the video out")
        return frames

    def _check(self) -> None:
        boxed = {track for tracks in self.boxes.values() for track in tracks}
        unknown = boxed - self.labels.keys()
        if unknown:
            raise FormatError(
                f"{self.where}: expected a class for each track, found boxes of track {min(unknown)} without one; "
                f"known are {_listed(self.labels)}; mend or leave it out"
            )
        for number, relation in enumerate(self.relations):
            for track in relation.ends:
                if track not in self.labels or track not in boxed:
                    lack = "class" if track not in self.labels else "box in any frame"
                    raise FormatError(
                        f"{self.where}, relation {number} ({relation.predicate!r}): expected tracks with class and "
                        f"boxes, found track {track} without {lack}; mend or leave it out"
                    )

    def _holding(self, frames: Sequence[int]) -> dict[int, list[TrueRelation]]:
        """The relations of each frame that has any, each once, where their objects have boxes."""
        looked_at = frames if isinstance(frames, range) else sorted(frames)
        holding: dict[int, dict[tuple[int, str, int | None], TrueRelation]] = {}
        for relation in self.relations:
            inside = _within(looked_at, relation.begin, relation.end)
            for frame in inside:
                present = self.boxes.get(frame, {})
                if all(track in present for track in relation.ends):
                    holding.setdefault(frame, {}).setdefault(relation.key, relation)
        return {frame: list(relations.values()) for frame, relations in holding.items()}

    def _lost(self, holding: Mapping[int, list[TrueRelation]]) -> list[str]:
        shown = {relation.key for relations in holding.values() for relation in relations}
        lost = [relation for relation in self.relations if relation.key not in shown]
        if not lost:
            return []
        first = lost[0]
        return [
            f"{self.where}: {len(lost)} of {len(self.relations)} relations have no frame in which all their objects "
            f"have boxes, and are left out; the first is {first.predicate!r} of track {first.subject}"
        ]

    def _choose(
        self, frames: Sequence[int], holding: Mapping[int, list[TrueRelation]], key_frames: KeyFrames
    ) -> Sequence[int]:
        if key_frames == "all":
            return frames
        if isinstance(key_frames, int):
            return evenly(frames, key_frames)
        chosen = {0, len(frames) - 1}
        states = [self._state(frame, holding) for frame in frames]
        for place in range(1, len(frames)):
            if states[place] != states[place - 1]:
                chosen |= {place - 1, place}
        return [frames[place] for place in sorted(chosen)]

    def _state(self, frame: int, holding: Mapping[int, list[TrueRelation]]) -> tuple[frozenset[object], ...]:
        relations = frozenset(relation.key for relation in holding.get(frame, ()))
        return frozenset(self.boxes.get(frame, {})), frozenset(relations)

    def _frame(self, frame: int, relations: Sequence[TrueRelation]) -> FrameGraph:
        nodes: list[VisualNode] = []
        edges: list[Edge] = []
        place: dict[int, int] = {}
        for track, box in sorted(self.boxes.get(frame, {}).items()):
            place[track] = len(nodes)
            nodes.append(VisualNode(kind=NodeKind.OBJECT, label=self.labels[track], box=box, track=track))
        for relation in relations:
            edges.append(Edge(source=place[relation.subject], target=len(nodes), kind=EdgeKind.SUBJECT))
            if relation.object is not None:
                edges.append(Edge(source=len(nodes), target=place[relation.object], kind=EdgeKind.OBJECT))
            nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=relation.predicate))
        time = frame / self.video.frames_per_second
        return FrameGraph(time=time, nodes=tuple(nodes), edges=tuple(edges))


def evenly(frames: Sequence[int], count: int) -> Sequence[int]:
    """So many of the frames, in the middles of equal parts; all of them where there are no more.

    Raises:
        InputError: if none is asked for.
    """
    if count < 1:
        raise InputError(f"expected one key frame or more, found {count}; ask for 1 at least")
    count = min(count, len(frames))
    return [frames[(2 * place + 1) * len(frames) // (2 * count)] for place in range(count)]


def _within(frames: Sequence[int], begin: int, end: int) -> Sequence[int]:
    if isinstance(frames, range):
        return range(max(begin, frames.start), min(end, frames.stop))
    return [frame for frame in frames if begin <= frame < end]


def _listed(numbers: Mapping[int, str]) -> str:
    shown = ", ".join(f"{number} {label}" for number, label in list(numbers.items())[:8])
    return shown or "none"
