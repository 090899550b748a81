"""Grounding against gold: is the right thing found, and the right time?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.grounding.result import Grounding, TimedBox, boxes_of
from finsta.shapes import Array, Float
from finsta.tasks.result import ItemScores, TaskResult

THRESHOLD = 0.5
"""Overlap in space, and in time, from which an answer is right."""

BOX, TIME, BOTH = "box accuracy @0.5", "temporal R@1 @0.5", "temporal R@1 @0.5, right tracks"
SPACE_MEAN, TIME_MEAN = "mean box IoU", "mean temporal IoU"


@dataclass(frozen=True, kw_only=True)
class GroundingItems:
    """Item by item: IoU in space of each phrase with a gold track, IoU in time of each predicate with a gold interval.

    Attributes:
        box: In [0, 1]; 0 where a phrase was not grounded.
        time: In [0, 1]; 0 where a predicate was not grounded.
        tracks: Whether a predicate was given the gold tracks, by their boxes.
        box_cluster: The pair of each phrase.
        time_cluster: The pair of each predicate.
    """

    box: Float[Array, " phrases"]
    time: Float[Array, " predicates"]
    tracks: Float[Array, " predicates"]
    box_cluster: tuple[str, ...]
    time_cluster: tuple[str, ...]

    @classmethod
    def of(cls, parts: Sequence["GroundingItems"]) -> "GroundingItems":
        """Several laid end to end."""
        return cls(
            box=np.concatenate([part.box for part in parts]),
            time=np.concatenate([part.time for part in parts]),
            tracks=np.concatenate([part.tracks for part in parts]),
            box_cluster=tuple(name for part in parts for name in part.box_cluster),
            time_cluster=tuple(name for part in parts for name in part.time_cluster),
        )

    def result(self, skipped: Mapping[str, str] | None = None) -> TaskResult:
        """Shares in percent; the primary metric is the mean of box accuracy and temporal R@1."""
        right_box, right_time = self.box >= THRESHOLD - 1e-9, self.time >= THRESHOLD - 1e-9
        metrics = {
            BOX: _percent(right_box),
            TIME: _percent(right_time),
            BOTH: _percent(right_time & (self.tracks > 0)),
            SPACE_MEAN: _percent(self.box),
            TIME_MEAN: _percent(self.time),
            "phrases": float(len(self.box)),
            "predicates": float(len(self.time)),
        }
        metrics["grounding"] = (metrics[BOX] + metrics[TIME]) / 2
        return TaskResult(
            metrics=metrics,
            primary="grounding",
            skipped=dict(skipped or {}),
            item_scores=ItemScores(
                value=100.0 * np.concatenate([right_box, right_time]).astype(float),
                stratum=("box",) * len(right_box) + ("time",) * len(right_time),
                cluster=(*self.box_cluster, *self.time_cluster),
                name=tuple(
                    f"{kind} {index}"
                    for kind, n in (("box", right_box), ("time", right_time))
                    for index in range(len(n))
                ),
            ),
        )


def compare(found: Grounding, gold: HolisticSceneGraph, *, name: str = "") -> GroundingItems:
    """A grounding beside the gold links of the same text.

    A phrase counts if it has a gold link, a predicate likewise. The IoU of a phrase is the mean, over the key frames of
    the gold graph in which the gold track or the found one is, of the IoU of their boxes (0 where one of them is not);
    a found track is where its boxes are, or between two of them, by straight lines. The IoU of a predicate is that of
    the seconds.

    Args:
        found: What is judged; node numbers are those of the gold text.
        gold: With links.
        name: Of the pair, for clusters.
    """
    phrases = {entry.text_node: entry for entry in found.phrases}
    predicates = {entry.text_node: entry for entry in found.predicates}
    space = [
        0.0
        if link.text_node not in phrases
        else track_overlap(gold.video, link.subject_track, phrases[link.text_node].boxes)
        for link in gold.object_links
    ]
    tracks = {entry.track: entry.boxes for entry in found.phrases}
    time, right = [], []
    for link in gold.predicate_links:
        entry = predicates.get(link.text_node)
        time.append(0.0 if entry is None else seconds_overlap(entry.interval, link.interval))
        ends = () if entry is None else (entry.subject_track, entry.object_track)
        wanted = (link.subject_track, link.object_track)
        right.append(
            entry is not None and all(_same(gold.video, w, f, tracks) for w, f in zip(wanted, ends, strict=True))
        )
    return GroundingItems(
        box=np.array(space, dtype=float),
        time=np.array(time, dtype=float),
        tracks=np.array(right, dtype=float),
        box_cluster=(name,) * len(space),
        time_cluster=(name,) * len(time),
    )


def _same(
    video: DynamicSceneGraph, wanted: int | None, found: int | None, boxes: Mapping[int, tuple[TimedBox, ...]]
) -> bool:
    if wanted is None or found is None:
        return wanted is None and found is None
    return found in boxes and track_overlap(video, wanted, boxes[found]) >= THRESHOLD - 1e-9


def track_overlap(video: DynamicSceneGraph, track: int, boxes: Sequence[TimedBox]) -> float:
    """Mean IoU of a gold track with boxes over time, over the key frames in which either of them is."""
    gold = {entry.time: entry.box for entry in boxes_of(video, track)}
    overlaps = []
    for frame in video.frames:
        here, there = gold.get(frame.time), box_at(boxes, frame.time)
        if here is not None and there is not None:
            overlaps.append(box_overlap(np.array(here), there))
        elif here is not None or there is not None:
            overlaps.append(0.0)
    return float(np.mean(overlaps)) if overlaps else 0.0


def box_at(boxes: Sequence[TimedBox], time: float) -> Float[Array, " 4"] | None:
    """The box at a time, between two of the track's by straight lines; ``None`` before the first and after the last."""
    if not boxes or not boxes[0].time - 1e-6 <= time <= boxes[-1].time + 1e-6:
        return None
    times = [entry.time for entry in boxes]
    return np.array([np.interp(time, times, [entry.box[side] for entry in boxes]) for side in range(4)])


