"""Answers to questions about videos: exact match by type of question, multiple choice, true or false."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from finsta.errors import InputError
from finsta.shapes import Array, Bool, Float

_ARTICLES = frozenset({"a", "an", "the"})
_NUMBERS = {word: str(number) for number, word in enumerate(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
)}  # fmt: skip


def normalise_answer(text: str) -> str:
    """An answer as it is compared.

    Unicode in its compatible form, lower case, only the first line, single blanks; punctuation taken out but for
    apostrophes and hyphens inside a word and points and commas inside a number; "a", "an", "the" taken out unless
    nothing else is there; "zero" to "ten" as digits. These are the steps of the VQA evaluation, without its table of
    contractions. "The red Car." and "red car" are equal; "cars" and "car" are not.
    """
    line = next(iter(unicodedata.normalize("NFKC", text).strip().lower().splitlines()), "")
    line = re.sub(r"(?<!\w)['’-]+|['’-]+(?!\w)", " ", line)
    line = re.sub(r"(?<!\d)[.,:]|[.,:](?!\d)|[^\w\s.,:'’-]", " ", line)
    words = line.replace("’", "'").split()
    kept = [word for word in words if word not in _ARTICLES] or words
    return " ".join(_NUMBERS.get(word, word) for word in kept)


def exact_match(found: Sequence[str], answers: Sequence[Sequence[str]]) -> Bool[Array, " questions"]:
    """Whether each answer equals one of the right ones, both normalised.

    Raises:
        InputError: if the two differ in number, or a question has no right answer.
    """
    if len(found) != len(answers) or not found:
        raise InputError(f"expected an answer to each question, found {len(found)} answers to {len(answers)} questions")
    if bare := [index for index, several in enumerate(answers) if not several]:
        raise InputError(f"{len(bare)} questions have no right answer, number {bare[0]} the first; leave these out")
    pairs = zip(found, answers, strict=True)
    return np.array([normalise_answer(one) in set(map(normalise_answer, several)) for one, several in pairs])


def question_type(question: str, kind: str = "") -> str:
    """The type that the data set gives, else the first word of the question in lower case: "what", "who", "how"."""
    words = re.findall(r"[^\W_]+", question.lower())
    return kind or (words[0] if words else "other")


@dataclass(frozen=True, kw_only=True)
class AnswerVocabulary:
    """The answers to choose from in open-ended question answering, most frequent first.

    Attributes:
        answers: Normalised.
        coverage: Share in [0, 1] of the answers that it was built from which it holds.
    """

    answers: tuple[str, ...]
    coverage: float

    @classmethod
    def build(cls, answers: Iterable[str], *, size: int = 1000) -> "AnswerVocabulary":
        """The ``size`` most frequent answers of the training split; of equal ones those first in the alphabet.

        Raises:
            InputError: if there is no answer, or ``size`` is not positive.
        """
        counts = Counter(filter(None, map(normalise_answer, answers)))
        if not counts or size < 1:
            raise InputError(
                f"expected answers of a training split and a vocabulary of 1 or more, found {len(counts)} and {size}"
            )
        kept = sorted(counts, key=lambda answer: (-counts[answer], answer))[:size]
        return cls(answers=tuple(kept), coverage=sum(counts[answer] for answer in kept) / counts.total())

    def covers(self, answers: Sequence[Sequence[str]]) -> float:
        """Share in [0, 1] of questions that it holds a right answer to: no choice from it can be right more often."""
        known = set(self.answers)
        return float(np.mean([not known.isdisjoint(map(normalise_answer, several)) for several in answers]))


def choice_hits(scores: Sequence[Array], answers: Sequence[int]) -> Float[Array, " questions"]:
    """Probability in [0, 1] that the best choice is the right one, in expectation when ties are broken at random.

    Args:
        scores: ``[choices]`` of each question; larger is better. Questions may have different numbers of choices.
        answers: Index of the right choice.

    Raises:
        InputError: if the two differ in number, an index is outside, or a score is not a number.
    """
    if len(scores) != len(answers) or not answers:
        raise InputError(f"expected the scores of each question, found {len(scores)} for {len(answers)} questions")
    hits = []
    for number, (row, answer) in enumerate(zip(scores, answers, strict=True)):
        if not 0 <= answer < len(row):
            raise InputError(f"question {number}: expected a right choice from 0 to {len(row) - 1}, found {answer}")
        if np.isnan(row).any():
            raise InputError(
                f"question {number}: scores are not numbers (NaN); the model has diverged, or its weights are damaged"
            )
        best = row == row.max()
        hits.append(best[answer] / best.sum())
    return np.array(hits, dtype=float)


def binary_hits(margins: Float[Array, " margins"], truth: Bool[Array, " statements"]) -> Float[Array, " statements"]:
    """1 where a statement with a positive margin is true or one with a negative margin false; a margin of 0 gives 0.5.

    Raises:
        InputError: if the two differ in number, or a margin is not a number.
    """
    _check_binary(margins, truth)
    hits: Array = (1 + np.sign(margins) * np.where(truth, 1, -1)) / 2
    return hits


def area_under_curve(margins: Float[Array, " margins"], truth: Bool[Array, " statements"]) -> float:
    """Probability in [0, 1] that a true statement has a larger margin than a false one; a tie counts a half.

    It needs no threshold. NaN where all statements are true, or all false.

    Raises:
        InputError: as :func:`binary_hits`.
    """
    _check_binary(margins, truth)
    true, false = margins[truth], np.sort(margins[~truth])
    if not len(true) or not len(false):
        return float("nan")
    below, upto = np.searchsorted(false, true, side="left"), np.searchsorted(false, true, side="right")
    return float((below + upto).mean() / (2 * len(false)))


def _check_binary(margins: Array, truth: Array) -> None:
    if len(margins) != len(truth) or not len(margins):
        raise InputError(f"expected a margin for each statement, found {len(margins)} for {len(truth)} statements")
    if np.isnan(margins).any():
        raise InputError(
            f"{int(np.isnan(margins).sum())} of {len(margins)} margins are not numbers (NaN); the model has diverged, "
            "or its weights are damaged"
        )
