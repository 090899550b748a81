"""METEOR's alignment of two word lists: which words, or phrases, of one are matched to which of the other.

Every pair of words that are the same, or have one stem, or share a synonym set, is a possible match, and so is every
pair of phrases that a table of paraphrases holds. A match that overlaps no other is taken. Of the rest a beam search
from left to right over the reference keeps the forty best ways to go on: more words matched, then fewer chunks, then
matches nearer to their own place. As in METEOR 1.5, the search counts a word that is not matched exactly as half a word
rounded down, and adds the distance of a match to the path that leaves it out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from finsta.metrics.captions.stemmer import stem

BEAM = 40

EXACT, STEM, SYNONYM, PARAPHRASE = range(4)
"""Kinds of match, in the order in which they are looked for."""

Phrases = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
"""Of each phrase those that mean the same."""


@dataclass(frozen=True, slots=True)
class Match:
    """Words of the reference from ``start`` on, and words of the candidate from ``other`` on, that mean the same."""

    kind: int
    start: int
    length: int
    other: int
    other_length: int


@dataclass(slots=True)
class _Path:
    """A way through the reference up to some word."""

    matches: list[Match | None]
    used: list[bool]
    other_used: list[bool]
    place: int = 0
    end: int = -1
    matched: int = 0
    chunks: int = 0
    distance: int = 0

    def copy(self) -> "_Path":
        """The same way, to go on differently."""
        state = (self.place, self.end, self.matched, self.chunks, self.distance)
        return _Path(self.matches[:], self.used[:], self.other_used[:], *state)

    def take(self, match: Match) -> None:
        """Go on by a match."""
        share = 1.0 if match.kind == EXACT else 0.5
        self.matched += int(match.other_length * share) + int(match.length * share)
        if self.end not in (-1, match.other):
            self.chunks += 1
        self.place = match.start + match.length
        self.end = match.other + match.other_length

    def occupy(self, match: Match) -> None:
        """Mark the words of a match as used."""
        self.matches[match.start] = match
        self.used[match.start : match.start + match.length] = [True] * match.length
        self.other_used[match.other : match.other + match.other_length] = [True] * match.other_length

    def free(self, match: Match) -> bool:
        """Whether no word of a match is used."""
        ours = self.used[match.start : match.start + match.length]
        return not any(ours) and not any(self.other_used[match.other : match.other + match.other_length])

    def order(self) -> tuple[int, int, int]:
        """Better ways come first."""
        return -self.matched, self.chunks, self.distance


@dataclass
class Aligner:
    """Aligns candidates with references.

    Attributes:
        meanings: The synonym sets of a word.
        phrases: Paraphrases; none by default.
    """

    meanings: Callable[[str], frozenset[str]]
    phrases: Phrases = field(default_factory=dict)

    def __call__(self, candidate: Sequence[str], reference: Sequence[str]) -> list[Match]:
        """The best matches in order of the reference."""
        possible = self._possible(candidate, reference)
        path = _Path([None] * len(reference), [False] * len(reference), [False] * len(candidate))
        cover, other_cover = _cover(possible, len(reference), len(candidate))
        for matches in possible:
            for match in matches[:1] if len(matches) == 1 else ():
                here = cover[match.start : match.start + match.length]
                there = other_cover[match.other : match.other + match.other_length]
                if all(count == 1 for count in (*here, *there)):
                    path.occupy(match)
        return [match for match in _search(path, possible).matches if match is not None]

    def _possible(self, candidate: Sequence[str], reference: Sequence[str]) -> list[list[Match]]:
        """All matches by the word of the reference that they start at."""
        possible: list[list[Match]] = [[] for _ in reference]
        same = list(candidate) == list(reference)
        for start, word in enumerate(reference):
            pairs = [(other, ours, word == ours) for other, ours in enumerate(candidate)]
            possible[start] += [Match(EXACT, start, 1, other, 1) for other, _, equal in pairs if equal]
            if same:
                continue
            root, sets = stem(word), self.meanings(word)
            rest = [(other, ours) for other, ours, equal in pairs if not equal]
            possible[start] += [Match(STEM, start, 1, other, 1) for other, ours in rest if stem(ours) == root]
            possible[start] += [
                Match(SYNONYM, start, 1, other, 1) for other, ours in rest if not sets.isdisjoint(self.meanings(ours))
            ]
        if self.phrases and not same:
            for match in _paraphrases(self.phrases, candidate, reference):
                possible[match.start].append(match)
        return possible


def chunks_of(matches: Sequence[Match]) -> int:
    """Runs of matches that follow each other in both lists."""
    chunks, place, end = 0, -1, -1
    for match in matches:
        chunks += not (match.start == place and match.other == end)
        place, end = match.start + match.length, match.other + match.other_length
    return chunks


def _paraphrases(phrases: Phrases, candidate: Sequence[str], reference: Sequence[str]) -> list[Match]:
    """Matches by the table: phrases of the reference first, then phrases of the candidate."""
    found = [
        Match(PARAPHRASE, start, length, other, other_length)
        for start, length, other, other_length in _phrase_pairs(phrases, reference, candidate)
    ]
    found += [
        Match(PARAPHRASE, other, other_length, start, length)
        for start, length, other, other_length in _phrase_pairs(phrases, candidate, reference)
    ]
    return found


def _phrase_pairs(phrases: Phrases, ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int, int, int]]:
    pairs = []
    for start in range(len(ours)):
        for length in range(1, len(ours) - start + 1):
            for other in phrases.get(tuple(ours[start : start + length]), ()):
                size = len(other)
                pairs += [
                    (start, length, place, size)
                    for place in range(len(theirs) - size + 1)
                    if tuple(theirs[place : place + size]) == other
                ]
    return pairs


def _cover(possible: Sequence[Sequence[Match]], ours: int, theirs: int) -> tuple[list[int], list[int]]:
    """How many possible matches each word stands in."""
    cover, other_cover = [0] * ours, [0] * theirs
    for matches in possible:
        for match in matches:
            for place in range(match.start, match.start + match.length):
                cover[place] += 1
            for place in range(match.other, match.other + match.other_length):
                other_cover[place] += 1
    return cover, other_cover


def _search(start: _Path, possible: Sequence[Sequence[Match]]) -> _Path:
    paths = [start]
    for current, matches in enumerate(possible):
        following: list[_Path] = []
        for path in sorted(paths, key=_Path.order)[:BEAM]:
            if path.used[current]:
                fixed = path.matches[path.place] if current >= path.place else None
                if fixed is not None:
                    path.take(fixed)
                    path.distance += abs(fixed.start - fixed.other)
                if fixed is not None or current < path.place:
                    following.append(path)
                continue
            for match in matches:
                if path.free(match):
                    chosen = path.copy()
                    chosen.occupy(match)
                    chosen.take(match)
                    path.distance += abs(match.start - match.other)
                    following.append(chosen)
            if path.end != -1:
                path.chunks += 1
                path.end = -1
            path.place += 1
            following.append(path)
        paths = following or paths[:1]
    paths = sorted(paths, key=_Path.order)[:BEAM]
    for path in paths:
        path.chunks += path.end != -1
    return min(paths, key=_Path.order)
