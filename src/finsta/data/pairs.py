"""Video-text pairs: the one sample type that training and evaluation read, from a ``pairs.jsonl`` manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.corpus.manifest import check_unique, json_lines
from finsta.errors import FormatError, InputError
from finsta.video.segments import Segment


@dataclass(frozen=True, kw_only=True)
class HardNegative:
    """A caption that differs from the true one in exactly one thing; ``kind`` names the thing."""

    caption: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A video, or a part of one, and the caption that describes it.

    Attributes:
        id: Unique in its manifest.
        video: Absolute path of the file.
        caption: The detailed caption.
        coarse_caption: A poorer caption of the same video (objects only), where the data has one.
        graph: ``graphs.json`` document of the pair, where one exists already.
        negatives: Hard negatives, for evaluation and, by choice, for training.
        start: Where the part begins, seconds; None is the beginning of the video.
        end: Where it ends, seconds; None is the end of the video.
    """

    id: str
    video: Path
    caption: str
    coarse_caption: str | None = None
    graph: Path | None = None
    negatives: tuple[HardNegative, ...] = ()
    start: float | None = None
    end: float | None = None

    @property
    def segment(self) -> Segment:
        """What of the video is meant."""
        return Segment(self.video, self.start, self.end)


def read_pairs(data: str | Path, split: str | None = None) -> list[Pair]:
    """Read a manifest, or the manifest ``{split}.jsonl`` of a folder; paths in it are relative to the manifest.

    Args:
        data: A ``.jsonl`` file, or a folder that holds ``train.jsonl``, ``val.jsonl``, ``test.jsonl``.
        split: Which of them; unused for a file.

    Raises:
        InputError: if there is no such file.
        FormatError: names file and line of what is not a pair.
    """
    manifest = manifest_of(Path(data), split)
    pairs = list(json_lines(manifest, pair_from))
    if not pairs:
        raise FormatError(f"{manifest}: expected one JSON object a line, found none")
    check_unique((pair.id for pair in pairs), manifest)
    return pairs


def manifest_of(data: Path, split: str | None) -> Path:
    """The manifest that is meant by a file, or by a folder and a split.

    Raises:
        InputError: if there is none.
    """
    manifest = data / f"{split}.jsonl" if data.is_dir() else data
    if not manifest.is_file():
        found = sorted(path.name for path in data.glob("*.jsonl")) if data.is_dir() else []
        hint = "make a data folder with `finsta world --out DIR`, or give a pairs.jsonl of your own"
        if found:
            hint = f"{data} holds {', '.join(found)}: give one of these files instead of the folder"
        elif not data.exists():
            hint = f"there is no {data}; {hint}"
        raise InputError(f"{manifest}: no such manifest; {hint}")
    return manifest


def pair_from(entry: Mapping[str, Any], folder: Path) -> Pair:
    """The pair that an object of a manifest tells of, its paths relative to a folder."""
    return Pair(
        id=str(entry["id"]),
        video=folder / _words(entry, "video"),
        caption=_words(entry, "caption"),
        coarse_caption=entry.get("coarse_caption"),
        graph=folder / entry["graph"] if entry.get("graph") else None,
        negatives=tuple(HardNegative(**negative) for negative in entry.get("negatives", ())),
        start=_seconds(entry, "start"),
        end=_seconds(entry, "end"),
    )


def _seconds(entry: Mapping[str, Any], name: str) -> float | None:
    found = entry.get(name)
    if found is None:
        return None
    try:
        return float(found)
    except (TypeError, ValueError):
        raise ValueError(f"{name!r} is a number of seconds, not {found!r}") from None


def _words(entry: Mapping[str, Any], name: str) -> str:
    found = entry[name]
    if not isinstance(found, str):
        raise TypeError(f"{name!r} is a string, not {found!r}")
    if not found.strip():
        raise ValueError(f"{name!r} is empty")
    return found
