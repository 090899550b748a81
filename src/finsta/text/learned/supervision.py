"""A gold graph as what the network should say of its caption."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from finsta.graphs.exports.factual import Fact
from finsta.text.learned.anchors import Anchor
from finsta.text.learned.caption import Caption
from finsta.text.learned.inventory import Candidate, Inventory
from finsta.text.learned.roles import LONGEST, Pair, Role

IGNORED = -100
"""Label of what the loss leaves out."""

NO_RELATION = 0
"""Label of a pair that no relation joins; relation r of the inventory has label r + 1."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Labels of one caption; words by index.

    Attributes:
        lengths: For each role, heads of the anchors and how many words come before them in the phrase.
        attributes: Pairs of an object and an attribute that it has.
        relations: For a pair of subject and object, the label; candidates follow on the inventory.
    """

    lengths: Mapping[Role, Mapping[int, int]]
    attributes: frozenset[Pair] = frozenset()
    relations: Mapping[Pair, int] = field(default_factory=dict)

    @property
    def objects(self) -> list[int]:
        """Heads of the objects."""
        return list(self.lengths[Role.OBJECT])


def make_target(
    caption: Caption, facts: Sequence[Fact], anchors: Mapping[tuple[Role, str], Anchor], inventory: Inventory
) -> Target:
    """Labels from gold facts and where they are anchored; of two relations of one pair the first counts."""
    lengths: dict[Role, dict[int, int]] = {role: {} for role in Role}
    for (role, _), anchor in anchors.items():
        lengths[role].setdefault(anchor.head, min(anchor.head - anchor.start, LONGEST - 1))
    heads = {key: anchor.head for key, anchor in anchors.items()}
    own = own_labels(inventory.candidates(caption))
    attributes: set[Pair] = set()
    relations: dict[Pair, int] = {}
    for fact in facts:
        if len(fact) == 3:
            role = Role.ATTRIBUTE if fact[1] == "is" else Role.OBJECT
            first, second = heads.get((Role.OBJECT, fact[0])), heads.get((role, fact[2]))
            if first is None or second is None:
                continue
            if role is Role.ATTRIBUTE:
                attributes.add((first, second))
            else:
                relations.setdefault((first, second), label_of_relation(fact[1], inventory, own))
    return Target(lengths=lengths, attributes=frozenset(attributes), relations=relations)


def own_labels(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Number of each of a caption's own candidates."""
    return {candidate.name: index for index, candidate in enumerate(candidates)}


def label_of_relation(name: str, inventory: Inventory, own: Mapping[str, int]) -> int:
    """Label of a relation: of the inventory, else of the caption's own candidates, else ``IGNORED``."""
    if name in inventory.number:
        return 1 + inventory.number[name]
    return 1 + len(inventory.relations) + own[name] if name in own else IGNORED
