"""From a seed and a number to a scene: draw what happens, then look for a way to stage it.

What happens (verbs, paces, durations, number of things, camera) is drawn first and evenly; staging tries geometry again
and again for that same story, so that what is easy to stage does not become frequent.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from finsta.data.world.motions import PLANNERS
from finsta.data.world.scene import Cameras, Event, Relation, Scene, Thing
from finsta.data.world.settings import WorldConfig
from finsta.data.world.stage import Infeasible, Stage
from finsta.data.world.vocabulary import (
    ADVERBLESS,
    COLOURS,
    HELD_OUT_LOOKS,
    HELD_OUT_PACES,
    NOUNS,
    RADII,
    SHAPES,
    TEXTURES,
    VERBS,
)

TRIES = 400
"""Stagings tried before another story is drawn."""

START_RADII = {"grow": (0.072, 0.08), "shrink": (0.14, 0.155)}
_CLEARANCE = 0.015
_ONE_SMALL = frozenset({"jump over", "pass behind", "pass in front of"})
_NOT_AGAIN = frozenset({"leave"})


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happens, before anyone plays a part in it: ``events`` have subject 0 and no object yet."""

    events: tuple[Event, ...]
    relation: Relation | None
    num_things: int
    moving_camera: bool


def split_of(seed: int, index: int) -> str:
    """The split of a clip: of ten clips in a row seven are for training, one for validation, two for testing."""
    block, place = divmod(index, 10)
    order = np.random.default_rng([seed, 1, block]).permutation(10)
    return "train" if order[place] < 7 else "val" if order[place] == 7 else "test"


