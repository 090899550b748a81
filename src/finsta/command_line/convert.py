"""``finsta convert``: official annotation files to graphs, and graphs to the forms that other tools read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from finsta.errors import InputError, OutputError

if TYPE_CHECKING:
    from finsta.data.annotations.video_truth import KeyFrames
    from finsta.data.conversion import Conversion

MOST_LINES = 20
"""Failures, and warnings, that are printed; failures.json has all failures."""


@dataclass(frozen=True, kw_only=True)
class Convert:
    """Convert annotations of VidVRD, VidOR, Action Genome, PVSG, Visual Genome, or our graphs, into another form."""

    # The folder (or file) of the annotations, as published; or graphs, or a corpus, that finsta wrote.
    source: Annotated[Path, tyro.conf.Positional]
    # Folder to write into; a run that was stopped goes on.
    out: Path
    # What the source is; `vidvrd` is VidOR too. `auto` looks at the files.
    form: Annotated[
        Literal["auto", "vidvrd", "action-genome", "pvsg", "visual-genome", "graphs"], tyro.conf.arg(name="from")
    ] = "auto"
    # One file a graph, or for `vidvrd` (results) and `coco` one file for all.
    to: Literal["graphs", "vidvrd", "vidvrd-annotations", "coco", "networkx", "graphml", "pyg"] = "graphs"
    # Key frames: `all`, `changes` (next to each start and end; intervals stay exact), or a number, evenly spaced.
    frames: str = "all"
    # Part of the data set: `train`, `val` or `test`; all when left out.
    split: str = ""
    # Action Genome: folder of the videos, which say the frames a second.
    videos: Path | None = None
    # VidVRD, VidOR: leave out boxes that a tracker drew.
    drop_generated: bool = False
    # PVSG: do without masks, every box is the whole frame.
    whole_frame: bool = False
    # PVSG captions and Visual Genome regions: write their text graphs too, linked to the objects that they name.
    texts: bool = False
    # Parser of PVSG's captions: `learned`, `rules`, or a folder of `finsta train-text-parser`.
    text_parser: str = "learned"
    # Items to take from the head of the source; 0 takes all.
    limit: int = 0
    # Begin anew in a folder that holds another conversion.
    overwrite: bool = False

    def run(self) -> None:
        """Convert, then say what was done and what could not be.

        Raises:
            InputError: if the source is not there, or nothing of it could be converted.
            OutputError: if the folder holds another conversion, or cannot be written.
        """
        from finsta.command_line.output import progress_bar, results, warn
        from finsta.data.annotations.opening import AnnotationSettings, open_annotations, recognise
        from finsta.data.conversion import convert

        if not self.source.exists():
            raise InputError(f"{self.source}: no such file or folder; give the folder of the annotations")
        if self.limit < 0:
            raise InputError(f"--limit: expected 0 or more, found {self.limit}")
        key_frames = _key_frames(self.frames)
        form = recognise(self.source) if self.form == "auto" else self.form
        settings = AnnotationSettings(
            split=self.split,
            key_frames=key_frames,
            generated=not self.drop_generated,
            videos=self.videos,
            whole_frame=self.whole_frame,
            texts=self.texts,
            text_parser=self.text_parser,
        )
        _make_folder(self.out, overwrite=self.overwrite)
        with progress_bar(f"{form} → {self.to}") as progress:
            report = convert(
                open_annotations(self.source, form, settings).items(),
                self.out,
                to=self.to,
                settings=self._asked(form),
                limit=self.limit,
                progress=progress,
            )
        for warning in report.warnings[:MOST_LINES]:
            warn(warning)
        if len(report.warnings) > MOST_LINES:
            warn(f"and {len(report.warnings) - MOST_LINES} more; the graphs have all")
        for line in _lines(report, self.out):
            results.print(line, markup=False)
        if not report.done and not report.kept:
            raise InputError(f"{self.source}: nothing could be converted; {self.out / 'failures.json'} says why")

    def _asked(self, form: str) -> dict[str, Any]:
        """What the files depend on, by the names of the options."""
        return {
            "source": str(self.source.resolve()),
            "--from": form,
            "--frames": self.frames,
            "--split": self.split,
            "--videos": None if self.videos is None else str(self.videos.resolve()),
            "--drop-generated": self.drop_generated,
            "--whole-frame": self.whole_frame,
            "--texts": self.texts,
            "--text-parser": self.text_parser if self.texts else None,
        }


def _key_frames(text: str) -> "KeyFrames":
    if text == "all" or text == "changes":  # noqa: PLR1714
        return "all" if text == "all" else "changes"
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise InputError(f"--frames: expected `all`, `changes` or a number of 1 or more, found {text!r}")


def _make_folder(out: Path, *, overwrite: bool) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: expected a folder, found a file; choose another --out")
    if overwrite:
        for name in ("convert.json", "done.jsonl", "failures.json"):
            (out / name).unlink(missing_ok=True)


def _lines(report: "Conversion", out: Path) -> list[str]:
    lines = [f"  {name}: {reason}" for name, reason in list(report.failures.items())[:MOST_LINES]]
    if len(report.failures) > MOST_LINES:
        lines.append(f"  and {len(report.failures) - MOST_LINES} more")
    told = f"converted {report.done}, found done {report.kept}, failed {len(report.failures)}"
    return [*lines, f"{told}: {out}" + (f"; reasons in {out / 'failures.json'}" if report.failures else "")]
