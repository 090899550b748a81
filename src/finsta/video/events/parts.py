"""Which events tell of a movement that a fuller one tells of already (our definition).

Who touches something approaches it first; who goes past something approaches it and moves away from it; nearly every
movement ends in a stop. All of that is true and stays in the graph, but it is not what a person would say of the clip.
"""

from collections.abc import Sequence
from dataclasses import replace

from finsta.video.events.motion import Event

_STEPS = frozenset({"move", "stop", "turn", "rise", "fall", "speed up", "slow down"})
_WAYS = _STEPS | {"approach", "move away from", "meet", "jump"}
_NEXT_TO = _WAYS | {"touch", "follow"}
_ROUND = _NEXT_TO | {"pass", "pass behind", "pass in front of", "grow", "shrink"}

PARTS: dict[str, frozenset[str]] = {
    "approach": _STEPS,
    "move away from": _STEPS,
    "enter": _WAYS,
    "leave": _WAYS,
    "touch": _WAYS,
    "follow": _WAYS,
    "pass": _NEXT_TO,
    "pass behind": _NEXT_TO | {"pass"},
    "pass in front of": _NEXT_TO | {"pass"},
    "hit": _NEXT_TO,
    "push": _NEXT_TO,
    "pull": _NEXT_TO,
    "carry": _ROUND,
    "circle": _ROUND,
    "jump over": _ROUND,
    "bounce": _ROUND,
}
"""What each event implies of those who move in it."""

MOVED = frozenset({"follow", "hit", "push", "pull", "carry"})
"""Events in which the object moves too."""

RIVALS = frozenset({"approach", "move away from"})
"""Of these one movement has one: the clearest."""

SHARE = 0.5
"""Share of an event that must fall into a fuller one to be implied by it."""


def mark_parts(events: Sequence[Event]) -> list[Event]:
    """The same events, ``implied`` set where another one tells of the same movement and of more."""
    return [replace(event, implied=any(_implies(other, event) for other in events)) for event in events]


def _implies(fuller: Event, event: Event) -> bool:
    movers = {fuller.subject, fuller.object} if fuller.label in MOVED else {fuller.subject}
    if fuller is event or event.subject not in movers or _shared(fuller, event) < SHARE:
        return False
    rivals = {fuller.label, event.label} <= RIVALS and fuller.subject == event.subject
    if rivals:
        return (fuller.confidence, event.label) > (event.confidence, fuller.label)
    return event.label in PARTS.get(fuller.label, ())


def _shared(fuller: Event, event: Event) -> float:
    """Share of an event's interval that lies within another's; of a stop, the half in which there is movement."""
    start, end = event.interval
    end = (start + end) / 2 if event.label == "stop" else end
    return (min(fuller.interval[1], end) - max(fuller.interval[0], start)) / max(end - start, 1e-9)
