"""How fast something is done: ``quickly`` and ``slowly``, by measured speed (our definition).

A speed is judged both by the size of what moves and by the height of the frame, since a viewer sees both. What counts
as usual depends on the verb: one passes something faster than one walks up to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from finsta.video.events.motion import Event, Motion

USUAL_SIZES = 1.35
"""Sizes of the object per second that are neither slow nor quick."""

USUAL_HEIGHTS = 0.26
"""The same in frame heights per second."""

CLEARLY = 1.15
"""How many times as fast, or as slow, as usual it must be to be told."""

USUAL: Mapping[str, float] = {
    "move": 1.0,
    "approach": 1.0,
    "move away from": 1.0,
    "touch": 1.0,
    "hit": 1.0,
    "push": 1.0,
    "pull": 1.0,
    "carry": 1.0,
    "follow": 1.0,
    "meet": 1.0,
    "enter": 1.35,
    "leave": 1.35,
    "pass": 1.85,
    "pass behind": 1.85,
    "pass in front of": 1.85,
    "jump over": 3.0,
}
"""The usual speed of each verb that has a pace, as a share of the above."""


def with_pace(events: Sequence[Event], motions: Sequence[Motion]) -> list[Event]:
    """The same events, those done quickly or slowly marked so."""
    return [replace(event, modifiers=_pace(event, motions)) for event in events]


def _pace(event: Event, motions: Sequence[Motion]) -> tuple[str, ...]:
    """The adverb of an event, if its subject is fast or slow enough in the faster half of it."""
    if event.label not in USUAL:
        return ()
    start, end = event.interval
    for motion in motions:
        steps = (motion.times >= start - 1e-6) & (motion.times <= end + 1e-6)
        if motion.track.number == event.subject and steps.any():
            speed = float(np.percentile(motion.speeds[steps], 70)) / USUAL[event.label]
            score = float(np.sqrt((speed / motion.size / USUAL_SIZES) * (speed / USUAL_HEIGHTS)))
            return ("quickly",) if score > CLEARLY else ("slowly",) if score < 1 / CLEARLY else ()
    return ()
