"""``finsta evaluate``: retrieval both ways, and multiple choice against hard negatives."""

from dataclasses import dataclass
from pathlib import Path

from finsta.errors import InputError, OutputError


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure a host: retrieval both ways, and multiple choice where the data has hard negatives."""

    # Folder or hub id of a CLIP or X-CLIP model.
    host: str
    # A data folder or a pairs.jsonl.
    data: Path
    # Which manifest of a data folder.
    split: str = "test"
    # Frames read of a clip; 0 takes what the host was made for or trained with, else 8.
    frames: int = 0
    # Clips in one pass.
    batch_size: int = 16
    # File to write all numbers to, item by item, as JSON.
    out: Path | None = None
    # Folder for prepared frames; `.finsta/clips` of the data by default.
    cache: Path | None = None

    def run(self) -> None:
        """Print the table.

        Raises:
            HostError: if the host cannot be used.
            InputError: if no pair can be used.
            OutputError: if the file cannot be written.
        """
        from finsta.command_line.output import progress_bar, results, warn
        from finsta.data.pairs import read_pairs
        from finsta.data.places import clip_folder
        from finsta.tasks.evaluation import evaluate, save_evaluation
        from finsta.transfer.hosts import load_host

        if self.batch_size < 1:
            raise InputError(f"--batch-size: expected 1 or more, found {self.batch_size}")
        if self.out is not None and self.out.is_dir():
            raise OutputError(f"{self.out}: expected a file to write, found a folder; name a file in it")
        pairs = read_pairs(self.data, self.split)
        host = load_host(self.host, num_frames=self.frames or None)
        with progress_bar("videos") as progress:
            evaluation = evaluate(
                host, pairs, batch_size=self.batch_size, cache=self.cache or clip_folder(self.data), progress=progress
            )
        for video, reason in evaluation.skipped.items():
            warn(f"left out: {reason if video in reason else f'{video}: {reason}'}")
        results.print(f"{'frames of a clip':<44}{host.num_frames:10}", markup=False)
        for name, value in evaluation.metrics.items():
            results.print(f"{name:<44}{value:10.2f}", markup=False)
        if self.out is not None:
            facts = {"host": self.host, "frames": host.num_frames, "data": str(self.data), "split": self.split}
            save_evaluation(evaluation, self.out, facts)
            results.print(f"wrote {self.out}", markup=False)
