"""How alike a predicate of the text and one of the video are: a table of paraphrases (our definition).

The video side speaks a small vocabulary (spatial relations from geometry, motion relations from tracks), so a table
from what captions say to that vocabulary goes a long way: "next to" ~ near, "walk towards" ~ approach.
"""

_SAME = {
    "near": "next to|beside|by|close to|alongside|adjacent to|at|around|nearby|along with|be near|stand near|next",
    "left of": "to the left of|on the left of|to left of|left|on the left side of",
    "right of": "to the right of|on the right of|to right of|right|on the right side of",
    "above": "over|higher than",
    "below": "under|beneath|underneath|lower than|underside",
    "on": "on top of|upon|onto|atop|on to",
    "inside": "in|into|within|inside of|in the middle of",
    "in front of": "ahead of|before|at the front of",
    "behind": "in back of|at the back of|be behind",
    "approach": "move toward|walk toward|run toward|drive toward|go toward|go to|come to|come toward|walk to|run to|"
    "move closer to|come closer to|get closer to|head to|head toward|toward|walk up to|move to|near to|close in on|"
    "swim toward|fly toward|roll toward|ride toward|reach",
    "move away from": "away from|walk away from|run away from|drive away from|run from|flee from|flee|back away from|"
    "retreat from|go away from|depart from|escape from|escape|ride away from",
    "follow": "chase|run after|pursue|go after|trail|walk behind|drive behind|run behind|ride behind|come after",
    "pass": "overtake|go past|walk past|drive past|run past|ride past|move past|pass by|go by|walk by|drive by|past",
    "pass behind": "go behind|move behind|walk behind|run behind|hide behind|disappear behind",
    "pass in front of": "go in front of|move in front of|walk in front of|run in front of|drive in front of",
    "jump over": "leap over|hop over|vault over|bounce over|jump across",
    "push": "shove|nudge|press",
    "touch": "hit|bump|bump into|collide with|strike|knock|contact|crash into|run into|meet",
    "pull": "drag|tow|tug|haul",
    "carry": "transport|bring|take along",
    "hold": "grasp|grip|clutch|hold onto",
    "rise": "go up|climb|climb up|ascend|float up|lift off",
    "fall": "drop|go down|descend|sink|tumble|fall down",
    "jump": "leap|hop",
    "speed up": "accelerate|go faster",
    "slow down": "decelerate|go slower",
    "circle": "go around|move around|orbit|walk around|run around|drive around|ride around|revolve around",
    "enter": "come in|appear|walk in|come into|go in|go into|walk into|drive in|arrive|show up",
    "leave": "exit|go out|disappear|walk out|drive off|walk off|go away|walk away|depart|run off|drive away|go off",
    "stop": "halt|come to a stop|brake|pull up|freeze|come to rest",
    "move": "walk|run|go|drive|ride|travel|jog|roll|slide|fly|swim|race|ski|skate|crawl|march|stroll|sprint|gallop|"
    "trot|sail|surf|skateboard|snowboard|cycle|glide|drift|speed|rush|hurry|wander|advance|cross|proceed|pedal|row",
    "stand": "sit|lie|rest|wait|stay|park|remain|still|kneel|sleep|lean|pose|stand still",
    "grow": "expand|get bigger|enlarge|swell",
    "shrink": "get smaller|contract|dwindle",
    "spin": "rotate|turn|twirl|whirl|turn around|revolve|swirl",
    "bounce": "bob",
}
_CANONICAL = {phrase: name for name, phrases in reversed(_SAME.items()) for phrase in phrases.split("|")} | {
    name: name for name in _SAME
}

NAMES = frozenset(_SAME)
"""The names that stand for their paraphrases; two paraphrases of one name need not be the same ("walk", "run")."""

