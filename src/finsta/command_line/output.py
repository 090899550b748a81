"""What the commands print with: messages on standard error, results on standard output, one bar for long work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from finsta.errors import OutputError

Stages = Callable[[str], Callable[[int, int], None]]
"""Given the title of a stage, gives what is called with items done and items in all."""

messages = Console(stderr=True, highlight=False, soft_wrap=True)
results = Console(highlight=False, soft_wrap=True)


def warn(message: str) -> None:
    """A warning: the work goes on."""
    messages.print(Text.assemble(("warning:", "yellow"), f" {message}"))  # one line, so that no bar breaks into it


@contextmanager
def progress_stages(*, shown: bool = True) -> Iterator[Stages]:
    """A bar for each stage of long work, left standing when the stage is done; none where nothing is to be shown."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=messages, disable=not shown) as bars:

        def stage(title: str) -> Callable[[int, int], None]:
            task = bars.add_task(title, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield stage


def by_name(stages: Stages) -> Callable[[str, float], None]:
    """Bars for work that names its stages as it goes: told the name and the share that is done, in [0, 1]."""
    bars: dict[str, Callable[[int, int], None]] = {}

    def report(name: str, share: float) -> None:
        if name not in bars:
            bars[name] = stages(name)
        bars[name](round(100 * share), 100)

    return report


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """The one bar of work that has one stage."""
    with progress_stages() as stages:
        yield stages(title)


def output_folder(path: Path, *, holds: str, overwrite: bool) -> Path:
    """Make the folder that a command writes into.

    Args:
        path: The folder.
        holds: A file of an earlier run whose presence means that something would be lost.
        overwrite: Whether it may be lost.

    Raises:
        OutputError: if it is a file, cannot be made, or holds such a file.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: expected a folder, found a file; choose another --out")
    if (path / holds).exists() and not overwrite:
        raise OutputError(f"{path}: holds {holds} of an earlier run; choose another --out, or add --overwrite")
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / ".finsta-write-test").touch()
        (path / ".finsta-write-test").unlink()
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another --out") from error
    return path
