"""Graph-edited negatives (our definition): captions that differ from the true one in exactly one thing.

The graph of an edited caption is ``parse_text(edited.caption)``.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from finsta.graphs.scene_graph import EdgeKind, NodeKind, Span, TextualSceneGraph
from finsta.text.edit_order import order_edits
from finsta.text.edit_roles import role_edits
from finsta.text.vocabulary import (
    EditVocabulary,
    Wording,
    adverb_kind,
    attribute_class,
    predicate_pattern,
    same_meaning,
)
from finsta.text.wording import substituted

__all__ = ["KINDS", "EditVocabulary", "EditedCaption", "edit_caption"]

KINDS = ("attribute", "role", "predicate", "adverb", "order")
"""The things in which an edited caption can differ."""


@dataclass(frozen=True, kw_only=True)
class EditedCaption:
    """A caption that is wrong in one thing; ``kind`` is one of :data:`KINDS`."""

    caption: str
    kind: str


def edit_caption(graph: TextualSceneGraph, *, vocabulary: EditVocabulary, seed: int) -> list[EditedCaption]:
    """All edits of a caption that its graph allows, by kind; no two alike, none equal to the caption.

    1. ``attribute``: two objects exchange attributes of one class, or one takes another of its class.
    2. ``role``: subject and object exchange places.
    3. ``predicate``: another predicate in the same form.
    4. ``adverb``: another modifier of the same kind.
    5. ``order``: "before" and "after" exchanged, or the clauses around "then".

    Args:
        graph: The graph of the caption, with its spans.
        vocabulary: Where replacements come from; an empty one leaves only exchanges.
        seed: Chooses the replacements; the same seed gives the same list.
    """
    generator = random.Random(seed)
    makers: Mapping[str, Callable[[], Iterator[str]]] = {
        "attribute": lambda: _attribute_edits(graph, vocabulary, generator),
        "role": lambda: role_edits(graph),
        "predicate": lambda: _predicate_edits(graph, vocabulary, generator),
        "adverb": lambda: _adverb_edits(graph, vocabulary, generator),
        "order": lambda: order_edits(graph),
    }
    seen = {graph.text}
    edited: list[EditedCaption] = []
    for kind in KINDS:
        for caption in makers[kind]():
            if caption not in seen:
                seen.add(caption)
                edited.append(EditedCaption(caption=caption, kind=kind))
    return edited


def _attribute_edits(graph: TextualSceneGraph, vocabulary: EditVocabulary, generator: random.Random) -> Iterator[str]:
    usable = [index for index in graph.indices(NodeKind.ATTRIBUTE) if _stands_alone(graph, index)]
    for one, other in combinations(usable, 2):
        if _may_swap(graph, one, other):
            yield substituted(graph.text, _all_mentions(graph, one, other) | _all_mentions(graph, other, one))
    for index in usable:
        words = vocabulary.attributes.get(attribute_class(graph.nodes[index].lemma) or "", ())
        taken = [graph.nodes[i].lemma for owner in _owners(graph, index) for i in graph.attributes(owner)]
        choice = _choose(words, taken, generator)
        if choice is not None:
            yield substituted(graph.text, dict.fromkeys(graph.nodes[index].mentions, choice.label))


def _stands_alone(graph: TextualSceneGraph, index: int) -> bool:
    """Whether an attribute's words can be cut out: "not … red" cannot."""
    node = graph.nodes[index]
    return node.span is not None and graph.text[slice(*node.span)] == node.label and not node.lemma.startswith("not ")


def _owners(graph: TextualSceneGraph, attribute: int) -> list[int]:
    return graph.sources(attribute, EdgeKind.ATTRIBUTE)


def _may_swap(graph: TextualSceneGraph, one: int, other: int) -> bool:
    """Whether two attributes are of one class, of two objects, and neither object has the other's already."""
    a, b = graph.nodes[one].lemma, graph.nodes[other].lemma
    group = attribute_class(a)
    if group is None or group != attribute_class(b) or same_meaning(a, b):
        return False
    owners, others = _owners(graph, one), _owners(graph, other)
    if set(owners) & set(others) or len(owners) != 1 or len(others) != 1:
        return False
    held = {graph.nodes[i].lemma for i in graph.attributes(owners[0])}
    held_by_other = {graph.nodes[i].lemma for i in graph.attributes(others[0])}
    return b not in held and a not in held_by_other


def _all_mentions(graph: TextualSceneGraph, node: int, by: int) -> dict[Span, str]:
    return dict.fromkeys(graph.nodes[node].mentions, graph.nodes[by].label)


def _choose(words: Sequence[Wording], taken: Sequence[str], generator: random.Random) -> Wording | None:
    free = [word for word in words if not any(same_meaning(word.lemma, lemma) for lemma in taken)]
    return generator.choice(free) if free else None


def _predicate_edits(graph: TextualSceneGraph, vocabulary: EditVocabulary, generator: random.Random) -> Iterator[str]:
    for index in graph.indices(NodeKind.PREDICATE):
        pattern = predicate_pattern(graph, index)
        node = graph.nodes[index]
        if pattern is None or node.span is None:
            continue
        words = vocabulary.predicates.get(pattern, ())
        tail = node.lemma.split()[1:]
        told = [graph.nodes[other].lemma for other in graph.indices(NodeKind.PREDICATE)]
        alike = [word for word in words if word.lemma.split()[1:] == tail]
        choice = _choose(alike, told, generator) or _choose(words, told, generator)
        if choice is not None:
            yield substituted(graph.text, {node.span: choice.label})


def _adverb_edits(graph: TextualSceneGraph, vocabulary: EditVocabulary, generator: random.Random) -> Iterator[str]:
    for index in graph.indices(NodeKind.PREDICATE_ATTRIBUTE):
        node = graph.nodes[index]
        if node.span is None or graph.text[slice(*node.span)] != node.label:
            continue
        choice = _choose(vocabulary.adverbs.get(adverb_kind(node) or "", ()), [node.lemma], generator)
        if choice is not None:
            yield substituted(graph.text, {node.span: choice.label})
