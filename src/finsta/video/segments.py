"""A stretch of a video file: what a caption, a question or a label is about."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Segment:
    """A video, or a part of it.

    Attributes:
        video: The file.
        start: Seconds; None is the beginning.
        end: Seconds; None is the end.
    """

    video: Path
    start: float | None = None
    end: float | None = None

    @property
    def whole(self) -> bool:
        """Whether it is the whole video."""
        return self.start is None and self.end is None

    def __str__(self) -> str:
        """The path; with the seconds where it is a part."""
        if self.whole:
            return str(self.video)
        end = "end" if self.end is None else f"{self.end:g}"
        return f"{self.video} [{self.start or 0.0:g}-{end} s]"
