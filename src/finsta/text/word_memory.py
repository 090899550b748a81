"""Part of speech, morphology and lemma of a word, asked of spaCy's components once and then remembered.

spaCy's attribute ruler and rule lemmatiser go by a token's form, tag and dependency label, and for a few words by those
of its neighbours ("ai" and "n't"). They take a third of the time of a parse, and captions repeat their words; so their
answers are kept. Nothing changes but the time.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from spacy.attrs import DEP, LEMMA, MORPH, ORTH, POS, TAG
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

NAME = "finsta_word_memory"
REPLACED = ("attribute_ruler", "lemmatizer")
MOST_WORDS = 200_000
"""Answers that are kept; beyond it memory starts anew."""

Word = tuple[int, int, int]
"""Form, tag and dependency label, as spaCy numbers them."""

Pattern = list[dict[str, Any]]

_WORDS_OWN = {"TAG", "DEP", "LOWER", "ORTH"}
"""What a pattern of two words may ask of each."""

_FORMS_OWN = _WORDS_OWN | {
    "TEXT",
    "NORM",
    "SHAPE",
    "LENGTH",
    "IS_SPACE",
    "IS_PUNCT",
    "IS_ALPHA",
    "IS_DIGIT",
    "LIKE_NUM",
}
"""What a pattern of one word may ask: given by its form, tag and label."""


class WordMemory:
    """A component in place of the two that it asks.

    Args:
        components: Called in order on a document with a word that is not known yet.
        vocab: The pipeline's.
        couples: Patterns of two words. Only a word that fits one of them is judged by its neighbours too.
    """

    def __init__(self, components: Iterable[Callable[[Doc], Doc]], vocab: Vocab, couples: Iterable[Pattern]) -> None:
        self.components = tuple(components)
        self.vocab = vocab
        self.parts = [part for couple in couples for part in couple]
        self.fits: dict[Word, int] = {}
        self.answers: dict[tuple[int, ...], tuple[int, ...]] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Annotate a tagged and parsed document in place."""
        return next(iter(self.pipe([doc])))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate documents in place; the words of a batch that are new are judged together."""
        documents = iter(stream)
        while batch := list(islice(documents, batch_size)):
            rows = [_words(doc) for doc in batch]
            self._learn({word for words in rows for word in words if word not in self.answers})
            for doc, words in zip(batch, rows, strict=True):
                yield self._annotate(doc, words)

    def _learn(self, unknown: set[Word]) -> None:
        """Judge words that go by themselves, as one document of them."""
        if len(self.answers) > MOST_WORDS:
            self.answers.clear()
        alone = sorted(word for word in unknown if not self._fit(word))
        if not alone:
            return
        doc = Doc(self.vocab, words=[self.vocab.strings[word[0]] for word in alone])
        given: Any = np.array([word[1:] for word in alone], np.uint64)
        doc.from_array([TAG, DEP], given)
        self.answers.update(zip(alone, self._asked(doc), strict=True))

    def _asked(self, doc: Doc) -> list[tuple[int, ...]]:
        for component in self.components:
            component(doc)
        found: Any = doc.to_array([POS, MORPH, LEMMA])
        return [tuple(row) for row in found.tolist()]

    def _annotate(self, doc: Doc, words: Sequence[Word]) -> Doc:
        fits = [0, *(self._fit(word) for word in words), 0]
        keys = [(*word, fits[at], fits[at + 2]) if fits[at + 1] else word for at, word in enumerate(words)]
        answers = [self.answers.get(key) for key in keys]
        if None in answers:
            self.answers.update(zip(keys, self._asked(doc), strict=True))
        elif answers:
            remembered: Any = np.array(answers, np.uint64)
            doc.from_array([POS, MORPH, LEMMA], remembered)
        return doc

    def _fit(self, word: Word) -> int:
        """One bit for each part of the couples that the word fits."""
        known = self.fits.get(word)
        if known is None:
            form, tag, label = (self.vocab.strings[number] for number in word)
            own = {"ORTH": form, "LOWER": form.lower(), "TAG": tag, "DEP": label}
            known = sum(1 << bit for bit, part in enumerate(self.parts) if _is_met(part, own))
            self.fits[word] = known
        return known


def _words(doc: Doc) -> list[Word]:
    rows: Any = doc.to_array([ORTH, TAG, DEP])
    return [tuple(row) for row in rows.tolist()]


def remember_words(pipeline: Language) -> None:
    """Put a memory in place of the two components, where both are there and judge words as the memory does."""
    if not set(REPLACED) <= set(pipeline.pipe_names):
        return
    ruler, lemmatizer = (pipeline.get_pipe(name) for name in REPLACED)
    patterns: list[Pattern] = [pattern for entry in getattr(ruler, "patterns", []) for pattern in entry["patterns"]]
    couples = [pattern for pattern in patterns if len(pattern) > 1]
    alone = all(part.keys() <= _FORMS_OWN for pattern in patterns if len(pattern) == 1 for part in pattern)
    coupled = all(len(couple) == 2 and _is_simple(part) for couple in couples for part in couple)
    if not (alone and coupled) or getattr(lemmatizer, "mode", None) not in {"rule", "lookup"}:
        return
    memory = WordMemory([ruler, lemmatizer], pipeline.vocab, couples)
    Language.component(NAME, func=memory)
    pipeline.add_pipe(NAME, after=REPLACED[-1])
    for name in REPLACED:
        pipeline.disable_pipe(name)


def _is_simple(part: Mapping[str, Any]) -> bool:
    conditions = (value for value in part.values() if not isinstance(value, str))
    return part.keys() <= _WORDS_OWN and all(value.keys() <= {"IN", "REGEX"} for value in conditions)


def _is_met(part: Mapping[str, Any], own: Mapping[str, str]) -> bool:
    for name, wanted in part.items():
        options = [wanted] if isinstance(wanted, str) else wanted.get("IN", [own[name]])
        expression = "" if isinstance(wanted, str) else wanted.get("REGEX", "")
        if own[name] not in options or not re.search(expression, own[name]):
            return False
    return True
