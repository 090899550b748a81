"""Multiple choice: which of the answers to a question about a video is the right one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from finsta.metrics.answers import choice_hits, question_type
from finsta.shapes import Array
from finsta.tasks.encoding import inference
from finsta.tasks.heads import Head, features
from finsta.tasks.items import Item, TaskItems
from finsta.tasks.result import ItemScores, TaskResult, by_stratum
from finsta.tasks.scoring import Way, first_way, open_scores, said
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Clips, open_clips
from finsta.transfer.hosts import Host

ORDER: tuple[Way, ...] = ("likelihood", "similarity", "matching")
"""A host that writes is asked how likely it is to write each answer; another, how well question and answer fit."""


@dataclass(frozen=True, kw_only=True)
class MultipleChoiceQA:
    """Accuracy over questions with choices; a tie among the best counts its share.

    Attributes:
        items: Questions, choices and the right one.
        order: Ways of scoring in order of preference.
        head: A head from fine-tuning that scores how well a text fits.
        settings: How it is run.
    """

    items: TaskItems
    order: Sequence[Way] = ORDER
    head: Head | None = None
    settings: TaskSettings = field(default_factory=TaskSettings)

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host; it is left in the mode that it was in.

        Returns:
            ``accuracy`` (primary; percent over all questions), ``chance``, ``accuracy/TYPE`` and ``count/TYPE``;
            ``questions``, ``skipped_videos``, ``missing_videos``.

        Raises:
            HostError: if the host has no way to score texts.
            InputError: if no video decodes, or a score is not a number.
        """
        if not self._uses_head:
            first_way(host, self.order)
        with open_clips(host, self.items.segments, self.settings) as clips, inference(host):
            kept = [item for item in self.items.items if item.segment not in clips.failed]
            scores, way = self._scores(host, clips, kept)
            skipped = clips.skipped
        hits = choice_hits(scores, [item.sample.answer or 0 for item in kept])
        types = [question_type(item.sample.question or "", item.sample.kind) for item in kept]
        chance = 100 * float(np.mean([1 / len(item.sample.choices) for item in kept]))
        counts = {"questions": len(kept), "skipped_videos": len(skipped), "missing_videos": len(self.items.missing)}
        return TaskResult(
            metrics={"accuracy": 100 * float(hits.mean()), "chance": chance} | by_stratum(100 * hits, types) | counts,
            primary="accuracy",
            item_scores=ItemScores(
                value=100 * hits,
                stratum=("accuracy",) * len(kept),
                cluster=tuple(item.sample.video for item in kept),
                name=tuple(item.sample.id for item in kept),
            ),
            skipped=skipped,
            missing=self.items.missing,
            notes={"scores": way},
        )

    @property
    def _uses_head(self) -> bool:
        return self.head is not None and self.head.spec.task == self.items.task

    def _scores(self, host: Host, clips: Clips, kept: Sequence[Item]) -> tuple[list[Array], str]:
        questions = [item.sample.question or "" for item in kept]
        choices = [item.sample.choices for item in kept]
        if self._uses_head and self.head is not None:
            return head_scores(host, clips, kept, choices, self.head, self.settings.batch_size), "head"
        scorer = open_scores(
            host, clips, batch_size=self.settings.batch_size, order=self.order, progress=self.settings.progress
        )
        prompts = [question_prompt(question, scorer.way) for question in questions]
        return scorer.lists([item.segment for item in kept], prompts, choices), scorer.way


def question_prompt(question: str, way: Way) -> str:
    """A question as it is put: plain before an answer that is compared, as a question to a host that writes."""
    from finsta.tasks.prompts import QUESTION_PROMPT

    return QUESTION_PROMPT.format(question) if way == "likelihood" and question else question


def head_scores(
    host: Host, clips: Clips, kept: Sequence[Item], choices: Sequence[Sequence[str]], head: Head, batch_size: int
) -> list[Array]:
    """How well a head says that each text, after the item's question, fits the video; ``[choices]`` of each item."""
    pairs = [
        (item.segment, said(item.sample.question or "", choice))
        for item, own in zip(kept, choices, strict=True)
        for choice in own
    ]
    found = []
    for start in range(0, len(pairs), batch_size):
        segments, texts = zip(*pairs[start : start + batch_size], strict=True)
        found.append(head(features(host, clips.pixels(segments), texts))[:, 0].double().cpu().numpy())
    return np.split(np.concatenate(found), np.cumsum([len(own) for own in choices])[:-1])
