"""Questions about a clip with an answer of a word or two, and a choice of them in which no answer is frequent.

A question names things by colour and shape, which no two things of a clip share, and is asked only where one answer is
right. Words alone do not tell the answer: what is asked about is drawn evenly, pairs of verb and pace of which training
shows one only are not asked about, and :func:`balanced` keeps each answer's share near that of guessing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finsta.data.world.formats.balance import Balance
from finsta.data.world.formats.clips import WorldClip
from finsta.data.world.scene import Event, Scene
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import ADVERBLESS, COLOURS, HELD_OUT_PACES, SHAPES, TEXTURES, VERBS

NUMBERS = ("zero", "one", "two", "three", "four")

OFF_CENTRE = 0.15
"""Widths of the frame from its middle beyond which a thing is on a side of it."""

CLEARLY = 0.08
"""How much farther it is to that side than to the others."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with its only right answer.

    Attributes:
        text: In small letters, with a blank before the question mark, as MSVD-QA and TGIF-QA write it.
        answer: A word or two.
        template: How it is made: ``subject``, ``object``, ``action``, ``color``, ``total``, ``texture``, ``location``,
            ``pace``, ``order``.
        answers: How many different answers the template has.
    """

    text: str
    answer: str
    template: str
    answers: int


def questions(clip: WorldClip, rng: np.random.Generator) -> list[Question]:
    """All that can be asked about a clip, each template in words drawn by ``rng``."""
    found = [question for ask in _ASKED_OF_EVENTS for event in clip.scene.events for question in ask(clip, event, rng)]
    return [*found, *(question for ask in _ASKED_OF_CLIPS for question in ask(clip, rng))]


def balanced(
    clips: Sequence[WorldClip], use: str, *, templates: Sequence[str], each: int
) -> list[tuple[WorldClip, Question]]:
    """Questions about clips, at most ``each`` about one, at most one of a template about one.

    Answers are kept even by :class:`~finsta.data.world.formats.balance.Balance`, each split by itself.
    """
    balance = Balance()
    taken = []
    for clip in clips:
        rng = clip.rng(use)
        asked = [question for question in questions(clip, rng) if question.template in templates]
        chosen: dict[str, Question] = {}
        for place in rng.permutation(len(asked)):
            question = asked[place]
            if len(chosen) == each or question.template in chosen:
                continue
            if balance.takes(question.template, question.answer, answers=question.answers):
                chosen[question.template] = question
        taken += [(clip, question) for question in chosen.values()]
    return taken


def named(scene: Scene, thing: int) -> str:
    """``the red ball``."""
    return f"the {scene.things[thing].colour} {scene.things[thing].noun}"


def told_once(scene: Scene, event: Event) -> bool:
    """Whether the subject does nothing else, and nothing else does something to it."""
    parts = [part for other in scene.events for part in (other.subject, other.object)]
    return parts.count(event.subject) == 1


def _alone(scene: Scene, event: Event, *, open_subject: bool) -> bool:
    """Whether only this event's thing could be said to take the part that is asked for."""
    for other in range(len(scene.things)):
        subject, target = (other, event.object) if open_subject else (event.subject, other)
        if subject == target or (subject, target) == (event.subject, event.object):
            continue
        if holds(scene, event.predicate, subject, target, frames=(0, scene.num_frames - 1)):
            return False
    return True


def _participle(event: Event, rng: np.random.Generator) -> str:
    return VERBS[event.predicate].forms[rng.integers(2)][1]


def _object(scene: Scene, event: Event) -> str:
    return "" if event.object is None else f" {named(scene, event.object)}"


def _subject(clip: WorldClip, event: Event, rng: np.random.Generator) -> Iterator[Question]:
    scene, participle = clip.scene, _participle(event, rng)
    if _alone(scene, event, open_subject=True):
        text = f"what is {participle}{_object(scene, event)} ?"
        yield Question(text=text, answer=scene.things[event.subject].shape, template="subject", answers=len(SHAPES))


def _target(clip: WorldClip, event: Event, rng: np.random.Generator) -> Iterator[Question]:
    scene, participle = clip.scene, _participle(event, rng)
    if event.object is not None and _alone(scene, event, open_subject=False):
        text = f"what is {named(scene, event.subject)} {participle} ?"
        yield Question(text=text, answer=scene.things[event.object].shape, template="object", answers=len(SHAPES))


