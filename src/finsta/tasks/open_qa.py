"""Open-ended questions about videos, answered in a word or a few."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from finsta.errors import HostError, InputError
from finsta.metrics.answers import AnswerVocabulary, exact_match, normalise_answer, question_type
from finsta.shapes import Array
from finsta.tasks.encoding import inference
from finsta.tasks.heads import Head, features
from finsta.tasks.items import Item, TaskItems
from finsta.tasks.prompts import ANSWER_PROMPT, QUESTION_PROMPT, fitted
from finsta.tasks.result import ItemScores, TaskResult, by_stratum
from finsta.tasks.scoring import Similarity
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Clips, open_clips
from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True)
class OpenVocabulary:
    """What there is to answer, from the training split.

    Attributes:
        answers: Of all questions.
        by_type: Of each type of question, the places of its answers among them.
    """

    answers: AnswerVocabulary
    by_type: dict[str, list[int]]

    @classmethod
    def build(cls, samples: Sequence[tuple[str, str, Sequence[str]]], *, size: int) -> "OpenVocabulary":
        """From question, kind and answers of each training sample.

        Raises:
            InputError: if there is no answer, or ``size`` is not positive.
        """
        vocabulary = AnswerVocabulary.build((answer for *_, several in samples for answer in several), size=size)
        place = {answer: index for index, answer in enumerate(vocabulary.answers)}
        by_type: dict[str, set[int]] = {}
        for question, kind, several in samples:
            known = {place[answer] for answer in map(normalise_answer, several) if answer in place}
            by_type.setdefault(question_type(question, kind), set()).update(known)
        return cls(answers=vocabulary, by_type={name: sorted(places) for name, places in by_type.items()})

    @classmethod
    def of(cls, items: TaskItems, *, size: int) -> "OpenVocabulary":
        """From the items of a training split."""
        samples = [(item.sample.question or "", item.sample.kind, item.sample.answers) for item in items.items]
        return cls.build(samples, size=size)


@dataclass(frozen=True, kw_only=True)
class OpenQA:
    """Exact match after normalisation, over all questions and by type.

    A head from fine-tuning chooses among its answers. A host that writes is asked, and what it writes is compared.
    Another host with a joint space answers zero-shot by the similarity of "a video of ANSWER", among the answers that
    the training split gives to questions of this type: it does not read the question beyond its type.

    Attributes:
        items: Questions with right answers.
        vocabulary: From the training split; for similarity, and to say how much of the answers it covers.
        head: A head from fine-tuning.
        max_new_tokens: Length of a written answer at most.
        settings: How it is run.
    """

    items: TaskItems
    vocabulary: OpenVocabulary | None = None
    head: Head | None = None
    max_new_tokens: int = 8
    settings: TaskSettings = field(default_factory=TaskSettings)

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host; it is left in the mode that it was in.

        Returns:
            ``accuracy`` (primary; percent over all questions), ``accuracy/TYPE`` and ``count/TYPE``; ``vocabulary`` and
            ``coverage`` (percent of questions that it holds a right answer to), where there is one; ``questions``,
            ``skipped_videos``, ``missing_videos``.

        Raises:
            HostError: if the host cannot answer.
            InputError: if no video decodes, or a vocabulary is needed and not given.
        """
        self._check(host)
        with open_clips(host, self.items.segments, self.settings) as clips, inference(host):
            kept = [item for item in self.items.items if item.segment not in clips.failed]
            found, way = self._answers(host, clips, kept)
            skipped = clips.skipped
        right = [item.sample.answers for item in kept]
        hits = 100.0 * exact_match(found, right)
        types = [question_type(item.sample.question or "", item.sample.kind) for item in kept]
        counts = {"questions": len(kept), "skipped_videos": len(skipped), "missing_videos": len(self.items.missing)}
        known = self._known()
        covered = {"vocabulary": len(known.answers), "coverage": 100 * known.covers(right)} if known else {}
        return TaskResult(
            metrics={"accuracy": float(hits.mean())} | by_stratum(hits, types) | covered | counts,
            primary="accuracy",
            item_scores=ItemScores(
                value=hits,
                stratum=("accuracy",) * len(kept),
                cluster=tuple(item.sample.video for item in kept),
                name=tuple(item.sample.id for item in kept),
            ),
            skipped=skipped,
            missing=self.items.missing,
            notes={"answers": way},
            written={item.sample.id: answer for item, answer in zip(kept, found, strict=True)},
        )

    def _known(self) -> AnswerVocabulary | None:
        """The answers that can be given at all; None for a host that writes."""
        if self._uses_head and self.head is not None:
            return AnswerVocabulary(answers=self.head.spec.outputs, coverage=1.0)
        return self.vocabulary.answers if self.vocabulary else None

    @property
    def _uses_head(self) -> bool:
        return self.head is not None and self.head.spec.task == self.items.task

    def _check(self, host: Host) -> None:
        """Before videos are decoded."""
        if self._uses_head or host.capabilities.generates:
            return
        if not host.capabilities.joint:
            raise HostError(
                f"{host.name}: a {host.spec.family} ({host.spec.title}) answers no questions by itself; fine-tune it "
                "first: `finsta fine-tune --task open_qa`"
            )
        if self.vocabulary is None:
            raise InputError(
                f"{self.items.source}: a host that does not write chooses among the answers of the training split, and "
                "none was given; give its annotation file too"
            )

    def _answers(self, host: Host, clips: Clips, kept: Sequence[Item]) -> tuple[list[str], str]:
        if self._uses_head:
            return self._by_head(host, clips, kept), "head"
        if host.capabilities.generates:
            return self._by_writing(host, clips, kept), "generation"
        assert self.vocabulary is not None  # `_check` has looked
        return self._by_similarity(host, clips, kept, self.vocabulary), "similarity, among answers to this type"

    def _by_head(self, host: Host, clips: Clips, kept: Sequence[Item]) -> list[str]:
        head, size, found = self.head, self.settings.batch_size, []
        assert head is not None
        for start in range(0, len(kept), size):
            some = kept[start : start + size]
            texts = [item.sample.question or "" for item in some]
            logits = head(features(host, clips.pixels([item.segment for item in some]), texts))
            found += [head.spec.outputs[index] for index in logits.argmax(dim=1).tolist()]
        return found

    def _by_writing(self, host: Host, clips: Clips, kept: Sequence[Item]) -> list[str]:
        size, found = self.settings.batch_size, []
        for start in range(0, len(kept), size):
            some = kept[start : start + size]
            asked = [QUESTION_PROMPT.format(item.sample.question) for item in some]
            prompts, tokens = fitted(host, asked, self.max_new_tokens)
            found += host.generate(clips.pixels([item.segment for item in some]), prompts, max_new_tokens=tokens)
            self.settings.progress(start + len(some), len(kept))
        return found

    def _by_similarity(self, host: Host, clips: Clips, kept: Sequence[Item], vocabulary: OpenVocabulary) -> list[str]:
        answers = vocabulary.answers.answers
        segments = list(dict.fromkeys(item.segment for item in kept))
        texts = [ANSWER_PROMPT.format(answer) for answer in answers]
        scores: Array = Similarity(host, clips, self.settings.batch_size).matrix(segments, texts)
        if np.isnan(scores).any():
            raise InputError(
                f"{int(np.isnan(scores).sum())} of {scores.size} similarities are not numbers (NaN); the model has "
                "diverged, or its weights are damaged"
            )
        row = {segment: place for place, segment in enumerate(segments)}
        found = []
        for item in kept:
            places = vocabulary.by_type.get(question_type(item.sample.question or "", item.sample.kind))
            allowed = np.array(places or range(len(answers)))
            found.append(answers[allowed[scores[row[item.segment], allowed].argmax()]])
        return found
