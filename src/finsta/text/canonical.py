"""Relations and attributes as the FACTUAL annotators word them, where that is not how the text does.

The annotators write one form for what captions say in several: "lying on" and "laying on" are "lay on", "a man in a
hat" wears it. The forms were read off the data's train split; each list is written by hand and holds closed-class words
and garments. Labels and normal forms stay those of the text; see ``TextNode.canonical``.
"""

import re

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.caption_words import GARMENTS, POSTURE_VERBS
from finsta.text.draft import Draft, DraftNode
from finsta.text.lexicon import COLOURS, DEGREE_WORDS

_WORDING = tuple(
    (re.compile(rf"(?:^|(?<= )){pattern}$"), form)
    for pattern, form in {
        r"(?:in|at|on) (?:middle|center|centre) of": "on middle of",
        r"(?:to|on|at) left(?: side)? of": "at the left of",
        r"(?:to|on|at) right(?: side)? of": "on the right side of",
        r"(?:on|at) end of": "in end of",
        r"(?:at|along|on) edge of": "on edge of",
        r"(?:on|at) corner of": "in corner of",
        r"on front of": "in front of",
        r"(?:at|along|to|by) side of": "on side of",
        r"(?:at|in) bottom of": "on bottom of",
        r"at back of": "on back of",
        r"(?:below|beneath|underneath)(?: of)?": "under",
        r"in between": "between",
        r"inside of": "inside",
        r"outside of": "outside",
        r"toward": "towards",
        r"hold (?:up|onto|on to)": "hold",
        r"dress in": "wear",
        r"full of": "have",
    }.items()
)
"""The end of a relation, and what the annotators write for it."""

_PARTICLE = re.compile(rf"^({'|'.join(sorted(POSTURE_VERBS))}) (?:down|up|out|over)(?= )")
"""A particle that they leave out before a preposition: "sit down on" is "sit on"."""

_ATTRIBUTES = {"wood": "wooden", "group": "group of"}


def add_canonical(draft: Draft) -> None:
    """Give predicates and attributes the annotators' wording where it differs from the normal form."""
    for index, node in enumerate(draft.nodes):
        if node.kind is NodeKind.PREDICATE:
            form = _relation(draft, index, node)
            node.canonical = form if form != node.lemma else ""
        elif node.kind is NodeKind.ATTRIBUTE:
            node.canonical = _attribute(node)


def _attribute(node: DraftNode) -> str:
    first = node.words[0].lower_ if node.words else ""
    words = node.lemma.split()
    if len(words) == 2 and words[1] in {"colored", "coloured"} and words[0] in COLOURS:
        return words[0]
    if first in DEGREE_WORDS and len(node.words) > 1 and node.head is not None:
        return " ".join(word.lower_ for word in node.words if word.lower_ not in DEGREE_WORDS)
    return _ATTRIBUTES.get(node.lemma, "")


def _relation(draft: Draft, index: int, node: DraftNode) -> str:
    targets = draft.targets(index, EdgeKind.OBJECT)
    if not targets:
        return node.lemma
    if node.lemma == "in" and any(draft.nodes[target].lemma.rsplit(" ", 1)[-1] in GARMENTS for target in targets):
        return "wear"
    form = _PARTICLE.sub(r"\1", node.lemma)
    if form.startswith("lie "):
        form = "lay" + form.removeprefix("lie")
    for pattern, wording in _WORDING:
        changed, count = pattern.subn(wording, form)
        if count:
            return changed
    return form
