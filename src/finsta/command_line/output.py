"""What the commands print with: messages on standard error, results on standard output, one bar for long work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from finsta.errors import OutputError

messages = Console(stderr=True, highlight=False, soft_wrap=True)
results = Console(file=sys.stdout, highlight=False, soft_wrap=True)


def warn(message: str) -> None:
    """A warning: the work goes on."""
    messages.print("warning:", style="yellow", end=" ")
    messages.print(message, markup=False)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told ``(done, total)``; it is left standing when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
