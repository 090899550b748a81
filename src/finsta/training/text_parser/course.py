"""What the learned text parser is trained on: captions parsed, spelling put right, graphs aligned with words."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from finsta.graphs.exports.factual import Fact
from finsta.graphs.exports.factual_csv import CaptionFacts
from finsta.text.language import known_words
from finsta.text.learned.anchors import anchor_names, associate
from finsta.text.learned.caption import Caption, read_caption
from finsta.text.learned.hints import read_hint
from finsta.text.learned.spelling import Spelling
from finsta.text.learned.supervision import Target, make_target
from finsta.text.learned.vocabulary import Vocabulary, build_vocabulary, make_spelling
from finsta.text.rules import RuleParser

GROUP = 64
"""Captions of alike length that stay together, so that little is padded."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Captions of alike length with their targets."""

    captions: list[Caption]
    targets: list[Target]


@dataclass(frozen=True, kw_only=True)
class Course:
    """All that training reads."""

    vocabulary: Vocabulary
    lessons: list[Lesson]


def prepare(rows: Sequence[CaptionFacts], on_step: Callable[[int, int], None] | None = None) -> Course:
    """Parse the captions, put their spelling right, and align their graphs with their words."""
    rules = RuleParser()
    known = known_words(rules.pipeline)
    plain = Spelling({})
    first = []
    for number, (doc, _) in enumerate(rules.read(row.caption for row in rows)):
        first.append(read_caption(doc, plain, read_hint(rules.draft(doc))))
        if on_step is not None and (number % 100 == 0 or number + 1 == len(rows)):
            on_step(number + 1, len(rows))
    words: dict[str, int] = {}
    for caption in first:
        for word in caption.words:
            words[word] = words.get(word, 0) + 1
    spelling = make_spelling(words, known)
    captions = [replace(caption, words=tuple(map(spelling, caption.words, caption.lemmas))) for caption in first]
    facts: list[tuple[Fact, ...]] = [row.facts for row in rows]
    association = associate(list(zip(captions, facts, strict=True)))
    anchors = [anchor_names(*pair, association) for pair in zip(captions, facts, strict=True)]
    pairs = list(zip(captions, facts, strict=True))
    vocabulary = build_vocabulary(pairs, anchors)
    targets = [
        make_target(caption, said, found, vocabulary.inventory)
        for (caption, said), found in zip(pairs, anchors, strict=True)
    ]
    return Course(vocabulary=vocabulary, lessons=_lessons(captions, targets))


def _lessons(captions: list[Caption], targets: list[Target]) -> list[Lesson]:
    """Groups of captions of alike length, otherwise mixed."""
    shuffled = random.Random(0)
    order = sorted(
        (index for index in range(len(captions)) if len(captions[index])),
        key=lambda index: (len(captions[index]), shuffled.random()),
    )
    return [
        Lesson(
            captions=[captions[index] for index in order[start : start + GROUP]],
            targets=[targets[index] for index in order[start : start + GROUP]],
        )
        for start in range(0, len(order), GROUP)
    ]
