"""What a task is asked on: samples whose videos are there, and what was left out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from finsta.data.datasets import Dataset
from finsta.data.samples import Sample
from finsta.errors import InputError
from finsta.video.segments import Segment

NEEDS: dict[str, tuple[str, Callable[[Sample], bool]]] = {
    "recognition": ("a label", lambda sample: sample.label is not None),
    "captioning": ("captions", lambda sample: bool(sample.captions)),
    "retrieval": ("captions", lambda sample: bool(sample.captions)),
    "paragraph_retrieval": ("captions", lambda sample: bool(sample.captions)),
    "open_qa": ("a question with answers", lambda sample: bool(sample.question and sample.answers)),
    "multiple_choice_qa": (
        "choices with the right answer", lambda sample: bool(sample.choices) and sample.answer is not None,
    ),
    "binary_qa": (
        "a statement with the answer true or false",
        lambda sample: bool(sample.question) and sample.answers in (("true",), ("false",)),
    ),
}  # fmt: skip
"""The six tasks (retrieval twice: of clips, and of videos by a paragraph), and what a sample must have for each."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A sample and where its video is."""

    sample: Sample
    segment: Segment

    @property
    def part(self) -> str:
        """The video by its official name, with the seconds where a part of it is meant: the same on every machine."""
        return str(Segment(Path(self.sample.video), self.sample.start, self.sample.end))


@dataclass(frozen=True, kw_only=True)
class TaskItems:
    """The items of one split.

    Attributes:
        task: Key of :data:`NEEDS`.
        source: Data set, variant and split, for messages.
        items: Those that can be asked.
        classes: Class names, for recognition.
        missing: Official names of the videos that are not there; results hold for the rest.
        unanswered: Samples that lack what the task needs, since the split keeps it back or says nothing.
    """

    task: str
    source: str
    items: tuple[Item, ...]
    classes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unanswered: int = 0

    @property
    def segments(self) -> list[Segment]:
        """The parts of videos that are asked about, each once."""
        return list(dict.fromkeys(item.segment for item in self.items))


def dataset_items(dataset: Dataset, task: str, *, limit: int = 0) -> TaskItems:
    """The samples of a data set for one of its tasks.

    Args:
        dataset: A split, with its videos.
        task: One that the data set serves.
        limit: Samples to take from the head of the split, those left out included; 0 takes all.

    Raises:
        InputError: if the data set does not serve the task, no video is there, or the split keeps its answers back.
        FormatError: as :meth:`Dataset.samples`.
    """
    source = f"{dataset.name} ({dataset.variant}, {dataset.split})"
    check_task(dataset, task)
    what, fits = NEEDS[task]
    items: list[Item] = []
    missing: dict[str, None] = {}
    seen = unanswered = 0
    for sample in dataset.samples():
        if limit and seen == limit:
            break
        seen += 1
        if not fits(sample):
            unanswered += 1
        elif (segment := dataset.segment(sample)) is None:
            missing[sample.video] = None
        else:
            items.append(Item(sample=sample, segment=segment))
    if not items:
        first = f", {next(iter(missing))} the first" if missing else ""
        raise InputError(
            f"{source}: expected samples with {what} and their videos, found none among {seen}: {len(missing)} videos "
            f"are missing{first}; {unanswered} samples are without {what}; give "
            f"{'--videos, the folder that holds them' if missing else 'another --split or --task'}"
        )
    return TaskItems(
        task=task,
        source=source,
        items=tuple(items),
        classes=dataset.classes,
        missing=tuple(missing),
        unanswered=unanswered,
    )


def check_task(dataset: Dataset, task: str) -> None:
    """Refuse a task that the variant does not serve.

    Raises:
        InputError: if it does not; those that it serves stand in the message.
    """
    if task not in dataset.task:
        raise InputError(
            f"{dataset.name} ({dataset.variant}, {dataset.split}): expected one of its tasks, "
            f"{', '.join(dataset.task)}, found {task!r}; another variant may serve it: `finsta data list`"
        )


def serves(dataset: Dataset, task: str) -> bool:
    """Whether the first sample of a split has what a task needs; not, where the split keeps its answers back.

    Raises:
        InputError: if a file is not there.
        FormatError: as :meth:`Dataset.samples`.
    """
    first = next(iter(dataset.samples()), None)
    return first is not None and NEEDS[task][1](first)
