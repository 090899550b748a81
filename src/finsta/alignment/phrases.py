"""The phrases of a textual scene graph in plain words, as a host's tokenizer reads them (our definition)."""

from dataclasses import dataclass

from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph

BEFORE_THE_VERB = frozenset({"not", "n't", "never", "no longer", "hardly", "barely", "almost", "nearly"})
"""Modifiers that English puts before the verb; the others follow the object."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What a text object or predicate says, with everything that hangs on it.

    Attributes:
        node: Index in the graph.
        text: An object with its attributes (``"small red circle"``); a predicate with its subjects, its objects and its
            modifiers (``"small red circle approaches blue square quickly"``).
    """

    node: int
    text: str


def phrases_of(graph: TextualSceneGraph) -> list[Phrase]:
    """One phrase for each object and each predicate, in order of mention.

    The words are those of the text (``label``), so that the host reads forms that it knows; attributes keep the order
    of the text and stand before their noun. Several subjects or objects are joined by "and". A node without any word
    has no phrase.
    """
    phrases = [
        Phrase(node=node, text=_phrase(graph, node)) for node in range(len(graph.nodes)) if _is_asked(graph, node)
    ]
    return [phrase for phrase in phrases if phrase.text]


def _is_asked(graph: TextualSceneGraph, node: int) -> bool:
    return graph.nodes[node].kind in (NodeKind.OBJECT, NodeKind.PREDICATE)


def _phrase(graph: TextualSceneGraph, node: int) -> str:
    if graph.nodes[node].kind is NodeKind.OBJECT:
        return _noun_phrase(graph, node)
    modifiers = [_label(graph, modifier) for modifier in sorted(graph.targets(node, EdgeKind.PREDICATE_ATTRIBUTE))]
    before = [word for word in modifiers if word.lower() in BEFORE_THE_VERB]
    after = [word for word in modifiers if word.lower() not in BEFORE_THE_VERB]
    subjects, objects = graph.sources(node, EdgeKind.SUBJECT), graph.targets(node, EdgeKind.OBJECT)
    return _join([_list(graph, subjects), *before, _label(graph, node), _list(graph, objects), *after])


def _noun_phrase(graph: TextualSceneGraph, node: int) -> str:
    attributes = sorted(graph.targets(node, EdgeKind.ATTRIBUTE))
    return _join([*(_label(graph, attribute) for attribute in attributes), _label(graph, node)])


def _list(graph: TextualSceneGraph, nodes: list[int]) -> str:
    return " and ".join(filter(None, (_noun_phrase(graph, node) for node in nodes)))


def _label(graph: TextualSceneGraph, node: int) -> str:
    return " ".join(graph.nodes[node].label.split())


def _join(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)
