"""Seconds and memory of reading the largest file of each data set through, beside the bare decoder of its form."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from data_sections.files import Made, written
from finsta.data.datasets import open_dataset
from finsta.data.documents.unpickle import read_pickle
from measuring import Row, Settings, alternate, peak_growth

SECONDS = 5.0
"""That the largest file of each data set may take."""


def rows(settings: Settings) -> list[Row]:
    """Every sample of the split made once, its ids checked for repeats; files are made up in their official size."""
    found = []
    with TemporaryDirectory() as folder:
        for name, made in written(Path(folder), share=0.01 if settings.quick else 1.0):
            found.append(_row(Path(folder) / name, name, made, settings))
    return found


def count(root: str, name: str, split: str, variant: str) -> Callable[[], int]:
    """The work whose memory is measured."""
    data = open_dataset(name, root, split, variant=variant or None)
    return lambda: sum(1 for _ in data.samples())


def _row(root: Path, name: str, made: Made, settings: Settings) -> Row:
    plain = name.partition(" ")[0]
    work = count(str(root), plain, made.split, made.variant)
    samples = work()
    bare = max(root.iterdir(), key=lambda path: path.stat().st_size)
    times = alternate({"ours": work, "bare": lambda: _bare(bare)}, rounds=1 if settings.quick else 3, warm_up=0)
    memory = peak_growth(
        "data_sections.reading:count", settings, root=str(root), name=plain, split=made.split, variant=made.variant
    )
    seconds = times.median("ours")
    return Row(
        what=f"{name}, {made.split}: {samples:,} samples, {bare.stat().st_size / 1e6:.1f} MB; seconds of {SECONDS:g}",
        ours=f"{seconds:.2f} s, {memory / 1e6:.0f} MB",
        other=f"{_decoder(bare)} {times.median('bare'):.2f} s ({times.ratio('ours', 'bare'):.1f} times that)",
        ratio=seconds / SECONDS,
        wanted="≤ 1.0",
    )


def _decoder(path: Path) -> str:
    return {".csv": "csv.reader", ".json": "json.load", ".jsonl": "json.loads", ".pkl": "restricted pickle"}[
        path.suffix
    ]


def _bare(path: Path) -> int:
    """The file decoded and nothing else."""
    if path.suffix == ".pkl":
        return len(read_pickle(path))
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return sum(1 for _ in csv.reader(file))
        if path.suffix == ".jsonl":
            return sum(len(json.loads(line)) for line in file)
        return len(json.load(file))
