"""Statements about videos: true or false."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from finsta.metrics.answers import area_under_curve, binary_hits
from finsta.shapes import Array
from finsta.tasks.encoding import inference
from finsta.tasks.heads import Head
from finsta.tasks.items import Item, TaskItems
from finsta.tasks.multiple_choice_qa import head_scores
from finsta.tasks.prompts import STATEMENT_PROMPT
from finsta.tasks.result import ItemScores, TaskResult
from finsta.tasks.scoring import PairByPair, first_way, open_scores, ways_of
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Clips, open_clips
from finsta.transfer.hosts import Host

MEDIAN = "above the median of the split"


@dataclass(frozen=True, kw_only=True)
class BinaryQA:
    """Accuracy over statements, and the area under the curve, which needs no threshold.

    A head gives a logit, and a host that writes the likelihood of "yes" less that of "no": both are judged at 0. A
    similarity or a match has no zero of its own; a statement counts as held true where its score is above the median of
    the split. That reads all statements at once, though no answer, and supposes that half of them are true, as in
    VIOLIN: the result says so in its notes.

    Attributes:
        items: Statements, and whether they are true.
        head: A head from fine-tuning.
        settings: How it is run.
    """

    items: TaskItems
    head: Head | None = None
    settings: TaskSettings = field(default_factory=TaskSettings)

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host; it is left in the mode that it was in.

        Returns:
            ``accuracy`` (primary; percent), ``area_under_curve`` (percent; left out where all statements are true or
            all false), ``true_statements`` (percent); ``statements``, ``skipped_videos``, ``missing_videos``.

        Raises:
            HostError: if the host has no way to judge a text.
            InputError: if no video decodes, or a score is not a number.
        """
        if self.head is None or self.head.spec.task != self.items.task:
            first_way(host)
        with open_clips(host, self.items.segments, self.settings) as clips, inference(host):
            kept = [item for item in self.items.items if item.segment not in clips.failed]
            margins, notes = self._margins(host, clips, kept)
            skipped = clips.skipped
        truth = np.array([item.sample.answers == ("true",) for item in kept])
        hits, area = binary_hits(margins, truth), area_under_curve(margins, truth)
        counts = {"statements": len(kept), "skipped_videos": len(skipped), "missing_videos": len(self.items.missing)}
        metrics = {"accuracy": 100 * float(hits.mean()), "true_statements": 100 * float(truth.mean())}
        if not np.isnan(area):
            metrics["area_under_curve"] = 100 * area
        return TaskResult(
            metrics=metrics | counts,
            primary="accuracy",
            item_scores=ItemScores(
                value=100 * hits,
                stratum=("accuracy",) * len(kept),
                cluster=tuple(item.sample.video for item in kept),
                name=tuple(item.sample.id for item in kept),
            ),
            skipped=skipped,
            missing=self.items.missing,
            notes=notes,
        )

    def _margins(self, host: Host, clips: Clips, kept: Sequence[Item]) -> tuple[Array, dict[str, str]]:
        segments, size = [item.segment for item in kept], self.settings.batch_size
        if self.head is not None and self.head.spec.task == self.items.task:
            scores = head_scores(host, clips, kept, [("",)] * len(kept), self.head, size)
            return np.concatenate(scores), {"scores": "head", "held true": "above 0"}
        statements = [item.sample.question or "" for item in kept]
        if "likelihood" in ways_of(host):
            scorer = PairByPair(host, clips, size, "likelihood", self.settings.progress)
            prompts = [STATEMENT_PROMPT.format(statement.rstrip(". ")) for statement in statements]
            scores = scorer.lists(segments, prompts, [("yes", "no")] * len(kept))
            return np.array([yes - no for yes, no in scores]), {"scores": "likelihood", "held true": "yes above no"}
        judge = open_scores(
            host, clips, batch_size=size, order=("matching", "similarity"), progress=self.settings.progress
        )
        values = np.concatenate(judge.lists(segments, [""] * len(kept), [(text,) for text in statements]))
        return values - np.median(values), {"scores": judge.way, "held true": MEDIAN}
