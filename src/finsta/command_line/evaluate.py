"""``finsta evaluate``: a host on a data set, or on pairs of one's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finsta.errors import InputError, OutputError

if TYPE_CHECKING:
    from finsta.data.datasets import Dataset
    from finsta.tasks.evaluation import Evaluation
    from finsta.tasks.items import TaskItems
    from finsta.tasks.open_qa import OpenVocabulary
    from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure a host on a task of a data set; or, with --data alone, by retrieval and against hard negatives."""

    # Folder or hub id of a host.
    host: str
    # A data folder or a pairs.jsonl: retrieval, and multiple choice against hard negatives.
    data: Path | None = None
    # Name of a data set: `finsta data list`; `manifest` for samples of your own.
    dataset: str = ""
    # Folder of the data set's official files; its videos are in `videos` there, or in --videos.
    root: Path | None = None
    # Folder of the data set's videos, plain files or tar shards.
    videos: Path | None = None
    # Variant of the data set; its first by default.
    variant: str = ""
    # recognition, captioning, retrieval, paragraph_retrieval, open_qa, multiple_choice_qa or binary_qa; the first that
    # the data set serves by default.
    task: str = ""
    # Which split; by default `test`, or `val` where there is no test split or it keeps its answers back.
    split: str = ""
    # Samples to take from the head of the split; 0 takes all.
    limit: int = 0
    # Frames read of a clip; 0 takes what the host was made for or trained with, else 8.
    frames: int = 0
    # Clips in one pass.
    batch_size: int = 16
    # Recognition: samplings of each video in time, averaged.
    clips: int = 1
    # Recognition: cuts of each frame, averaged.
    crops: int = 1
    # Retrieval: score by dual softmax, which reads all queries at once.
    dual_softmax: bool = False
    # Captioning: width of the beam search.
    beams: int = 1
    # Captioning: what stands before the caption.
    prompt: str = ""
    # Captioning: leave out SPICE-like, which parses every caption.
    without_spice: bool = False
    # Open-ended questions: how many of the training split's answers there are to choose from.
    vocabulary: int = 1000
    # Seed of the bootstrap behind the confidence intervals.
    seed: int = 0
    # File to write all numbers to, item by item, as JSON.
    out: Path | None = None
    # Folder for prepared frames; `.finsta/clips` of the data by default.
    cache: Path | None = None

    def run(self) -> None:
        """Print the table.

        Raises:
            HostError: if the host cannot be used, or cannot do the task.
            InputError: if no sample can be used.
            OutputError: if the file cannot be written.
        """
        from finsta.command_line.output import progress_bar, results, warn
        from finsta.tasks.bootstrap import score_interval
        from finsta.tasks.evaluation import save_evaluation
        from finsta.transfer.hosts import load_host

        self._check()
        dataset = self._dataset(self.split) if self.dataset else None
        items = self._items(dataset)
        host = load_host(self.host, num_frames=self.frames or None)
        with progress_bar("videos") as progress:
            evaluation = self._evaluate(host, items, dataset, progress)
        _tell_left_out(evaluation, warn)
        if items is not None and items.unanswered:
            warn(f"{items.unanswered} samples of {items.source} lack what {items.task} asks for; they were left out")
        results.print(f"{'frames of a clip':<44}{host.num_frames:10}", markup=False)
        for name, value in evaluation.metrics.items():
            shown = f"{value:10d}" if isinstance(value, int) else f"{value:10.2f}"  # counts, and all else
            results.print(f"{name:<44}{shown}", markup=False)
        for task, result in evaluation.results.items():
            interval = score_interval(result.item_scores, seed=self.seed)
            where = f"[{interval.low:.2f}, {interval.high:.2f}] over {interval.clusters} videos"
            results.print(f"{f'{task}/{result.primary}, 95 % interval':<44}{where:>10}", markup=False)
            for what, note in result.notes.items():
                if note:
                    results.print(f"{f'{task}, {what}':<44}{note:>10}", markup=False)
        if self.out is not None:
            save_evaluation(evaluation, self.out, self._facts(host, dataset), seed=self.seed)
            results.print(f"wrote {self.out}", markup=False)

    def _check(self) -> None:
        for name, value, least in (("batch-size", self.batch_size, 1), ("limit", self.limit, 0),
                                   ("vocabulary", self.vocabulary, 1), ("beams", self.beams, 1),
                                   ("clips", self.clips, 1), ("crops", self.crops, 1),
                                   ("frames", self.frames, 0)):  # fmt: skip
            if value < least:
                raise InputError(f"--{name}: expected {least} or more, found {value}")
        if bool(self.dataset) == (self.data is not None):
            raise InputError("expected either --data, or --dataset with --root")
        if self.data is not None and self.task:
            raise InputError(f"--task {self.task}: --data has its own tasks; use --dataset manifest --root {self.data}")
        if self.dataset and self.root is None:
            raise InputError(f"--dataset {self.dataset}: expected --root with the folder of its official files")
        if self.out is not None and self.out.is_dir():
            raise OutputError(f"{self.out}: expected a file to write, found a folder; name a file in it")

    def _dataset(self, split: str) -> "Dataset":
        from finsta.data.datasets import open_dataset
        from finsta.tasks.opening import open_judged

        assert self.root is not None
        variant = self.variant or None
        if split:
            return open_dataset(self.dataset, self.root, split, variant=variant, videos=self.videos)
        return open_judged(self.dataset, self.root, variant=variant, videos=self.videos, task=self.task)

    def _items(self, dataset: "Dataset | None") -> "TaskItems | None":
        from finsta.tasks.items import dataset_items

        if dataset is None:
            return None
        return dataset_items(dataset, self.task or dataset.task[0], limit=self.limit)

    def _evaluate(
        self,
        host: "Host",
        items: "TaskItems | None",
        dataset: "Dataset | None",
        progress: Callable[[int, int], None],
    ) -> "Evaluation":
        from finsta.data.pairs import read_pairs
        from finsta.data.places import clip_folder
        from finsta.tasks.evaluation import Evaluation, evaluate
        from finsta.tasks.heads import load_head
        from finsta.tasks.settings import TaskSettings
        from finsta.tasks.table import TaskOptions, make_task
        from finsta.tasks.views import Views

        place = self.data if dataset is None else self.root
        assert place is not None
        cache = self.cache or clip_folder(place)
        if items is None:
            pairs = read_pairs(place, self.split or "test")
            pairs = pairs[: self.limit or None]
            return evaluate(host, pairs, batch_size=self.batch_size, cache=cache, progress=progress)
        options = TaskOptions(
            views=Views(clips=self.clips, crops=self.crops),
            dual_softmax=self.dual_softmax,
            beams=self.beams,
            prompt=self.prompt,
            spice=not self.without_spice,
            vocabulary=self._vocabulary() if items.task == "open_qa" and dataset is not None else None,
            head=load_head(Path(self.host)),
        )
        settings = TaskSettings(batch_size=self.batch_size, cache=cache, progress=progress)
        return Evaluation(results={items.task: make_task(items, options, settings).evaluate(host)})

    def _vocabulary(self) -> "OpenVocabulary | None":
        """From the training split, where its file is there."""
        from finsta.data.datasets import MissingFileError
        from finsta.tasks.open_qa import OpenVocabulary

        try:
            samples = [
                (sample.question or "", sample.kind, sample.answers) for sample in self._dataset("train").samples()
            ]
        except MissingFileError:
            return None
        return OpenVocabulary.build(samples, size=self.vocabulary)

    def _facts(self, host: "Host", dataset: "Dataset | None") -> dict[str, Any]:
        from finsta.tasks.facts import check_facts, settings_hash, versions

        left = ("out", "cache", "batch_size")  # change no figure
        settings = {name: str(value) for name, value in vars(self).items() if name not in left}
        facts: dict[str, Any] = {
            "host": self.host,
            "family": host.spec.family,
            "frames": host.num_frames,
            "data": str(self.data or self.root),
            "split": dataset.split if dataset is not None else self.split or "test",
            "seed": self.seed,
            "settings": settings,
            "settings_hash": settings_hash(settings),
            "versions": versions(),
        }
        if dataset is not None:
            facts |= {"dataset": dataset.name, "variant": dataset.variant, "data_check": check_facts(dataset.check())}
        return facts


def _tell_left_out(evaluation: "Evaluation", warn: Callable[[str], None]) -> None:
    for video, reason in evaluation.skipped.items():
        warn(f"left out: {reason if video in reason else f'{video}: {reason}'}")
    for task, result in evaluation.results.items():
        if result.missing:
            named = ", ".join(result.missing[:5])
            more = f", and {len(result.missing) - 5} more" if len(result.missing) > 5 else ""
            warn(f"{task}: {len(result.missing)} videos are missing ({named}{more}); the figures are over the rest")
