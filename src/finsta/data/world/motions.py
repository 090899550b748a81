"""How each verb looks: one planner a verb, which moves things on the stage and returns the speed.

A planner may place things that have no place yet, chooses a speed from the adverb's band, and raises ``Infeasible``
where the things as they stand leave no room. Durations are given: they are drawn before, without regard to the pace.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from finsta.data.world.scene import Event
from finsta.data.world.stage import Infeasible, Point, Range, Stage, target_of

Planner = Callable[[Stage, Event], float]


def _unit(offset: Point) -> tuple[float, Point]:
    distance = float(np.linalg.norm(offset))
    return distance, offset / distance


def _approach(stage: Stage, event: Event) -> float:
    """Straight towards the object; a gap remains."""
    (low, high), seconds, apart = stage.band(event), stage.duration(event), stage.apart(event)
    offset = stage.arrange(event, lambda _: (apart + 0.04 + low * seconds, apart + 0.1 + high * seconds))
    distance, unit = _unit(offset)
    speed = stage.between(max(low, (distance - apart - 0.1) / seconds), min(high, (distance - apart - 0.04) / seconds))
    stage.slide(event.subject, event, -unit * speed * seconds)
    return speed


def _move_away(stage: Stage, event: Event) -> float:
    """From near the object, straight away from it or nearly so."""
    (low, high), seconds, apart = stage.band(event), stage.duration(event), stage.apart(event)
    standing = stage.is_placed(event.subject) and stage.is_placed(target_of(event))
    _, unit = _unit(stage.arrange(event, lambda _: (0.6 * apart if standing else apart + 0.03, apart + 0.11)))
    speed = stage.between(low, high)
    stage.slide(event.subject, event, _turned(unit, stage.between(-0.3, 0.3)) * speed * seconds)
    return speed


def _push(stage: Stage, event: Event) -> float:
    """From contact, both along the line through their centres."""
    (low, high), seconds, target = stage.band(event), stage.duration(event), target_of(event)
    offset = stage.arrange(
        event, lambda direction: (stage.touching(event, direction), stage.touching(event, direction) + 0.02)
    )
    distance, unit = _unit(offset)
    speed = stage.between(low, high)
    stage.slide(event.subject, event, -unit * speed * seconds)
    gap = distance - stage.touching(event, float(np.arctan2(offset[1], offset[0])))
    path = stage.position[event.subject, event.first : event.last + 1] - unit * (distance - gap)
    home = stage.position[target, event.first]
    ahead = (path - home) @ -unit
    stage.walk(target, event.first, home - np.maximum(ahead, 0)[:, None] * unit)
    stage.contact.append((event.subject, target, 0))
    return speed


def _follow(stage: Stage, event: Event) -> float:
    """The object leads along a gentle arc; the subject keeps to its path, a gap behind."""
    (low, high), seconds, apart = stage.band(event), stage.duration(event), stage.apart(event)
    offset = stage.arrange(event, lambda _: (apart + 0.045, apart + 0.1))
    distance, unit = _unit(offset)
    speed, bend = stage.between(low, high), stage.between(-0.9, 0.9)
    steps = np.linspace(0, 1, event.last - event.first + 1) * speed * seconds
    start, bend = stage.position[target_of(event), event.first].copy(), bend / (speed * seconds)
    stage.walk(target_of(event), event.first, start + _along(steps, -unit, bend))
    stage.walk(event.subject, event.first, start + _along(steps - distance, -unit, bend))
    return speed


def _along(length: Float[ndarray, " steps"], heading: Point, bend: float) -> Float[ndarray, "steps 2"]:
    """Points of an arc that leaves the origin in a heading, straight before it (negative lengths)."""
    side = np.array([-heading[1], heading[0]])
    ahead = np.maximum(length, 0)
    bend = bend if abs(bend) > 1e-6 else 1e-6
    forward = np.where(length < 0, length, np.sin(bend * ahead) / bend)
    sideways = np.where(length < 0, 0, (1 - np.cos(bend * ahead)) / bend)
    points: Float[ndarray, "steps 2"] = forward[:, None] * heading + sideways[:, None] * side
    return points


def _circle(stage: Stage, event: Event) -> float:
    """Around the object, at an even distance."""
    (low, high), seconds, apart = stage.band(event), stage.duration(event), stage.apart(event)
    offset = stage.arrange(event, lambda _: (apart + 0.025, apart + 0.1))
    speed = stage.between(low, high)
    sweep = np.radians(speed) * seconds * (1 if stage.rng.random() < 0.5 else -1)
    angles = np.arctan2(offset[1], offset[0]) + np.linspace(0, sweep, event.last - event.first + 1)
    ring = np.linalg.norm(offset) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    stage.walk(event.subject, event.first, stage.position[target_of(event), event.first] + ring)
    return speed


def _jump_over(stage: Stage, event: Event) -> float:
    """Half an ellipse from one side of the object, above it, to the other side."""
    (low, high), seconds, apart = stage.band(event), stage.duration(event), stage.apart(event)
    narrow, wide = (2 * speed * seconds / np.pi for speed in (low, high))
    span = max(apart + 0.02, narrow - 0.5), min(apart + 0.2, 0.4, wide - apart - 0.02)
    offset = stage.arrange(event, lambda _: span, directions=(-0.3, 0.3))
    heights = np.linspace(apart + 0.02, 0.5, 16)
    lengths = np.array([_travelled(_arc(offset, height))[-1] for height in heights])
    speed = stage.between(max(low, lengths[0] / seconds), min(high, lengths[-1] / seconds))
    curve = _arc(offset, float(np.interp(speed * seconds, lengths, heights)))
    travelled = _travelled(curve)
    at = np.linspace(0, travelled[-1], event.last - event.first + 1)
    path = np.stack([np.interp(at, travelled, curve[:, axis]) for axis in (0, 1)], axis=1)
    stage.walk(event.subject, event.first, stage.position[target_of(event), event.first] + path)
    return float(travelled[-1] / seconds)


def _arc(offset: Point, height: float) -> Float[ndarray, "points 2"]:
    """Half an ellipse from ``offset`` over the origin to the opposite point."""
    angles = np.linspace(0, np.pi, 49)[:, None]
    arc: Float[ndarray, "points 2"] = np.cos(angles) * offset + np.sin(angles) * np.array([0.0, -height])
    return arc


def _travelled(curve: Float[ndarray, "points 2"]) -> Float[ndarray, " points"]:
    """The way from the first point to each, along the curve."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])