def compose(seed: int, index: int, config: WorldConfig) -> Scene:
    """The scene of clip ``index`` of a world. It depends on nothing but its arguments.

    Held-out looks and paces occur in the test split only.
    """
    rng = np.random.default_rng([seed, 0, index])
    held_out = split_of(seed, index) == "test"
    while True:
        story = _story(rng, config, held_out=held_out)
        for attempt in range(TRIES):
            try:
                return _stage(rng, story, config, held_out=held_out, sharing=attempt < TRIES // 2)
            except Infeasible:
                continue


def _story(rng: np.random.Generator, config: WorldConfig, *, held_out: bool) -> Story:
    relation: Relation | None = None
    verbs = [str(rng.choice(list(VERBS)))]
    if rng.random() < config.two_events:
        relation = "while" if rng.random() < 0.25 else "sequence"
        verbs.append(str(rng.choice([verb for verb in VERBS if verb != verbs[0]])))
        if relation == "while":
            verbs[1] = str(rng.choice([verb for verb in VERBS if verb != verbs[0] and not VERBS[verb].binary]))
    adverbs = [_adverb(rng, verb, held_out=held_out) for verb in verbs]
    events = tuple(
        Event(predicate=verb, adverb=adverb, subject=0, object=None, first=first, last=last)
        for verb, adverb, (first, last) in zip(verbs, adverbs, _timeline(rng, verbs, relation, config), strict=True)
    )
    return Story(
        events=events,
        relation=relation,
        num_things=int(rng.integers(2, 5)),
        moving_camera=bool(rng.random() < config.camera_motion),
    )


def _adverb(rng: np.random.Generator, verb: str, *, held_out: bool) -> str | None:
    if verb in ADVERBLESS:
        return None
    allowed = [pace for pace in ("slowly", "quickly") if held_out or (verb, pace) not in HELD_OUT_PACES]
    return str(rng.choice(allowed))


def _timeline(
    rng: np.random.Generator, verbs: list[str], relation: Relation | None, config: WorldConfig
) -> list[tuple[int, int]]:
    """First and last frames, with at least a frame before, between and after the events."""
    ranges = [[round(second * config.frames_per_second) for second in VERBS[verb].seconds] for verb in verbs]
    lengths = [int(rng.integers(low, high + 1)) for low, high in ranges]
    if relation == "while":
        first = int(rng.integers(1, config.frame_count - 1 - max(lengths)))
        longer = int(np.argmax(lengths))
        inner = first + int(rng.integers(0, abs(lengths[0] - lengths[1]) + 1))
        starts = [first if place == longer else inner for place in (0, 1)]
        return [(start, start + length) for start, length in zip(starts, lengths, strict=True)]
    spare = config.frame_count - 1 - len(verbs) - 1 - sum(lengths)
    while spare < 0:
        place = int(rng.choice([place for place, length in enumerate(lengths) if length > ranges[place][0]]))
        lengths[place] -= 1
        spare += 1
    cuts = np.sort(rng.integers(0, spare + 1, size=len(verbs)))
    starts = [int(cut) + 1 + place + sum(lengths[:place]) for place, cut in enumerate(cuts)]
    return [(start, start + length) for start, length in zip(starts, lengths, strict=True)]


def _stage(rng: np.random.Generator, story: Story, config: WorldConfig, *, held_out: bool, sharing: bool) -> Scene:
    """One try.

    Raises:
        Infeasible: if an event finds no room, or things come in each other's way.
    """
    events = _cast(rng, story, sharing=sharing)
    acting = 1 + max(max(event.subject, event.object or 0) for event in events)
    things = _things(rng, events, max(story.num_things, acting), held_out=held_out)
    radii = [RADII[thing.size] if thing.size else 0.0 for thing in things]
    for event in events:
        if event.predicate in START_RADII:
            radii[event.subject] = float(rng.uniform(*START_RADII[event.predicate]))
    cameras = _cameras(rng, config.frame_count, moving=story.moving_camera)
    stage = Stage(things, radii, cameras=cameras, frames_per_second=config.frames_per_second, rng=rng)
    events = tuple(_play(stage, event) for event in events)
    _fit(stage, events)
    _check_room(stage, range(acting))
    kept = [*range(acting), *_bystanders(stage, acting)]
    if len(kept) < 2:
        raise Infeasible
    return Scene(
        things=tuple(things[thing] for thing in kept),
        events=events,
        relation=story.relation,
        position=stage.position[kept],
        radius=stage.radius[kept],
        angle=stage.angle[kept],
        depth=_depth(rng, len(kept), stage.behind),
        cameras=cameras,
        frames_per_second=config.frames_per_second,
    )


def _play(stage: Stage, event: Event) -> Event:
    """Stage an event; whoever takes part is busy until its end."""
    speed = PLANNERS[event.predicate](stage, event)
    for thing in (event.subject, event.object):
        if thing is not None:
            stage.still_since[thing] = max(stage.still_since[thing], event.last)
    return replace(event, speed=speed)


def _cast(rng: np.random.Generator, story: Story, *, sharing: bool) -> tuple[Event, ...]:
    """Give the parts of the events to things 0, 1, … A second event may share things with a first."""
    first = story.events[0]
    used = 2 if VERBS[first.predicate].binary else 1
    cast = [replace(first, subject=0, object=1 if used == 2 else None)]
    for event in story.events[1:]:
        binary = VERBS[event.predicate].binary
        alone = story.relation == "while" or event.predicate == "enter" or not (sharing and rng.random() < 0.7)
        known = [] if alone else [thing for thing in range(used) if first.predicate not in _NOT_AGAIN or thing]
        subject = int(rng.choice([*known, used])) if known else used
        target = None
        if binary:
            fresh = used if subject < used else used + 1
            others = [thing for thing in known if thing != subject]
            target = int(rng.choice([*others, fresh])) if others else fresh
        cast.append(replace(event, subject=subject, object=target))
    return tuple(cast)


def _things(rng: np.random.Generator, events: tuple[Event, ...], count: int, *, held_out: bool) -> list[Thing]:
    """Looks for the cast. Acting things differ in both colour and shape, all in colour or in shape."""
    acting = 1 + max(max(event.subject, event.object or 0) for event in events)
    spinning = {event.subject for event in events if event.predicate == "spin"}
    resizing = {event.subject for event in events if event.predicate in START_RADII}
    things: list[Thing] = []
    while len(things) < count:
        index = len(things)
        colour = str(rng.choice(list(COLOURS)))
        shape = str(rng.choice([shape for shape in SHAPES if held_out or (colour, shape) not in HELD_OUT_LOOKS]))
        alike = [(thing.colour == colour) + (thing.shape == shape) for thing in things]
        if max(alike, default=0) > (0 if index < acting else 1) or (index in spinning and shape == "circle"):
            continue
        size = None if index in resizing else str(rng.choice(list(RADII)))
        texture, noun = str(rng.choice(TEXTURES)), str(rng.choice(NOUNS[shape]))
        things.append(Thing(shape=shape, colour=colour, texture=texture, size=size, noun=noun))
    for event in events:
        if event.object is not None and event.predicate in _ONE_SMALL:
            pair = [event.subject, event.object]
            if all(things[thing].size == "large" for thing in pair):
                small = int(rng.choice(pair))
                things[small] = replace(things[small], size="small")
    return things


def _cameras(rng: np.random.Generator, frames: int, *, moving: bool) -> Cameras:
    """A still camera, or an even pan, zoom or both; the first frame is the world."""
    course = np.linspace(0, 1, frames)
    kind = int(rng.integers(3)) if moving else -1
    zoom = float(np.log(rng.uniform(1.06, 1.2)) * rng.choice([-1, 1])) if kind in (1, 2) else 0.0
    pan, heading = (float(rng.uniform(0.05, 0.14)) if kind in (0, 2) else 0.0), float(rng.uniform(0, 2 * np.pi))
    scale = np.exp(zoom * course)
    way = pan * np.array([np.cos(heading), np.sin(heading)])
    return Cameras(scale=scale, shift=course[:, None] * way + 0.5 * (1 - scale)[:, None])


def _fit(stage: Stage, events: tuple[Event, ...]) -> None:
    """Shift each group of things that act together to where all of them are in sight all the time.

    What enters or leaves is tied to the frame already, and so is its group: there only the check remains.

    Raises:
        Infeasible: if there is no such place.
    """
    last = stage.position.shape[1] - 1
    for group in _groups(events):
        members = sorted(group)
        span = dict.fromkeys(members, (0, last))
        for event in events:
            if event.predicate == "enter" and event.subject in group:
                span[event.subject] = (event.last, span[event.subject][1])
            if event.predicate == "leave" and event.subject in group:
                span[event.subject] = (span[event.subject][0], event.first)
        if any(event.predicate in ("enter", "leave") and event.subject in group for event in events):
            if not all(stage.inside(thing, *frames) for thing, frames in span.items()):
                raise Infeasible
        else:
            low, high = stage.room(members)
            stage.position[members] += np.array([stage.between(low[axis], high[axis]) for axis in (0, 1)])


def _groups(events: tuple[Event, ...]) -> list[set[int]]:
    """The things of the events, joined where they share one."""
    groups: list[set[int]] = []
    for event in events:
        group = {event.subject} | ({event.object} if event.object is not None else set())
        apart = [other for other in groups if not other & group]
        groups = [*apart, group.union(*(other for other in groups if other & group))]
    return groups


def _check_room(stage: Stage, things: range) -> None:
    """No two things come closer than the events between them ask for."""
    for left in things:
        for right in range(left):
            close = _distance(stage, left, right) < stage.radius[left] + stage.radius[right] + _CLEARANCE
            for pair, (first, last) in _meetings(stage):
                if set(pair) == {left, right}:
                    close[first : last + 1] = False
            if close.any():
                raise Infeasible


def _meetings(stage: Stage) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Which pairs may be close, from which frame to which."""
    end = stage.position.shape[1] - 1
    touching = [((subject, target), (first, end)) for subject, target, first in stage.contact]
    return touching + [((subject, target), (first, last)) for subject, target, first, last in stage.overlap]


def _distance(stage: Stage, left: int, right: int) -> Float[ndarray, " frames"]:
    distance: Float[ndarray, " frames"] = np.linalg.norm(stage.position[left] - stage.position[right], axis=1)
    return distance


def _bystanders(stage: Stage, acting: int) -> list[int]:
    """Things that do nothing, where there is room for them out of everyone's way."""
    kept: list[int] = []
    for thing in range(acting, len(stage.things)):
        for _ in range(30):
            stage.place(thing, stage.rng.uniform(0.08, 0.92, size=2))
            others = [*range(acting), *kept]
            room = np.array([_distance(stage, thing, other) - stage.radius[other] for other in others])
            inside = stage.inside(thing, 0, stage.position.shape[1] - 1)
            if inside and (room > stage.radius[thing] + 2 * _CLEARANCE).all():
                kept.append(thing)
                break
    return kept


def _depth(rng: np.random.Generator, count: int, behind: list[tuple[int, int]]) -> tuple[int, ...]:
    """An order from back to front in which each of ``behind`` comes before its partner.

    Raises:
        Infeasible: if there is none.
    """
    for _ in range(12):
        order = [int(thing) for thing in rng.permutation(count)]
        if all(order.index(back) < order.index(front) for back, front in behind):
            return tuple(order)
    raise Infeasible
