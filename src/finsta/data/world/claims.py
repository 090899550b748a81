"""What a caption says, before it is put into words. A hard negative is the same claim with one thing changed."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from finsta.data.world.scene import Event, Relation, Scene, Thing
from finsta.data.world.settings import WorldConfig
from finsta.data.world.vocabulary import ADVERBS, VERBS

Voice = Literal["active", "passive"]
Shared = Literal["said", "it", "left out"]


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is said of a thing. ``size`` and ``texture`` only where they are said."""

    noun: str
    shape: str
    colour: str
    size: str | None
    texture: str | None

    def fits(self, thing: Thing) -> bool:
        """Whether a thing can be called so."""
        return (
            thing.shape == self.shape
            and thing.colour == self.colour
            and self.size in (None, thing.size)
            and self.texture in (None, thing.texture)
        )


@dataclass(frozen=True, kw_only=True)
class Clause:
    """What is said of an event. ``subject`` and ``object`` are keys of the claim's ``things``.

    Attributes:
        predicate: A key of ``VERBS``.
        form: Which of the verb's two forms is used.
        pace: ``"slowly"`` or ``"quickly"`` where the pace is said.
        pace_word: Which of its words.
        pace_last: Whether the adverb ends the clause, instead of standing before the verb.
        voice: Active or passive.
    """

    predicate: str
    form: int
    pace: str | None
    pace_word: int
    pace_last: bool
    voice: Voice
    subject: int
    object: int | None

    @property
    def adverb(self) -> str | None:
        """The adverb as it is said."""
        return None if self.pace is None else ADVERBS[self.pace][self.pace_word]

    @property
    def leading(self) -> int:
        """The thing that stands before the verb."""
        return self.subject if self.voice == "active" or self.object is None else self.object


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A caption's content. The clauses are in the order of the events.

    Attributes:
        things: The things that are mentioned.
        clauses: One or two.
        relation: Of two clauses.
        template: Which of the templates of that relation.
        style: How verbs stand: ``present``, ``progressive``, or ``nominal`` (one event only).
        definite: Whether first mentions take "the".
        shared: How the second clause names its leading thing, where it is that of the first clause too.
    """

    things: dict[int, Description]
    clauses: tuple[Clause, ...]
    relation: Relation | None
    template: int
    style: Literal["present", "progressive", "nominal"]
    definite: bool
    shared: Shared = "said"

    def with_clause(self, place: int, clause: Clause) -> "Claim":
        """The same claim with another clause."""
        return replace(self, clauses=(*self.clauses[:place], clause, *self.clauses[place + 1 :]))


TEMPLATES: dict[Relation | None, tuple[str, ...]] = {
    None: ("{0}",),
    "sequence": (
        "{0} , then {1}",
        "{0} and then {1}",
        "first {0} , then {1}",
        "{0} before {1}",
        "{1} after {0}",
        "after {0} , {1}",
    ),
    "while": ("{0} while {1}", "while {0} , {1}"),
}
"""The sentences; clause 0 is the earlier event."""

_IN_ORDER = 3
"""So many templates of a sequence name the events in order and can share a subject."""


def describe(scene: Scene, rng: np.random.Generator, config: WorldConfig) -> Claim:
    """A true claim about all events of a scene."""
    clauses = tuple(_clause(event, rng, config) for event in scene.events)
    named = sorted({thing for clause in clauses for thing in (clause.subject, clause.object) if thing is not None})
    templates = TEMPLATES[scene.relation]
    style = rng.choice(["present", "progressive", "nominal"] if len(clauses) == 1 else ["present", "progressive"])
    claim = Claim(
        things={thing: _description(scene.things[thing], rng) for thing in named},
        clauses=clauses,
        relation=scene.relation,
        template=int(rng.integers(len(templates))),
        style=style.item(),
        definite=bool(rng.random() < 0.4),
    )
    return replace(claim, shared=_shared(claim, rng))


def _shared(claim: Claim, rng: np.random.Generator) -> Shared:
    may = (
        claim.relation == "sequence"
        and claim.template < _IN_ORDER
        and claim.clauses[0].leading == claim.clauses[1].leading
        and all(clause.voice == "active" for clause in claim.clauses)
    )
    if not may or rng.random() < 0.5:
        return "said"
    return "left out" if claim.style == "present" and rng.random() < 0.5 else "it"


def _description(thing: Thing, rng: np.random.Generator) -> Description:
    return Description(
        noun=thing.noun,
        shape=thing.shape,
        colour=thing.colour,
        size=thing.size if rng.random() < 0.35 else None,
        texture=thing.texture if thing.texture != "plain" and rng.random() < 0.5 else None,
    )


PASSIVE_SHARE = 0.4
"""Chance of the passive, for the verbs that have one."""


def _clause(event: Event, rng: np.random.Generator, config: WorldConfig) -> Clause:
    said = event.adverb is not None and rng.random() < config.adverb_mentioned
    passive = rng.random() < PASSIVE_SHARE and VERBS[event.predicate].passive is not None
    return Clause(
        predicate=event.predicate,
        form=int(rng.integers(2)),
        pace=event.adverb if said else None,
        pace_word=int(rng.integers(2)),
        pace_last=bool(rng.random() < 0.5),
        voice="passive" if passive else "active",
        subject=event.subject,
        object=event.object,
    )