def _pass(stage: Stage, event: Event) -> float:
    """Straight across the object, one hiding the other."""
    (low, high), seconds, apart = stage.band(event), stage.duration(event), stage.apart(event)
    speed = stage.between(max(low, (2 * apart + 0.04) / seconds), high)
    length = speed * seconds
    distance, unit = _unit(stage.arrange(event, lambda _: (apart + 0.015, length - apart - 0.015)))
    miss = stage.between(-0.02, 0.02) / distance
    stage.slide(event.subject, event, _turned(-unit, miss) * length)
    target = target_of(event)
    stage.behind.append((event.subject, target) if event.predicate == "pass behind" else (target, event.subject))
    stage.overlap.append((event.subject, target, event.first, event.last))
    return speed


def _hit(stage: Stage, event: Event) -> float:
    """Up to contact in the first part of the interval; then the object darts off and the subject stays."""
    target = target_of(event)
    steps = event.last - event.first
    run = round(0.62 * steps)
    seconds = run / stage.frames_per_second
    offset = stage.arrange(event, _until_contact(stage, event, seconds))
    distance, unit = _unit(offset)
    length = distance - stage.touching(event, float(np.arctan2(offset[1], offset[0])))
    share = np.linspace(0, 1, run + 1)[:, None]
    stage.walk(event.subject, event.first, stage.position[event.subject, event.first] - share * length * unit)
    slowing = 1 - (1 - np.linspace(0, 1, steps - run + 1)[:, None]) ** 2
    recoil = stage.between(0.12, 0.17)
    stage.walk(target, event.first + run, stage.position[target, event.first] - slowing * recoil * unit)
    stage.contact.append((event.subject, target, event.first))
    return length / seconds


def _touch(stage: Stage, event: Event) -> float:
    """Up to contact, and there it stays."""
    seconds = stage.duration(event)
    offset = stage.arrange(event, _until_contact(stage, event, seconds))
    distance, unit = _unit(offset)
    length = distance - stage.touching(event, float(np.arctan2(offset[1], offset[0])))
    stage.slide(event.subject, event, -unit * length)
    stage.contact.append((event.subject, target_of(event), event.first))
    return length / seconds


def _until_contact(stage: Stage, event: Event, seconds: float) -> Range:
    """Distances from which the subject arrives at the object in this time."""
    low, high = stage.band(event)

    def distances(direction: float) -> tuple[float, float]:
        contact = stage.touching(event, direction)
        return contact + low * seconds, contact + high * seconds

    return distances


def _turned(unit: Point, angle: float) -> Point:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([cosine * unit[0] - sine * unit[1], sine * unit[0] + cosine * unit[1]])


_INWARD = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])


