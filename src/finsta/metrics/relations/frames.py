"""The scene graph of one frame as arrays, what the recall of scene graphs compares."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.boxes import check_boxes
from finsta.shapes import Array, Float, Int

Name = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameRelations:
    """Objects of one frame, and relations between them.

    Attributes:
        boxes: xyxy, of any unit, the same in predictions and gold.
        labels: Class of each object.
        scores: Confidence of each object.
        pairs: Subject and object of each relation, by index.
        predicates: Of each relation.
        confidences: Of each predicate. The score of a relation is this times the scores of its two objects.
    """

    boxes: Float[Array, "objects 4"]
    labels: tuple[str, ...]
    scores: Float[Array, " objects"]
    pairs: Int[Array, "relations 2"]
    predicates: tuple[str, ...]
    confidences: Float[Array, " relations"]

    @classmethod
    def empty(cls) -> "FrameRelations":
        """A frame in which nothing is."""
        return cls(
            boxes=np.zeros((0, 4)),
            labels=(),
            scores=np.zeros(0),
            pairs=np.zeros((0, 2), dtype=np.int64),
            predicates=(),
            confidences=np.zeros(0),
        )

    @property
    def relation_scores(self) -> Float[Array, " relations"]:
        """Confidence of the predicate times the scores of subject and object."""
        product: Array = self.confidences * self.scores[self.pairs].prod(axis=1)
        return product

    @property
    def triplets(self) -> tuple[Name, ...]:
        """Class of the subject, predicate, class of the object, of each relation."""
        ends = ((self.labels[subject], self.labels[target]) for subject, target in self.pairs.tolist())
        return tuple((first, name, second) for (first, second), name in zip(ends, self.predicates, strict=True))

    def check(self, where: str) -> None:
        """Raise ``InputError`` where lengths differ, a relation leaves the objects, or a number cannot be."""
        objects, relations = len(self.labels), len(self.predicates)
        lengths = (len(self.boxes), len(self.scores), len(self.pairs), len(self.confidences))
        if lengths != (objects, objects, relations, relations):
            raise InputError(
                f"{where}: expected {objects} boxes and scores, {relations} pairs and confidences, found "
                f"{lengths[0]}, {lengths[1]}, {lengths[2]} and {lengths[3]}; give one for each label and predicate"
            )
        if relations and not (self.pairs.min() >= 0 and self.pairs.max() < objects):
            raise InputError(
                f"{where}: expected subjects and objects in [0, {objects}), found {self.pairs.min()} to "
                f"{self.pairs.max()}; number the objects of the frame from 0"
            )
        check_boxes(self.boxes, where=where)
        for name, values in (("object", self.scores), ("predicate", self.confidences)):
            wrong = np.flatnonzero(~np.isfinite(values) | (values < 0))
            if len(wrong):
                raise InputError(
                    f"{where}, {name} {wrong[0]}: expected a finite score of 0 or more, found {values[wrong[0]]}; "
                    "leave it out, or give it a number"
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class FramePair:
    """What was predicted in a frame beside its gold; ``name`` says where it is, for messages."""

    name: str
    found: FrameRelations
    gold: FrameRelations


def checked(pairs: Iterator[FramePair]) -> Iterator[FramePair]:
    """The pairs, each checked as it passes."""
    for pair in pairs:
        pair.gold.check(f"{pair.name}, gold")
        pair.found.check(f"{pair.name}, prediction")
        yield pair
