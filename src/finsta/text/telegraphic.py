"""Captions that open without a determiner, "rug on the floor": parsed as if it stood there.

Our definition. The small parser learned from newspapers; the first noun of a telegraphic caption is a verb to it as
often as not ("rug on the floor", "man riding bike"). It reads "the rug on the floor" right; the article is put before
the words and taken away from the parse, so that every offset is that of the text as given.
"""

from typing import Any

from spacy.attrs import DEP, HEAD, LEMMA, MORPH, POS, SENT_START, TAG
from spacy.tokens import Doc

from finsta.text.caption_words import FIXED_NAMES, INSTRUCTIONS, OPENING_WORDS
from finsta.text.lexicon import DETERMINERS, NUMBERS, PERSONAL_PRONOUNS, PREPOSITIONS

ARTICLE = "the"
"""Fits one and many."""

_ATTRIBUTES = [HEAD, DEP, TAG, POS, LEMMA, MORPH, SENT_START]
_NO_NOUN_FOLLOWS = DETERMINERS | frozenset(PERSONAL_PRONOUNS)
_OPEN_OTHERWISE = (
    DETERMINERS | frozenset(PERSONAL_PRONOUNS) | frozenset(NUMBERS) | PREPOSITIONS | OPENING_WORDS | INSTRUCTIONS
)


def opens_bare(doc: Doc) -> bool:
    """Whether a text, tokenised only, opens with a noun or adjective that has no determiner.

    A word with a capital counts only before a gerund ("Man riding a bike"), for it may be a name.
    """
    if len(doc) < 2 or not doc[0].is_alpha:
        return False
    first, second = doc[0].lower_, doc[1].lower_
    if (second == "of" and first in INSTRUCTIONS) or second in FIXED_NAMES.get(first, ()):
        return True  # "slice of pizza", "stop sign"
    if first in _OPEN_OTHERWISE or second in _NO_NOUN_FOLLOWS or first.endswith(("ing", "ly")):
        return False
    return doc[0].is_lower or second.endswith("ing")


def with_article(doc: Doc) -> Doc:
    """The same words after an article."""
    words, spaces = [ARTICLE], [True]
    for token in doc:
        words.append(token.text)
        spaces.append(bool(token.whitespace_))
    return Doc(doc.vocab, words=words, spaces=spaces)


def without_article(parsed: Doc, bare: Doc) -> Doc:
    """The parse of a text that was given an article, on the text without it.

    Args:
        parsed: The parse of :func:`with_article` of ``bare``.
        bare: The text, tokenised only; it takes the annotations.
    """
    rows: Any = parsed.to_array(_ATTRIBUTES)[1:]  # unsigned 64-bit [words, attributes]
    for index, token in enumerate(bare):
        if parsed[index + 1].head.i == 0:  # what hangs on the article: a slip of the parser
            rows[index, 0] = 0
            rows[index, 1] = token.vocab.strings["ROOT"]
    rows[0, -1] = 1
    bare.tensor = parsed.tensor[1:]
    return bare.from_array(_ATTRIBUTES, rows)
