"""Videos by their names, in a folder tree that is gone through once."""

import os
from collections.abc import Iterator
from pathlib import Path

from finsta.corpus.manifest import VIDEO_SUFFIXES
from finsta.errors import InputError


class VideoFiles:
    """Where videos lie, by file name without folder and extension.

    The tree is gone through once, when the first name is looked up; some 200 bytes are kept for a video. Of several
    files of one name, that with the official extension is taken, else the first by path.

    Args:
        root: A folder of videos, at any depth.
        suffix: Official extension, such as ``.mp4``.

    Raises:
        InputError: if there is no such folder.
    """

    def __init__(self, root: Path, *, suffix: str = ".mp4") -> None:
        if not root.is_dir():
            raise InputError(f"{root}: no such folder; give the folder of the videos")
        self.root = root
        self.suffix = suffix
        self._index: dict[str, tuple[str, str]] | None = None

    def __contains__(self, stem: str) -> bool:
        """Whether there is a video of that name."""
        return stem in self._videos()

    def __len__(self) -> int:
        """How many videos there are, by different names."""
        return len(self._videos())

    def find(self, stem: str) -> Path | None:
        """The file of a name (without folder and extension); None where there is none."""
        found = self._videos().get(stem)
        return Path(found[0], stem + found[1]) if found is not None else None

    def _videos(self) -> dict[str, tuple[str, str]]:
        """Folder and extension, by name."""
        if self._index is None:
            index: dict[str, tuple[str, str]] = {}
            for folder, name in _files(str(self.root)):
                stem, dot, suffix = name.rpartition(".")
                suffix = dot + suffix
                if suffix.lower() in VIDEO_SUFFIXES and self._better(suffix, index.get(stem)):
                    index[stem] = (folder, suffix)
            self._index = index
        return self._index

    def _better(self, suffix: str, known: tuple[str, str] | None) -> bool:
        return known is None or (known[1] != self.suffix and suffix == self.suffix)


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """Folder and name of every file, in order of names, folders last."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted((entry.name, entry.is_dir()) for entry in scan)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}; check its permissions") from error
    for name, inner in entries:
        if not inner and not name.startswith("."):
            yield folder, name
    for name, inner in entries:
        if inner:
            yield from _files(os.path.join(folder, name))  # noqa: PTH118 (a string; a Path for each is slow)
