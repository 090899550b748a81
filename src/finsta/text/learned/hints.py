"""What the rules say of a caption, as the network reads it: a second opinion among its features.

Our definition. The rules and the network err on different captions; a network that sees the rules' graph learns where
to trust it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from finsta.graphs.exports.factual import fact_nodes, relation_name
from finsta.graphs.scene_graph import NodeKind
from finsta.text.draft import Draft, DraftNode, run_of
from finsta.text.learned.roles import LONGEST, Pair, Role


@dataclass(frozen=True, kw_only=True)
class Hint:
    """The rules' graph over words, by index.

    Attributes:
        lengths: For each role, heads of the anchors and how many words come before them in the phrase.
        attributes: Pairs of an object and an attribute that it has.
        relations: For a pair of subject and object, the relation.
    """

    lengths: Mapping[Role, Mapping[int, int]] = field(default_factory=lambda: {role: {} for role in Role})
    attributes: frozenset[Pair] = frozenset()
    relations: Mapping[Pair, str] = field(default_factory=dict)


NO_HINT = Hint()
"""Where no rules have been asked."""


def read_hint(draft: Draft) -> Hint:
    """The facts that the rules have written, by the words that name them; of two relations of a pair the first counts.

    Args:
        draft: Of the rules, after the last of them.
    """
    gone = draft.gone()
    places = [None if index in gone else _place(node) for index, node in enumerate(draft.nodes)]
    lengths: dict[Role, dict[int, int]] = {role: {} for role in Role}
    attributes: set[Pair] = set()
    relations: dict[Pair, str] = {}
    for node, place in zip(draft.nodes, places, strict=True):
        if node.kind is NodeKind.OBJECT and place is not None:
            lengths[Role.OBJECT].setdefault(*place)
    for nodes in fact_nodes(draft):
        first, last = places[nodes[0]], places[nodes[-1]]
        if first is None or last is None:
            continue
        if len(nodes) == 2:
            lengths[Role.ATTRIBUTE].setdefault(*last)
            attributes.add((first[0], last[0]))
        elif nodes[1] not in gone:
            relations.setdefault((first[0], last[0]), relation_name(draft.nodes[nodes[1]]))
    return Hint(lengths=lengths, attributes=frozenset(attributes), relations=relations)


def _place(node: DraftNode) -> tuple[int, int] | None:
    """Head of a node's first mention, which is its last word, and the number of words before it."""
    if node.head is None:
        return None
    words = run_of(node.head, node.words)
    return words[-1].i, min(words[-1].i - words[0].i, LONGEST - 1)
