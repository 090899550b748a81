"""A data set by name, with a variant and a split that it has."""

from collections.abc import Iterable
from pathlib import Path

from finsta.data.datasets.dataset import Dataset
from finsta.data.datasets.description import DatasetSpec
from finsta.data.datasets.table import dataset_spec
from finsta.data.datasets.videos import VideoFiles
from finsta.errors import InputError

SPLITS = {"validation": "val", "valid": "val", "dev": "val", "training": "train", "testing": "test"}
"""Other names of splits, for data sets that have none of that name themselves."""


def open_dataset(
    name: str | DatasetSpec,
    root: str | Path,
    split: str,
    *,
    variant: str | None = None,
    videos: str | Path | VideoFiles | None = None,
) -> Dataset:
    """A split of a data set, from its official files.

    Args:
        name: Of the data set, as ``finsta data list`` has it; or a description of your own.
        root: Folder of the annotation files, under their published names, at most three folders deep; or one file.
        split: One that the variant has; ``validation`` is ``val``.
        variant: One that the data set has; None takes its first.
        videos: Folder of the videos; None takes ``videos`` below the root where it is there.

    Raises:
        InputError: if there is no such data set, variant, split or folder; what there is stands in the message.
    """
    spec = name if isinstance(name, DatasetSpec) else dataset_spec(name)
    root = Path(root)
    if variant is None:
        variant = next(iter(spec.variants))
    if variant not in spec.variants:
        raise InputError(f"{spec.name}: expected the variant {_either(spec.variants)}, found {variant!r}")
    splits = spec.variants[variant].splits
    if split not in splits:
        split = SPLITS.get(split.lower(), split.lower())
    if split not in splits:
        raise InputError(f"{spec.name}, {variant}: expected the split {_either(splits)}, found {split!r}")
    if videos is None and (root / "videos").is_dir():
        videos = root / "videos"
    if isinstance(videos, str | Path):
        videos = VideoFiles(Path(videos), suffix=spec.suffix)
    return Dataset(spec, variant=variant, split=split, root=root, videos=videos)


def _either(names: Iterable[str]) -> str:
    known = list(names)
    return " or ".join(known) if len(known) < 3 else f"{', '.join(known[:-1])} or {known[-1]}"
