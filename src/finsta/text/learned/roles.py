"""What a word of a caption can anchor, and how long a name may be."""

from enum import StrEnum

LONGEST = 4
"""Words of the longest phrase that names one thing."""

Pair = tuple[int, int]
"""Heads of two anchors."""


class Role(StrEnum):
    """What a word can anchor."""

    OBJECT = "object"
    ATTRIBUTE = "attribute"
