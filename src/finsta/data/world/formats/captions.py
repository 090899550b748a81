"""Captions of clips and of single events in as many words as are wanted, and what would be false of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finsta.data.world.claims import Claim, describe
from finsta.data.world.formats.clips import WorldClip
from finsta.data.world.negatives import CHANGES, Setting, describes, fitting
from finsta.data.world.scene import Event, Scene
from finsta.data.world.wording import word


def claim_of(clip: WorldClip, rng: np.random.Generator) -> Claim:
    """A true claim about all events of a clip."""
    return describe(clip.scene, rng, clip.config)


def caption(clip: WorldClip, use: str) -> str:
    """One caption of a clip."""
    return word(claim_of(clip, clip.rng(use))).text


def paraphrases(clip: WorldClip, count: int, use: str) -> list[str]:
    """So many captions of a clip, different where the clip allows it, as people would write them one by one."""
    rng = clip.rng(use)
    found: dict[str, None] = {}
    for _ in range(3 * count):
        found[word(claim_of(clip, rng)).text] = None
        if len(found) == count:
            return list(found)
    return [*found, *(word(claim_of(clip, rng)).text for _ in range(count - len(found)))]


def event_caption(clip: WorldClip, event: Event, rng: np.random.Generator) -> str:
    """A caption that tells of one event only."""
    alone = replace(clip.scene, events=(event,), relation=None)
    return word(describe(alone, rng, clip.config)).text


def false_claims(clip: WorldClip, claim: Claim, rng: np.random.Generator) -> dict[str, Claim]:
    """The claim with one thing changed and false, by the kind of change; those kinds that the clip makes possible.

    The changes are those of the world's hard negatives: words alone do not tell which claim is true.
    """
    setting = Setting(clip.config, held_out=clip.held_out)
    changed = {kind: change(clip.scene, claim, rng, setting) for kind, change in CHANGES.items()}
    return {kind: found for kind, found in changed.items() if found is not None}


def joined_changes(scene: Scene, first: Claim, second: Claim) -> Claim | None:
    """A claim with both changes; None where it might be true.

    Args:
        scene: What is shown.
        first: The true claim with another attribute.
        second: The true claim with another role, predicate, adverb or order.
    """
    both = replace(second, things=first.things)
    return None if describes(scene, both) else both


def speaks_of_none(scenes: Sequence[Scene], claim: Claim) -> bool:
    """Whether no scene shows all things of any clause, so that the claim cannot be true of one of them by accident."""
    for scene in scenes:
        there = {thing for thing in claim.things if fitting(scene, claim, thing)}
        if any({clause.subject, clause.object} - {None} <= there for clause in claim.clauses):
            return False
    return True