def _enter(stage: Stage, event: Event) -> float:
    """From wholly outside of the frame to wholly inside."""
    if stage.is_placed(event.subject):
        raise Infeasible
    low, high = stage.band(event)
    inward = _INWARD[stage.rng.integers(4)]
    radius = float(stage.radius[event.subject, event.first] / stage.cameras.scale[event.first])
    along = stage.between(0.2, 0.8)
    start = np.where(inward > 0, -radius - 0.012, np.where(inward < 0, 1 + radius + 0.012, along))
    stage.place(event.subject, stage.cameras.world(event.first, start))
    speed = stage.between(low, high)
    way = _turned(inward, stage.between(-0.25, 0.25)) * speed * stage.duration(event)
    stage.slide(event.subject, event, way)
    last = stage.position.shape[1] - 1
    if not stage.outside(event.subject, 0, event.first) or not stage.inside(event.subject, event.last, last):
        raise Infeasible
    return speed


def _leave(stage: Stage, event: Event) -> float:
    """From wholly inside of the frame to wholly outside."""
    low, high = stage.band(event)
    if not stage.is_placed(event.subject):
        stage.place(event.subject, stage.anywhere(event.first))
    outward = -_INWARD[stage.rng.integers(4)]
    speed = stage.between(low, high)
    way = _turned(outward, stage.between(-0.25, 0.25)) * speed * stage.duration(event)
    stage.slide(event.subject, event, way)
    last = stage.position.shape[1] - 1
    if not stage.inside(event.subject, 0, event.first) or not stage.outside(event.subject, event.last, last):
        raise Infeasible
    return speed


def _resize(stage: Stage, event: Event) -> float:
    """Larger or smaller on the spot, by an even rate."""
    _settle(stage, event)
    speed = stage.between(*stage.band(event))
    steps = np.arange(event.last - event.first + 1) / stage.frames_per_second
    start = stage.radius[event.subject, event.first]
    course = start * np.exp(steps * (speed if event.predicate == "grow" else -speed))
    stage.radius[event.subject, event.first : event.last + 1] = course
    stage.radius[event.subject, event.last :] = course[-1]
    return speed


def _spin(stage: Stage, event: Event) -> float:
    """Around its own centre."""
    _settle(stage, event)
    speed = stage.between(*stage.band(event))
    turn = np.radians(speed) * (1 if stage.rng.random() < 0.5 else -1)
    steps = np.arange(event.last - event.first + 1) / stage.frames_per_second
    stage.angle[event.subject, event.first : event.last + 1] += turn * steps
    stage.angle[event.subject, event.last + 1 :] += turn * steps[-1]
    return speed


def _bounce(stage: Stage, event: Event) -> float:
    """Two slow hops on the spot, or four to five quick ones: never in step with two samples a second."""
    _settle(stage, event)
    hops = 2 if event.adverb == "slowly" else round(2.65 * stage.duration(event))
    height = stage.between(0.13, 0.2)
    phase = np.linspace(0, hops * np.pi, event.last - event.first + 1)
    path = stage.position[event.subject, event.first] - np.array([0.0, height]) * np.abs(np.sin(phase))[:, None]
    stage.walk(event.subject, event.first, path)
    return hops / stage.duration(event)


def _stop(stage: Stage, event: Event) -> float:
    """In even motion since before the interval; it stands still from its middle on."""
    _settle(stage, event)
    middle = (event.first + event.last) // 2
    start = max(event.first - stage.frames_per_second // 2, stage.still_since[event.subject])
    speed = stage.between(*stage.band(event))
    heading = stage.between(-np.pi, np.pi)
    steps = np.arange(middle - start + 1)[:, None] / stage.frames_per_second * speed
    way = np.array([np.cos(heading), np.sin(heading)])
    stage.walk(event.subject, start, stage.position[event.subject, start] + steps * way)
    return speed


def _settle(stage: Stage, event: Event) -> None:
    """Give the subject a place if it has none; it must stand still when the event begins."""
    if not stage.is_placed(event.subject):
        stage.place(event.subject, stage.anywhere(event.first))
    if event.first < stage.still_since[event.subject]:
        raise Infeasible


PLANNERS: dict[str, Planner] = {
    "approach": _approach,
    "move away from": _move_away,
    "push": _push,
    "follow": _follow,
    "circle": _circle,
    "jump over": _jump_over,
    "pass behind": _pass,
    "pass in front of": _pass,
    "hit": _hit,
    "touch": _touch,
    "enter": _enter,
    "leave": _leave,
    "grow": _resize,
    "shrink": _resize,
    "spin": _spin,
    "bounce": _bounce,
    "stop": _stop,
}
"""The planner of each verb."""
