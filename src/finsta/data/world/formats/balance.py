"""Keeps every answer about as frequent as guessing would have it, question by question."""

from collections import Counter
from math import ceil

SLACK = 1.2
"""How much more frequent than by guessing an answer may be among the questions of one template."""


class Balance:
    """Counts the answers of each template, and says whether one more of an answer keeps them even.

    An answer is taken while it has no more than :data:`SLACK` times its share of the questions of its template, rounded
    up, so that the most frequent answer is not worth guessing.
    """

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def takes(self, template: str, answer: str, *, answers: int) -> bool:
        """Whether a question with this answer may be asked, of a template that has so many answers; counts it if so."""
        count = self._counts.setdefault(template, Counter())
        if count[answer] >= ceil(SLACK * (count.total() + 1) / answers):
            return False
        count[answer] += 1
        return True
