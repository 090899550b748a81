"""A dynamic scene graph frame by frame: where every track is at every frame of the video, and when relations hold.

A graph has key frames; files that count frames (VidVRD, COCO for video) want a box at each of them. Frame ``f`` lies at
``f / frames_per_second`` seconds. Between two key frames of one shot that both show a track its box moves in a straight
line; where only one neighbour shows it, its box stays, for as long as that key frame stands for
(:meth:`~finsta.graphs.dynamic.DynamicSceneGraph.frame_interval`). A graph with a key frame at every frame comes out as
it is. These are our definitions.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # noqa: N812 - the names of finsta.shapes, which would load torch

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, Track

SLACK = 1e-6
"""Frames by which a time may miss the frame that it was made from, by the rounding of seconds."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Consecutive key frames of one shot in which a track occurs, and the frames ``[begin, end)`` they stand for.

    ``places`` and ``nodes`` are parallel: key frame and node in it.
    """

    begin: int
    end: int
    places: tuple[int, ...]
    nodes: tuple[int, ...]


class FrameClock:
    """Frames and seconds of the video that a graph was made from.

    Raises:
        InputError: if the graph does not say how many frames a second its video has.
    """

    def __init__(self, graph: DynamicSceneGraph) -> None:
        video = graph.video
        if not video.frames_per_second > 0:
            raise InputError(
                f"{video.path}: expected the frames a second of the video, found {video.frames_per_second}; "
                "frames cannot be counted without it: set `frames_per_second` in the graph's `video`"
            )
        self.graph = graph
        self.rate = video.frames_per_second
        last = max((self.frame(frame.time) for frame in graph.frames), default=-1)
        self.count = max(video.frame_count, last + 1)

    def frame(self, time: float) -> int:
        """The frame nearest to a time in seconds."""
        return round(time * self.rate)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Frames ``[begin, end)`` that the key frames from ``first`` to ``last`` stand for; one at least."""
        start, end = self.graph.frame_interval(first)[0], self.graph.frame_interval(last)[1]
        begin, stop = (math.ceil(time * self.rate - SLACK) for time in (start, end))
        begin = max(min(begin, self.frame(self.graph.frames[first].time)), 0)
        stop = self.count if last == len(self.graph.frames) - 1 else stop
        return begin, min(max(stop, self.frame(self.graph.frames[last].time) + 1), self.count)


def runs(clock: FrameClock, track: Track) -> list[Run]:
    """The stretches of an object's or a predicate's track: broken by a key frame without it, and by a cut."""
    frames = clock.graph.frames
    groups: list[list[tuple[int, int]]] = []
    for place, node in track.occurrences:
        before = groups[-1][-1][0] if groups else None
        if before is not None and before == place - 1 and frames[before].shot == frames[place].shot:
            groups[-1].append((place, node))
        else:
            groups.append([(place, node)])
    found = []
    for group in groups:
        places, nodes = zip(*group, strict=True)
        begin, end = clock.span(places[0], places[-1])
        found.append(Run(begin=begin, end=end, places=places, nodes=nodes))
    return found


def boxes_at(clock: FrameClock, track: Track, frames: Iterable[int]) -> Float[Array, "frames 4"]:
    """Boxes of an object's track at frames near its key frames, xyxy in [0, 1]; the module says what lies between."""
    graph = clock.graph
    at = np.asarray(list(frames), dtype=np.float64) / clock.rate
    times = np.asarray([graph.frames[place].time for place, _ in track.occurrences])
    boxes = np.asarray([graph.frames[place].nodes[node].box for place, node in track.occurrences], dtype=np.float64)
    places = np.asarray([place for place, _ in track.occurrences])
    shots = np.asarray([graph.frames[place].shot for place, _ in track.occurrences])
    before = np.clip(np.searchsorted(times, at + SLACK / clock.rate, side="right") - 1, 0, len(times) - 1)
    after = np.minimum(before + 1, len(times) - 1)
    joined = (places[after] - places[before] == 1) & (shots[after] == shots[before])
    width = np.where(joined, times[after] - times[before], 1.0)
    share = np.clip((at - times[before]) / width, 0.0, 1.0)
    nearer = np.where(np.abs(times[after] - at) <= np.abs(at - times[before]) + SLACK, after, before)
    straight = boxes[before] + share[:, None] * (boxes[after] - boxes[before])
    return np.where(joined[:, None], straight, boxes[nearer])
