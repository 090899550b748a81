"""Where the objects of a shot are, on one even clock: what learned relations read, from tracks or from a graph (ours).

Trackers and data sets sample time differently; a network that counts in steps needs them alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Array, Bool, Float, Int
from finsta.video.tracking.tracks import ObjectTrack

LEAST_STEPS = 2
"""Steps of the clock at least, so that there is a rate."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Paths:
    """The objects of one shot at even steps of time.

    Attributes:
        numbers: Track of each object.
        labels: Its class.
        times: Seconds, evenly spaced.
        boxes: ``xyxy`` in [0, 1] of the picture; before its first and after its last box an object keeps that one.
        stable: The same in the coordinates of the shot's first frame, where a moving camera moves nothing.
        present: From an object's first box to its last, but for times in which it is known to be gone.
        seen: Whether a box was given near the step, and not merely lies between two that were.
        aspect: Width over height of the frame.
    """

    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    times: Float[Array, " steps"]
    boxes: Float[Array, "objects steps 4"]
    stable: Float[Array, "objects steps 4"]
    present: Bool[Array, "objects steps"]
    seen: Bool[Array, "objects steps"]
    aspect: float

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def rate(self) -> float:
        """Steps a second."""
        return float((len(self.times) - 1) / (self.times[-1] - self.times[0]))

    def cut(self, start: int, stop: int) -> "Paths":
        """The steps of a half-open range."""
        return replace(
            self,
            times=self.times[start:stop],
            boxes=self.boxes[:, start:stop],
            stable=self.stable[:, start:stop],
            present=self.present[:, start:stop],
            seen=self.seen[:, start:stop],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sighting:
    """The boxes of one object as they are given, at times of its own."""

    number: int
    label: str
    times: Float[Array, " given"]
    boxes: Float[Array, "given 4"]
    stable: Float[Array, "given 4"]
    seen: Bool[Array, " given"]
    gone: Bool[Array, " given"] | None = None


def clock(start: float, end: float, rate: float) -> Float[Array, " steps"]:
    """Even times from ``start`` to ``end`` or a little past it, ``rate`` a second."""
    count = max(int(np.ceil((end - start) * rate - 1e-6)) + 1, LEAST_STEPS)
    return start + np.arange(count) / rate


def paths_of_tracks(tracks: Sequence[ObjectTrack], *, aspect: float, rate: float) -> Paths:
    """The paths of the tracks of one shot, in their order.

    Args:
        tracks: One at least.
        aspect: Width over height of the frame.
        rate: Steps a second.
    """
    given = [
        _Sighting(
            number=track.number,
            label=track.label,
            times=track.times.astype(np.float64),
            boxes=track.boxes.astype(np.float64),
            stable=track.stable_boxes.astype(np.float64),
            seen=track.seen if track.absent is None else track.seen & ~track.absent,
            gone=track.absent,
        )
        for track in tracks
    ]
    return _resample(given, aspect=aspect, rate=rate)


def paths_of_graph(graph: DynamicSceneGraph, *, rate: float) -> Iterator[tuple[int, Paths]]:
    """The number and the paths of each shot of a graph that shows an object, for training on annotated data.

    Args:
        graph: Its key frames should be as dense as its predicates are brief.
        rate: Steps a second.
    """
    for shot in sorted({frame.shot for frame in graph.frames}):
        frames = [frame for frame in graph.frames if frame.shot == shot]
        given = _sightings(frames)
        if given:
            yield shot, _resample(given, aspect=graph.video.width / graph.video.height, rate=rate)


def _sightings(frames: Sequence[FrameGraph]) -> list[_Sighting]:
    found: dict[int, list[tuple[float, str, tuple[float, ...], tuple[float, ...]]]] = {}
    for frame in frames:
        for node in frame.nodes:
            if node.kind is NodeKind.OBJECT and node.box is not None and node.track is not None:
                stable = (*frame.camera.stabilise(*node.box[:2]), *frame.camera.stabilise(*node.box[2:]))
                found.setdefault(node.track, []).append((frame.time, node.label, node.box, stable))
    return [
        _Sighting(
            number=number,
            label=max(sorted({row[1] for row in rows}), key=[row[1] for row in rows].count),
            times=np.array([row[0] for row in rows]),
            boxes=np.array([row[2] for row in rows]),
            stable=np.array([row[3] for row in rows]),
            seen=np.ones(len(rows), bool),
        )
        for number, rows in sorted(found.items())
    ]


def _resample(given: Sequence[_Sighting], *, aspect: float, rate: float) -> Paths:
    times = clock(min(float(s.times[0]) for s in given), max(float(s.times[-1]) for s in given), rate)
    reach = 0.5 / rate + 1e-6
    nearest = [np.abs(s.times[None] - times[:, None]).argmin(1) for s in given]
    near = [
        np.abs(s.times[place] - times) <= max(reach, _usual_step(s.times) / 2 + 1e-6)
        for s, place in zip(given, nearest, strict=True)
    ]
    return Paths(
        numbers=tuple(s.number for s in given),
        labels=tuple(s.label for s in given),
        times=times,
        boxes=np.stack([_interpolate(times, s.times, s.boxes) for s in given]),
        stable=np.stack([_interpolate(times, s.times, s.stable) for s in given]),
        present=np.stack([_present(s, times, place, reach) for s, place in zip(given, nearest, strict=True)]),
        seen=np.stack([s.seen[place] & close for s, place, close in zip(given, nearest, near, strict=True)]),
        aspect=aspect,
    )


def _present(
    given: _Sighting, times: Float[Array, " steps"], nearest: Int[Array, " steps"], reach: float
) -> Bool[Array, " steps"]:
    within = (times >= given.times[0] - reach) & (times <= given.times[-1] + reach)
    return np.asarray(within if given.gone is None else within & ~given.gone[nearest])


def _usual_step(times: Float[Array, " given"]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _interpolate(
    times: Float[Array, " steps"], given: Float[Array, " given"], boxes: Float[Array, "given 4"]
) -> Float[Array, "steps 4"]:
    return np.stack([np.interp(times, given, boxes[:, edge]) for edge in range(4)], axis=1)
