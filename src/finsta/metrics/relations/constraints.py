"""Which predicted relations of a frame may be counted: one predicate for a pair, the sure ones, or all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.frames import FrameRelations
from finsta.shapes import Array, Int

CONSTRAINTS = ("with", "semi", "none")
"""The settings of :func:`allowed`."""


@dataclass(frozen=True, kw_only=True)
class PredicateGroups:
    """Predicates that compete for a pair of objects: with the constraint one of each group is kept.

    Attributes:
        group_of: Group of each predicate, by its name in lower case with blanks; others share one group of their own.
        exclusive: Groups of which one predicate holds at a time, also in the setting ``semi``.
    """

    group_of: Mapping[str, str] = field(default_factory=dict)
    exclusive: Collection[str] = ()

    def group(self, predicate: str) -> str:
        """The group of a predicate, however it is spelled."""
        return self.group_of.get(predicate.lower().replace("_", " "), "")


ONE_GROUP = PredicateGroups()
"""All predicates compete: the graph constraint of image scene graphs."""

_ATTENTION = ("looking at", "not looking at", "unsure")
_SPATIAL = ("above", "beneath", "in front of", "behind", "on the side of", "in")
_CONTACTING = (
    "carrying",
    "covered by",
    "drinking from",
    "eating",
    "have it on the back",
    "holding",
    "leaning on",
    "lying on",
    "not contacting",
    "other relationship",
    "sitting on",
    "standing on",
    "touching",
    "twisting",
    "wearing",
    "wiping",
    "writing on",
)

ACTION_GENOME = PredicateGroups(
    group_of={
        name: group
        for group, names in (("attention", _ATTENTION), ("spatial", _SPATIAL), ("contacting", _CONTACTING))
        for name in names
    },
    exclusive=("attention",),
)
"""The 26 relations of Action Genome, three groups that do not compete with each other."""

GROUPS = {"none": ONE_GROUP, "action-genome": ACTION_GENOME}
"""The groupings that the command knows, by name."""


def allowed(
    frame: FrameRelations, constraint: str, *, groups: PredicateGroups = ONE_GROUP, least: float = 0.9
) -> Int[Array, " kept"]:
    """Indices of the relations that count, in the order given.

    Args:
        frame: Predicted relations.
        constraint: ``with``: of each subject, object and group the predicate with the highest confidence, the first of
            equal ones. ``semi``: that in exclusive groups; in others each predicate whose confidence is above
            ``least``. ``none``: all.
        groups: Which predicates compete.
        least: Of the setting ``semi``; the confidences of the objects do not enter.

    Raises:
        InputError: if the constraint is unknown.
    """
    if constraint not in CONSTRAINTS:
        raise InputError(f"constraint {constraint!r}: expected with, semi or none; choose one of them")
    if constraint == "none":
        return np.arange(len(frame.predicates))
    best: dict[tuple[int, int, str], int] = {}
    kept = []
    for index, ((subject, target), name) in enumerate(zip(frame.pairs.tolist(), frame.predicates, strict=True)):
        group = groups.group(name)
        if constraint == "semi" and group not in groups.exclusive:
            if frame.confidences[index] > least:
                kept.append(index)
            continue
        key = (subject, target, group)
        if key not in best or frame.confidences[index] > frame.confidences[best[key]]:
            best[key] = index
    return np.array(sorted([*kept, *best.values()]), dtype=np.int64)
