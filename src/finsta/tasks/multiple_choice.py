"""Multiple choice: the true caption of a video against captions that differ from it in exactly one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.shapes import Array, Float
from finsta.tasks.encoding import EncodedVideos, Progress, encode_pairs, encode_texts, inference
from finsta.tasks.result import ItemScores, TaskResult
from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True)
class MultipleChoice:
    """Multiple choice on fixed pairs, as a `Task`."""

    pairs: Sequence[Pair]
    batch_size: int = 16
    cache: Path | None = None

    def evaluate(self, host: Host) -> TaskResult:
        """As `evaluate_multiple_choice`."""
        return evaluate_multiple_choice(host, self.pairs, batch_size=self.batch_size, cache=self.cache)


def evaluate_multiple_choice(
    host: Host,
    pairs: Sequence[Pair],
    *,
    batch_size: int = 16,
    cache: Path | None = None,
    progress: Progress | None = None,
    encoded: EncodedVideos | None = None,
) -> TaskResult:
    """Ask of each hard negative whether the host scores the true caption higher; chance is 50 %, a tie counts a half.

    Args:
        host: Judged in evaluation mode, and left in the mode that it was in.
        pairs: Those without negatives are left out.
        batch_size: Clips in one pass; and the captions of as many pairs.
        cache: Folder to keep decoded frames in; None keeps them for this call.
        progress: Called with (done, total) while videos are decoded and encoded.
        encoded: The videos, where `encode_pairs` has encoded them with this host already.

    Returns:
        ``accuracy/KIND`` (percent) and ``count/KIND`` for each kind of negative that occurs; ``accuracy``, the mean
        over the kinds (so that a kind with many negatives does not outweigh the others), is primary; ``pairs`` and
        ``skipped_videos``, which do not decode and are left out.

    Raises:
        InputError: if no pair with negatives is left, or the host's similarities are not numbers.
    """
    asked = [pair for pair in pairs if pair.negatives]
    if not asked:
        raise InputError(
            f"expected pairs with hard negatives, found none among {len(pairs)}; `finsta world` writes some"
        )
    encoded = encoded or encode_pairs(host, asked, batch_size=batch_size, cache=cache, progress=progress)
    skipped = encoded.skipped_of(asked)
    kept = encoded.readable(asked)
    margins = []
    with inference(host):
        for start in range(0, len(kept), batch_size):
            margins += _margins(host, kept[start : start + batch_size], encoded)
    items = score_choices(kept, np.concatenate(margins))
    counts = {"pairs": len(kept), "skipped_videos": len(skipped)}
    return TaskResult(metrics=choice_metrics(items) | counts, primary="accuracy", item_scores=items, skipped=skipped)


def score_choices(pairs: Sequence[Pair], margins: Float[Array, " negatives"]) -> ItemScores:
    """Each negative as an item: 100 where the true caption scores higher, 50 for a tie, else 0.

    Args:
        pairs: The pairs, whose negatives follow each other.
        margins: Score of the true caption less that of each negative.

    Raises:
        InputError: if a margin is not a number.
    """
    if np.isnan(margins).any():
        raise InputError(
            f"{int(np.isnan(margins).sum())} of {len(margins)} similarities are not numbers (NaN); "
            "the model has diverged, or its weights are damaged"
        )
    asked = [(pair, negative) for pair in pairs for negative in pair.negatives]
    return ItemScores(
        value=50 * (1 + np.sign(margins)),
        stratum=tuple(negative.kind for _, negative in asked),
        cluster=tuple(str(pair.video) for pair, _ in asked),
        name=tuple(f"{pair.id}: {negative.caption}" for pair, negative in asked),
    )


def choice_metrics(items: ItemScores) -> dict[str, float | int]:
    """Accuracy by kind, their mean, and how many of each."""
    kinds = np.array(items.stratum)
    by_kind = {str(kind): items.value[kinds == kind] for kind in np.unique(kinds)}
    accuracy = {f"accuracy/{kind}": float(values.mean()) for kind, values in by_kind.items()}
    counts = {f"count/{kind}": len(values) for kind, values in by_kind.items()}
    return {"accuracy": float(np.mean(list(accuracy.values()))), **accuracy, **counts}


def _margins(host: Host, pairs: Sequence[Pair], encoded: EncodedVideos) -> list[Float[Array, " negatives"]]:
    """Of each pair, the true caption's score less the score of each of its negatives."""
    asked = [(pair.caption, *(negative.caption for negative in pair.negatives)) for pair in pairs]
    row = {text: index for index, text in enumerate(dict.fromkeys(text for texts in asked for text in texts))}
    text = encode_texts(host, list(row), batch_size=len(row))
    margins = []
    for pair, texts in zip(pairs, asked, strict=True):
        rows = [row[name] for name in texts]  # the same words are the same row, so that they tie exactly
        scores = host.similarity(text.select(rows), encoded.select([pair.segment]))[:, 0]
        margins.append((scores[:1] - scores[1:]).double().cpu().numpy())
    return margins
