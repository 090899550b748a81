"""Learned relations beside those of the rules (our definition)."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from finsta.video.events.motion import Event

DOUBTED = 0.5
"""What a rule's confidence is worth where the head knows the word and does not say it."""


def merge_events(rules: Sequence[Event], learned: Sequence[Event], *, known: Collection[str]) -> list[Event]:
    """One list of events, in order of time.

    1. Both say the same of the same tracks in overlapping intervals: one event, with the head's interval and the
       confidence 1 - (1 - p)(1 - q), since each is evidence of its own, and with the rules' modifiers.
    2. The rules alone say a word that the head does not know: it stays as it is.
    3. The rules alone say a word that the head knows: it stays at ``DOUBTED`` of its confidence, unless it is
       ``implied``, part of what another event tells more fully: then it is left out.
    4. The head alone says it: it is added.

    Args:
        rules: Events of the rules.
        learned: Events of the head.
        known: The head's words.
    """
    merged, met = [], set[int]()
    for event in learned:
        partners = [place for place, other in enumerate(rules) if _same(event, other)]
        doubt = 1 - event.confidence
        for place in partners:
            doubt *= 1 - rules[place].confidence
        met.update(partners)
        modifiers = tuple(dict.fromkeys(word for place in partners for word in rules[place].modifiers))
        merged.append(replace(event, confidence=1 - doubt, modifiers=modifiers) if partners else event)
    for place, event in enumerate(rules):
        if place not in met and not (event.implied and event.label in known):
            share = DOUBTED if event.label in known else 1.0
            merged.append(replace(event, confidence=share * event.confidence))
    return sorted(merged, key=lambda e: (e.interval, e.label, e.subject, -1 if e.object is None else e.object))


def _same(first: Event, second: Event) -> bool:
    ends = (first.label, first.subject, first.object) == (second.label, second.subject, second.object)
    return ends and first.interval[0] <= second.interval[1] and second.interval[0] <= first.interval[1]
