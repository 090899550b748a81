"""All that the learned parser knows besides its weights: words, tags, names and relations, in one JSON file."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from finsta.errors import FormatError
from finsta.graphs.exports.factual import Fact
from finsta.graphs.serialization import write_text
from finsta.text.learned.anchors import Anchor
from finsta.text.learned.caption import NUMBERS, Caption
from finsta.text.learned.inventory import Inventory, build_inventory
from finsta.text.learned.roles import Role
from finsta.text.learned.spelling import Spelling

FORMAT, VERSION = "finsta-text-parser", 1
PIECES = 8192
"""Rows of the table of letter sequences."""

PADDING, UNKNOWN = 0, 1
"""The first two rows of every table of words and tags."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Tables of the learned parser.

    Attributes:
        words: Number of occurrences in the training captions of each word that occurs twice.
        tags: Part-of-speech tags.
        dependencies: Dependency labels.
        object_names: How the data names objects, for phrases that it names otherwise than word for word.
        attribute_names: The same for attributes.
        inventory: Relations.
    """

    words: Mapping[str, int]
    tags: tuple[str, ...]
    dependencies: tuple[str, ...]
    object_names: Mapping[str, str]
    attribute_names: Mapping[str, str]
    inventory: Inventory

    @cached_property
    def word_number(self) -> dict[str, int]:
        """Row of each word."""
        return {word: index for index, word in enumerate(self.words, start=UNKNOWN + 1)}

    @cached_property
    def tag_number(self) -> dict[str, int]:
        """Row of each tag."""
        return {tag: index for index, tag in enumerate(self.tags, start=UNKNOWN + 1)}

    @cached_property
    def dependency_number(self) -> dict[str, int]:
        """Row of each dependency label."""
        return {label: index for index, label in enumerate(self.dependencies, start=UNKNOWN + 1)}

    def name(self, role: Role, phrase: str) -> str:
        """How the data names what a phrase says: in general word for word, numbers in digits."""
        names = self.object_names if role is Role.OBJECT else self.attribute_names
        return names.get(phrase, NUMBERS.get(phrase, phrase))

    def spelling(self, known: Iterable[str]) -> Spelling:
        """The corrector for words that are neither ``known`` nor in the training data."""
        return make_spelling(self.words, known)

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        document = {"format": FORMAT, "version": VERSION, **asdict(self)}
        write_text(path, json.dumps(document, ensure_ascii=False, indent=0) + "\n")


def make_spelling(words: Mapping[str, int], known: Iterable[str]) -> Spelling:
    """Correct to words that occur at least five times; leave alone what occurs three times or is ``known``."""
    frequent = {word: count for word, count in words.items() if count >= 5}
    return Spelling(frequent, [*known, *(word for word, count in words.items() if count >= 3)])


def load_vocabulary(path: Path) -> Vocabulary:
    """Read what :meth:`Vocabulary.save` wrote.

    Raises:
        FormatError: if the file cannot be read or is of another format or version.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = f"format {document.pop('format', None)!r}, version {document.pop('version', None)!r}"
        if found != f"format {FORMAT!r}, version {VERSION!r}":
            raise FormatError(f"{path}: expected format {FORMAT!r}, version {VERSION!r}; found {found}")
        inventory = document.pop("inventory")
        lists = {name: tuple(inventory[name]) for name in ("relations", "words", "endings")}
        return Vocabulary(
            **{**document, "tags": tuple(document["tags"]), "dependencies": tuple(document["dependencies"])},
            inventory=Inventory(**lists, stands_for=inventory["stands_for"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{path}: not the vocabulary of a text parser: {error!r}; train or fetch it anew") from error


def build_vocabulary(
    pairs: Sequence[tuple[Caption, Sequence[Fact]]], anchors: Sequence[Mapping[tuple[Role, str], Anchor]]
) -> Vocabulary:
    """Count the training data."""
    words = Counter(word for caption, _ in pairs for word in caption.words)
    names: dict[Role, dict[str, Counter[str]]] = {role: {} for role in Role}
    for (caption, _), found in zip(pairs, anchors, strict=True):
        for (role, name), anchor in found.items():
            names[role].setdefault(caption.phrase(anchor.start, anchor.head), Counter())[name] += 1
    return Vocabulary(
        words={word: count for word, count in words.most_common() if count >= 2},
        tags=tuple(sorted({tag for caption, _ in pairs for tag in caption.tags})),
        dependencies=tuple(sorted({label for caption, _ in pairs for label in caption.dependencies})),
        object_names=_exceptions(names[Role.OBJECT]),
        attribute_names=_exceptions(names[Role.ATTRIBUTE]),
        inventory=build_inventory(pairs),
    )


def _exceptions(names: Mapping[str, Counter[str]]) -> dict[str, str]:
    usual = {phrase: counts.most_common(1)[0][0] for phrase, counts in names.items()}
    return {phrase: name for phrase, name in sorted(usual.items()) if name != NUMBERS.get(phrase, phrase)}


def pieces(word: str) -> list[int]:
    """Rows of a word's letter sequences of length three to five, by the FNV-1a hash; at most 24."""
    marked = f"<{word}>"
    found = [marked[at : at + size] for size in (3, 4, 5) for at in range(len(marked) - size + 1)]
    return [1 + _hash(piece) % (PIECES - 1) for piece in found[:24]]


def _hash(piece: str) -> int:
    value = 2166136261
    for byte in piece.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value
