"""Dynamic scene graphs as what the metrics compare: the relations, and the tracks, at the key frames of the gold.

Predictions and gold need not have the same key frames. At the time of a gold key frame the predicted key frame counts
that stands for this time (:meth:`~finsta.graphs.dynamic.DynamicSceneGraph.frame_interval`), with its objects and
relations; where the two times differ, boxes move in a straight line between the predicted key frames
(:func:`~finsta.graphs.exports.trajectories.boxes_at`). Relations without an object have no place in these metrics.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph
from finsta.graphs.exports.trajectories import FrameClock, boxes_at
from finsta.graphs.scene_graph import NodeKind
from finsta.metrics.relations.frames import FramePair, FrameRelations
from finsta.metrics.tracked import NOTHING, TrackedFrame
from finsta.shapes import Array, Float

SAME_TIME = 1e-4
"""Seconds by which two times of one frame may differ, by rounding in files."""


def frame_pairs(found: DynamicSceneGraph, gold: DynamicSceneGraph, *, name: str) -> Iterator[FramePair]:
    """Prediction and gold of each gold key frame.

    Args:
        found: The prediction.
        gold: The gold.
        name: Of the video, for messages.
    """
    places = _Places(found)
    for frame in gold.frames:
        place = places.at(frame.time)
        prediction = FrameRelations.empty()
        if place is not None:
            prediction = frame_relations(found.frames[place], boxes=places.boxes(place, frame.time))
        yield FramePair(name=f"video {name!r} at {frame.time:.3f} s", found=prediction, gold=frame_relations(frame))


def frame_relations(frame: FrameGraph, *, boxes: Float[Array, "objects 4"] | None = None) -> FrameRelations:
    """Objects of a key frame and the relations between them, with other boxes where those are given."""
    objects = [index for index, node in enumerate(frame.nodes) if node.kind is NodeKind.OBJECT]
    number = {index: place for place, index in enumerate(objects)}
    relations = []
    for index, node in enumerate(frame.nodes):
        subject, target = frame.ends(index) if node.kind is NodeKind.PREDICATE else (None, None)
        if subject is not None and target is not None:
            relations.append((number[subject], number[target], index))
    if boxes is None:
        boxes = _boxes(frame)
    return FrameRelations(
        boxes=boxes,
        labels=tuple(frame.nodes[index].label for index in objects),
        scores=np.array([frame.nodes[index].confidence for index in objects], dtype=float),
        pairs=np.array([pair[:2] for pair in relations], dtype=np.int64).reshape(-1, 2),
        predicates=tuple(frame.nodes[index].label for *_, index in relations),
        confidences=np.array([frame.nodes[index].confidence for *_, index in relations], dtype=float),
    )


def tracked_frames(graph: DynamicSceneGraph, times: Sequence[float]) -> list[TrackedFrame]:
    """The tracks of objects at given times, in seconds."""
    places = _Places(graph)
    frames = []
    for time in times:
        place = places.at(time)
        if place is None:
            frames.append(NOTHING)
            continue
        tracks = [node.track for node in graph.frames[place].nodes if node.track is not None]
        frames.append(TrackedFrame(tracks=tuple(tracks), boxes=places.boxes(place, time)))
    return frames


class _Places:
    """Which key frame stands for a time, and where its objects are then."""

    def __init__(self, graph: DynamicSceneGraph) -> None:
        self._graph = graph
        times = [frame.time for frame in graph.frames]
        self._edges = [(earlier + later) / 2 for earlier, later in pairwise(times)]
        self._clock: FrameClock | None = None

    def at(self, time: float) -> int | None:
        """The key frame, or ``None`` where the graph has none; in the middle of two the later one."""
        return bisect_right(self._edges, time) if self._graph.frames else None

    def boxes(self, place: int, time: float) -> Float[Array, "objects 4"]:
        """Boxes of the objects of a key frame at a time that it stands for."""
        frame = self._graph.frames[place]
        if abs(frame.time - time) <= SAME_TIME:
            return _boxes(frame)
        if self._clock is None:
            self._clock = FrameClock(self._graph)
        tracks, at = self._graph.object_tracks, [self._clock.frame(time)]
        numbers = [node.track for node in frame.nodes if node.track is not None]
        rows = [boxes_at(self._clock, tracks[number], at)[0] for number in numbers]
        return np.array(rows, dtype=float).reshape(-1, 4)


def _boxes(frame: FrameGraph) -> Float[Array, "objects 4"]:
    return np.array([node.box for node in frame.nodes if node.box is not None], dtype=float).reshape(-1, 4)
