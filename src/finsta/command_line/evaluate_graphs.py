"""``finsta evaluate-graphs``: video graphs against gold, by the metrics of scene graphs, relations, tracks and time."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from finsta.errors import OutputError

if TYPE_CHECKING:
    from finsta.metrics.relations.evaluation import GraphEvaluation, GraphMetrics, Metric, VideoGraphs


@dataclass(frozen=True, kw_only=True)
class EvaluateGraphs:
    """Measure predicted video graphs against gold ones.

    Both are a graph (.json), a folder of them, a corpus, or a VidVRD result file, which has relations only.
    """

    # What was predicted.
    predictions: Annotated[Path, tyro.conf.Positional]
    # What is right; videos are matched by name.
    gold: Annotated[Path, tyro.conf.Positional]
    # What to measure; all that the files allow when left out.
    metrics: tuple[Literal["recall", "relations", "tracks", "intervals"], ...] = ()
    # What the predictions were given: `predcls` gold boxes and classes, `sgcls` gold boxes, `sgdet` nothing.
    task: Literal["predcls", "sgcls", "sgdet"] = "sgdet"
    # Settings of the graph constraint for recall.
    constraint: tuple[Literal["with", "semi", "none"], ...] = ("with", "semi", "none")
    # Which predicates compete under the constraint: all, or those of each group of Action Genome.
    groups: Literal["none", "action-genome"] = "none"
    # Least confidence of a predicate in the setting `semi`.
    semi_least: float = 0.9
    # Ks of recall.
    recall_at: tuple[int, ...] = (10, 20, 50)
    # Ks of relation detection.
    relations_at: tuple[int, ...] = (50, 100)
    # Ks of relation tagging.
    tags_at: tuple[int, ...] = (1, 5, 10)
    # Least IoU of boxes.
    iou: float = 0.5
    # Least vIoU of relations as trajectories.
    viou: float = 0.5
    # Least temporal IoU of intervals.
    time_iou: float = 0.5
    # Gold of the training data, for zero-shot figures over triplets that it does not have.
    seen: Path | None = None
    # Leave out predictions for videos that the gold does not have, instead of stopping.
    skip_unknown: bool = False
    # File to write all numbers to, as JSON.
    out: Path | None = None

    def run(self) -> None:
        """Print the figures.

        Raises:
            InputError: if a file cannot be used, or the two sides do not fit.
            OutputError: if the file cannot be written.
        """
        from finsta import __version__
        from finsta.command_line.graph_inputs import read_video_graphs, same_names, triplets_of
        from finsta.command_line.graph_tables import lines
        from finsta.command_line.output import by_name, progress_stages, results, warn
        from finsta.graphs.serialization import write_text
        from finsta.metrics.relations.evaluation import evaluate_graphs

        if self.out is not None and self.out.is_dir():
            raise OutputError(f"{self.out}: expected a file to write, found a folder; name a file in it")
        settings = self._settings()
        gold = read_video_graphs(self.gold)
        found = same_names(read_video_graphs(self.predictions), gold)
        seen = None if self.seen is None else sorted(triplets_of(read_video_graphs(self.seen)))
        unknown = [video for video in found.videos if video not in set(gold.videos)]
        if unknown and self.skip_unknown:
            warn(f"{len(unknown)} predicted videos are not in the gold and do not count, the first {unknown[0]!r}")
            found = found.only([video for video in found.videos if video not in set(unknown)])
        with progress_stages() as stages:
            evaluation = evaluate_graphs(
                found, gold, metrics=self._metrics(found, gold), settings=settings, seen=seen, progress=by_name(stages)
            )
        for line in lines(evaluation):
            results.print(line, markup=False)
        if self.out is not None:
            document = self._document(evaluation, skipped=len(unknown)) | {"finsta": __version__}
            write_text(self.out, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
            results.print(f"wrote {self.out}", markup=False)

    def _settings(self) -> "GraphMetrics":
        from finsta.metrics.relations.evaluation import GraphMetrics

        return GraphMetrics(
            task=self.task,
            constraints=self.constraint,
            recall_at=self.recall_at,
            groups=self.groups,
            semi_least=self.semi_least,
            box_iou=self.iou,
            viou=self.viou,
            relations_at=self.relations_at,
            tags_at=self.tags_at,
            time_iou=self.time_iou,
        )

    def _metrics(self, found: "VideoGraphs", gold: "VideoGraphs") -> "tuple[Metric, ...]":
        if self.metrics:
            return self.metrics
        graphs = found.results is None and gold.results is None
        return ("recall", "relations", "tracks", "intervals") if graphs else ("relations",)

    def _document(self, evaluation: "GraphEvaluation", *, skipped: int) -> dict[str, object]:
        files = {"predictions": str(self.predictions), "gold": str(self.gold), "seen": self.seen and str(self.seen)}
        return files | {"videos_skipped": skipped if self.skip_unknown else 0} | evaluation.to_dict()
