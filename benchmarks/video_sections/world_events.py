"""Motion relations found in clips of the world, beside the events that were planned there."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from finsta.data.world.scene import Event as GoldEvent
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import VERBS
from finsta.video.events.motion import Event
from video_sections.world_clips import ParsedClip, things_of

MEANS: dict[str, tuple[str, ...]] = {verb: (verb,) for verb in VERBS} | {
    "pass": ("pass behind", "pass in front of"),
}
"""What a found label may stand for among the verbs of the world; labels that are not here are not judged."""

LEAST_IOU = 0.5
"""Temporal IoU of a found interval and the planned one."""


@dataclass(kw_only=True)
class Tally:
    """Counts by label; found events count under their own label, planned ones under the verb.

    Attributes:
        planned: Events of the world.
        recalled: Planned events that were found.
        found: Events found.
        right: Found events that are planned ones.
        true: Found events that nobody planned, but a person could say.
        wrong: The rest, with where they are, for reading.
        missed: Planned events that were not found, likewise.
        paces: Of the found planned events with an adverb: ``right``, ``wrong`` or ``none`` told.
        whole: Events found that no fuller one implies, of all labels.
        implied: The others.
    """

    planned: Counter[str] = field(default_factory=Counter)
    recalled: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    paces: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    implied: int = 0

    def recall(self, *without: str) -> float:
        """Share of the planned events that were found, some verbs left out."""
        verbs = [verb for verb in self.planned if verb not in without]
        return sum(self.recalled[verb] for verb in verbs) / max(sum(self.planned[verb] for verb in verbs), 1)

    def precision(self, *, judged: bool = False) -> float:
        """Share of the found events that were planned; ``judged``: or are true."""
        right = self.right.total() + (self.true.total() if judged else 0)
        return right / max(self.found.total(), 1)


def count(tally: Tally, clip: ParsedClip, events: list[Event]) -> None:
    """Match the events of one clip with its planned ones, one to one, and add to the counts."""
    things = things_of(clip)
    events = [event for event in events if event.label in MEANS]
    planned = clip.scene.events
    overlap = np.array([[_overlap(clip, things, event, gold) for gold in planned] for event in events])
    overlap = overlap.reshape(len(events), len(planned))
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    pairs = {int(row): int(column) for row, column in zip(rows, columns, strict=True) if overlap[row, column] > 0}
    where = f"seed {clip.seed} clip {clip.index}"
    for index, gold in enumerate(planned):
        tally.planned[gold.predicate] += 1
        if index in pairs.values():
            tally.recalled[gold.predicate] += 1
        else:
            tally.missed.append(f"{where}: {_gold_words(clip, gold)}")
    for index, event in enumerate(events):
        tally.found[event.label] += 1
        if index in pairs:
            tally.right[event.label] += 1
            if (adverb := planned[pairs[index]].adverb) is not None:
                tally.paces["none" if not event.modifiers else "right" if adverb in event.modifiers else "wrong"] += 1
        elif _is_true(clip, things, event):
            tally.true[event.label] += 1
            tally.wrong.append(f"{where}: true {_words(things, event)}")
        else:
            tally.wrong.append(f"{where}: false {_words(things, event)}")


def _overlap(clip: ParsedClip, things: dict[int, int | None], event: Event, gold: GoldEvent) -> float:
    """Temporal IoU where label, subject and object agree and it is large enough; else 0."""
    target = None if event.object is None else things[event.object]
    if gold.predicate not in MEANS[event.label] or things[event.subject] != gold.subject or target != gold.object:
        return 0.0
    if event.object is not None and target is None:
        return 0.0
    (a, b), (c, d) = event.interval, clip.scene.seconds(gold)
    iou = max(min(b, d) - max(a, c), 0.0) / max(max(b, d) - min(a, c), 1e-9)
    return iou if iou >= LEAST_IOU else 0.0


def _is_true(clip: ParsedClip, things: dict[int, int | None], event: Event) -> bool:
    """Whether a person could say it, by the world's own lenient tests on the true motion."""
    subject, target = things[event.subject], None if event.object is None else things[event.object]
    if subject is None or (event.object is not None and target is None) or subject == target:
        return False
    rate, last = clip.scene.frames_per_second, clip.scene.num_frames - 1
    frames = tuple(min(max(round(time * rate), 0), last) for time in event.interval)
    return any(holds(clip.scene, verb, subject, target, frames=(frames[0], frames[1])) for verb in MEANS[event.label])


def _words(things: dict[int, int | None], event: Event) -> str:
    target = "" if event.object is None else f" {things[event.object]}"
    start, end = event.interval
    return f"{event.label} {things[event.subject]}{target} {start:.2f}-{end:.2f} ({event.confidence:.2f})"


def _gold_words(clip: ParsedClip, gold: GoldEvent) -> str:
    start, end = clip.scene.seconds(gold)
    target = "" if gold.object is None else f" {gold.object}"
    return f"{gold.predicate} {gold.subject}{target} {start:.2f}-{end:.2f} {gold.adverb or ''}"
