"""Accuracy of guessers that see no video, beside chance: words of questions, of choices, of statements."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.data.world import WorldConfig
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.table import FORMATS
from measuring import Row, Settings

CLIPS = 2500
SLACK = 1.25
"""Times chance that a guesser may reach: answers are balanced to 1.2 times their share."""

ASKED = (
    ("msvd", "qa", "train", "test"),
    ("msrvtt", "qa", "train", "test"),
    ("tgifqa", "frameqa", "trainval", "test"),
    ("lsmdc", "fib", "train", "test"),
    ("how2qa", "value", "train", "val"),
    ("lsmdc", "mc", "train", "test"),
    ("violin", "pairs", "train", "test"),
    ("violin", "statements", "train", "test"),
)
"""Data set, variant, the split that is learned from, the split that is judged."""

KINDS = {"how many": 3, "where is": 4, "how is": 2, "when does": 2, "what color": 8}
"""Answers by the first words of a question."""

COLOURS = {"red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink"}


def rows(settings: Settings) -> list[Row]:
    """A guesser learns from the words of one split and answers another; the world has scenes only, no pictures."""
    world = World.composed(Path("nowhere"), seed=1, config=WorldConfig(), clips=300 if settings.quick else CLIPS)
    found = []
    with TemporaryDirectory() as folder:
        for name in dict.fromkeys(name for name, *_ in ASKED):
            for file, data in FORMATS[name](world).files.items():
                path = Path(folder, name, file)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
        for name, variant, train, test in ASKED:
            seen, judged = (
                list(open_dataset(name, Path(folder, name), s, variant=variant).samples()) for s in (train, test)
            )
            found += _rows(f"{name} {variant}", seen, judged)
    return found


def _rows(name: str, seen: list[Sample], judged: list[Sample]) -> list[Row]:
    if judged[0].choices:
        return [_row(f"{name}, {kind}", *_share(judged, choose)) for kind, choose in _choosers(seen).items()]
    guesser = NaiveBayes([str(s.question) for s in seen], [s.answers[0] for s in seen])
    right = [guesser.label(str(s.question)) == s.answers[0] for s in judged]
    chance = float(np.mean([1 / _answers(sample) for sample in judged]))
    return [_row(f"{name}, words", float(np.mean(right)), chance, len(judged))]


def _row(what: str, share: float, chance: float, count: int) -> Row:
    return Row(
        what=what,
        ours=f"{100 * share:.1f} % of {count:,}",
        other=f"chance {100 * chance:.1f} %",
        ratio=share / chance,
        wanted=f"≤ {SLACK}",
    )


def _answers(sample: Sample) -> int:
    """How many answers a question could have."""
    question = str(sample.question)
    if sample.answers[0] in ("true", "false"):
        return 2
    if "_____" in question:
        return len(COLOURS) - len(COLOURS & {word.strip(".,") for word in question.split()})
    return KINDS.get(" ".join(question.split()[:2]), 17 if " doing" in question else 6)


Choose = Callable[[Sequence[str]], Sequence[float]]
"""A score for each choice."""


def _choosers(seen: list[Sample]) -> dict[str, Choose]:
    texts = [choice for sample in seen for choice in sample.choices]
    labels = [str(place == sample.answer) for sample in seen for place in range(len(sample.choices))]
    guesser = NaiveBayes(texts, labels)
    return {
        "words": lambda choices: [float(np.diff(guesser.scores(choice))[0]) for choice in choices],
        "nearest to the others": _nearness,
        "farthest from the others": lambda choices: [-value for value in _nearness(choices)],
        "longest": lambda choices: [float(len(choice)) for choice in choices],
    }


def _nearness(choices: Sequence[str]) -> list[float]:
    sets = [set(words(choice)) for choice in choices]
    return [float(sum(len(one & other) for other in sets)) for one in sets]


def _share(judged: list[Sample], choose: Choose) -> tuple[float, float, int]:
    """How often the highest score is that of the right choice, by lot among equal ones; chance; how many."""
    total = 0.0
    for sample in judged:
        scores = choose(sample.choices)
        best = [place for place, score in enumerate(scores) if score == max(scores)]
        total += (sample.answer in best) / len(best)
    return total / len(judged), float(np.mean([1 / len(s.choices) for s in judged])), len(judged)


def words(text: str) -> list[str]:
    """The words of a text and its pairs of words."""
    found = text.lower().translate(str.maketrans("", "", "?.,")).split()
    return found + [f"{one} {other}" for one, other in pairwise(found)]


class NaiveBayes:
    """The likeliest label by the words of a text, each word counted once more."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.labels = sorted(set(labels))
        self.place = {word: n for n, word in enumerate(sorted({word for text in texts for word in words(text)}))}
        row = {label: n for n, label in enumerate(self.labels)}
        counts, prior = np.ones((len(self.labels), len(self.place))), np.zeros(len(self.labels))
        for text, label in zip(texts, labels, strict=True):
            prior[row[label]] += 1
            np.add.at(counts[row[label]], [self.place[word] for word in words(text)], 1)
        self.prior, self.weights = np.log(prior / prior.sum()), np.log(counts / counts.sum(axis=1, keepdims=True))

    def scores(self, text: str) -> np.ndarray:
        """Log probability of each label, but for a constant."""
        known = [self.place[word] for word in words(text) if word in self.place]
        return self.prior + self.weights[:, known].sum(axis=1)

    def label(self, text: str) -> str:
        """The likeliest."""
        return self.labels[int(self.scores(text).argmax())]