IMPLIED: dict[tuple[str, str], float] = {
    ("sit on", "on"): 0.8,
    ("ride", "on"): 0.7,
    ("ride", "near"): 0.5,
    ("mount", "on"): 0.6,
    ("wear", "on"): 0.5,
    ("hold", "near"): 0.5,
    ("carry", "near"): 0.5,
    ("hold", "on"): 0.4,
    ("carry", "on"): 0.4,
    ("play with", "near"): 0.5,
    ("talk to", "near"): 0.5,
    ("kick", "touch"): 0.6,
    ("push", "near"): 0.4,
    ("push", "touch"): 0.6,
    ("pull", "near"): 0.4,
    ("carry", "hold"): 0.6,
    ("hold", "carry"): 0.6,
    ("jump", "bounce"): 0.7,
    ("bounce", "jump"): 0.7,
    ("jump", "rise"): 0.4,
    ("slow down", "stop"): 0.4,
    ("jump over", "above"): 0.5,
    ("pass behind", "behind"): 0.5,
    ("pass in front of", "in front of"): 0.5,
    ("pass in front of", "pass"): 0.6,
    ("pass behind", "pass"): 0.6,
    ("leave", "move away from"): 0.7,
    ("follow", "behind"): 0.5,
    ("approach", "move"): 0.4,
    ("move away from", "move"): 0.4,
    ("follow", "move"): 0.4,
    ("pass", "move"): 0.4,
    ("circle", "move"): 0.4,
    ("enter", "move"): 0.4,
    ("leave", "move"): 0.4,
    ("stop", "stand"): 0.5,
    ("on", "above"): 0.4,
    ("touch", "near"): 0.4,
    ("touch", "approach"): 0.4,
    ("inside", "near"): 0.4,
    ("behind", "near"): 0.4,
    ("in front of", "near"): 0.4,
    ("move", "pass"): 0.4,
    ("move", "approach"): 0.4,
    ("move", "move away from"): 0.4,
    ("move", "follow"): 0.4,
    ("move", "enter"): 0.4,
    ("move", "leave"): 0.4,
}
"""What the text says → what the video then often shows, and how much that counts."""

_MIRROR = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "in front of": "behind",
    "behind": "in front of",
    "near": "near",
    "touch": "touch",
}

PARAPHRASE, PART = 0.9, 0.7
PREDICATE_THRESHOLD = 0.4
"""From here on two predicates count as the same; less is no evidence."""

_MOTION_NAMES = (
    "move|approach|move away from|follow|pass|pass behind|pass in front of|push|"
    "circle|jump over|enter|leave|bounce|dance"
)
_MOTION = frozenset(_MOTION_NAMES.split("|"))


def predicate_similarity(lemma: str, label: str) -> float:
    """Similarity in [0, 1] of a text predicate and the label of a visual one.

    1 for the same words, 0.9 for a paraphrase, 0.4 … 0.8 for what it implies; where only a verb's preposition
    ("sit beside" ~ near) or only its verb ("walk down" ~ move) says it, 0.7 times that.
    """
    lemma, label = _words(lemma), _words(label)
    whole = _relation(lemma, label)
    words = lemma.split()
    parts = (" ".join(words[1:]), words[0]) if len(words) > 1 and lemma not in _CANONICAL else ()
    return max(whole, *(PART * _relation(part, label) for part in parts), 0.0)


def mirrored(label: str) -> str | None:
    """What a visual relation says from its object's side: ``"left of"`` → ``"right of"``; ``None`` for most."""
    return _MIRROR.get(_CANONICAL.get(_words(label), label))


def is_motion(lemma: str) -> bool:
    """Whether a text predicate says that its subject changes place."""
    words = _words(lemma)
    return any(_CANONICAL.get(part, part) in _MOTION for part in (words, words.split(" ")[0]))


def _relation(lemma: str, label: str) -> float:
    if lemma == label:
        return 1.0
    ours, theirs = _CANONICAL.get(lemma, lemma), _CANONICAL.get(label, label)
    if ours == theirs:
        return PARAPHRASE
    return max(IMPLIED.get((lemma, theirs), 0.0), IMPLIED.get((ours, theirs), 0.0))


def _words(text: str) -> str:
    words = text.lower().replace("_", " ").replace("towards", "toward").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "be" else words)