def box_overlap(first: Float[Array, " 4"], second: Float[Array, " 4"]) -> float:
    """IoU of two boxes."""
    side = (np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])).clip(min=0)
    areas = [(box[2:] - box[:2]).prod() for box in (first, second)]
    shared = side.prod()
    return float(shared / max(sum(areas) - shared, 1e-12))


def seconds_overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """IoU of two intervals."""
    shared = max(0.0, min(first[1], second[1]) - max(first[0], second[0]))
    return shared / max(max(first[1], second[1]) - min(first[0], second[0]), 1e-12)


def chance(gold: HolisticSceneGraph, *, name: str = "") -> GroundingItems:
    """What guessing gives, as expectations: a track, and a window of key frames, each as likely as any other.

    The box item is the share of tracks that would be right (1 or 0 each, so that the mean is the accuracy), the time
    item the share of windows.
    """
    tracks, video = list(gold.video.object_tracks), gold.video
    boxes = {track: boxes_of(video, track) for track in tracks}
    space = [
        np.mean([track_overlap(video, link.subject_track, boxes[track]) >= THRESHOLD for track in tracks])
        for link in gold.object_links
    ]
    windows = [
        (video.frame_interval(first)[0], video.frame_interval(last)[1])
        for first in range(len(video.frames))
        for last in range(first, len(video.frames))
    ]
    time = [
        np.mean([seconds_overlap(window, link.interval) >= THRESHOLD for window in windows])
        for link in gold.predicate_links
    ]
    return GroundingItems(
        box=np.array(space, dtype=float),
        time=np.array(time, dtype=float),
        tracks=np.zeros(len(time)),
        box_cluster=(name,) * len(space),
        time_cluster=(name,) * len(time),
    )


def chance_metrics(items: GroundingItems) -> dict[str, float]:
    """The two shares that guessing gives, in percent."""
    return {BOX: _percent(items.box), TIME: _percent(items.time)}


def evaluate_grounding(
    ground: Callable[[HolisticSceneGraph, str], Grounding],
    graphs: Mapping[str, HolisticSceneGraph],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> TaskResult:
    """Ground every text and compare.

    Args:
        ground: Given a graph without links and the name of its pair; it must not see the gold.
        graphs: With gold links, by pair.
        progress: Called with pairs done and pairs in all.
    """
    parts = []
    for done, (name, gold) in enumerate(graphs.items(), 1):
        parts.append(compare(ground(gold, name), gold, name=name))
        if progress is not None:
            progress(done, len(graphs))
    return GroundingItems.of(parts).result()


def _percent(values: Array) -> float:
    return 100.0 * float(np.mean(values)) if len(values) else 0.0
