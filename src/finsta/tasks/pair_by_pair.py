"""Retrieval and multiple choice on pairs, of hosts without a joint space: each text is read with each video."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from finsta.data.pairs import Pair
from finsta.tasks.encoding import inference
from finsta.tasks.multiple_choice import choice_metrics, score_choices
from finsta.tasks.result import TaskResult
from finsta.tasks.retrieval import correct_pairs, score_retrieval
from finsta.tasks.scoring import TextScores, open_scores
from finsta.tasks.settings import Progress, TaskSettings, nothing
from finsta.tasks.views import Clips, open_clips
from finsta.transfer.hosts import Host


def evaluate_pair_by_pair(
    host: Host,
    pairs: Sequence[Pair],
    *,
    batch_size: int = 16,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> tuple[TaskResult, TaskResult | None]:
    """Score by the matching head, or by the likelihood of the text: of N texts and N videos N² passes.

    Args:
        host: Judged in evaluation mode, and left in the mode that it was in.
        pairs: The captions and videos, all of them candidates for each other.
        batch_size: Pairs of a text and a video in one pass.
        cache: Folder to keep decoded frames in; None keeps them for this call.
        progress: Called with (done, total) while videos are decoded and pairs are read.

    Returns:
        Retrieval, with the metrics of :func:`finsta.tasks.retrieval.evaluate_retrieval`; multiple choice, with those of
        :func:`finsta.tasks.multiple_choice.evaluate_multiple_choice`, or None where no pair has hard negatives.

    Raises:
        HostError: if the host has no way to score texts.
        InputError: if no video decodes, or a score is not a number.
    """
    settings = TaskSettings(batch_size=batch_size, cache=cache, progress=progress or nothing)
    with open_clips(host, [pair.segment for pair in pairs], settings) as clips, inference(host):
        scores = open_scores(host, clips, batch_size=batch_size, progress=settings.progress)
        kept = [pair for pair in pairs if pair.segment not in clips.failed]
        asked = [pair for pair in kept if pair.negatives]
        return _retrieval(scores, kept, clips), _multiple_choice(scores, asked, clips) if asked else None


def _retrieval(scores: TextScores, kept: Sequence[Pair], clips: Clips) -> TaskResult:
    texts = list(dict.fromkeys(pair.caption for pair in kept))
    videos = list(dict.fromkeys(pair.segment for pair in kept))
    found = score_retrieval(
        scores.matrix(videos, texts).T,
        correct_pairs([(pair.caption, pair.segment) for pair in kept], texts, videos),
        texts=texts,
        videos=[str(video) for video in videos],
    )
    return TaskResult(
        metrics={**found.metrics, "texts": len(texts), "videos": len(videos), "skipped_videos": len(clips.skipped)},
        primary=found.primary,
        item_scores=found.item_scores,
        skipped=clips.skipped,
        notes={"scores": scores.way},
    )


def _multiple_choice(scores: TextScores, asked: Sequence[Pair], clips: Clips) -> TaskResult:
    choices = [(pair.caption, *(negative.caption for negative in pair.negatives)) for pair in asked]
    found = scores.lists([pair.segment for pair in asked], [""] * len(asked), choices)
    items = score_choices(asked, np.concatenate([own[0] - own[1:] for own in found]))
    return TaskResult(
        metrics=choice_metrics(items) | {"pairs": len(asked), "skipped_videos": len(clips.skipped)},
        primary="accuracy",
        item_scores=items,
        skipped=clips.skipped,
        notes={"scores": scores.way},
    )
