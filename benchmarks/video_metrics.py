"""How long the metrics of video graphs take, beside the loop-written twins of the tests, in one run.

OMP_NUM_THREADS=1 .venv/bin/python benchmarks/video_metrics.py [--videos N] [--peers N]

Relations: videos as in the test set of VidVRD, 200 with 24 gold relations and 200 predictions each, of 30 to 300
frames. Scene graphs: frames with 8 objects, 12 gold relations and 60 predicted ones. Tracks: videos of 60 frames with 5
objects. The loops run on the first videos only, and the ratio is over those. Random numbers with a fixed seed.
"""

import argparse
import sys
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from finsta.graphs.exports.vidvrd_results import RelationResult
from finsta.metrics.relations import FramePair, FrameRelations, relation_detection, scene_graph_recall
from finsta.metrics.tracked import TrackedFrame
from finsta.metrics.tracking import track_scores
from measuring import Row, table
from tests.reference import tracking as plain_tracking
from tests.reference import video_relations as plain

GOLD, PREDICTIONS, TRIPLETS = 24, 200, 12
OBJECTS, GOLD_RELATIONS, RELATIONS = 8, 12, 60
TRACKS, FRAMES = 5, 60


def main() -> int:
    """Measure and print the table; 1 if the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=200, help="videos, and ten times as many frames (default 200)")
    parser.add_argument("--peers", type=int, default=3, help="videos that the loops take (default 3)")
    options = parser.parse_args()
    rows, agree = [], True
    for measure in (relations, scene_graphs, tracks):
        row, same = measure(options.videos, options.peers)
        rows.append(row)
        agree = agree and same
    print(table(rows))
    return 0 if agree else 1


def relations(videos: int, peers: int) -> tuple[Row, bool]:
    random = Random(0)
    gold = {str(video): [_relation(random) for _ in range(GOLD)] for video in range(videos)}
    found = {video: [_like(random, random.choice(each)) for _ in range(PREDICTIONS)] for video, each in gold.items()}
    ours = [{video: [_result(one) for one in each] for video, each in side.items()} for side in (found, gold)]
    few = [dict(list(side.items())[:peers]) for side in (found, gold)]
    seconds, _ = timed(lambda: relation_detection(*ours))
    here, scores = timed(lambda: relation_detection(*(dict(list(side.items())[:peers]) for side in ours)))
    there, (mean, _) = timed(lambda: plain.detection(*few, 0.5, [50, 100]))
    name = f"relations: {videos} videos of {PREDICTIONS} predictions"
    return _row(name, seconds, there / here), bool(np.isclose(scores.mean_average_precision, mean))


def scene_graphs(videos: int, peers: int) -> tuple[Row, bool]:
    random = Random(1)
    frames = [_frame(random) for _ in range(10 * videos)]
    pairs = [FramePair(name="", found=_arrays(found), gold=_arrays(gold)) for found, gold in frames]
    seconds, _ = timed(lambda: scene_graph_recall(pairs, constraint="none"))
    here, scores = timed(lambda: scene_graph_recall(pairs[: 10 * peers], constraint="none"))
    there, (recall, _) = timed(lambda: plain.graph_recall(frames[: 10 * peers], k=50, iou=0.5, keep=lambda each: each))
    return _row(f"scene graphs: {len(frames)} frames", seconds, there / here), bool(
        np.isclose(scores.recall[50], recall)
    )


def tracks(videos: int, peers: int) -> tuple[Row, bool]:
    random = Random(2)
    plain_videos = [_tracks(random) for _ in range(videos)]
    sides = [
        {str(video): [_tracked(frame) for frame in each[side]] for video, each in enumerate(plain_videos)}
        for side in range(2)
    ]
    seconds, _ = timed(lambda: track_scores(*sides))
    here, scores = timed(lambda: track_scores(*(dict(list(side.items())[:peers]) for side in sides)))
    there, values = timed(
        lambda: [
            (plain_tracking.identity_f1(*each, 0.5), plain_tracking.clear_counts(*each, 0.5))
            for each in plain_videos[:peers]
        ]
    )
    same = np.allclose([idf1 for idf1, _ in values], list(scores.idf1_by_video.values()))
    return _row(f"tracks: {videos} videos of {FRAMES} frames", seconds, there / here), bool(same)


def timed(work: Any) -> tuple[float, Any]:
    start = process_time()
    result = work()
    return process_time() - start, result


def _row(what: str, seconds: float, ratio: float) -> Row:
    return Row(what=what, ours=f"{seconds:.2f} s", other="loops, times as long", ratio=round(ratio, 1))


def _boxes(random: Random, count: int) -> list[list[float]]:
    x, y = random.uniform(0, 400), random.uniform(0, 200)
    width, height = random.uniform(50, 300), random.uniform(50, 300)
    steps = np.array([random.uniform(-1, 1), random.uniform(-1, 1)] * 2)
    boxes: list[list[float]] = (np.array([x, y, x + width, y + height]) + np.arange(count)[:, None] * steps).tolist()
    return boxes


def _relation(random: Random) -> dict[str, Any]:
    count = random.randint(30, 300)
    return {
        "triplet": ("dog", f"predicate {random.randrange(TRIPLETS)}", "cat"),
        "score": random.random(),
        "begin": random.randint(0, 100),
        "subject": _boxes(random, count),
        "object": _boxes(random, count),
    }


def _like(random: Random, gold: dict[str, Any]) -> dict[str, Any]:
    moved = {
        end: [[side + random.uniform(-20, 20) for side in box] for box in gold[end]] for end in ("subject", "object")
    }
    return gold | moved | {"score": random.random(), "begin": gold["begin"] + random.randint(0, 60)}


def _result(each: dict[str, Any]) -> RelationResult:
    return RelationResult(
        triplet=each["triplet"],
        score=each["score"],
        duration=(each["begin"], each["begin"] + len(each["subject"])),
        subject_boxes=np.array(each["subject"]),
        object_boxes=np.array(each["object"]),
    )


def _frame(random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    objects = [
        {"label": random.choice("abcd"), "box": _boxes(random, 1)[0], "score": random.random()} for _ in range(OBJECTS)
    ]

    def some(count: int) -> list[dict[str, Any]]:
        return [
            dict(zip(("subject", "object"), random.sample(range(OBJECTS), 2), strict=True))
            | {"predicate": random.choice("pqrst"), "confidence": random.random()}
            for _ in range(count)
        ]

    return {"objects": objects, "relations": some(RELATIONS)}, {"objects": objects, "relations": some(GOLD_RELATIONS)}


def _arrays(frame: dict[str, Any]) -> FrameRelations:
    return FrameRelations(
        boxes=np.array([each["box"] for each in frame["objects"]]),
        labels=tuple(each["label"] for each in frame["objects"]),
        scores=np.array([each["score"] for each in frame["objects"]]),
        pairs=np.array([(each["subject"], each["object"]) for each in frame["relations"]]),
        predicates=tuple(each["predicate"] for each in frame["relations"]),
        confidences=np.array([each["confidence"] for each in frame["relations"]]),
    )


def _tracks(random: Random) -> tuple[list[dict[int, list[float]]], list[dict[int, list[float]]]]:
    paths = [_boxes(random, FRAMES) for _ in range(TRACKS)]
    gold = [{number: path[frame] for number, path in enumerate(paths)} for frame in range(FRAMES)]
    found = [
        {
            number: [side + random.uniform(-3, 3) for side in box]
            for number, box in frame.items()
            if random.random() < 0.8
        }
        for frame in gold
    ]
    return found, gold


def _tracked(frame: dict[int, list[float]]) -> TrackedFrame:
    return TrackedFrame(tracks=tuple(frame), boxes=np.array(list(frame.values())).reshape(-1, 4))


if __name__ == "__main__":
    sys.exit(main())
