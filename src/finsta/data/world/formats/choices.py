"""Questions with choices in which every choice could be the right one for all that words tell.

The choices of a question are even among themselves: four corners of two changes of a caption, verbs of which none is
part of another, colours of one thing. None is nearer to the others than the rest, so that the right one does not stand
out; and each wrong one is false of the clip.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from finsta.data.world.formats.balance import Balance
from finsta.data.world.formats.captions import claim_of, false_claims, joined_changes
from finsta.data.world.formats.clips import WorldClip
from finsta.data.world.formats.questions import named, told_once
from finsta.data.world.negatives import describes
from finsta.data.world.scene import Event, Scene
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import COLOURS, HELD_OUT_LOOKS, SHAPES, VERBS
from finsta.data.world.wording import word

CLAUSE_CHANGES = ("role", "predicate", "adverb", "order")

FOURS = (
    ("enter", "leave", "grow", "shrink"),
    ("spin", "bounce", "grow", "shrink"),
    ("stop", "leave", "grow", "shrink"),
    ("approach", "move away from", "push", "circle"),
    ("approach", "move away from", "follow", "circle"),
    ("jump over", "pass behind", "pass in front of", "hit"),
    ("circle", "pass behind", "pass in front of", "follow"),
    ("touch", "move away from", "follow", "circle"),
)
"""Verbs of which each makes the three others false. A question takes one of these groups as it is, so that the group
does not tell which of its verbs is the right one."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A question with its right answer and wrong ones, each of which fits the question as well."""

    question: str
    right: str
    wrong: tuple[str, ...]
    kind: str


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A choice, and what is kept even: answers of one group are to be equally frequent."""

    choice: Choice
    group: str
    answer: str
    answers: int


def choices(clips: Sequence[WorldClip], use: str) -> list[tuple[WorldClip, list[Choice]]]:
    """Questions with four choices about each clip, at most one of a kind; right answers are kept even."""
    balance = Balance()
    found = []
    for clip in clips:
        rng = clip.rng(use)
        asked = [each for each in (ask(clip, rng) for ask in _KINDS) if each is not None]
        taken = [each.choice for each in asked if balance.takes(each.group, each.answer, answers=each.answers)]
        found.append((clip, [taken[place] for place in rng.permutation(len(taken))]))
    return found


def _corners(clip: WorldClip, rng: np.random.Generator) -> _Asked | None:
    """A caption, the same with another attribute, with another clause, and with both."""
    claim = claim_of(clip, rng)
    changed = false_claims(clip, claim, rng)
    kinds = [kind for kind in CLAUSE_CHANGES if kind in changed]
    if "attribute" not in changed or not kinds:
        return None
    kind = kinds[rng.integers(len(kinds))]
    both = joined_changes(clip.scene, changed["attribute"], changed[kind])
    if both is None:
        return None
    right, *wrong = (word(each).text for each in (claim, changed["attribute"], changed[kind], both))
    choice = Choice(question="What happens in this part?", right=right, wrong=tuple(wrong), kind=kind)
    return _Asked(choice=choice, group=kind, answer="", answers=1)


def _verbs(clip: WorldClip, rng: np.random.Generator) -> _Asked | None:
    """What a thing does, among verbs that exclude each other."""
    scene = clip.scene
    events = [event for event in scene.events if told_once(scene, event)]
    if not events:
        return None
    event = events[rng.integers(len(events))]
    groups = [group for group in FOURS if event.predicate in group]
    group = groups[rng.integers(len(groups))]
    others = [verb for verb in group if verb != event.predicate]
    if any(_could(scene, event, verb) for verb in others):
        return None
    target = "" if event.object is None else f" {named(scene, event.object)}"
    right, *wrong = (f"It {VERBS[verb].forms[0][0]}{target}." for verb in (event.predicate, *others))
    question = f"What does {named(scene, event.subject)} do?"
    choice = Choice(question=question, right=right, wrong=tuple(wrong), kind="action")
    return _Asked(choice=choice, group=" ".join(group), answer=event.predicate, answers=len(group))


def _could(scene: Scene, event: Event, verb: str) -> bool:
    return holds(scene, verb, event.subject, event.object, frames=(0, scene.num_frames - 1))


def _colours(clip: WorldClip, rng: np.random.Generator) -> _Asked | None:
    """The colour of a thing, among those of the other things and more."""
    scene = clip.scene
    event = scene.events[rng.integers(len(scene.events))]
    thing = scene.things[event.subject]
    if sum(other.shape == thing.shape for other in scene.things) > 1:
        return None
    there = [other.colour for other in scene.things if other is not thing]
    wrong = _drawn(clip, rng, right=thing.colour, shape=thing.shape, there=there, count=3)
    target = "" if event.object is None else f" the {scene.things[event.object].noun}"
    question = f"What color is the {thing.noun} that {VERBS[event.predicate].forms[0][0]}{target}?"
    right, *others = (colour.title() for colour in (thing.colour, *wrong))
    choice = Choice(question=question, right=right, wrong=tuple(others), kind="color")
    return _Asked(choice=choice, group="color", answer=right, answers=len(COLOURS))


def _drawn(
    clip: WorldClip, rng: np.random.Generator, *, right: str, shape: str, there: Sequence[str], count: int
) -> list[str]:
    """Other colours that a thing of this shape may have, those of other things of the clip first."""
    allowed = [c for c in COLOURS if c != right and (clip.held_out or (c, shape) not in HELD_OUT_LOOKS)]
    order = [allowed[place] for place in rng.permutation(len(allowed))]
    return sorted(order, key=lambda colour: colour not in there)[:count]


def five_captions(clip: WorldClip, use: str) -> tuple[str, tuple[str, ...]] | None:
    """A true caption, and four others that give one of its things another colour, or another shape.

    A colour or shape that another thing of the caption has is not taken: things that act differ in both, so that such a
    caption would be false by its words.
    """
    rng = clip.rng(use)
    claim = claim_of(clip, rng)
    thing = sorted(claim.things)[rng.integers(len(claim.things))]
    others = [other for key, other in claim.things.items() if key != thing]
    description = claim.things[thing]
    if rng.random() < 0.5:
        there = [other.colour for other in clip.scene.things]
        taken = {other.colour for other in others}
        drawn = _drawn(clip, rng, right=description.colour, shape=description.shape, there=there, count=len(COLOURS))
        variants = [replace(description, colour=colour) for colour in drawn if colour not in taken]
    else:
        taken = {other.shape for other in others} | _never(clip.scene, thing)
        shapes = [shape for shape in SHAPES if shape not in taken | {description.shape}]
        variants = [replace(description, shape=s, noun=s) for s in (shapes[p] for p in rng.permutation(len(shapes)))]
        variants = [v for v in variants if clip.held_out or (v.colour, v.shape) not in HELD_OUT_LOOKS]
        claim = replace(claim, things=claim.things | {thing: replace(description, noun=description.shape)})
    changed = [replace(claim, things=claim.things | {thing: variant}) for variant in variants]
    false = [each for each in changed if not describes(clip.scene, each)][:4]
    return (word(claim).text, tuple(word(each).text for each in false)) if len(false) == 4 else None


def _never(scene: Scene, thing: int) -> set[str]:
    """Shapes that nothing of the world shows in this part: a circle that spins would be seen to stand still."""
    spins = any(event.predicate == "spin" and event.subject == thing for event in scene.events)
    return {"circle"} if spins else set()


_KINDS: tuple[Callable[[WorldClip, np.random.Generator], _Asked | None], ...] = (_corners, _verbs, _colours)
