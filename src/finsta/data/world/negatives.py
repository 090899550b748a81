"""Hard negatives: the caption's claim with exactly one thing changed, in the same words otherwise, and false.

What is changed is drawn so that words alone do not tell: bindings, roles and order only move words about; paces are
even; and predicates are exchanged so that each is as frequent among the negatives as it is among the captions.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from finsta.data.pairs import HardNegative
from finsta.data.world.claims import PASSIVE_SHARE, Claim, Clause, Voice
from finsta.data.world.scene import Scene
from finsta.data.world.settings import WorldConfig
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import ADVERBLESS, HELD_OUT_LOOKS, HELD_OUT_PACES, VERBS, rivals
from finsta.data.world.wording import word

Change = Callable[[Scene, Claim, np.random.Generator, "Setting"], Claim | None]


class Setting:
    """What the change of a predicate must know about how captions are drawn."""

    def __init__(self, config: WorldConfig, *, held_out: bool) -> None:
        self.adverb_mentioned = config.adverb_mentioned
        self.held_out = held_out

    def allowed(self, predicate: str, pace: str | None) -> bool:
        """Whether captions of this split may join a verb and a pace."""
        if pace is None:
            return True
        return predicate not in ADVERBLESS and (self.held_out or (predicate, pace) not in HELD_OUT_PACES)

    def frequency(self, predicate: str, pace: str | None, voice: Voice) -> float:
        """How often captions say this verb with this pace, or none, in this voice; all verbs are equally frequent."""
        passive = PASSIVE_SHARE if VERBS[predicate].passive is not None else 0.0
        return self._pace_frequency(predicate, pace) * (passive if voice == "passive" else 1 - passive)

    def _pace_frequency(self, predicate: str, pace: str | None) -> float:
        if predicate in ADVERBLESS:
            return float(pace is None)
        if pace is None:
            return 1 - self.adverb_mentioned
        paces = sum(self.allowed(predicate, other) for other in ("slowly", "quickly"))
        return self.adverb_mentioned / paces if self.allowed(predicate, pace) else 0.0


def hard_negatives(
    scene: Scene, claim: Claim, rng: np.random.Generator, config: WorldConfig, *, held_out: bool
) -> tuple[HardNegative, ...]:
    """One false caption for each kind of change that the scene makes possible.

    Args:
        scene: What the clip shows.
        claim: Its true caption.
        rng: Draws which thing is changed.
        config: How captions are drawn.
        held_out: Whether the clip's split may show held-out looks and paces; else negatives avoid them too.
    """
    setting = Setting(config, held_out=held_out)
    found = []
    for kind, change in CHANGES.items():
        changed = change(scene, claim, rng, setting)
        if changed is not None:
            found.append(HardNegative(caption=word(changed).text, kind=kind))
    return tuple(found)


def _attribute(scene: Scene, claim: Claim, rng: np.random.Generator, setting: Setting) -> Claim | None:
    """Two mentioned things exchange a quality; a thing mentioned alone takes the colour of another in the clip."""
    options = list(_exchanges(claim)) or list(_borrowings(scene, claim))
    options = [changed for changed in options if _looks_allowed(changed, setting) and not describes(scene, changed)]
    return options[rng.integers(len(options))] if options else None


def _exchanges(claim: Claim) -> list[Claim]:
    things, found = sorted(claim.things), []
    for first in things:
        for second in things:
            for quality in ("colour", "size", "texture"):
                one, two = (getattr(claim.things[thing], quality) for thing in (first, second))
                if first < second and one is not None and two is not None and one != two:
                    described = claim.things | {
                        first: replace(claim.things[first], **{quality: two}),
                        second: replace(claim.things[second], **{quality: one}),
                    }
                    found.append(replace(claim, things=described))
    return found


def _borrowings(scene: Scene, claim: Claim) -> list[Claim]:
    if len(claim.things) > 1:
        return []
    ((thing, description),) = claim.things.items()
    colours = sorted({other.colour for other in scene.things} - {description.colour})
    return [replace(claim, things={thing: replace(description, colour=colour)}) for colour in colours]


def _looks_allowed(claim: Claim, setting: Setting) -> bool:
    looks = {(description.colour, description.shape) for description in claim.things.values()}
    return setting.held_out or not looks & HELD_OUT_LOOKS


def describes(scene: Scene, claim: Claim) -> bool:
    """Whether each clause could be said of some things that fit the descriptions."""
    return all(any(_could(scene, played) for played in _readings(scene, claim, clause)) for clause in claim.clauses)


def _readings(scene: Scene, claim: Claim, clause: Clause) -> list[Clause]:
    """The clause said of each pair of things that fits the descriptions."""
    targets: list[int | None] = [None] if clause.object is None else [*fitting(scene, claim, clause.object)]
    subjects = fitting(scene, claim, clause.subject)
    pairs = [(subject, target) for subject in subjects for target in targets if subject != target]
    return [replace(clause, subject=subject, object=target) for subject, target in pairs]


def fitting(scene: Scene, claim: Claim, thing: int) -> list[int]:
    """The things of a scene that can be called what the claim calls one of its things."""
    description = claim.things[thing]
    return [index for index, other in enumerate(scene.things) if description.fits(other)]


def _could(scene: Scene, clause: Clause, frames: tuple[int, int] | None = None) -> bool:
    frames = frames or (0, scene.num_frames - 1)
    return holds(scene, clause.predicate, clause.subject, clause.object, frames=frames)


def _role(scene: Scene, claim: Claim, rng: np.random.Generator, setting: Setting) -> Claim | None:
    """Subject and object of a clause change places."""
    options = []
    for place, clause in enumerate(claim.clauses):
        if clause.object is not None and claim.shared == "said":
            swapped = replace(clause, subject=clause.object, object=clause.subject)
            if not _could(scene, swapped):
                options.append(claim.with_clause(place, swapped))
    return options[rng.integers(len(options))] if options else None


def _predicate(scene: Scene, claim: Claim, rng: np.random.Generator, setting: Setting) -> Claim | None:
    """A clause gets another verb."""
    for place in rng.permutation(len(claim.clauses)):
        clause = claim.clauses[place]
        changed = _other_verb(clause, rng, setting)
        if changed is not None and not _could(scene, changed):
            return claim.with_clause(int(place), changed)
    return None


def _other_verb(clause: Clause, rng: np.random.Generator, setting: Setting) -> Clause | None:
    """Propose a verb evenly, accept it so that the frequency of each verb is kept (Metropolis and Hastings)."""
    options = _rivals(clause, setting)
    if not options:
        return None
    changed = replace(clause, predicate=options[rng.integers(len(options))])
    there = setting.frequency(changed.predicate, clause.pace, clause.voice) * len(options)
    back = setting.frequency(clause.predicate, clause.pace, clause.voice) * len(_rivals(changed, setting))
    return changed if rng.random() * back < there else None


def _rivals(clause: Clause, setting: Setting) -> list[str]:
    """The verbs that can stand in a clause instead of its own."""
    return [
        other
        for other in rivals(clause.predicate)
        if setting.allowed(other, clause.pace) and (clause.voice == "active" or VERBS[other].passive is not None)
    ]


def _adverb(scene: Scene, claim: Claim, rng: np.random.Generator, setting: Setting) -> Claim | None:
    """Slow becomes quick, or quick slow."""
    options = []
    for place, clause in enumerate(claim.clauses):
        other = {"slowly": "quickly", "quickly": "slowly"}.get(clause.pace or "")
        if other is not None and setting.allowed(clause.predicate, other):
            options.append(claim.with_clause(place, replace(clause, pace=other)))
    return options[rng.integers(len(options))] if options else None


def _order(scene: Scene, claim: Claim, rng: np.random.Generator, setting: Setting) -> Claim | None:
    """Two events in sequence change places, unless one of them could be said of the other's time as well."""
    if claim.relation != "sequence":
        return None
    (first, second), (one, two) = scene.events, claim.clauses
    again = _could(scene, one, (first.last, scene.num_frames - 1)) or _could(scene, two, (0, second.first))
    return None if again else replace(claim, clauses=(two, one))


CHANGES: dict[str, Change] = {
    "attribute": _attribute,
    "role": _role,
    "predicate": _predicate,
    "adverb": _adverb,
    "order": _order,
}
"""The kinds of hard negative."""
