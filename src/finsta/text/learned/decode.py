"""Scores to what a caption says: objects, attributes and relations over its words, with confidences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finsta.graphs.exports.factual import Fact
from finsta.shapes import Float, Int, Tensor
from finsta.text.learned.anchors import Anchor
from finsta.text.learned.batch import Batcher
from finsta.text.learned.caption import Caption
from finsta.text.learned.inventory import Candidate, Inventory
from finsta.text.learned.network import ParserNetwork
from finsta.text.learned.roles import Role
from finsta.text.learned.scorers import all_pairs
from finsta.text.learned.supervision import NO_RELATION

COLUMN = {role: column for column, role in enumerate(Role)}

TOGETHER = 128
"""Captions of alike length that are read at once: more fit no cache."""

SMALLEST = 1e-6


@dataclass(frozen=True, kw_only=True)
class Found:
    """An object or attribute.

    Attributes:
        anchor: Its words.
        name: As the training data writes it.
        confidence: Probability of the head.
    """

    anchor: Anchor
    name: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A relation between two objects, or an object's attribute (``name`` is "is", no ``places``).

    Attributes:
        source, target: Indices among the objects; of an attribute the target is among the attributes.
        name: The relation.
        places: Words of the caption that say it; empty where none does.
        confidence: Its probability.
    """

    source: int
    target: int
    name: str
    places: tuple[int, ...]
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What one caption says."""

    objects: tuple[Found, ...]
    attributes: tuple[Found, ...]
    owned: tuple[Joined, ...]
    relations: tuple[Joined, ...]

    def facts(self) -> list[Fact]:
        """The findings in the form of the training data; an object alone where there is nothing else."""
        owned = [(self.objects[one.source].name, "is", self.attributes[one.target].name) for one in self.owned]
        joined = [(self.objects[one.source].name, one.name, self.objects[one.target].name) for one in self.relations]
        alone = [(found.name,) for found in self.objects]
        return list(dict.fromkeys([*owned, *joined] or alone))


class Reader:
    """Reads captions with trained networks, whose opinions are averaged.

    Args:
        networks: One or more, of one vocabulary, in evaluation mode.
        batcher: Of the same vocabulary.
    """

    def __init__(self, networks: Sequence[ParserNetwork], batcher: Batcher) -> None:
        self.networks = networks
        self.batcher = batcher

    @torch.inference_mode()
    def read(self, captions: Sequence[Caption]) -> list[Findings]:
        """What each caption says; captions of no words say nothing."""
        nothing = Findings(objects=(), attributes=(), owned=(), relations=())
        findings = [nothing] * len(captions)
        full = sorted((index for index, caption in enumerate(captions) if len(caption)), key=lambda i: len(captions[i]))
        for start in range(0, len(full), TOGETHER):
            part = full[start : start + TOGETHER]
            for index, found in zip(part, self._read([captions[index] for index in part]), strict=True):
                findings[index] = found
        return findings

    def _read(self, captions: Sequence[Caption]) -> list[Findings]:
        inventory = self.batcher.vocabulary.inventory
        candidates = [inventory.candidates(caption) for caption in captions]
        batch = self.batcher(captions, candidates)
        states = [network.encoder(batch) for network in self.networks]
        nodes = [network.nodes(state, batch) for network, state in zip(self.networks, states, strict=True)]
        chances = _mean([kinds for kinds, _ in nodes]).sigmoid() * batch.mask[:, :, None]
        likely = chances > 0.5
        alone = ~likely[:, :, 0].any(1)  # every caption names something: its likeliest word
        likely[alone, chances[alone, :, 0].argmax(1), 0] = True
        owned = all_pairs(likely[:, :, 0], likely[:, :, 1])
        pairs = all_pairs(likely[:, :, 0], likely[:, :, 0])
        pairs = pairs[pairs[:, 1] != pairs[:, 2]]  # nothing is related to itself
        opinions = zip(self.networks, states, strict=True)
        own = _mean([network.attributes(state, batch, owned) for network, state in opinions])
        joined = [network.relations(state, batch, pairs) for network, state in zip(self.networks, states, strict=True)]
        related = _agreed([logits for logits, _ in joined]).softmax(-1)
        lengths = _agreed([lengths for _, lengths in nodes]).log_softmax(-1)
        table = _Table(
            captions=captions,
            candidates=candidates,
            chances=chances.tolist(),
            likely=likely.tolist(),
            lengths=lengths.tolist(),
            owned=_rows(owned, own.sigmoid(), len(captions)),
            related=_relation_rows(pairs, related, _mean([spoken for _, spoken in joined]), len(captions)),
        )
        return [self._findings(table, number) for number in range(len(captions))]

    def _findings(self, table: "_Table", number: int) -> Findings:
        caption = table.captions[number]
        heads = {
            role: [word for word, marks in enumerate(table.likely[number]) if marks[column]]
            for role, column in COLUMN.items()
        }
        owned = {(owner, to): chance for owner, to, chance in table.owned[number] if chance > 0.5}
        found = {role: [self._found(table, number, role, head, owned) for head in heads[role]] for role in Role}
        place = {role: {head: index for index, head in enumerate(heads[role])} for role in Role}
        dropped = {
            (owner, to)
            for owner, to in owned
            if found[Role.OBJECT][place[Role.OBJECT][owner]].anchor.start <= to < owner
        }  # what belongs to the name of the object is no attribute of it
        attributes = [
            Joined(
                source=place[Role.OBJECT][owner],
                target=place[Role.ATTRIBUTE][to],
                name="is",
                places=(),
                confidence=chance,
            )
            for (owner, to), chance in owned.items()
            if (owner, to) not in dropped
        ]
        relations = [
            Joined(
                source=place[Role.OBJECT][subject],
                target=place[Role.OBJECT][target],
                name=name,
                places=places,
                confidence=chance,
            )
            for subject, target, label, chance, spoken in table.related[number]
            for name, places in [self._relation(caption, table.candidates[number], label, spoken)]
        ]
        return Findings(
            objects=tuple(found[Role.OBJECT]),
            attributes=tuple(found[Role.ATTRIBUTE]),
            owned=tuple(attributes),
            relations=tuple(relations),
        )

    def _found(self, table: "_Table", number: int, role: Role, head: int, owned: dict[tuple[int, int], float]) -> Found:
        column = COLUMN[role]
        scores = table.lengths[number][head][column][: head + 1]
        if role is Role.OBJECT and owned:
            scores = [score - _cost(owned, head, length) for length, score in enumerate(scores)]
        anchor = Anchor(start=head - scores.index(max(scores)), head=head)
        return Found(
            anchor=anchor,
            name=self.batcher.vocabulary.name(role, table.captions[number].phrase(anchor.start, head)),
            confidence=table.chances[number][head][column],
        )

    def _relation(
        self, caption: Caption, candidates: Sequence[Candidate], label: int, spoken: Sequence[float]
    ) -> tuple[str, tuple[int, ...]]:
        inventory = self.batcher.vocabulary.inventory
        own = label - 1 - len(inventory.relations)
        if own >= 0:
            return candidates[own].name, candidates[own].places
        name = inventory.relations[label - 1]
        return name, _places(caption, name, inventory, spoken)


def _cost(owned: dict[tuple[int, int], float], head: int, length: int) -> float:
    """What it costs a name of some length to take in attributes of its object, which it then no longer has."""
    inside = (owned[head, to] for to in range(head - length, head) if (head, to) in owned)
    return sum((math.log(chance) - math.log(max(1 - chance, SMALLEST)) for chance in inside), 0.0)


def _places(caption: Caption, name: str, inventory: Inventory, spoken: Sequence[float]) -> tuple[int, ...]:
    """For each word of a relation the word of the caption that says it most, if any does."""
    meanings = inventory.meanings(caption)
    places = set()
    for word in name.split():
        options = [index for index, meant in enumerate(meanings) if word in meant and spoken[index] > 0]
        if options:
            places.add(max(options, key=lambda index: spoken[index]))
    return tuple(sorted(places))


@dataclass(frozen=True, kw_only=True)
class _Table:
    """All scores of a batch; pairs by caption."""

    captions: Sequence[Caption]
    candidates: Sequence[Sequence[Candidate]]
    chances: list[list[list[float]]]
    likely: list[list[list[bool]]]
    lengths: list[list[list[list[float]]]]
    owned: list[list[tuple[int, int, float]]]
    related: list[list[tuple[int, int, int, float, list[float]]]]


def _mean(opinions: Sequence[Tensor]) -> Tensor:
    return opinions[0] if len(opinions) == 1 else torch.stack(list(opinions)).mean(0)


def _agreed(opinions: Sequence[Tensor]) -> Tensor:
    """Logits of the geometric mean of distributions."""
    return opinions[0] if len(opinions) == 1 else _mean([logits.log_softmax(-1) for logits in opinions])


def _rows(
    pairs: Int[Tensor, "pairs 3"], chances: Float[Tensor, " pairs"], captions: int
) -> list[list[tuple[int, int, float]]]:
    rows: list[list[tuple[int, int, float]]] = [[] for _ in range(captions)]
    for (caption, first, second), chance in zip(pairs.tolist(), chances.tolist(), strict=True):
        rows[caption].append((first, second, chance))
    return rows


def _relation_rows(
    pairs: Int[Tensor, "pairs 3"],
    chances: Float[Tensor, "pairs labels"],
    spoken: Float[Tensor, "pairs words"],
    captions: int,
) -> list[list[tuple[int, int, int, float, list[float]]]]:
    """Pairs whose likeliest label is a relation."""
    rows: list[list[tuple[int, int, int, float, list[float]]]] = [[] for _ in range(captions)]
    chance, label = chances.max(-1)
    related = (label != NO_RELATION).nonzero()[:, 0]
    for (caption, first, second), which, how, words in zip(
        pairs[related].tolist(),
        label[related].tolist(),
        chance[related].tolist(),
        spoken[related].tolist(),
        strict=True,
    ):
        rows[caption].append((first, second, which, how, words))
    return rows
