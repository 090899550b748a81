"""Captions as padded tensors. They are short and of alike length, so padding costs little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import torch

from finsta.shapes import Bool, Float, Int, Tensor
from finsta.text.learned.caption import Caption
from finsta.text.learned.inventory import Candidate, Inventory
from finsta.text.learned.roles import LONGEST, Role
from finsta.text.learned.supervision import label_of_relation, own_labels
from finsta.text.learned.vocabulary import PADDING, UNKNOWN, Vocabulary, pieces

FARTHEST = 16
"""Distances between words beyond this count as this."""

RARE = 20
"""Words with fewer occurrences in the training data are sometimes hidden in training."""

HINTS = len(Role) * LONGEST
"""Features of a word that the rules give."""

_pieces = cache(pieces)


@dataclass(frozen=True, kw_only=True)
class CaptionBatch:
    """Captions, padded to the longest, and how their words match the relations of the inventory.

    Attributes:
        words, tags, dependencies: Rows of tables.
        heads: Distance to the head, from 0 to 2 * ``FARTHEST``.
        distinct: Which of the distinct words of the batch each is.
        pieces: Of each distinct word, rows of the table of letter sequences.
        rare: Whether a word is rare in the training data.
        vectors: spaCy's context vectors.
        lengths: Words of each caption.
        matches: 1 where a word can stand for a word of a relation.
        missing: How many words of a relation nothing in the caption stands for.
        candidate_words: 1 for each relation word of a caption's own candidates.
        candidate_matches: 1 for the words that a candidate is put together from.
        is_candidate: False where a caption has fewer candidates.
        hints: What the rules say of each word: for each role 1 at the length of the phrase that ends there.
        hinted_attributes: 1 where the rules give an object an attribute.
        hinted_relations: The rules' label of each pair of objects, ``IGNORED`` where it has none.
    """

    words: Int[Tensor, "captions words"]
    tags: Int[Tensor, "captions words"]
    dependencies: Int[Tensor, "captions words"]
    heads: Int[Tensor, "captions words"]
    distinct: Int[Tensor, "captions words"]
    pieces: Int[Tensor, "distinct_words pieces"]
    rare: Bool[Tensor, "captions words"]
    vectors: Float[Tensor, "captions words width"]
    lengths: Int[Tensor, " captions"]
    matches: Float[Tensor, "captions words relations"]
    missing: Float[Tensor, "captions relations"]
    candidate_words: Float[Tensor, "captions candidates relation_words"]
    candidate_matches: Float[Tensor, "captions words candidates"]
    is_candidate: Bool[Tensor, "captions candidates"]
    hints: Float[Tensor, "captions words hints"]
    hinted_attributes: Int[Tensor, "captions words words"]
    hinted_relations: Int[Tensor, "captions words words"]

    @property
    def mask(self) -> Bool[Tensor, "captions words"]:
        """True = real word."""
        return torch.arange(self.words.shape[1]) < self.lengths[:, None]


class Batcher:
    """Makes batches; keeps what depends on the vocabulary alone."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.contains, self.parts = relation_words(vocabulary.inventory)

    def __call__(
        self, captions: Sequence[Caption], candidates: Sequence[Sequence[Candidate]] | None = None
    ) -> CaptionBatch:
        """The batch of captions that have at least one word each.

        Args:
            captions: In any order.
            candidates: The inventory's for each caption, where they are at hand.
        """
        vocabulary, inventory = self.vocabulary, self.vocabulary.inventory
        found = candidates or [inventory.candidates(caption) for caption in captions]
        longest = max(len(caption) for caption in captions)

        def padded(rows: Sequence[Sequence[int]]) -> Int[Tensor, "captions words"]:
            return torch.tensor([[*row, *([PADDING] * (longest - len(row)))] for row in rows])

        def numbered(rows: Sequence[Sequence[str]], table: dict[str, int]) -> Int[Tensor, "captions words"]:
            return padded([[table.get(entry, UNKNOWN) for entry in row] for row in rows])

        matches, missing = self._matches(captions, longest)
        candidate_words, candidate_matches, is_candidate = _candidates(found, inventory, longest)
        distinct = {"": PADDING}
        for caption in captions:
            for word in caption.words:
                distinct.setdefault(word, len(distinct))
        counts = [[vocabulary.words.get(word, 0) for word in caption.words] for caption in captions]
        return CaptionBatch(
            words=numbered([caption.words for caption in captions], vocabulary.word_number),
            tags=numbered([caption.tags for caption in captions], vocabulary.tag_number),
            dependencies=numbered([caption.dependencies for caption in captions], vocabulary.dependency_number),
            heads=padded([_distances(caption) for caption in captions]),
            distinct=numbered([caption.words for caption in captions], distinct),
            pieces=_piece_rows(distinct),
            rare=padded([[int(count < RARE) for count in row] for row in counts]).bool(),
            vectors=torch.nn.utils.rnn.pad_sequence([torch.from_numpy(c.vectors) for c in captions], batch_first=True),
            lengths=torch.tensor([len(caption) for caption in captions]),
            matches=matches,
            missing=missing,
            candidate_words=candidate_words,
            candidate_matches=candidate_matches,
            is_candidate=is_candidate,
            **_hints(captions, found, inventory, longest),
        )

    def _matches(
        self, captions: Sequence[Caption], longest: int
    ) -> tuple[Float[Tensor, "captions words relations"], Float[Tensor, "captions relations"]]:
        inventory = self.vocabulary.inventory
        stands = torch.zeros(len(captions), len(inventory.words))
        matches = torch.zeros(len(captions) * longest, len(inventory.relations))
        place = [
            (number, index, inventory.word_number[meaning])
            for number, caption in enumerate(captions)
            for index, meanings in enumerate(inventory.meanings(caption))
            for meaning in meanings
            if meaning in inventory.word_number
        ]
        if place:
            number, index, meaning = torch.tensor(place).T
            stands[number, meaning] = 1
            matches.index_add_(0, number * longest + index, self.contains[meaning])
        return matches.clamp_max_(1).unflatten(0, (-1, longest)), self.parts - stands @ self.contains


