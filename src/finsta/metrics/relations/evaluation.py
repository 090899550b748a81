"""Every metric of video graphs over predictions and gold: what ``finsta evaluate-graphs`` runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.exports.vidvrd_results import RelationResult, relation_results
from finsta.metrics.intervals import TimedRecall, timed_recall
from finsta.metrics.relations.constraints import CONSTRAINTS, GROUPS
from finsta.metrics.relations.detection import Name, RelationDetection, relation_detection, unseen
from finsta.metrics.relations.frames import FramePair
from finsta.metrics.relations.from_graphs import frame_pairs, tracked_frames
from finsta.metrics.relations.recall import SceneGraphRecall, scene_graph_recall
from finsta.metrics.relations.timing import timed_relations
from finsta.metrics.tracking import TrackScores, track_scores

Metric = Literal["recall", "relations", "tracks", "intervals"]


@dataclass(frozen=True, kw_only=True)
class VideoGraphs:
    """Graphs by video, or, where only a file of relations is at hand, relations by video."""

    graphs: Mapping[str, DynamicSceneGraph] = field(default_factory=dict)
    results: Mapping[str, Sequence[RelationResult]] | None = None

    @property
    def videos(self) -> list[str]:
        """Names of the videos."""
        return list(self.graphs if self.results is None else self.results)

    def relations(self) -> Mapping[str, Sequence[RelationResult]]:
        """Relations as trajectories: as read, or made from the graphs."""
        if self.results is not None:
            return self.results
        return {video: relation_results(graph) if graph.frames else [] for video, graph in self.graphs.items()}

    def only(self, videos: Sequence[str]) -> "VideoGraphs":
        """Some of the videos."""
        results = self.results
        return VideoGraphs(
            graphs={video: self.graphs[video] for video in videos if video in self.graphs},
            results=None if results is None else {video: results[video] for video in videos if video in results},
        )


@dataclass(frozen=True, kw_only=True)
class GraphMetrics:
    """What is measured, and how.

    Attributes:
        task: What predictions were given, for recall.
        constraints: Settings of recall.
        recall_at: Ks of recall.
        groups: Name of the predicate groups; see :data:`finsta.metrics.relations.constraints.GROUPS`.
        semi_least: Least confidence of the setting ``semi``.
        box_iou: Least IoU of boxes, for recall, tracks and the tracks of intervals.
        viou: Least vIoU of relations as trajectories.
        relations_at: Ks of relation detection.
        tags_at: Ks of relation tagging.
        time_iou: Least temporal IoU of intervals.
    """

    task: str = "sgdet"
    constraints: tuple[str, ...] = CONSTRAINTS
    recall_at: tuple[int, ...] = (10, 20, 50)
    groups: str = "none"
    semi_least: float = 0.9
    box_iou: float = 0.5
    viou: float = 0.5
    relations_at: tuple[int, ...] = (50, 100)
    tags_at: tuple[int, ...] = (1, 5, 10)
    time_iou: float = 0.5

    def __post_init__(self) -> None:
        """Raise ``InputError`` where a value cannot be."""
        for name in ("box_iou", "viou", "time_iou"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(f"{name}: expected a share above 0 and up to 1, found {getattr(self, name)}")
        for name in ("recall_at", "relations_at", "tags_at"):
            if not getattr(self, name) or min(getattr(self, name)) < 1:
                raise InputError(f"{name}: expected one K or more, each 1 or more, found {getattr(self, name)}")
        if not self.constraints or not set(self.constraints) <= set(CONSTRAINTS):
            raise InputError(f"constraints: expected one or more of {', '.join(CONSTRAINTS)}, found {self.constraints}")
        if self.groups not in GROUPS:
            raise InputError(f"groups {self.groups!r}: expected {' or '.join(GROUPS)}; choose one of them")


@dataclass(frozen=True, kw_only=True)
class GraphEvaluation:
    """What was measured; what was not asked for, or cannot be measured on what was given, is ``None``.

    Attributes:
        recall: By constraint.
        relations: Relations as trajectories.
        zero_shot: The same over gold relations whose triplet training has not seen.
        tracks: Tracks of objects.
        intervals: Relations in time.
        settings: How.
        videos: Of the gold.
        videos_predicted: Of those, how many the predictions name.
    """

    recall: Mapping[str, SceneGraphRecall] | None
    relations: RelationDetection | None
    zero_shot: RelationDetection | None
    tracks: TrackScores | None
    intervals: TimedRecall | None
    settings: GraphMetrics
    videos: int
    videos_predicted: int

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        parts = {name: getattr(self, name) for name in ("relations", "zero_shot", "tracks", "intervals")}
        return {
            "settings": asdict(self.settings),
            "videos": self.videos,
            "videos_predicted": self.videos_predicted,
            "recall": self.recall and {name: one.to_dict() for name, one in self.recall.items()},
            **{name: part and part.to_dict() for name, part in parts.items()},
        }


def evaluate_graphs(
    found: VideoGraphs,
    gold: VideoGraphs,
    *,
    metrics: Sequence[Metric] = ("recall", "relations", "tracks", "intervals"),
    settings: GraphMetrics | None = None,
    seen: Sequence[Name] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> GraphEvaluation:
    """Measure predictions against gold.

    Args:
        found: Predictions.
        gold: Gold.
        metrics: Which; all but ``relations`` need graphs on both sides.
        settings: Thresholds and Ks.
        seen: Triplets of the training data, for zero-shot figures.
        progress: Told the metric and the share that is done.

    Raises:
        InputError: if nothing was predicted for a known video, there is no gold, or a metric needs graphs.
    """
    how = settings or GraphMetrics()
    tell = progress or (lambda name, share: None)
    _check(found, gold, metrics)
    recall = relations = zero_shot = tracks = intervals = None
    if "recall" in metrics:
        recall = _recall(found, gold, how, seen, tell)
    if "relations" in metrics:
        relations, zero_shot = _relations(found, gold, how, seen)
        tell("relations", 1.0)
    if "tracks" in metrics:
        tracks = _tracks(found, gold, how)
        tell("tracks", 1.0)
    if "intervals" in metrics:
        intervals = _intervals(found, gold, how)
        tell("intervals", 1.0)
    return GraphEvaluation(
        recall=recall,
        relations=relations,
        zero_shot=zero_shot,
        tracks=tracks,
        intervals=intervals,
        settings=how,
        videos=len(gold.videos),
        videos_predicted=len(set(found.videos) & set(gold.videos)),
    )


def _check(found: VideoGraphs, gold: VideoGraphs, metrics: Sequence[Metric]) -> None:
    known = set(gold.videos)
    unknown = [video for video in found.videos if video not in known]
    if unknown:
        raise InputError(
            f"expected predictions for videos of the gold, found {len(unknown)} others, the first {unknown[0]!r}; "
            "take them out, give the gold of their split, or skip them (--skip-unknown)"
        )
    needy = [metric for metric in metrics if metric != "relations"]
    without = [side for side, given in (("predictions", found), ("gold", gold)) if given.results is not None]
    if needy and without:
        raise InputError(
            f"{', '.join(needy)}: expected graphs, found a file of relations as {' and '.join(without)}; "
            "choose the metric `relations` alone, or give graphs"
        )


def _recall(
    found: VideoGraphs,
    gold: VideoGraphs,
    how: GraphMetrics,
    seen: Sequence[Name] | None,
    tell: Callable[[str, float], None],
) -> dict[str, SceneGraphRecall]:
    frames = list(_frames(found, gold))
    results = {}
    for done, constraint in enumerate(how.constraints, 1):
        results[str(constraint)] = scene_graph_recall(
            frames,
            task=how.task,
            constraint=constraint,
            at=how.recall_at,
            iou=how.box_iou,
            groups=GROUPS[how.groups],
            least=how.semi_least,
            seen=None if seen is None else set(seen),
        )
        tell("recall", done / len(how.constraints))
    return results


def _frames(found: VideoGraphs, gold: VideoGraphs) -> Iterator[FramePair]:
    for video, graph in gold.graphs.items():
        nothing = DynamicSceneGraph(video=graph.video)
        yield from frame_pairs(found.graphs.get(video, nothing), graph, name=video)


def _relations(
    found: VideoGraphs, gold: VideoGraphs, how: GraphMetrics, seen: Sequence[Name] | None
) -> tuple[RelationDetection, RelationDetection | None]:
    ours, theirs = found.relations(), gold.relations()
    fresh = {} if seen is None else unseen(theirs, seen)
    every, new = (
        relation_detection(ours, wanted, viou=how.viou, recall_at=how.relations_at, precision_at=how.tags_at)
        if any(wanted.values())
        else None
        for wanted in (theirs, fresh)
    )
    if every is None:
        raise InputError(
            f"expected gold with one relation at least, found {len(theirs)} videos without any; "
            "give gold with relations that have an object"
        )
    return every, new


def _tracks(found: VideoGraphs, gold: VideoGraphs, how: GraphMetrics) -> TrackScores:
    times = {video: [frame.time for frame in graph.frames] for video, graph in gold.graphs.items()}
    ours, theirs = (
        {video: tracked_frames(graph, times[video]) for video, graph in side.graphs.items()} for side in (found, gold)
    )
    return track_scores(ours, theirs, iou=how.box_iou)


def _intervals(found: VideoGraphs, gold: VideoGraphs, how: GraphMetrics) -> TimedRecall:
    ours, theirs = {}, {}
    for video, graph in gold.graphs.items():
        prediction = found.graphs.get(video, DynamicSceneGraph(video=graph.video))
        ours[video], theirs[video] = timed_relations(prediction, graph, iou=how.box_iou)
    return timed_recall(ours, theirs, iou=how.time_iou)
