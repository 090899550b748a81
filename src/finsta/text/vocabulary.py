"""What stands in for what in an edited caption: words of the same class, in the same form, seen in the data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.text.lexicon import ATTRIBUTE_CLASSES, PREPOSITIONS, SYNONYMS, TIME_NOUNS


@dataclass(frozen=True, kw_only=True, order=True)
class Wording:
    """A word or phrase: its normal form, and how the data writes it."""

    lemma: str
    label: str


@dataclass(frozen=True, kw_only=True)
class EditVocabulary:
    """Words by what they can replace (our definition).

    Attributes:
        attributes: By class: ``"colour"``, ``"size"``, ``"number"`` …; words of no known class are left out.
        predicates: By pattern: part of speech, inflection, voice, whether there is an object.
        adverbs: By kind: manner, count, phrase of manner, phrase of time.
    """

    attributes: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)
    predicates: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)
    adverbs: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)

    @classmethod
    def from_graphs(cls, graphs: Iterable[TextualSceneGraph]) -> "EditVocabulary":
        """The vocabulary of a set of captions; the same for any order of them."""
        attributes: dict[str, set[Wording]] = {}
        predicates: dict[str, set[Wording]] = {}
        adverbs: dict[str, set[Wording]] = {}
        tables = {
            NodeKind.ATTRIBUTE: (attributes, lambda graph, index: attribute_class(graph.nodes[index].lemma)),
            NodeKind.PREDICATE: (predicates, predicate_pattern),
            NodeKind.PREDICATE_ATTRIBUTE: (adverbs, lambda graph, index: adverb_kind(graph.nodes[index])),
        }
        for graph in graphs:
            for index, node in enumerate(graph.nodes):
                if node.kind not in tables:
                    continue
                table, group_of = tables[node.kind]
                group = group_of(graph, index)
                if group is not None:
                    table.setdefault(group, set()).add(Wording(lemma=node.lemma, label=node.label.lower()))
        return cls(attributes=_sorted(attributes), predicates=_sorted(predicates), adverbs=_sorted(adverbs))


def _sorted(groups: Mapping[str, set[Wording]]) -> dict[str, tuple[Wording, ...]]:
    return {group: tuple(sorted(words)) for group, words in sorted(groups.items())}


def attribute_class(lemma: str) -> str | None:
    """The class of an attribute by its last word ("dark green" is a colour), or ``None``."""
    if lemma.startswith("not "):
        return None
    last = lemma.rsplit(maxsplit=1)[-1] if lemma.split() else ""
    return next((name for name, words in ATTRIBUTE_CLASSES.items() if last in words), None)


def adverb_kind(node: TextNode) -> str | None:
    """``manner``, ``count``, ``manner phrase`` or ``time phrase``; ``None`` for a negation and whatever else."""
    words = node.lemma.split()
    if node.lemma in {"once", "twice"} or node.lemma.endswith((" times", " time")):
        return "count"
    if len(words) > 1:
        kind = "time phrase" if words[-1] in TIME_NOUNS else "manner phrase"
        return kind if words[0] in PREPOSITIONS else None
    return "manner" if node.lemma.endswith("ly") or node.lemma in {"fast", "hard", "high", "low"} else None


def predicate_pattern(graph: TextualSceneGraph, index: int) -> str | None:
    """What another predicate must share to stand in this one's place, or ``None`` where it cannot be cut out.

    A predicate whose words stand apart ("put … in"), or share characters with another's, cannot.
    """
    node = graph.nodes[index]
    if node.span is None or graph.text[slice(*node.span)] != node.label or node.label == "'s":
        return None
    if any(_overlap(node, graph.nodes[other]) for other in graph.indices(NodeKind.PREDICATE) if other != index):
        return None
    first = node.lemma.split()[0]
    if first in PREPOSITIONS:
        return "preposition" if node.label.lower() == node.lemma else None
    taken = graph.targets(index, EdgeKind.OBJECT)
    after = [mention[0] >= node.span[1] for other in taken for mention in graph.nodes[other].mentions]
    passive = bool(taken) and not any(after)
    voice = "passive" if passive else "active"
    return f"{inflection(node)} {voice} {'with' if taken else 'without'} object"


def _overlap(one: TextNode, other: TextNode) -> bool:
    return (
        one.span is not None and other.span is not None and one.span[0] < other.span[1] and other.span[0] < one.span[1]
    )


def inflection(node: TextNode) -> str:
    """The form that a verb stands in: ``base``, ``third``, ``gerund`` or ``past``."""
    word, lemma = node.label.lower().split()[0], node.lemma.split()[0]
    if word == lemma:
        return "base"
    if word.endswith("ing"):
        return "gerund"
    return "third" if word.endswith("s") else "past"


def same_meaning(one: str, other: str) -> bool:
    """Whether two lemmas would leave a caption true when exchanged."""
    return one == other or any(one in words and other in words for words in SYNONYMS)
