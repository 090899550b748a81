"""What the relation head learns from: the shots of annotated graphs as paths, and which predicate holds when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Array, Bool, Float
from finsta.video.predicates.paths import Paths, paths_of_graph
from finsta.video.predicates.prior import Classes, FrequencyPrior

Ends = tuple[int, int | None]
"""Rows of subject and object in the paths; no object for what one does alone."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """One shot.

    Attributes:
        name: Of the graph and the shot, for messages.
        paths: Its objects.
        holds: Whether each predicate holds at each step, for the ends of which any is said.
    """

    name: str
    paths: Paths
    holds: dict[Ends, Bool[Array, "steps predicates"]]

    def labels(self, ends: Ends, predicates: int) -> Bool[Array, "steps predicates"]:
        """Of any ends."""
        return self.holds.get(ends, np.zeros((len(self.paths.times), predicates), bool))


def predicates_of(graphs: Iterable[DynamicSceneGraph], *, fewest: int) -> tuple[str, ...]:
    """The predicates that ``fewest`` pairs or more are told of, in alphabetical order.

    Raises:
        InputError: if there is none.
    """
    counts: dict[str, int] = {}
    for graph in graphs:
        for track in graph.predicate_tracks:
            label = str(track.identity[1])
            counts[label] = counts.get(label, 0) + 1
    known = tuple(sorted(label for label, count in counts.items() if count >= fewest))
    if not known:
        raise InputError(
            f"expected graphs in which a predicate is told of {fewest} pairs of objects or more, found "
            f"{sum(counts.values())} relations in all; give more graphs, or lower --fewest-examples"
        )
    return known


def examples_of(graph: DynamicSceneGraph, predicates: Sequence[str], *, rate: float, name: str) -> list[Example]:
    """The shots of a graph; a predicate holds at a step if it does at the nearest key frame of the shot."""
    column = {label: index for index, label in enumerate(predicates)}
    found = []
    for shot, paths in paths_of_graph(graph, rate=rate):
        frames = [frame for frame in graph.frames if frame.shot == shot]
        found.append(Example(name=f"{name}, shot {shot}", paths=paths, holds=_holds(frames, paths, column)))
    return found


def _holds(
    frames: Sequence[FrameGraph], paths: Paths, column: dict[str, int]
) -> dict[Ends, Bool[Array, "steps predicates"]]:
    row = {number: index for index, number in enumerate(paths.numbers)}
    nearest = np.abs(np.array([frame.time for frame in frames])[None] - paths.times[:, None]).argmin(1)
    holds: dict[Ends, Bool[Array, "steps predicates"]] = {}
    for index, frame in enumerate(frames):
        steps = np.flatnonzero(nearest == index)
        for place, node in enumerate(frame.nodes):
            if node.kind is not NodeKind.PREDICATE or node.label not in column:
                continue
            subject, target = (None if end is None else frame.nodes[end].track for end in frame.ends(place))
            if subject is not None:
                ends = (row[subject], None if target is None else row[target])
                labels = holds.setdefault(ends, np.zeros((len(paths.times), len(column)), bool))
                labels[steps, column[node.label]] = True
    return holds


def count_prior(examples: Iterable[Example], predicates: Sequence[str]) -> FrequencyPrior:
    """The frequency prior of the examples, over every object alone and every pair that is ever together."""
    return FrequencyPrior.count(predicates, _shares(examples, len(predicates)))


def _shares(examples: Iterable[Example], predicates: int) -> Iterable[tuple[Classes, Float[Array, " predicates"]]]:
    for example in examples:
        paths = example.paths
        for subject in range(len(paths)):
            for target in (None, *(other for other in range(len(paths)) if other != subject)):
                together = paths.present[subject] if target is None else paths.present[subject] & paths.present[target]
                if together.any():
                    labels = example.labels((subject, target), predicates)[together]
                    classes = paths.labels[subject], None if target is None else paths.labels[target]
                    yield classes, labels.mean(0)


def disturbed(paths: Paths, rng: np.random.Generator, *, jitter: float, misses: float) -> Paths:
    """The paths as a tracker gives them that is fed by a poor detector.

    Args:
        paths: Gold ones.
        rng: Draws the faults.
        jitter: Standard deviation of the edges, in shares of a box's width or height.
        misses: Share of the steps at which an object is not found: its box then lies on the line between its
            neighbours in time, and what is missed at the ends is not there.
    """
    extent = np.tile(paths.boxes[..., 2:] - paths.boxes[..., :2], 2)
    shift = jitter * extent * rng.standard_normal(extent.shape)
    found = paths.seen & (rng.random(paths.seen.shape) >= misses)
    boxes, stable = paths.boxes + shift, paths.stable + shift
    present = paths.present.copy()
    steps = np.arange(len(paths.times))
    for row, seen in enumerate(found):
        if seen.sum() < 2:
            found[row] = paths.seen[row]
            continue
        known = np.flatnonzero(seen)
        for values in (boxes, stable):
            values[row] = np.stack([np.interp(steps, known, values[row, known, edge]) for edge in range(4)], -1)
        present[row] &= (steps >= known[0]) & (steps <= known[-1])
    return replace(paths, boxes=np.clip(boxes, 0.0, 1.0), stable=stable, present=present, seen=found)


def mirrored(paths: Paths) -> Paths:
    """Left and right exchanged."""
    boxes, stable = (
        np.stack([1 - b[..., 2], b[..., 1], 1 - b[..., 0], b[..., 3]], -1) for b in (paths.boxes, paths.stable)
    )
    return replace(paths, boxes=boxes, stable=stable)


def may_be_mirrored(predicates: Iterable[str]) -> bool:
    """Whether no predicate says left or right."""
    return not any({"left", "right"} & set(label.replace("_", " ").split()) for label in predicates)
