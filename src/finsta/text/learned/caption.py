"""What the network sees of a text: its words with spaCy's tags, tree and vectors."""

from dataclasses import dataclass

import numpy as np
from spacy.tokens import Doc, Span

from finsta.text.learned.hints import NO_HINT, Hint
from finsta.text.learned.spelling import Spelling

NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Caption:
    """The words of one sentence.

    Attributes:
        words: In lower case, slips of spelling put right.
        lemmas: spaCy's normal forms, in lower case.
        tags: Fine part-of-speech tags.
        dependencies: Labels of the arcs to the heads.
        heads: Index of the head of each word; the root's is its own.
        vectors: spaCy's context vectors, float32 ``[words, width]``.
        hint: What the rules say.
    """

    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    tags: tuple[str, ...]
    dependencies: tuple[str, ...]
    heads: tuple[int, ...]
    vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
    hint: Hint = NO_HINT

    def __len__(self) -> int:
        return len(self.words)

    def phrase(self, start: int, head: int) -> str:
        """The words from ``start`` to ``head``, that one included."""
        return " ".join(self.words[start : head + 1])


def read_caption(sentence: Doc | Span, spelling: Spelling, hint: Hint = NO_HINT) -> Caption:
    """A parsed sentence as the network takes it; indices count from the sentence's first token."""
    tokens = list(sentence)
    first = tokens[0].i if tokens else 0
    last = first + len(tokens) - 1
    doc = sentence if isinstance(sentence, Doc) else sentence.doc
    return Caption(
        words=tuple(spelling(token.text, token.lemma_) for token in tokens),
        lemmas=tuple(token.lemma_.lower() for token in tokens),
        tags=tuple(token.tag_ for token in tokens),
        dependencies=tuple(token.dep_ for token in tokens),
        heads=tuple(min(max(token.head.i, first), last) - first for token in tokens),
        vectors=np.asarray(doc.tensor[first : last + 1], dtype=np.float32),
        hint=hint,
    )