def relation_words(
    inventory: Inventory,
) -> tuple[Float[Tensor, "relation_words relations"], Float[Tensor, " relations"]]:
    """1 where a relation has a word, and how many words each has."""
    contains = torch.zeros(len(inventory.words), len(inventory.relations))
    parts = torch.zeros(len(inventory.relations))
    for name, number in inventory.number.items():
        contains[inventory.parts(name), number] = 1
        parts[number] = len(name.split())
    return contains, parts


def distance(start: Tensor, end: Tensor) -> Tensor:
    """The row of the table of distances for a step from one word to another."""
    return (end - start).clamp(-FARTHEST, FARTHEST) + FARTHEST


def _distances(caption: Caption) -> list[int]:
    return [min(max(head - index, -FARTHEST), FARTHEST) + FARTHEST for index, head in enumerate(caption.heads)]


def _piece_rows(words: Iterable[str]) -> Int[Tensor, "words pieces"]:
    rows = [_pieces(word) if word else [] for word in words]
    most = max(map(len, rows))
    return torch.tensor([[*row, *([PADDING] * (most - len(row)))] for row in rows])


def _hints(
    captions: Sequence[Caption], candidates: Sequence[Sequence[Candidate]], inventory: Inventory, longest: int
) -> dict[str, Tensor]:
    words = torch.zeros(len(captions), longest, HINTS)
    attributes, relations = torch.zeros(2, len(captions), longest, longest, dtype=torch.long)
    marks = [
        (number, head, column * LONGEST + length)
        for number, caption in enumerate(captions)
        for column, role in enumerate(Role)
        for head, length in caption.hint.lengths[role].items()
    ]
    owned = [(number, *pair) for number, caption in enumerate(captions) for pair in caption.hint.attributes]
    joined = []
    for number, (caption, own) in enumerate(zip(captions, candidates, strict=True)):
        names = own_labels(own) if caption.hint.relations else {}
        joined += [
            (number, *pair, label_of_relation(name, inventory, names)) for pair, name in caption.hint.relations.items()
        ]
    if marks:
        words[tuple(torch.tensor(marks).T)] = 1
    if owned:
        attributes[tuple(torch.tensor(owned).T)] = 1
    if joined:
        *place, label = torch.tensor(joined).T
        relations[tuple(place)] = label
    return {"hints": words, "hinted_attributes": attributes, "hinted_relations": relations}


def _candidates(
    found: Sequence[Sequence[Candidate]], inventory: Inventory, longest: int
) -> tuple[
    Float[Tensor, "captions candidates relation_words"],
    Float[Tensor, "captions words candidates"],
    Bool[Tensor, "captions candidates"],
]:
    most = max(1, *(len(candidates) for candidates in found))
    words = torch.zeros(len(found), most, len(inventory.words))
    matches = torch.zeros(len(found), longest, most)
    real = torch.zeros(len(found), most, dtype=torch.bool)
    for number, candidates in enumerate(found):
        for index, candidate in enumerate(candidates):
            real[number, index] = True
            words[number, index, inventory.parts(candidate.name)] = 1
            matches[number, list(candidate.places), index] = 1
    return words, matches, real
