"""Videos by their names, in a folder tree that is gone through once, or in tar shards."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from finsta.corpus.manifest import VIDEO_SUFFIXES
from finsta.data.datasets.shards import shard_key, shard_members, take_out
from finsta.data.places import cache_folder
from finsta.errors import InputError

COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".zip")

File = tuple[str, str]
"""Folder and extension; one tuple serves all files that share both."""

InShard = tuple[Path, str, int, int]
"""Shard, extension, place of the first byte, number of bytes."""


class VideoFiles:
    """Where videos lie, by file name without folder and extension.

    The tree is gone through once, when the first name is looked up; what is kept is the name of each video and a number
    or two. Of several files of one name that with the official extension is taken, else the first by path; a file goes
    before a member of a shard. A video of a shard is copied into the cache folder when it is asked for.

    Args:
        root: A folder of videos, of tar shards, or of both, at any depth; or one shard.
        suffix: Official extension, such as ``.mp4``.
        cache: Where videos of shards are kept; None takes ``.finsta/videos`` in the root, safe to remove at any time.

    Raises:
        InputError: if there is no such folder or shard.
    """

    def __init__(self, root: Path, *, suffix: str = ".mp4", cache: Path | None = None) -> None:
        if not root.is_dir() and root.suffix.lower() != ".tar":
            raise InputError(f"{root}: no such folder; give the folder of the videos or of their tar shards")
        self.root = root
        self.suffix = suffix
        self.cache = cache or cache_folder(root) / "videos"

    def __contains__(self, stem: str) -> bool:
        """Whether there is a video of that name."""
        return stem in self._files or stem in self._members

    def __len__(self) -> int:
        """How many videos there are, by different names."""
        return len(self._files.keys() | self._members.keys())

    def find(self, stem: str) -> Path | None:
        """The file of a name (without folder and extension); None where there is none.

        Raises:
            OutputError: if it lies in a shard, and the cache folder cannot be written.
        """
        if (found := self._files.get(stem)) is not None:
            folder, suffix = found
            return Path(folder, stem + suffix)
        if (member := self._members.get(stem)) is None:
            return None
        shard, suffix, offset, size = member
        return take_out(shard, offset, size, self.cache / shard_key(shard) / f"{stem}{suffix}")

    @cached_property
    def _index(self) -> tuple[dict[str, File], list[Path], list[str]]:
        """Files by name, shards, and compressed archives, in which nothing can be found."""
        files: dict[str, File] = {}
        shared: dict[File, File] = {}
        shards, packed = [], []
        for folder, name in _walk(str(self.root)) if self.root.is_dir() else [_parted(self.root)]:
            stem, suffix = _split(name)
            if suffix.lower() in VIDEO_SUFFIXES:
                if self._better(suffix, files.get(stem, ("", ""))[1]):
                    files[stem] = shared.setdefault((folder, suffix), (folder, suffix))
            elif suffix.lower() == ".tar":
                shards.append(Path(folder, name))
            elif name.lower().endswith(COMPRESSED):
                packed.append(name)
        if packed and not files and not shards:
            raise InputError(
                f"{self.root}: expected videos or tar shards without compression, found {', '.join(packed[:3])}; "
                "unpack it first"
            )
        return files, shards, packed

    @property
    def _files(self) -> dict[str, File]:
        return self._index[0]

    @cached_property
    def _members(self) -> dict[str, InShard]:
        """Members of shards by name."""
        found: dict[str, InShard] = {}
        for shard in self._index[1]:
            for member in shard_members(shard):
                stem, suffix = _split(member.name.rpartition("/")[2])
                known = suffix.lower() in VIDEO_SUFFIXES and not stem.startswith(".")
                if known and self._better(suffix, found[stem][1] if stem in found else ""):
                    found[stem] = (shard, suffix, member.offset, member.size)
        return found

    def _better(self, suffix: str, known: str) -> bool:
        return not known or (known != self.suffix and suffix == self.suffix)


def _split(name: str) -> tuple[str, str]:
    """A file's name without extension, which may have dots, and its extension."""
    stem, dot, suffix = name.rpartition(".")
    return stem, dot + suffix


def _parted(path: Path) -> tuple[str, str]:
    return str(path.parent), path.name


def _passed_over(folder: str, entry: os.DirEntry[str]) -> bool:
    """Hidden files, what a file system keeps for itself, and links that lead back to where one comes from."""
    if entry.name.startswith(".") or entry.name == "lost+found":
        return True
    return entry.is_symlink() and entry.is_dir() and Path(folder).resolve().is_relative_to(Path(entry.path).resolve())


def _walk(folder: str) -> Iterator[tuple[str, str]]:
    """Folder and name of every file but for those passed over, in order of names, folders last."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted((entry.name, entry.is_dir()) for entry in scan if not _passed_over(folder, entry))
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}; check its permissions") from error
    for name, inner in entries:
        if not inner:
            yield folder, name
    for name, inner in entries:
        if inner:
            yield from _walk(os.path.join(folder, name))  # noqa: PTH118 (a string; a Path for each is slow)
