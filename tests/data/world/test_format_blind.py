"""Without the video, nothing is to be had: guessing the frequent, counting words and comparing choices stay at chance.

Each guesser learns from the training split and answers the split that is judged. A bound is the share of blind
guessing, a fifth more for what balancing leaves, and three standard errors of so many questions.
"""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from finsta.data.world.formats import msrvtt, msvd
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.content import json_bytes, json_lines
from finsta.data.world.formats.table import FORMATS

Words = list[str]
Asked = tuple[str, str, int]
"""Question, answer, and how many answers it could have."""

Chosen = tuple[list[str], int]
"""Choices, and the number of the right one."""


def words(text: str) -> Words:
    found = text.lower().translate(str.maketrans("", "", "?.,")).split()
    return found + [f"{one} {other}" for one, other in pairwise(found)]


class NaiveBayes:
    """The likeliest label by the words of a text, each word counted once more."""

    def __init__(self, texts: Sequence[str], labels: Sequence[object]) -> None:
        self.labels = sorted(set(labels), key=str)
        self.place = {word: n for n, word in enumerate(sorted({word for text in texts for word in words(text)}))}
        counts = np.ones((len(self.labels), len(self.place)))
        prior = np.zeros(len(self.labels))
        for text, label in zip(texts, labels, strict=True):
            row = self.labels.index(label)
            prior[row] += 1
            for word in words(text):
                counts[row, self.place[word]] += 1
        self.prior = np.log(prior / prior.sum())
        self.weights = np.log(counts / counts.sum(axis=1, keepdims=True))

    def scores(self, text: str) -> np.ndarray:
        known = [self.place[word] for word in words(text) if word in self.place]
        return self.prior + self.weights[:, known].sum(axis=1)

    def label(self, text: str) -> object:
        return self.labels[int(self.scores(text).argmax())]


def bound(chances: Sequence[float]) -> float:
    chance = sum(chances) / len(chances)
    return 1.2 * chance + 3 * math.sqrt(chance * (1 - chance) / len(chances))


@pytest.fixture(scope="module")
def files(many: World) -> Callable[[str], dict[str, bytes]]:
    """The files of each format; of MSR-VTT and MSVD those with questions."""

    def make(name: str) -> dict[str, bytes]:
        if name == "msvd":
            return {f"{split}_qa.json": json_bytes(msvd.questions_of(many, split)) for split in ("train", "test")}
        if name == "msrvtt":
            asked = {f"{split}_qa.json": json_bytes(msrvtt.questions_of(many, split)) for split in ("train", "test")}
            return asked | {"msrvtt_mc_test.jsonl": json_lines(msrvtt.five_of(many))}
        return dict(FORMATS[name](many).files)

    return cache(make)


def rows(data: bytes, delimiter: str) -> list[list[str]]:
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    return list(csv.reader(io.StringIO(data.decode()), delimiter=delimiter, quoting=quoting))


ANSWERS = {"how many": 3, "where is": 4, "how is": 2, "when does": 2, "what color": 8}


def answers_of(question: str) -> int:
    start = " ".join(question.split()[:2])
    if start in ANSWERS:
        return ANSWERS[start]
    return 17 if " doing" in question else 6  # of seven shapes one is named, or cannot spin


def of_json(data: bytes) -> list[Asked]:
    return [(e["question"], e["answer"], answers_of(e["question"])) for e in json.loads(data)]


def of_tgif(data: bytes) -> list[Asked]:
    return [(row[1], row[2], answers_of(row[1])) for row in rows(data, "\t")[1:]]


def of_gaps(data: bytes) -> list[Asked]:
    """Things that act differ in colour: those named beside the gap are out."""
    found = []
    for *_, sentence, with_gap, colour in rows(data, "\t"):
        named = {word.strip(".,") for word in sentence.split()} & COLOURS
        found.append((with_gap, colour, 8 - len(named - {colour})))
    return found


COLOURS = {"red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink"}

OPEN = {
    "msvd": (of_json, "train_qa.json", "test_qa.json"),
    "msrvtt": (of_json, "train_qa.json", "test_qa.json"),
    "tgifqa": (of_tgif, "Train_frameqa_question.csv", "Test_frameqa_question.csv"),
    "lsmdc": (of_gaps, "LSMDC16_annos_training_FIB.csv", "LSMDC16_annos_test_FIB.csv"),
}


@pytest.mark.parametrize("name", OPEN)
def test_the_words_of_a_question_do_not_answer_it(files, name):
    read, train, test = OPEN[name]
    seen, judged = read(files(name)[train]), read(files(name)[test])
    guesser = NaiveBayes([question for question, *_ in seen], [answer for _, answer, _ in seen])
    right = [guesser.label(question) == answer for question, answer, _ in judged]
    assert len(right) > 80
    assert sum(right) / len(right) < bound([1 / answers for *_, answers in judged])


