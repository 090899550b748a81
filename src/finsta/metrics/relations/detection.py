"""Video relation detection and tagging, by the protocol of VidVRD and VidOR.

*Detection.* In each video, predictions in order of score take the free gold relation of the same triplet whose overlap
is largest; the overlap is the smaller of the two vIoUs, of subject and of object, and must reach 0.5. Average precision
is taken in each video over all its predictions, and averaged over videos (mAP). Recall@K counts what the K surest
predictions of each video match, over the gold relations of all videos together.

*Tagging.* Trajectories are ignored. The distinct triplets of a video's predictions, each by its highest score, are
compared with its distinct gold triplets; precision@K is the share that is right among the first K, or among all where
there are fewer, 0 where there is none; averaged over videos.

Videos without gold relations count nowhere. The protocol is that of the public VidVRD helper scripts, of which no code
is used; docs/video-metrics.md says what differs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finsta.errors import InputError
from finsta.graphs.exports.vidvrd_results import RelationResult
from finsta.metrics.relations.boxes import check_boxes
from finsta.metrics.relations.matching import average_precision, by_score, greedy_match
from finsta.metrics.relations.volumes import Tube, volume_ious
from finsta.shapes import Array, Float

Results = Mapping[str, Sequence[RelationResult]]
"""Relations by video, as :func:`finsta.graphs.exports.vidvrd_results.load_results` reads them."""

Name = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class RelationDetection:
    """What was measured; shares in [0, 1].

    Attributes:
        mean_average_precision: Mean over videos with gold.
        recall: By K.
        precision: Of tagging, by K.
        videos: With gold relations.
        videos_without_gold: Left out.
        videos_without_prediction: With gold and nothing predicted; they count as zero.
        relations: Gold relations.
        predictions: In videos with gold.
        hits: Gold relations found, by K of ``recall``.
        average_precision: By video.
    """

    mean_average_precision: float
    recall: Mapping[int, float]
    precision: Mapping[int, float]
    videos: int
    videos_without_gold: int
    videos_without_prediction: int
    relations: int
    predictions: int
    hits: Mapping[int, int]
    average_precision: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)


def relation_detection(
    found: Results,
    gold: Results,
    *,
    viou: float = 0.5,
    recall_at: Sequence[int] = (50, 100),
    precision_at: Sequence[int] = (1, 5, 10),
) -> RelationDetection:
    """Measure predicted relations against gold ones.

    Args:
        found: Predictions; a video that is missing has none.
        gold: Gold relations; a video without any is left out.
        viou: Least vIoU of subject and of object.
        recall_at: Ks of detection recall.
        precision_at: Ks of tagging precision.

    Raises:
        InputError: if there is no gold relation, a predicted video is unknown, a score is no number or a box reversed.
    """
    check_videos(found, gold)
    judged = {video: relations for video, relations in gold.items() if relations}
    precisions, hits = {}, dict.fromkeys(recall_at, 0)
    tags: dict[int, list[float]] = {k: [] for k in precision_at}
    for video, relations in judged.items():
        predictions = in_order(found.get(video, ()), video)
        matches = greedy_match(relation_overlaps(predictions, relations, video), viou)
        precisions[video] = average_precision(matches >= 0, len(relations))
        for k in recall_at:
            hits[k] += int((matches[:k] >= 0).sum())
        tagged = tags_right(predictions, relations)
        for k in precision_at:
            tags[k].append(sum(tagged[:k]) / len(tagged[:k]) if tagged else 0.0)
    total = sum(map(len, judged.values()))
    return RelationDetection(
        mean_average_precision=float(np.mean(list(precisions.values()))),
        recall={k: hits[k] / total for k in recall_at},
        precision={k: float(np.mean(tags[k])) for k in precision_at},
        videos=len(judged),
        videos_without_gold=len(gold) - len(judged),
        videos_without_prediction=sum(not found.get(video) for video in judged),
        relations=total,
        predictions=sum(len(found.get(video, ())) for video in judged),
        hits=hits,
        average_precision=precisions,
    )


def unseen(gold: Results, seen: Collection[Name]) -> dict[str, list[RelationResult]]:
    """The gold relations whose triplet is not among ``seen``: what the zero-shot setting measures.

    Predictions stay as they are, as in the published setting; videos without such a relation become empty.
    """
    known = set(seen)
    return {video: [each for each in relations if each.triplet not in known] for video, relations in gold.items()}


def in_order(predictions: Sequence[RelationResult], video: str) -> list[RelationResult]:
    """From the surest down; equal scores in the order given."""
    scores = np.array([prediction.score for prediction in predictions], dtype=float)
    return [predictions[index] for index in by_score(scores, where=f"video {video!r}")]


def relation_overlaps(
    found: Sequence[RelationResult], gold: Sequence[RelationResult], video: str
) -> Float[Array, "found gold"]:
    """The smaller vIoU, of subject and of object, of each prediction with each gold relation; -1 for other triplets."""
    overlap = np.full((len(found), len(gold)), -1.0)
    for side, relations in (("prediction", found), ("gold relation", gold)):
        _check_boxes(relations, where=f"video {video!r}, {side}")
    places: dict[Name, list[int]] = {}
    for number, relation in enumerate(gold):
        places.setdefault(relation.triplet, []).append(number)
    pairs = [(row, column) for row, each in enumerate(found) for column in places.get(each.triplet, ())]
    if pairs:
        chosen = np.array(pairs)
        ends = [
            volume_ious(_tubes(found, subject=subject), _tubes(gold, subject=subject), chosen)
            for subject in (True, False)
        ]
        overlap[chosen[:, 0], chosen[:, 1]] = np.minimum(*ends)
    return overlap


def tags_right(found: Sequence[RelationResult], gold: Sequence[RelationResult]) -> list[bool]:
    """For each distinct predicted triplet, from the surest down, whether gold has it."""
    wanted = {relation.triplet for relation in gold}
    return [triplet in wanted for triplet in dict.fromkeys(relation.triplet for relation in found)]


def check_videos(found: Mapping[str, object], gold: Mapping[str, Sequence[object]]) -> None:
    """Raise ``InputError`` unless gold has something and names every predicted video."""
    if not any(gold.values()):
        raise InputError(
            f"expected gold with one relation at least, found {len(gold)} videos without any; "
            "give the gold file of the split that was predicted"
        )
    unknown = [video for video in found if video not in gold]
    if unknown:
        raise InputError(
            f"expected predictions for videos of the gold, found {len(unknown)} others, the first {unknown[0]!r}; "
            "take them out of the predictions, or give the gold of their split"
        )


def _check_boxes(relations: Sequence[RelationResult], *, where: str) -> None:
    """Check all boxes at once, and one relation after the other only to say which is wrong."""
    boxes = [each for relation in relations for each in (relation.subject_boxes, relation.object_boxes)]
    try:
        check_boxes(np.concatenate([np.zeros((0, 4)), *boxes]), where=where, least=-1.0)
    except InputError:
        for number, each in enumerate(boxes):
            name = f"{where} {number // 2} {relations[number // 2].triplet}"
            check_boxes(each, where=name, least=-1.0)
        raise


def _tubes(relations: Sequence[RelationResult], *, subject: bool) -> list[Tube]:
    return [
        Tube(begin=each.duration[0], boxes=each.subject_boxes if subject else each.object_boxes) for each in relations
    ]
