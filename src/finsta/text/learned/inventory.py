"""The relations that the network chooses from: those of the training data, and new ones that a caption spells out."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from finsta.graphs.exports.factual import Fact
from finsta.text.learned.caption import Caption

MOST_CANDIDATES = 24
"""Relations of a caption's own words that are considered at most."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A relation put together from a verb of the caption and an ending, such as "adorn" or "stroll across".

    Attributes:
        name: The relation.
        places: Index in the caption of each of its words.
    """

    name: str
    places: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Relations, the words they are made of, and which words of captions stand for these.

    Attributes:
        relations: Those that occur at least twice in the training data, most frequent first.
        words: Words of relations; the first, "", stands for all that are rare.
        stands_for: For a word of a caption, the relation words that it goes along with ("lying": "lay").
        endings: What follows the verb in relations ("on", "in front of"); "" is not among them.
    """

    relations: tuple[str, ...]
    words: tuple[str, ...]
    stands_for: Mapping[str, Sequence[str]]
    endings: tuple[str, ...]

    @cached_property
    def number(self) -> dict[str, int]:
        """Index of each relation."""
        return {name: index for index, name in enumerate(self.relations)}

    @cached_property
    def word_number(self) -> dict[str, int]:
        """Index of each relation word."""
        return {word: index for index, word in enumerate(self.words)}

    @cached_property
    def _split_endings(self) -> tuple[tuple[tuple[str, ...], frozenset[str]], ...]:
        split = ((), *(tuple(ending.split()) for ending in self.endings))
        return tuple((words, frozenset(words)) for words in split)

    @cached_property
    def _meanings(self) -> dict[tuple[str, str], frozenset[str]]:
        """What has been asked of :meth:`meanings` before."""
        return {}

    def parts(self, name: str) -> list[int]:
        """Indices of the words of a relation; 0 for a rare one."""
        return [self.word_number.get(word, 0) for word in name.split()]

    def meanings(self, caption: Caption) -> list[frozenset[str]]:
        """For each word of a caption, the relation words that it can stand for."""
        known = self._meanings
        pairs = list(zip(caption.words, caption.lemmas, strict=True))
        for pair in pairs:
            if pair not in known:
                known[pair] = frozenset({*pair, *self.stands_for.get(pair[0], ())})
        return [known[pair] for pair in pairs]

    def candidates(self, caption: Caption) -> list[Candidate]:
        """Relations that the caption spells out and the inventory lacks."""
        found: dict[str, Candidate] = {}
        meanings = self.meanings(caption)
        for verb, tag in enumerate(caption.tags):
            if not tag.startswith("VB") or caption.lemmas[verb] == "be":
                continue
            place: dict[str, int] = {}
            for index in range(verb + 1, len(caption)):
                for meaning in meanings[index]:
                    place.setdefault(meaning, index)
            for ending, words in self._split_endings:
                if not words <= place.keys():
                    continue
                name = " ".join((caption.lemmas[verb], *ending))
                if name not in self.number and name not in found:
                    found[name] = Candidate(name=name, places=(verb, *(place[word] for word in ending)))
        return list(found.values())[:MOST_CANDIDATES]


def build_inventory(pairs: Sequence[tuple[Caption, Sequence[Fact]]]) -> Inventory:
    """Count relations, their words and what stands for them in the training data."""
    relations = Counter(fact[1] for _, facts in pairs for fact in facts if len(fact) == 3 and fact[1] != "is")
    words: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    for name, count in relations.items():
        words.update(dict.fromkeys(name.split(), count))
        endings.update([name.split(" ", 1)[1]] if " " in name else [])
    return Inventory(
        relations=tuple(name for name, count in relations.most_common() if count >= 2),
        words=("", *(word for word, count in words.most_common() if count >= 3)),
        stands_for=_stands_for(pairs, {word: count / len(pairs) for word, count in words.items()}),
        endings=tuple(ending for ending, count in endings.items() if count >= 4),
    )


def _stands_for(
    pairs: Sequence[tuple[Caption, Sequence[Fact]]], share: Mapping[str, float]
) -> dict[str, tuple[str, ...]]:
    """Relation words that come with a word of the caption in 3 of 10 cases, and 5 times as often as without it."""
    frequency: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for caption, facts in pairs:
        seen = set(caption.words)
        said = {word for fact in facts if len(fact) == 3 and fact[1] != "is" for word in fact[1].split()}
        frequency.update(seen)
        together.update((word, other) for word in seen for other in said)
    meanings: dict[str, list[str]] = defaultdict(list)
    for (word, other), count in sorted(together.items()):
        chance = count / frequency[word]
        if count >= 3 and chance >= 0.3 and chance > 5 * share[other] and word != other:
            meanings[word].append(other)
    return {word: tuple(others) for word, others in meanings.items()}
