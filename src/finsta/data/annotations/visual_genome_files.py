"""Visual Genome's files, gone through side by side: an image's entries from all of them, without loading any.

The files list the same images in the same order, or nearly; an entry that comes before its turn waits.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from finsta.data.documents.fields import take
from finsta.data.documents.json_stream import stream_array
from finsta.errors import FormatError, InputError

WAITING = 20_000
"""Images of one file that may wait for their turn in another."""


def image_sizes(path: Path) -> dict[int, Mapping[str, Any]]:
    """What is needed of each image: a few fields of a hundred thousand entries."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the folder of Visual Genome's JSON files")
    kept = ("image_id", "width", "height", "url")
    return {
        _id(entry, f"{path}, entry {number}"): {name: entry.get(name) for name in kept}
        for number, entry in enumerate(stream_array(path))
    }


def joined(files: list[Path]) -> Iterator[tuple[int, list[Any]]]:
    """The entries of each image in all files, in the order of the first; ``None`` where a file lacks the image."""
    if not files[0].is_file():
        raise InputError(
            f"{files[0]}: no such file, and no objects.json; give the folder of Visual Genome's JSON files"
        )
    others = [(path, stream_array(path)) for path in files[1:]]
    waiting: list[dict[int, Any]] = [{} for _ in others]
    for number, entry in enumerate(stream_array(files[0])):
        image = _id(entry, f"{files[0]}, entry {number}")
        found = [entry]
        for (path, stream), held in zip(others, waiting, strict=True):
            while image not in held and (other := next(stream, None)) is not None:
                held[_id(other, str(path))] = other
                if len(held) > WAITING:
                    raise FormatError(
                        f"{path}: expected its images in the order of {files[0].name}, found {WAITING:,} that are not; "
                        "sort both files by image_id"
                    )
            found.append(held.pop(image, None))
        yield image, found


def _id(entry: Any, where: str) -> int:
    return int(take(entry, "image_id" if isinstance(entry, dict) and "image_id" in entry else "id", int, where))
