"""Where finsta keeps what it made of a data set: in ``.finsta/`` beside the manifest, safe to remove at any time."""

from pathlib import Path


def cache_folder(data: Path) -> Path:
    """Of a data folder or a manifest: prepared frames in ``clips/``, parsed graphs in ``graphs/``."""
    return (data if data.is_dir() else data.parent) / ".finsta"


def clip_folder(data: Path) -> Path:
    """Prepared frames of the videos."""
    return cache_folder(data) / "clips"
