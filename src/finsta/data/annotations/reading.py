"""What all readers of annotations share: what they give, and how they take fields from documents of others."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from finsta.errors import FormatError
from finsta.graphs.dynamic import Box
from finsta.graphs.serialization import Graph


@dataclass(frozen=True, kw_only=True)
class NamedGraph:
    """A graph of an annotated video or image. ``name`` is unique in its data set and can name a file."""

    name: str
    graph: Graph


@dataclass(frozen=True, kw_only=True)
class AnnotationItem:
    """One video or image of a data set; its graphs are made when asked for.

    Attributes:
        id: As the data set names it.
        read: Makes the graphs; raises ``FormatError`` or ``InputError`` if this item cannot be used. The items after it
            can.
        total: How many items there are in all; 0 where nobody knows.
    """

    id: str
    read: Callable[[], Sequence[NamedGraph]]
    total: int = 0


def unit_box(left: float, top: float, right: float, bottom: float, *, size: tuple[float, float], where: str) -> Box:
    """A box in pixels, edges as lines between pixels, as xyxy in [0, 1]; what reaches out of the frame is cut off.

    Raises:
        FormatError: if its right edge lies left of its left one, or its bottom above its top.
    """
    if not all(map(math.isfinite, (left, top, right, bottom))) or right < left or bottom < top:
        raise FormatError(
            f"{where}: expected a box with left ≤ right and top ≤ bottom, found left {left:g}, top {top:g}, "
            f"right {right:g}, bottom {bottom:g} in pixels; mend or leave it out"
        )
    width, height = size
    x1, x2 = (min(max(edge / width, 0.0), 1.0) for edge in (left, right))
    y1, y2 = (min(max(edge / height, 0.0), 1.0) for edge in (top, bottom))
    return x1, y1, x2, y2


def in_words(label: str) -> str:
    """A class name of a data set as a label of ours: lower case, blanks for underscores."""
    return " ".join(label.lower().replace("_", " ").split())


def safe_name(text: str) -> str:
    """A video's id as part of a file name: what is no letter, digit, ``-``, ``_`` or ``.`` becomes ``_``."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in text).lstrip(".") or "_"


NOTES = ("convert.json", "failures.json")
"""What a conversion notes beside the files that it writes."""


def json_files(source: Path) -> list[Path]:
    """The ``.json`` files of a folder and its subfolders, in order, without :data:`NOTES`; or the file itself."""
    if not source.is_dir():
        return [source] if source.is_file() else []
    return sorted(path for path in source.rglob("*.json") if path.name not in NOTES)


def unique_names(source: Path, files: Sequence[Path]) -> dict[Path, str]:
    """Each file's stem, or its path below ``source`` where several files share the stem."""
    count = Counter(file.stem for file in files)
    names = {}
    for file in files:
        parts = file.relative_to(source).with_suffix("").parts if source.is_dir() else (file.stem,)
        parts = parts[:-1] if parts[-1] == "graphs" and len(parts) > 1 else parts
        names[file] = file.stem if count[file.stem] == 1 else "_".join(parts)
    return names
