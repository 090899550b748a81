"""Random relations and frames for the metrics of video graphs, as the library has them and as plain dictionaries."""

from random import Random

import numpy as np

from finsta.graphs.exports.vidvrd_results import RelationResult
from finsta.metrics.relations.frames import FrameRelations
from finsta.metrics.tracked import TrackedFrame

LABELS = ("dog", "person")
PREDICATES = ("chase", "watch", "above")


def boxes_of(random: Random, count: int) -> list[list[float]]:
    """Boxes that wander, so that they overlap those of others now and then."""
    x, y = random.randint(0, 6), random.randint(0, 6)
    boxes = []
    for _ in range(count):
        x, y = x + random.choice((0, 0, 1)), y + random.choice((0, 0, 1))
        boxes.append([x, y, x + random.randint(3, 6), y + random.randint(3, 6)])
    return boxes


def shaken(random: Random, boxes: list[list[float]]) -> list[list[float]]:
    return [[side + random.choice((0, 0, 1)) for side in box] for box in boxes]


def relation(random: Random, *, like: dict | None = None) -> dict:
    if like is not None:
        return like | {
            "subject": shaken(random, like["subject"]),
            "object": shaken(random, like["object"]),
            "score": random.choice((0.2, 0.5, random.random())),
        }
    count = random.randint(1, 5)
    return {
        "triplet": (random.choice(LABELS), random.choice(PREDICATES), random.choice(LABELS)),
        "score": random.choice((0.2, 0.5, random.random())),
        "begin": random.randint(0, 4),
        "subject": boxes_of(random, count),
        "object": boxes_of(random, count),
    }


def random_videos(seed: int, *, videos: int = 3) -> tuple[dict[str, list[dict]], dict[str, list[dict]]]:
    """Predictions and gold; some gold is found again, shaken; a video may be without gold or without predictions."""
    random = Random(f"videos {seed}")
    found, gold = {}, {}
    for video in range(videos):
        name = f"video {video}"
        gold[name] = [relation(random) for _ in range(random.choice((0, 1, 3, 5)))]
        gold[name] += [relation(random, like=each) for each in gold[name][:1]]
        again = [relation(random, like=each) for each in gold[name] for _ in range(random.randint(0, 2))]
        found[name] = [*again, *(relation(random) for _ in range(random.randint(0, 4)))]
        random.shuffle(found[name])
    if random.random() < 0.3:
        del found["video 0"]
    if not any(gold.values()):
        gold["video 1"] = [relation(random)]
    return found, gold


def as_results(videos: dict[str, list[dict]]) -> dict[str, list[RelationResult]]:
    return {video: [as_result(each) for each in relations] for video, relations in videos.items()}


def as_result(each: dict) -> RelationResult:
    return RelationResult(
        triplet=each["triplet"],
        score=float(each["score"]),
        duration=(each["begin"], each["begin"] + len(each["subject"])),
        subject_boxes=np.array(each["subject"], dtype=float),
        object_boxes=np.array(each["object"], dtype=float),
    )


def random_frame(seed: int) -> tuple[dict, dict]:
    """A predicted and a gold frame, in which predictions are shaken gold objects and others."""
    random = Random(f"frame {seed}")
    gold = {"objects": [_object(random) for _ in range(random.randint(2, 4))], "relations": []}
    gold["relations"] = _relations(random, len(gold["objects"]), random.randint(0, 5))
    objects = [
        each | {"box": shaken(random, [each["box"]])[0], "score": random.random()}
        for each in gold["objects"]
        if random.random() < 0.8
    ]
    objects += [_object(random) for _ in range(random.randint(0, 2))]
    relations = _relations(random, len(objects), random.randint(0, 12)) if len(objects) > 1 else []
    return {"objects": objects, "relations": relations}, gold


def _object(random: Random) -> dict:
    return {"box": boxes_of(random, 1)[0], "label": random.choice(LABELS), "score": random.random()}


def _relations(random: Random, objects: int, count: int) -> list[dict]:
    relations = {}
    for _ in range(count):
        subject, target = random.sample(range(objects), 2)
        predicate = random.choice(PREDICATES)
        relations[subject, predicate, target] = {
            "subject": subject,
            "object": target,
            "predicate": predicate,
            "confidence": random.choice((0.5, 0.95, random.random())),
        }
    return list(relations.values())


def as_frame(frame: dict) -> FrameRelations:
    objects, relations = frame["objects"], frame["relations"]
    return FrameRelations(
        boxes=np.array([each["box"] for each in objects], dtype=float).reshape(-1, 4),
        labels=tuple(each["label"] for each in objects),
        scores=np.array([each["score"] for each in objects], dtype=float),
        pairs=np.array([(each["subject"], each["object"]) for each in relations], dtype=np.int64).reshape(-1, 2),
        predicates=tuple(each["predicate"] for each in relations),
        confidences=np.array([each["confidence"] for each in relations], dtype=float),
    )


def random_tracks(seed: int, *, frames: int = 5) -> tuple[list[dict], list[dict]]:
    """Found and gold boxes by track: objects that walk, are missed, change their number, and false alarms."""
    random = Random(f"tracks {seed}")
    paths = [boxes_of(random, frames) for _ in range(random.randint(1, 3))]
    numbers = list(range(len(paths)))
    found, gold = [], []
    for t in range(frames):
        if random.random() < 0.3:
            random.shuffle(numbers)
        gold.append({g: path[t] for g, path in enumerate(paths) if random.random() < 0.9})
        ours = {numbers[g]: shaken(random, [path[t]])[0] for g, path in enumerate(paths) if random.random() < 0.8}
        if random.random() < 0.3:
            ours[9] = [side + random.random() for side in boxes_of(random, 1)[0]]
        found.append({track: [side + 0.01 * random.random() for side in box] for track, box in ours.items()})
    if not any(gold):
        gold[0] = {0: paths[0][0]}
    return found, gold


def as_tracked(frames: list[dict]) -> list[TrackedFrame]:
    return [
        TrackedFrame(tracks=tuple(frame), boxes=np.array(list(frame.values()), dtype=float).reshape(-1, 4))
        for frame in frames
    ]