@pytest.mark.parametrize("name", OPEN)
def test_the_most_frequent_answer_is_not_worth_guessing(files, name):
    read, train, test = OPEN[name]
    for file in (train, test):
        asked = read(files(name)[file])
        for answers in {answers for *_, answers in asked}:
            counts = Counter(answer for _, answer, of in asked if of == answers)
            if counts.total() > 50:
                assert counts.most_common(1)[0][1] / counts.total() < bound([1 / answers] * counts.total())


def of_how2qa(data: bytes) -> list[Chosen]:
    entries = map(json.loads, data.decode().splitlines())
    return [([entry[f"a{place}"] for place in range(4)], entry["answer_idx"]) for entry in entries]


def of_lsmdc(data: bytes) -> list[Chosen]:
    return [(row[5:10], int(row[10]) - 1 if len(row) > 10 else 0) for row in rows(data, "\t")]


def of_msrvtt(data: bytes) -> list[Chosen]:
    entries = map(json.loads, data.decode().splitlines())
    return [(entry["options"], entry["answer"]) for entry in entries]


def of_violin(split: str) -> Callable[[bytes], list[Chosen]]:
    def read(data: bytes) -> list[Chosen]:
        clips = [clip for clip in json.loads(data).values() if clip["split"] == split]
        return [(pair, 0) for clip in clips for pair in clip["statement"]]

    return read


CHOICE = {
    "how2qa": ((of_how2qa, "how2qa_train_release.jsonl"), (of_how2qa, "how2qa_val_release.jsonl")),
    "lsmdc": (
        (of_lsmdc, "LSMDC16_multiple_choice_train.csv"),
        (of_lsmdc, "LSMDC16_multiple_choice_test_randomized.csv"),
    ),
    "msrvtt": ((of_msrvtt, "msrvtt_mc_test.jsonl"), (of_msrvtt, "msrvtt_mc_test.jsonl")),
    "violin": (
        (of_violin("train"), "violin_annotation.json"),
        (of_violin("test"), "violin_annotation.json"),
    ),
}


def chosen(files, name: str) -> tuple[list[Chosen], list[Chosen]]:
    """Of training and of the split that is judged; for MSR-VTT, which has none for training, halves of the test."""
    (read, train), (judge, test) = CHOICE[name]
    seen, judged = read(files(name)[train]), judge(files(name)[test])
    return (seen[::2], judged[1::2]) if train == test and name == "msrvtt" else (seen, judged)


def share(judged: list[Chosen], scores: Callable[[list[str]], list[float]]) -> float:
    """How often the choice with the highest score is right; among equal ones by lot."""
    total = 0.0
    for options, right in judged:
        values = scores(options)
        best = [place for place, value in enumerate(values) if value == max(values)]
        total += (right in best) / len(best)
    return total / len(judged)


def nearness(options: list[str]) -> list[float]:
    """How many words each choice shares with the others."""
    counts = [Counter(words(option)) for option in options]
    return [float(sum((one & other).total() for other in counts)) for one in counts]


@pytest.mark.parametrize("name", CHOICE)
def test_no_choice_stands_out_by_its_words_its_length_or_its_likeness_to_the_others(files, name):
    seen, judged = chosen(files, name)
    assert len(judged) > 40
    chance = bound([1 / len(options) for options, _ in judged])
    texts = [option for options, _ in seen for option in options]
    labels = [place == right for options, right in seen for place in range(len(options))]
    guesser = NaiveBayes(texts, labels)
    guessers: dict[str, Callable[[list[str]], list[float]]] = {
        "words": lambda options: [float(np.diff(guesser.scores(option))[0]) for option in options],
        "central": nearness,
        "apart": lambda options: [-value for value in nearness(options)],
        "long": lambda options: [float(len(option)) for option in options],
        "short": lambda options: [-float(len(option)) for option in options],
    }
    found = {kind: share(judged, scores) for kind, scores in guessers.items()}
    assert {kind: value for kind, value in found.items() if value > chance} == {}


def test_a_statement_by_itself_does_not_tell_whether_it_is_true(files):
    seen, judged = chosen(files, "violin")
    texts = [text for pair, _ in seen for text in pair]
    guesser = NaiveBayes(texts, ["true", "false"] * len(seen))
    right = [
        guesser.label(text) == label for pair, _ in judged for text, label in zip(pair, ("true", "false"), strict=True)
    ]
    assert sum(right) / len(right) < 0.5 + 3 * math.sqrt(0.25 / len(right))


def test_no_class_is_frequent(files):
    for file, classes in (("kinetics-400_train.csv", 17), ("kinetics-400_val.csv", 17)):
        labels = Counter(row[0] for row in rows(files("kinetics400")[file], ",")[1:])
        assert labels.most_common(1)[0][1] / labels.total() < bound([1 / classes] * labels.total())
