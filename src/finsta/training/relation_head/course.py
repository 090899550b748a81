"""What the relation head is given to learn: annotated graphs as examples, and batches of disturbed pairs of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from finsta.config import RelationHeadConfig
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.shapes import Array, Bool, Float, Tensor
from finsta.training.relation_head.examples import (
    Example,
    count_prior,
    disturbed,
    examples_of,
    may_be_mirrored,
    mirrored,
    predicates_of,
)
from finsta.video.predicates.features import ShotFeatures
from finsta.video.predicates.head import HeadSettings, rows_of
from finsta.video.predicates.network import PairBatch
from finsta.video.predicates.pairing import Collator, classes_of, pair_spans, span_numbers
from finsta.video.predicates.prior import FrequencyPrior

LONGEST = 128
"""Steps of a pair that are learned from at once; a longer one is cut."""

Named = tuple[str, DynamicSceneGraph]
"""A graph and the name of its file."""


@dataclass(frozen=True, kw_only=True)
class LabelledPairs:
    """A batch with what holds.

    Attributes:
        pairs: The batch.
        labels: 1 where a predicate holds.
        weight: How much each pair counts: more where it stands for others that were left out.
        ids: Of the shots, for messages.
    """

    pairs: PairBatch
    labels: Float[Tensor, "pairs steps predicates"]
    weight: Float[Tensor, " pairs"]
    ids: list[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """All that training reads.

    Attributes:
        train: Shots that the weights are fitted to.
        validation: Shots that end the training and set the thresholds; those of training where there are none.
        prior: Of the training shots.
        settings: Of the head.
        may_mirror: Whether left and right may be exchanged.
    """

    train: list[Example]
    validation: list[Example]
    prior: FrequencyPrior
    settings: HeadSettings
    may_mirror: bool


def prepare(train: Sequence[Named], validation: Sequence[Named], config: RelationHeadConfig) -> Course:
    """Graphs as examples, with the vocabulary and the prior that the training part gives.

    Raises:
        InputError: if no predicate is told of often enough.
    """
    predicates = predicates_of((graph for _, graph in train), fewest=config.fewest_examples)
    examples = [
        [example for name, graph in part for example in examples_of(graph, predicates, rate=config.rate, name=name)]
        for part in (train, validation)
    ]
    classes = sorted({label for example in examples[0] for label in example.paths.labels})
    settings = HeadSettings(
        predicates=predicates,
        classes=tuple(classes),
        rate=config.rate,
        width=config.width,
        thresholds=(0.5,) * len(predicates),
    )
    return Course(
        train=examples[0],
        validation=examples[1] or examples[0],
        prior=count_prior(examples[0], predicates),
        settings=settings,
        may_mirror=may_be_mirrored(predicates),
    )


class Teacher:
    """Makes batches of examples, disturbed by random numbers that depend on seed and batch alone."""

    def __init__(self, course: Course, config: RelationHeadConfig) -> None:
        self.course, self.config = course, config
        self.collate = Collator(classes=rows_of(course.settings.classes), prior=course.prior)

    def batch(self, examples: Sequence[Example], rng: np.random.Generator, *, idle: float = 1.0) -> LabelledPairs:
        """The pairs of some examples; where it may be, half of the examples are mirrored.

        Args:
            examples: Shots.
            rng: Draws the disturbance.
            idle: Share of the pairs of which nothing is said that are taken, each counting for those left out.
        """
        numbers, classes, labels, weights = [], [], [], []
        for example in examples:
            paths = example.paths
            if self.course.may_mirror and rng.random() < 0.5:
                paths = mirrored(paths)
            level = rng.random() * 1.5
            paths = disturbed(
                paths, rng, jitter=level * self.config.jitter, misses=min(level * self.config.misses, 0.9)
            )
            features = ShotFeatures(paths)
            spans = [s for s in pair_spans(features) if (s.subject, s.object) in example.holds or rng.random() < idle]
            for span, rows in zip(spans, span_numbers(features, spans), strict=True):
                held = example.labels((span.subject, span.object), len(self.course.settings.predicates))
                for start in range(0, len(rows), LONGEST):
                    numbers.append(rows[start : start + LONGEST])
                    labels.append(held[span.start : span.stop][start : start + LONGEST])
                    classes.append(self._forgotten(classes_of(paths, span), rng))
                    weights.append(1.0 if (span.subject, span.object) in example.holds else 1.0 / idle)
        pairs = self.collate(numbers, classes)
        return LabelledPairs(
            pairs=pairs,
            labels=_padded(labels),
            weight=torch.tensor(weights),
            ids=[example.name for example in examples],
        )

    def _forgotten(self, classes: tuple[str, str | None], rng: np.random.Generator) -> tuple[str, str | None]:
        """Now and then a class that training does not know, so that the network learns what to make of one."""
        subject, target = (
            "" if label is not None and rng.random() < self.config.label_dropout else label for label in classes
        )
        assert subject is not None
        return subject, target


def _padded(labels: Sequence[Bool[Array, "_ predicates"]]) -> Float[Tensor, "pairs steps predicates"]:
    padded = np.zeros((len(labels), max(len(rows) for rows in labels), labels[0].shape[1]), np.float32)
    for row, values in enumerate(labels):
        padded[row, : len(values)] = values
    return torch.from_numpy(padded)
