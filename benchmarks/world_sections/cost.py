"""Processor time and bytes of the formats of a world, beside those of the world itself."""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from finsta.data.world import make_world
from finsta.data.world.formats.make import write_formats
from finsta.data.world.formats.table import FORMATS
from measuring import Row, Settings


def rows(settings: Settings) -> list[Row]:
    """Each format written once, in one process, of a world made in the same process."""
    clips = 20 if settings.quick else 200
    with TemporaryDirectory() as folder:
        root = Path(folder, "world")
        start = process_time()
        make_world(root, clips=clips, seed=0, workers=1)
        whole, size = process_time() - start, _bytes(root)
        found = [_row(root, name, whole, size, clips) for name in FORMATS]
        start = process_time()
        write_formats(root, ["all"], workers=1)
        again = process_time() - start
    told = f"of the world's {whole:.1f} s"
    return [*found, Row(what="all, when they are there", ours=f"{again:.1f} s", other=told, ratio=again / whole)]


def _row(root: Path, name: str, whole: float, size: int, clips: int) -> Row:
    start = process_time()
    folder = write_formats(root, [name], workers=1)[name]
    seconds = process_time() - start
    own = _bytes(folder)
    return Row(
        what=f"{name}, {clips} clips: seconds of the world's own",
        ours=f"{seconds:.1f} s, {own / 1e6:.1f} MB",
        other=f"{whole:.1f} s, {size / 1e6:.1f} MB",
        ratio=seconds / whole,
        wanted="≤ 1.5",
    )


def _bytes(folder: Path) -> int:
    """Of files that have no other name."""
    sizes = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum(each.st_size for each in sizes if each.st_nlink == 1)
