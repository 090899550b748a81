"""The split of a data set that a task is asked on."""

from pathlib import Path

from finsta.data.datasets import Dataset, MissingFileError, dataset_spec, open_dataset
from finsta.errors import InputError
from finsta.tasks.items import NEEDS, check_task, serves

JUDGED = ("test", "val")
"""Splits to judge on, in order of preference."""


def open_judged(
    name: str, root: Path, *, variant: str | None = None, videos: Path | None = None, task: str = ""
) -> Dataset:
    """The test split, or the validation split where there is no other whose answers are public.

    Args:
        name: Of the data set.
        root: Folder of its official files.
        variant: One that it has; its first by default.
        videos: Folder of its videos.
        task: One that the variant serves; its first by default.

    Raises:
        InputError: if neither is there with what the task needs, or there is no such data set, variant, task or folder.
    """
    spec = dataset_spec(name)
    known = spec.variants.get(variant or next(iter(spec.variants)))
    splits = [split for split in JUDGED if known is None or split in known.splits] or ["test"]
    reasons = []
    for split in splits:
        dataset = open_dataset(name, root, split, variant=variant, videos=videos)
        wanted = task or dataset.task[0]
        check_task(dataset, wanted)
        try:
            if serves(dataset, wanted):
                return dataset
            reasons.append(f"{split} is without {NEEDS[wanted][0]}")
        except MissingFileError as error:
            reasons.append(str(error))
    raise InputError(f"{spec.title}: expected a split to judge on, found none: {'; '.join(reasons)}; give --split")
