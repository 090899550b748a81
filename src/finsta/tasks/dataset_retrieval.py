"""Text-video retrieval on a data set: clips by their captions, or whole videos by a paragraph."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from finsta.shapes import Array
from finsta.tasks.encoding import inference
from finsta.tasks.items import Item, TaskItems
from finsta.tasks.metrics import dual_softmax
from finsta.tasks.result import TaskResult
from finsta.tasks.retrieval import correct_pairs, score_retrieval
from finsta.tasks.scoring import WAYS, Way, first_way, open_scores
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import open_clips
from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True)
class DatasetRetrieval:
    """R@1, 5, 10, 50, median and mean rank both ways, ties broken at random in expectation.

    Each caption is a query of its own. A video, or part of one, that has several captions takes the best of them as its
    rank (the protocol of MSVD); a caption that is said of several videos is right with each of them. With
    ``paragraph``, the captions of a video joined are one query.

    Attributes:
        items: Videos with captions.
        dual_softmax: Whether to score by :func:`finsta.tasks.metrics.dual_softmax`.
        order: Ways of scoring in order of preference; all but similarity read every pair of text and video.
        settings: How it is run.
    """

    items: TaskItems
    dual_softmax: bool = False
    order: Sequence[Way] = WAYS
    settings: TaskSettings = field(default_factory=TaskSettings)

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host; it is left in the mode that it was in.

        Returns:
            As :func:`finsta.tasks.retrieval.score_retrieval`, and ``texts``, ``texts_cut`` (longer than the host
            reads), ``videos``, ``skipped_videos``, ``missing_videos``.

        Raises:
            HostError: if the host has no way to score texts.
            InputError: if no video decodes, or a score is not a number.
        """
        first_way(host, self.order)
        with open_clips(host, self.items.segments, self.settings) as clips, inference(host):
            kept = [item for item in self.items.items if item.segment not in clips.failed]
            pairs = [(text, item.segment) for item in kept for text in self._queries(item)]
            texts = list(dict.fromkeys(text for text, _ in pairs))
            videos = list(dict.fromkeys(segment for _, segment in pairs))
            scorer = open_scores(
                host, clips, batch_size=self.settings.batch_size, order=self.order, progress=self.settings.progress
            )
            similarity: Array = scorer.matrix(videos, texts).T
            skipped = clips.skipped
        names = {item.segment: item.part for item in reversed(kept)}
        found = score_retrieval(
            dual_softmax(similarity) if self.dual_softmax else similarity,
            correct_pairs(pairs, texts, videos),
            texts=texts,
            videos=[names[segment] for segment in videos],
        )
        counts = {"texts": len(texts), "texts_cut": texts_cut(host, texts), "videos": len(videos),
                  "skipped_videos": len(skipped), "missing_videos": len(self.items.missing)}  # fmt: skip
        return TaskResult(
            metrics={**found.metrics, **counts},
            primary=found.primary,
            item_scores=found.item_scores,
            skipped=skipped,
            missing=self.items.missing,
            notes={"scores": scorer.way} | ({"dual softmax": "yes"} if self.dual_softmax else {}),
        )

    def _queries(self, item: Item) -> list[str]:
        captions = [caption for caption in item.sample.captions if caption.strip()]
        return [" ".join(captions)] if self.items.task == "paragraph_retrieval" and captions else captions


def texts_cut(host: Host, texts: Sequence[str]) -> int:
    """How many texts have more tokens than the host reads."""
    longest = host.spec.text_length(host.config)
    if longest is None or host.tokenizer is None:
        return 0
    lengths = [len(ids) for ids in host.tokenizer(list(texts), verbose=False)["input_ids"]]
    return sum(length > longest for length in lengths)
