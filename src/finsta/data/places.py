"""Where finsta keeps what it made of a data set: in ``.finsta/`` beside the manifest, safe to remove at any time."""

from pathlib import Path


def clip_folder(data: Path) -> Path:
    """Prepared frames of the videos of a data folder or manifest."""
    return _folder(data) / "clips"


def graph_folder(data: Path) -> Path:
    """Graphs that were parsed because the data had none."""
    return _folder(data) / "graphs"


def _folder(data: Path) -> Path:
    return (data if data.is_dir() else data.parent) / ".finsta"
