"""Recall of scene graphs: R@K, mean R@K over predicates, and both over triplets that training has not seen.

In each frame predicted relations stand in order of score. A gold relation is found at K if among the first K there is
one with the same three classes whose subject and object boxes both have IoU ≥ 0.5 with it.

    R@K  = mean over frames of  (gold relations found / gold relations)
    mR@K = mean over predicates of  (its gold relations found in all frames / its gold relations in all frames)

Frames without gold relations, and predicates without any, count nowhere. Each gold relation counts once; one prediction
may find several where gold repeats itself in overlapping boxes. This is the protocol of Action Genome as STTran uses it
(Cong et al., ICCV 2021; mR@K as in TEMPURA, Nag et al., CVPR 2023); docs/video-metrics.md says what differs.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.boxes import TOLERANCE, box_iou
from finsta.metrics.relations.constraints import ONE_GROUP, PredicateGroups, allowed
from finsta.metrics.relations.frames import FramePair, FrameRelations, Name, checked
from finsta.metrics.relations.given import as_given
from finsta.metrics.relations.matching import by_score
from finsta.shapes import Array, Int

NEVER = np.iinfo(np.int64).max
"""The rank of what is not found."""


@dataclass(frozen=True, kw_only=True)
class SceneGraphRecall:
    """What was measured; shares in [0, 1], by K.

    Attributes:
        recall: R@K.
        mean_recall: mR@K.
        by_predicate: Recall of each predicate, by K.
        hits: Gold relations found, in all frames.
        zero_shot: R@K over gold relations whose triplet was not seen; ``None`` where it was not asked for, and where
            there is no such relation.
        frames: With gold relations.
        frames_without_gold: Left out.
        frames_without_prediction: With gold and no predicted relation; they count as zero.
        relations: Gold relations.
        predictions: Predicted relations that the constraint lets through, in frames with gold.
        predicates: Gold relations of each predicate.
        unseen: Gold relations whose triplet was not seen.
    """

    recall: Mapping[int, float]
    mean_recall: Mapping[int, float]
    by_predicate: Mapping[int, Mapping[str, float]]
    hits: Mapping[int, int]
    zero_shot: Mapping[int, float] | None
    frames: int
    frames_without_gold: int
    frames_without_prediction: int
    relations: int
    predictions: int
    predicates: Mapping[str, int]
    unseen: int

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def scene_graph_recall(
    pairs: Iterable[FramePair],
    *,
    task: str = "sgdet",
    constraint: str = "with",
    at: Sequence[int] = (10, 20, 50),
    iou: float = 0.5,
    groups: PredicateGroups = ONE_GROUP,
    least: float = 0.9,
    seen: Collection[Name] | None = None,
) -> SceneGraphRecall:
    """Measure predicted scene graphs frame by frame.

    Args:
        pairs: Predictions and gold of each frame, of all videos.
        task: What the prediction was given; see :data:`finsta.metrics.relations.given.TASKS`.
        constraint: Which predictions count; see :func:`finsta.metrics.relations.constraints.allowed`.
        at: The Ks.
        iou: Least IoU of subject boxes, and of object boxes.
        groups: Which predicates compete under the constraint.
        least: Least confidence of the constraint ``semi``.
        seen: Triplets of the training data, for the zero-shot figures.

    Raises:
        InputError: if no frame has a gold relation, or a frame cannot be used; the message names it.
    """
    frames: list[_Frame] = []
    without_gold = 0
    for pair in checked(iter(pairs)):
        if not len(pair.gold.predicates):
            without_gold += 1
            continue
        given = as_given(pair, task)
        frames.append(_judge(given, allowed(given.found, constraint, groups=groups, least=least), iou))
    if not frames:
        raise InputError(
            f"expected gold with one relation at least, found {without_gold} frames without any; "
            "give gold graphs with relations that have an object"
        )
    return _summary(frames, at, seen, without_gold=without_gold)


def first_ranks(found: FrameRelations, gold: FrameRelations, iou: float) -> Int[Array, " gold_relations"]:
    """For each gold relation the place, from 0, of the first prediction that finds it; ``NEVER`` where none does."""
    if not len(found.predicates):
        return np.full(len(gold.predicates), NEVER)
    names: dict[Name, int] = {}
    ours, theirs = (np.array([names.setdefault(name, len(names)) for name in side.triplets]) for side in (found, gold))
    overlap = box_iou(found.boxes, gold.boxes) >= iou - TOLERANCE
    hit = ours[:, None] == theirs[None, :]
    for end in range(2):
        hit &= overlap[found.pairs[:, end][:, None], gold.pairs[:, end][None, :]]
    return np.where(hit.any(axis=0), hit.argmax(axis=0), NEVER)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Frame:
    """A frame with gold: the rank at which each relation is found, its triplet, and how many were predicted."""

    rank: Int[Array, " gold_relations"]
    triplets: tuple[Name, ...]
    predictions: int


def _judge(pair: FramePair, kept: Int[Array, " kept"], iou: float) -> _Frame:
    found = pair.found
    order = kept[by_score(found.relation_scores[kept], where=pair.name)]
    ranked = FrameRelations(
        boxes=found.boxes,
        labels=found.labels,
        scores=found.scores,
        pairs=found.pairs[order],
        predicates=tuple(found.predicates[index] for index in order),
        confidences=found.confidences[order],
    )
    return _Frame(
        rank=first_ranks(ranked, pair.gold, iou), triplets=pair.gold.triplets, predictions=len(ranked.predicates)
    )


def _summary(
    frames: Sequence[_Frame], at: Sequence[int], seen: Collection[Name] | None, *, without_gold: int
) -> SceneGraphRecall:
    ranks = np.concatenate([frame.rank for frame in frames])
    names = np.array([name for frame in frames for _, name, _ in frame.triplets], dtype=object)
    of_predicate = {str(name): ranks[names == name] for name in sorted(set(names))}
    by_predicate = {k: {name: float((places < k).mean()) for name, places in of_predicate.items()} for k in at}
    fresh = None if seen is None else [[name not in seen for name in frame.triplets] for frame in frames]
    return SceneGraphRecall(
        recall={k: float(np.mean([(frame.rank < k).mean() for frame in frames])) for k in at},
        mean_recall={k: float(np.mean(list(by_predicate[k].values()))) for k in at},
        by_predicate=by_predicate,
        hits={k: int((ranks < k).sum()) for k in at},
        zero_shot=_zero_shot(frames, fresh, at),
        frames=len(frames),
        frames_without_gold=without_gold,
        frames_without_prediction=sum(not frame.predictions for frame in frames),
        relations=len(ranks),
        predictions=sum(frame.predictions for frame in frames),
        predicates={name: len(places) for name, places in of_predicate.items()},
        unseen=sum(map(sum, fresh or [])),
    )


def _zero_shot(
    frames: Sequence[_Frame], fresh: Sequence[Sequence[bool]] | None, at: Sequence[int]
) -> dict[int, float] | None:
    """R@K over the frames that have a relation not seen, of those relations."""
    if fresh is None or not any(map(any, fresh)):
        return None
    shares = [frame.rank[np.array(new)] for frame, new in zip(frames, fresh, strict=True) if any(new)]
    return {k: float(np.mean([(ranks < k).mean() for ranks in shares])) for k in at}
