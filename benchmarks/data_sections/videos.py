"""Finding the 246,534 clips of Kinetics-400 by name, in 400 folders of files and in ten tar shards."""

import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from data_sections.reading import SECONDS
from finsta.data.datasets.videos import VideoFiles
from measuring import Row, Settings, alternate, peak_growth

CLIPS, CLASSES, SHARDS = 246_534, 400, 10
BLOCK = 512


def rows(settings: Settings) -> list[Row]:
    """Time and memory of the first look-up, which goes through everything."""
    count = CLIPS // 100 if settings.quick else CLIPS
    with TemporaryDirectory() as folder:
        tree, shards = Path(folder) / "tree", Path(folder) / "shards"
        _make_tree(tree, count)
        _make_shards(shards, count)
        tried = {
            f"{count:,} clips in {CLASSES} folders": (tree, "pathlib.rglob", lambda: len(list(tree.rglob("*.mp4")))),
            f"{count:,} clips in {SHARDS} tar shards": (shards, "tarfile", lambda: _by_tarfile(shards)),
        }
        return [_row(what, *each, count, settings) for what, each in tried.items()]


def index(root: str) -> Callable[[], int]:
    """The work whose memory is measured."""
    return lambda: len(VideoFiles(Path(root)))


def _row(what: str, root: Path, peer: str, bare: Callable[[], int], count: int, settings: Settings) -> Row:
    videos = index(str(root))
    assert videos() == bare() == count
    times = alternate({"ours": videos, "bare": bare}, rounds=1 if settings.quick else 2, warm_up=0)
    memory = peak_growth("data_sections.videos:kept", settings, root=str(root))
    seconds = times.median("ours")
    return Row(
        what=f"{what}: seconds of {SECONDS:g}",
        ours=f"{seconds:.2f} s, {memory / 1e6:.0f} MB",
        other=f"{peer} {times.median('bare'):.2f} s ({times.ratio('ours', 'bare'):.2f} times that)",
        ratio=seconds / SECONDS,
        wanted="≤ 1.0",
    )


_kept: list[VideoFiles] = []


def kept(root: str) -> Callable[[], None]:
    """The index is held when the memory is read."""

    def work() -> None:
        videos = VideoFiles(Path(root))
        len(videos)
        _kept.append(videos)

    return work


def _name(number: int) -> str:
    return f"{number:011x}_{number % 300:06d}_{number % 300 + 10:06d}.mp4"


def _make_tree(folder: Path, count: int) -> None:
    for number in range(CLASSES):
        (folder / f"class_of_things_{number}").mkdir(parents=True)
    for number in range(count):
        (folder / f"class_of_things_{number % CLASSES}" / _name(number)).touch()


def _make_shards(folder: Path, count: int) -> None:
    """Members of one byte: the index reads headers alone, however large the videos are."""
    folder.mkdir(parents=True)
    for shard in range(SHARDS):
        with (folder / f"{shard:03d}.tar").open("wb") as file:
            for number in range(shard, count, SHARDS):
                info = tarfile.TarInfo(f"train/class_of_things_{number % CLASSES}/{_name(number)}")
                info.size = 1
                file.write(info.tobuf(format=tarfile.USTAR_FORMAT) + b"v".ljust(BLOCK, b"\0"))
            file.write(bytes(2 * BLOCK))


def _by_tarfile(folder: Path) -> int:
    found = 0
    for path in folder.iterdir():
        with tarfile.open(path) as tar:
            found += sum(1 for member in tar if member.isfile())
    return found
