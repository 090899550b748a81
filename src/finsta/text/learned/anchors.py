"""Where in its caption each object and attribute of a gold graph is named: the supervision of the network.

Our definition. A name is anchored at the last word of the phrase that names it; what no word resembles ("people" for
"they") at the word that it goes along with most often in the training data.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from finsta.graphs.exports.factual import Fact
from finsta.text.learned.caption import NUMBERS, Caption
from finsta.text.learned.roles import LONGEST, Role

ALIKE = 0.75
"""Least similarity of two spellings of one word."""

FUNCTION_WORDS = frozenset({"a", "the", "on", "of", "in", "is", "with", "and", ".", ","})
"""Words that go along with everything and name nothing."""


@dataclass(frozen=True, kw_only=True, order=True)
class Anchor:
    """The words ``start`` to ``head``, that one included; ordered by head."""

    head: int
    start: int


Association = Mapping[tuple[Role, str, str], float]
"""How much a name, in a role, goes along with a word of the caption, for names that no word resembles."""


def named(facts: Iterable[Fact]) -> dict[Role, list[str]]:
    """The names in a graph by role, each once, in order."""
    objects: dict[str, None] = {}
    attributes: dict[str, None] = {}
    for fact in facts:
        objects[fact[0]] = None
        if len(fact) == 3:
            (attributes if fact[1] == "is" else objects)[fact[2]] = None
    return {Role.OBJECT: list(objects), Role.ATTRIBUTE: list(attributes)}


def anchor_names(
    caption: Caption, facts: Sequence[Fact], association: Association | None = None
) -> dict[tuple[Role, str], Anchor]:
    """Anchors of the names of a graph, on different heads for each role where there is a choice.

    Names without any are left out.
    """
    found: dict[tuple[Role, str], Anchor] = {}
    for role, names in named(facts).items():
        places = {name: _places(caption, name) for name in names}
        taken: set[int] = set()
        for name in sorted(names, key=lambda name: -max((score for score, _ in places[name]), default=0.0)):
            options = places[name] or _associated(caption, role, name, association or {}, taken)
            if options:
                _, anchor = max(
                    options, key=lambda option: (option[0] - 0.5 * (option[1].head in taken), option[1].head)
                )
                taken.add(anchor.head)
                found[role, name] = anchor
    return found


def associate(pairs: Sequence[tuple[Caption, Sequence[Fact]]]) -> dict[tuple[Role, str, str], float]:
    """Learn the association from captions and their facts: squared joint count over the product of both counts."""
    together: Counter[tuple[Role, str, str]] = Counter()
    unplaced: Counter[tuple[Role, str]] = Counter()
    frequency: Counter[str] = Counter()
    for caption, facts in pairs:
        words = set(caption.words)
        frequency.update(words)
        found = anchor_names(caption, facts)
        covered = {
            caption.words[index]
            for (role, _), anchor in found.items()
            if role is Role.OBJECT
            for index in range(anchor.start, anchor.head + 1)
        }
        for role, names in named(facts).items():
            for name in names:
                if (role, name) not in found:
                    unplaced[role, name] += 1
                    free = words - covered if role is Role.OBJECT else words
                    together.update((role, name, word) for word in free)
    return {
        (role, name, word): count * count / (unplaced[role, name] * frequency[word])
        * (0.05 if word in FUNCTION_WORDS else 1.0)
        for (role, name, word), count in together.items()
        if count >= 2 or unplaced[role, name] == 1
    }  # fmt: skip


def _associated(
    caption: Caption, role: Role, name: str, association: Association, taken: set[int]
) -> list[tuple[float, Anchor]]:
    return [
        (association[role, name, word], Anchor(start=index, head=index))
        for index, word in enumerate(caption.words)
        if index not in taken and (role, name, word) in association
    ]


def _places(caption: Caption, name: str) -> list[tuple[float, Anchor]]:
    """Where a name may stand, with a score in (0, 1]: word for word, written apart or together, or nearly so."""
    parts = name.lower().split()
    return _word_for_word(caption, parts) or _joined(caption, parts) or _nearly(caption, parts)


def _word_for_word(caption: Caption, parts: list[str]) -> list[tuple[float, Anchor]]:
    found = []
    for start in range(len(caption) - len(parts) + 1):
        scores = [_agreement(caption, start + offset, part) for offset, part in enumerate(parts)]
        if all(scores):
            found.append((sum(scores) / len(parts), Anchor(start=start, head=start + len(parts) - 1)))
    return found


def _agreement(caption: Caption, index: int, part: str) -> float:
    return 1.0 if caption.words[index] == part else 0.95 * (part in _forms(caption, index))


def _forms(caption: Caption, index: int) -> set[str]:
    word = caption.words[index]
    forms = {word, caption.lemmas[index], NUMBERS.get(word, word)}
    for ending, other in (("s", ""), ("es", ""), ("ies", "y")):
        if word.endswith(ending):
            forms.add(word.removesuffix(ending) + other)
    return forms


def _joined(caption: Caption, parts: list[str]) -> list[tuple[float, Anchor]]:
    """As "sidewalk" for "side walk"."""
    wanted = "".join(parts).replace("-", "")
    found = []
    for start in range(len(caption)):
        joined = ""
        for head in range(start, min(len(caption), start + LONGEST)):
            joined += caption.words[head].replace("-", "")
            if joined.rstrip("s") == wanted.rstrip("s"):
                found.append((0.9, Anchor(start=start, head=head)))
    return found


def _nearly(caption: Caption, parts: list[str]) -> list[tuple[float, Anchor]]:
    wanted = "".join(parts)
    found = []
    for index in range(len(caption)):
        scores = [_likeness(form, wanted) for form in _forms(caption, index)]
        if len(parts) > 1:
            scores.append(0.9 * _likeness(caption.words[index], parts[-1]))
        if max(scores):
            found.append((0.8 * max(scores), Anchor(start=index, head=index)))
    return found


def _likeness(left: str, right: str) -> float:
    if left == right:
        return 1.0
    if min(len(left), len(right)) < 4:
        return 0.0
    ratio = SequenceMatcher(None, left, right).ratio()
    return ratio if ratio >= ALIKE else 0.0
