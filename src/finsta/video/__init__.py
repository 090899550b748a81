"""From a video file to its dynamic scene graph. Names load their modules when they are first used."""

from importlib import import_module
from typing import Any

_HOME = {
    "Frame": "frames",
    "probe": "frames",
    "read_frames": "frames",
    "sample_frames": "frames",
    "frames_at": "frames",
    "VideoWarning": "container",
    "parse_video": "parse",
}

__all__ = ["Frame", "VideoWarning", "frames_at", "parse_video", "probe", "read_frames", "sample_frames"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
