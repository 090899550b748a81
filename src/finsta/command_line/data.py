"""``finsta data``: which data sets there are, whether the files at hand are the published ones, a manifest of them."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from finsta.errors import FinstaError, InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finsta.data.datasets import DataCheck, Dataset

MOST_NAMES = 20
"""Missing videos, and faults of one kind, that are printed; ``--json`` has all."""

DIFFERS, MISSING = 3, 4
"""Exit codes: annotations that are not the published ones; annotations that are, without all of their videos."""


@dataclass(frozen=True, kw_only=True)
class DataList:
    """List the data sets: variants, tasks, splits with their official counts, protocol and its source."""

    # One data set; all when left out.
    name: Annotated[str, tyro.conf.Positional] = ""
    # Print JSON.
    as_json: Annotated[bool, tyro.conf.arg(name="json")] = False

    def run(self) -> None:
        """Print the list.

        Raises:
            InputError: if there is no such data set.
        """
        from finsta.command_line.data_report import listed, plain_spec
        from finsta.command_line.output import results
        from finsta.data.datasets import dataset_names, dataset_spec

        specs = [dataset_spec(name) for name in ([self.name] if self.name else dataset_names())]
        if self.as_json:
            print(json.dumps([plain_spec(spec) for spec in specs], indent=1, ensure_ascii=False))
            return
        for line in listed(specs, whole=bool(self.name)):
            results.print(line, markup=False)


@dataclass(frozen=True, kw_only=True)
class DataCheckCommand:
    """Compare the files at hand with the published ones: counts, duplicates, labels, missing videos by name.

    Exits with 0 if they agree, 1 if a file cannot be read, 3 if annotations differ, 4 if only videos are missing or do
    not decode.
    """

    # Name of the data set, as `finsta data list` has it.
    name: Annotated[str, tyro.conf.Positional]
    # Folder of the annotation files under their published names, at most three folders deep; or one such file.
    root: Annotated[Path, tyro.conf.Positional]
    # Split; all whose files are there when left out.
    split: str = ""
    # Variant of the data set; all whose files are there when left out.
    variant: str = ""
    # Folder of the videos, or of their tar shards; `videos` in the root is taken when it is there.
    videos: Path | None = None
    # Decode the first frame of every video too.
    decode: bool = False
    # Print JSON, with all names.
    as_json: Annotated[bool, tyro.conf.arg(name="json")] = False

    def run(self) -> None:
        """Print what was found.

        Raises:
            InputError: if there is no such data set, variant, split or folder, or none of its files.
        """
        from finsta.command_line.data_report import report, summary
        from finsta.command_line.output import messages, results
        from finsta.data.datasets import MissingFileError, dataset_spec
        from finsta.data.datasets.opening import open_all

        checks, absent, unread = [], [], []
        spec = dataset_spec(self.name)
        for dataset in open_all(spec, self.root, split=self.split, variant=self.variant, videos=self.videos):
            try:
                checks.append(self._checked(dataset))
            except MissingFileError as error:
                absent.append((dataset, error))
            except FinstaError as error:
                unread.append(error)
        if not checks and not unread:
            raise absent[0][1] if len(absent) == 1 else InputError(f"{absent[0][1]} (and so for every other split)")
        if self.as_json:
            print(json.dumps([check.to_dict() for check in checks], indent=1, ensure_ascii=False))
        else:
            for check in checks:
                for line in report(check, spec.title, most=MOST_NAMES):
                    results.print(line, markup=False)
            if absent:
                results.print(summary([dataset for dataset, _ in absent]), markup=False)
        for reason in dict.fromkeys(map(str, unread)):  # variants share files
            messages.print(f"finsta: {reason}", markup=False)
        if code := 1 if unread else _code(checks):
            sys.exit(code)

    def _checked(self, dataset: "Dataset") -> "DataCheck":
        if not self.decode or not dataset.knows_videos:
            return dataset.check()
        from finsta.command_line.output import messages

        title = f"{dataset.variant}, {dataset.split}: decoding"
        with messages.status(title) as status:
            return dataset.check(decode=True, progress=lambda done: status.update(f"{title} video {done:,}"))


@dataclass(frozen=True, kw_only=True)
class DataManifest:
    """Write a split as a plain manifest, which `finsta post-train` and `finsta evaluate` read.

    Exits with 0; with 4 if videos are missing, which are named and left out.
    """

    # Name of the data set, as `finsta data list` has it.
    name: Annotated[str, tyro.conf.Positional]
    # Folder of the annotation files under their published names, at most three folders deep; or one such file.
    root: Annotated[Path, tyro.conf.Positional]
    # The manifest, such as train.jsonl.
    out: Path
    # Split.
    split: str = "train"
    # Variant of the data set; the first when left out.
    variant: str = ""
    # Folder of the videos, or of their tar shards; `videos` in the root is taken when it is there.
    videos: Path | None = None
    # Samples to take from the head of the split; 0 takes all.
    limit: int = 0
    # Write over a manifest that is there.
    overwrite: bool = False

    def run(self) -> None:
        """Write the manifest and say what it holds.

        Raises:
            InputError: if there is no such data set, variant, split, file or folder, or none of the videos.
            FormatError: if an annotation cannot be used.
            OutputError: if the manifest is there, or cannot be written.
        """
        from finsta.command_line.data_report import names
        from finsta.command_line.output import results, warn
        from finsta.data.datasets import open_dataset
        from finsta.data.datasets.pairing import write_pairs

        if self.limit < 0:
            raise InputError(f"--limit: expected 0 or more, found {self.limit}")
        if self.out.exists() and not self.overwrite:
            raise OutputError(f"{self.out}: is there already; choose another --out, or add --overwrite")
        dataset = open_dataset(self.name, self.root, self.split, variant=self.variant or None, videos=self.videos)
        missing: list[str] = []
        count = write_pairs(dataset.pairs(missing=missing.append, limit=self.limit), self.out)
        if missing:
            warn(f"left out {len(missing):,} videos that are not there: {names(missing, most=MOST_NAMES)}")
        results.print(f"wrote {count:,} pairs of {dataset.spec.title}, {dataset.split}: {self.out}", markup=False)
        if missing:
            sys.exit(MISSING)


@dataclass(frozen=True, kw_only=True)
class Data:
    """List the data sets, check their files, or write a split as a plain manifest."""

    # What to do.
    action: (
        Annotated[DataList, tyro.conf.subcommand("list")]
        | Annotated[DataCheckCommand, tyro.conf.subcommand("check")]
        | Annotated[DataManifest, tyro.conf.subcommand("manifest")]
    )

    def run(self) -> None:
        """Do it."""
        self.action.run()


def _code(checks: "Sequence[DataCheck]") -> int:
    if not all(check.complete for check in checks):
        return DIFFERS
    return MISSING if any(check.missing or check.undecodable for check in checks) else 0