def _action(clip: WorldClip, event: Event, rng: np.random.Generator) -> Iterator[Question]:
    if told_once(clip.scene, event):
        text = f"what is {named(clip.scene, event.subject)} doing ?"
        answer = VERBS[event.predicate].forms[0][1]
        yield Question(text=text, answer=answer, template="action", answers=len(VERBS))


def _color(clip: WorldClip, event: Event, rng: np.random.Generator) -> Iterator[Question]:
    scene, participle = clip.scene, _participle(event, rng)
    thing = scene.things[event.subject]
    if sum(other.shape == thing.shape for other in scene.things) == 1:
        target = "" if event.object is None else f" the {scene.things[event.object].noun}"
        text = f"what color is the {thing.noun} that is {participle}{target} ?"
        yield Question(text=text, answer=thing.colour, template="color", answers=len(COLOURS))


def _pace(clip: WorldClip, event: Event, rng: np.random.Generator) -> Iterator[Question]:
    scene, participle = clip.scene, _participle(event, rng)
    lopsided = any((event.predicate, pace) in HELD_OUT_PACES for pace in ("slowly", "quickly"))
    if event.adverb is not None and event.predicate not in ADVERBLESS and not lopsided:
        text = f"how is {named(scene, event.subject)} {participle}{_object(scene, event)} ?"
        yield Question(text=text, answer=event.adverb, template="pace", answers=2)


def _total(clip: WorldClip, rng: np.random.Generator) -> Iterator[Question]:
    count = len(clip.scene.things)
    yield Question(text="how many shapes are there ?", answer=NUMBERS[count], template="total", answers=3)


def _texture(clip: WorldClip, rng: np.random.Generator) -> Iterator[Question]:
    texture = TEXTURES[1 + rng.integers(len(TEXTURES) - 1)]
    count = sum(thing.texture == texture for thing in clip.scene.things)
    if count < 3:
        text = f"how many {texture} shapes are there ?"
        yield Question(text=text, answer=NUMBERS[count], template="texture", answers=3)


def _location(clip: WorldClip, rng: np.random.Generator) -> Iterator[Question]:
    scene = clip.scene
    last = scene.num_frames - 1
    centres = scene.cameras.view(scene.position)[:, last] - 0.5
    for thing in rng.permutation(len(scene.things)):
        x, y = centres[thing]
        far, near = max(abs(x), abs(y)), min(abs(x), abs(y))
        if scene.box(int(thing), last) is None or far < OFF_CENTRE or far - near < CLEARLY:
            continue
        side = ("left" if x < 0 else "right") if abs(x) > abs(y) else ("top" if y < 0 else "bottom")
        text = f"where is {named(scene, int(thing))} at the end ?"
        yield Question(text=text, answer=side, template="location", answers=4)


def _order(clip: WorldClip, rng: np.random.Generator) -> Iterator[Question]:
    scene = clip.scene
    if scene.relation != "sequence":
        return
    first, second = scene.events
    again = holds(scene, first.predicate, first.subject, first.object, frames=(first.last, scene.num_frames - 1))
    before = holds(scene, second.predicate, second.subject, second.object, frames=(0, second.first))
    if not again and not before:
        asked, other, answer = (first, second, "before") if rng.random() < 0.5 else (second, first, "after")
        lemma, third = VERBS[asked.predicate].forms[0][2], VERBS[other.predicate].forms[0][0]
        text = (
            f"when does {named(scene, asked.subject)} {lemma}{_object(scene, asked)} , before or after "
            f"{named(scene, other.subject)} {third}{_object(scene, other)} ?"
        )
        yield Question(text=text, answer=answer, template="order", answers=2)


_ASKED_OF_EVENTS: tuple[Callable[[WorldClip, Event, np.random.Generator], Iterator[Question]], ...] = (
    _subject,
    _target,
    _action,
    _color,
    _pace,
)
_ASKED_OF_CLIPS: tuple[Callable[[WorldClip, np.random.Generator], Iterator[Question]], ...] = (
    _total,
    _texture,
    _location,
    _order,
)
