"""What zero-shot scoring may say of two objects, in words that a caption would use, and who may do it."""

from finsta.video.detectors.vocabulary import COCO_NAMES

PHRASES = {
    "hold": "holding",
    "carry": "carrying",
    "wear": "wearing",
    "ride": "riding",
    "drive": "driving",
    "sit on": "sitting on",
    "stand on": "standing on",
    "lie on": "lying on",
    "lean on": "leaning on",
    "touch": "touching",
    "push": "pushing",
    "pull": "pulling",
    "throw": "throwing",
    "kick": "kicking",
    "eat": "eating",
    "drink from": "drinking from",
    "read": "reading",
    "use": "using",
    "feed": "feeding",
    "hug": "hugging",
    "look at": "looking at",
    "talk to": "talking to",
    "play with": "playing with",
}
"""Predicate as the text parser writes it → the words of a prompt."""

AT_A_DISTANCE = frozenset({"look at", "talk to", "throw", "kick", "play with"})
"""Predicates that need no contact of the boxes."""

ANIMALS = ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe")
HUMAN_ONLY = frozenset({"wear", "drive", "read", "use", "drink from", "throw", "talk to", "feed"})
"""Predicates that are not asked of an animal."""

BETWEEN_PEOPLE = frozenset({"hug", "touch", "push", "pull", "look at", "talk to", "kick", "feed", "play with", "carry"})
"""Predicates of which the object may be a person."""

SPATIAL = {
    "on": "on",
    "inside": "inside",
    "in front of": "in front of",
    "behind": "behind",
    "above": "above",
    "below": "below",
    "near": "near",
    "left of": "to the left of",
    "right of": "to the right of",
}
"""Words of :mod:`finsta.video.relations` → the words of a prompt."""

OPPOSITE = {"above": "below", "below": "above", "in front of": "behind", "behind": "in front of", "on": "below"}
"""Words whose opposite is a fair question to a model of pictures; left and right no such model knows."""

_THINGS = frozenset(COCO_NAMES) - {"person", *ANIMALS}


def askable(subject: str, target: str, *, contact: bool) -> list[str]:
    """The predicates worth a prompt for two labels: things do nothing, animals less than people.

    A label that is neither a person, an animal nor a known thing may do anything.

    Args:
        subject: Label of the subject.
        target: Label of the object.
        contact: Whether their boxes overlap.
    """
    if subject in _THINGS:
        return []
    words = [word for word in PHRASES if contact or word in AT_A_DISTANCE]
    if subject in ANIMALS:
        words = [word for word in words if word not in HUMAN_ONLY]
    if target == "person":
        words = [word for word in words if word in BETWEEN_PEOPLE]
    return words
