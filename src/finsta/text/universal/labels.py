"""Labels of spaCy's pipelines to UD: most are UD; English, German and Chinese have their own."""

from collections.abc import Iterable

from spacy.tokens import Doc

from finsta.text.universal.chinese import from_chinese
from finsta.text.universal.clear import from_clear
from finsta.text.universal.tiger import from_tiger


def scheme_of(labels: Iterable[str]) -> str:
    """``tiger`` (German), ``clear`` (English), ``chinese`` or ``universal``, by the labels that a parser knows."""
    known = set(labels)
    if {"sb", "nk"} <= known:
        return "tiger"
    if {"pobj", "dobj"} <= known:
        return "clear"
    if "dobj" in known:
        return "chinese"
    return "universal"


CONVERTERS = {"tiger": from_tiger, "clear": from_clear, "chinese": from_chinese}


def to_universal(doc: Doc, scheme: str) -> Doc:
    """The same text with UD heads and relations."""
    convert = CONVERTERS.get(scheme)
    return doc if convert is None or not len(doc) else convert(doc)
