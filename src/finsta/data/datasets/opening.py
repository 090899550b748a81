"""A data set by name, with a variant and a split that it has."""

from collections.abc import Container, Iterable
from pathlib import Path

from finsta.data.datasets.dataset import Dataset
from finsta.data.datasets.description import DatasetSpec
from finsta.data.datasets.table import dataset_spec, known_name
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
        videos: Folder of the videos or of their tar shards, or one shard; None takes ``videos`` in the root where it
            is there, or in a folder of the root that is named for the data set.

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
    split = _split(split, splits)
    if split not in splits:
        raise InputError(f"{spec.name}, {variant}: expected the split {_either(splits)}, found {split!r}")
    return Dataset(spec, variant=variant, split=split, root=root, videos=_videos(spec, root, videos))


def open_all(
    spec: DatasetSpec,
    root: Path,
    *,
    split: str = "",
    variant: str = "",
    videos: str | Path | VideoFiles | None = None,
) -> list[Dataset]:
    """Every split of every variant, or those that are named; whether their files are there is not looked at.

    Args:
        spec: The data set.
        root: As for :func:`open_dataset`.
        split: Of each variant; empty takes all. Variants without it are left out unless none has it.
        variant: Empty takes all.
        videos: As for :func:`open_dataset`; the folder is gone through once for all.

    Raises:
        InputError: if there is no such variant, split or folder.
    """
    if variant and variant not in spec.variants:
        raise InputError(f"{spec.name}: expected the variant {_either(spec.variants)}, found {variant!r}")
    shared = _videos(spec, root, videos)
    found = []
    for name in [variant] if variant else spec.variants:
        splits = spec.variants[name].splits
        wanted = [_split(split, splits)] if split else list(splits)
        found += [open_dataset(spec, root, each, variant=name, videos=shared) for each in wanted if each in splits]
    if not found:
        asked = [variant] if variant else list(spec.variants)
        known = dict.fromkeys(each for name in asked for each in spec.variants[name].splits)
        where = f"{spec.name}, {variant}" if variant else spec.name
        raise InputError(f"{where}: expected the split {_either(known)}, found {split!r}")
    return found


def _videos(spec: DatasetSpec, root: Path, videos: str | Path | VideoFiles | None) -> VideoFiles | None:
    if videos is None and not spec.paths and root.is_dir():
        own = [folder for folder in sorted(root.iterdir()) if known_name(folder.name) == spec.name]
        videos = next((folder / "videos" for folder in (root, *own) if (folder / "videos").is_dir()), None)
    return VideoFiles(Path(videos), suffix=spec.suffix) if isinstance(videos, str | Path) else videos


def _split(name: str, splits: Container[str]) -> str:
    """A split by another of its names; as it was said where it has none."""
    if name in splits:
        return name
    plain = SPLITS.get(name.lower(), name.lower())
    return plain if plain in splits else name


def _either(names: Iterable[str]) -> str:
    known = list(names)
    return " or ".join(known) if len(known) < 3 else f"{', '.join(known[:-1])} or {known[-1]}"
