"""Text-video retrieval, both ways."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finsta.data.pairs import Pair
from finsta.shapes import Array, Bool, Float
from finsta.tasks.encoding import EncodedVideos, Progress, encode_pairs, encode_texts, inference
from finsta.tasks.metrics import RetrievalRanks, retrieval_ranks
from finsta.tasks.metrics import dual_softmax as rescaled
from finsta.tasks.result import ItemScores, TaskResult
from finsta.transfer.hosts import Host

TEXT_TO_VIDEO = "text_to_video"
VIDEO_TO_TEXT = "video_to_text"
CUTOFFS = (1, 5, 10, 50)


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """Retrieval on fixed pairs, as a `Task`."""

    pairs: Sequence[Pair]
    batch_size: int = 16
    cache: Path | None = None
    dual_softmax: bool = False

    def evaluate(self, host: Host) -> TaskResult:
        """As `evaluate_retrieval`."""
        return evaluate_retrieval(
            host, self.pairs, batch_size=self.batch_size, cache=self.cache, dual_softmax=self.dual_softmax
        )


def evaluate_retrieval(
    host: Host,
    pairs: Sequence[Pair],
    *,
    batch_size: int = 16,
    cache: Path | None = None,
    progress: Progress | None = None,
    encoded: EncodedVideos | None = None,
    dual_softmax: bool = False,
) -> TaskResult:
    """Rank all videos for each caption, and all captions for each video, by the host's own similarity.

    A video that stands in several pairs counts once, with all its captions correct; a caption that several videos share
    counts once, with all of these correct. Ties are broken at random, in expectation (`retrieval_ranks`).

    Args:
        host: Judged in evaluation mode, and left in the mode that it was in.
        pairs: The captions and videos, all of them candidates for each other.
        batch_size: Clips, or texts, in one pass.
        cache: Folder to keep decoded frames in; None keeps them for this call.
        progress: Called with (done, total) while videos are decoded and encoded.
        encoded: The videos, where `encode_pairs` has encoded them with this host already.
        dual_softmax: Whether to score by :func:`finsta.tasks.metrics.dual_softmax`, which reads all queries at once.

    Returns:
        ``text_to_video/R@1`` (5, 10, 50; percent), ``…/MdR``, ``…/MnR`` and the same for ``video_to_text``; ``R@1``,
        the mean of both ways, is primary; ``texts``, ``videos``, ``skipped_videos``, which do not decode and are left
        out.

    Raises:
        InputError: if no pair is left, or the host's similarities are not numbers.
    """
    encoded = encoded or encode_pairs(host, pairs, batch_size=batch_size, cache=cache, progress=progress)
    skipped = encoded.skipped_of(pairs)
    kept = encoded.readable(pairs)
    texts = list(dict.fromkeys(pair.caption for pair in kept))
    videos = list(dict.fromkeys(pair.segment for pair in kept))
    with inference(host):
        text = encode_texts(host, texts, batch_size=batch_size)
        similarity = host.similarity(text, encoded.select(videos)).double().cpu().numpy()
    correct = correct_pairs([(pair.caption, pair.segment) for pair in kept], texts, videos)
    result = score_retrieval(
        rescaled(similarity) if dual_softmax else similarity,
        correct,
        texts=texts,
        videos=[str(video) for video in videos],
    )
    counts = {"texts": len(texts), "videos": len(videos), "skipped_videos": len(skipped)}
    return TaskResult(
        metrics={**result.metrics, **counts},
        primary=result.primary,
        item_scores=result.item_scores,
        skipped=skipped,
        notes={"dual softmax": "yes"} if dual_softmax else {},
    )


def score_retrieval(
    similarity: Float[Array, "texts videos"],
    correct: Bool[Array, "texts videos"],
    *,
    texts: Sequence[str],
    videos: Sequence[str],
) -> TaskResult:
    """The metrics of both ways from a similarity matrix, and R@1 query by query.

    Args:
        similarity: Of every text and video; larger is more similar.
        correct: Which belong together.
        texts: Unique names of the texts.
        videos: Unique names of the videos.

    Raises:
        InputError: as `retrieval_ranks`.
    """
    forth, back = (
        retrieval_ranks(*each, cutoffs=CUTOFFS) for each in ((similarity, correct), (similarity.T, correct.T))
    )
    both = {TEXT_TO_VIDEO: forth.summary(), VIDEO_TO_TEXT: back.summary()}
    metrics = {f"{way}/{name}": value for way, summary in both.items() for name, value in summary.items()}
    primary = {"R@1": (both[TEXT_TO_VIDEO]["R@1"] + both[VIDEO_TO_TEXT]["R@1"]) / 2}
    return TaskResult(
        metrics=primary | metrics, primary="R@1", item_scores=_items(forth, back, correct, texts=texts, videos=videos)
    )


def _items(
    forth: RetrievalRanks, back: RetrievalRanks, correct: Array, *, texts: Sequence[str], videos: Sequence[str]
) -> ItemScores:
    """R@1 of each query; a text hangs on its first video."""
    return ItemScores(
        value=100 * np.concatenate([forth.hits[0], back.hits[0]]),
        stratum=(TEXT_TO_VIDEO,) * len(texts) + (VIDEO_TO_TEXT,) * len(videos),
        cluster=(*(videos[index] for index in correct.argmax(axis=1)), *videos),
        name=(*texts, *videos),
    )


def correct_pairs(
    pairs: Sequence[tuple[str, Hashable]], texts: Sequence[str], videos: Sequence[Hashable]
) -> Bool[Array, "texts videos"]:
    """Which captions are said of which videos."""
    row = {text: index for index, text in enumerate(texts)}
    column = {video: index for index, video in enumerate(videos)}
    correct = np.zeros((len(texts), len(videos)), dtype=bool)
    for text, video in pairs:
        correct[row[text], column[video]] = True
    return correct
