"""Any data set as pairs of video and text: what post-training, retrieval and a plain manifest read.

The text of a sample is each of its captions, the name of its class, or a question with its right answer; of a binary
sample the statement, where it is true. The wrong choices of a multiple choice become hard negatives.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finsta.data.pairs import HardNegative, Pair
from finsta.data.samples import Sample
from finsta.errors import InputError
from finsta.graphs.serialization import write_text

if TYPE_CHECKING:
    from finsta.data.datasets.dataset import Dataset

CHOICE = "choice"
"""Kind of a hard negative that is a wrong choice."""


def pairs_of(dataset: "Dataset", *, missing: Callable[[str], None] | None = None, limit: int = 0) -> Iterator[Pair]:
    """A pair for each text of each sample whose video is there, one at a time.

    Args:
        dataset: A split, with its videos.
        missing: Told the official name of every video that is not there, once.
        limit: Samples to take from the head of the split, those without video included; 0 takes all.

    Raises:
        InputError: if no folder of videos was given, or no sample has a text.
        FormatError: as :meth:`Dataset.samples`.
    """
    told: set[str] = set()
    found = texts = 0
    for number, sample in enumerate(dataset.samples()):
        if limit and number == limit:
            break
        found += 1
        several = list(_texts(sample, dataset.classes))
        texts += len(several)
        segment = dataset.segment(sample) if several else None
        if segment is None:
            if several and sample.video not in told:
                told.add(sample.video)
                if missing is not None:
                    missing(sample.video)
            continue
        for place, (text, negatives) in enumerate(several):
            yield Pair(
                id=sample.id if len(several) == 1 else f"{sample.id}-{place}",
                video=segment.video.absolute(),
                caption=text,
                negatives=negatives,
                start=segment.start,
                end=segment.end,
            )
    if found and not texts:
        raise InputError(
            f"{dataset.spec.title}, {dataset.split}: expected captions, labels or answers, found none, since this "
            "split keeps them back; take another split"
        )


def write_pairs(pairs: Iterable[Pair], path: Path) -> int:
    """Write a manifest that ``read_pairs`` reads, whole or not at all; paths of videos below it are relative to it.

    Returns:
        How many pairs it has.

    Raises:
        OutputError: if the file cannot be written.
    """
    folder = path.parent.absolute()
    lines = [json.dumps(_entry(pair, folder), ensure_ascii=False) for pair in pairs]
    write_text(path, "".join(f"{line}\n" for line in lines))
    return len(lines)


def _texts(sample: Sample, classes: tuple[str, ...]) -> Iterator[tuple[str, tuple[HardNegative, ...]]]:
    """The texts of a sample, each with its hard negatives."""
    if sample.captions:
        yield from ((caption, ()) for caption in sample.captions if caption)
    elif sample.label is not None:
        yield classes[sample.label], ()
    elif sample.choices:
        if sample.answer is not None:
            asked = [f"{sample.question} {choice}" if sample.question else choice for choice in sample.choices]
            wrong = [text for place, text in enumerate(asked) if place != sample.answer]
            yield asked[sample.answer], tuple(HardNegative(caption=text, kind=CHOICE) for text in wrong)
    elif sample.question and sample.answers in (("true",), ("false",)):
        if sample.answers == ("true",):
            yield sample.question, ()
    elif sample.question and sample.answers:
        yield f"{sample.question} {sample.answers[0]}", ()


def _entry(pair: Pair, folder: Path) -> dict[str, Any]:
    inside = pair.video.is_relative_to(folder)
    entry: dict[str, Any] = {
        "id": pair.id,
        "video": os.fspath(pair.video.relative_to(folder) if inside else pair.video),
        "caption": pair.caption,
    }
    entry |= {name: value for name, value in (("start", pair.start), ("end", pair.end)) if value is not None}
    if pair.negatives:
        entry["negatives"] = [{"caption": negative.caption, "kind": negative.kind} for negative in pair.negatives]
    return entry
