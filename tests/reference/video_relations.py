"""Loop-written twins of the metrics of video relations: dictionaries and lists, a step at a time."""

from itertools import pairwise


def box_iou(a: list[float], b: list[float], one: int = 0) -> float:
    """``one`` is 1 for pixels with inclusive edges."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + one
    height = min(a[3], b[3]) - max(a[1], b[1]) + one
    shared = max(width, 0) * max(height, 0)
    total = sum((box[2] - box[0] + one) * (box[3] - box[1] + one) for box in (a, b)) - shared
    return shared / total if total > 0 else 0.0


def volume_iou(first: int, ours: list[list[float]], second: int, theirs: list[list[float]]) -> float:
    shared = 0.0
    for frame in range(min(first, second), max(first + len(ours), second + len(theirs))):
        if first <= frame < first + len(ours) and second <= frame < second + len(theirs):
            a, b = ours[frame - first], theirs[frame - second]
            width = min(a[2], b[2]) - max(a[0], b[0]) + 1
            height = min(a[3], b[3]) - max(a[1], b[1]) + 1
            shared += max(width, 0) * max(height, 0)
    volumes = [sum((b[2] - b[0] + 1) * (b[3] - b[1] + 1) for b in boxes) for boxes in (ours, theirs)]
    total = sum(volumes) - shared
    return shared / total if total > 0 else 0.0


def sorted_by_score(relations: list[dict]) -> list[dict]:
    """Insertion sort: a relation goes before the first that is less sure, so equal ones keep their order."""
    ordered: list[dict] = []
    for relation in relations:
        place = len(ordered)
        while place and ordered[place - 1]["score"] < relation["score"]:
            place -= 1
        ordered.insert(place, relation)
    return ordered


def hits_in_video(found: list[dict], gold: list[dict], viou: float) -> list[bool]:
    taken: set[int] = set()
    hits = []
    for prediction in sorted_by_score(found):
        best, chosen = -1.0, None
        for number, relation in enumerate(gold):
            if number in taken or relation["triplet"] != prediction["triplet"]:
                continue
            overlap = min(
                volume_iou(prediction["begin"], prediction[end], relation["begin"], relation[end])
                for end in ("subject", "object")
            )
            if overlap >= viou - 1e-9 and overlap > best:
                best, chosen = overlap, number
        if chosen is not None:
            taken.add(chosen)
        hits.append(chosen is not None)
    return hits


def average_precision(hits: list[bool], gold: int) -> float:
    """Area under the curve of recall and precision, step by step as VOC draws it."""
    recalls, precisions = [0.0], [0.0]
    right = 0
    for count, hit in enumerate(hits, 1):
        right += hit
        recalls.append(right / gold)
        precisions.append(right / count)
    recalls.append(1.0)
    precisions.append(0.0)
    for place in range(len(precisions) - 2, -1, -1):
        precisions[place] = max(precisions[place], precisions[place + 1])
    return sum((later - earlier) * precisions[n + 1] for n, (earlier, later) in enumerate(pairwise(recalls)))


def detection(
    found: dict[str, list[dict]], gold: dict[str, list[dict]], viou: float, ks: list[int]
) -> tuple[float, dict[int, float]]:
    precisions, total, right = [], 0, dict.fromkeys(ks, 0)
    for video, relations in gold.items():
        if not relations:
            continue
        hits = hits_in_video(found.get(video, []), relations, viou)
        precisions.append(average_precision(hits, len(relations)))
        total += len(relations)
        for k in ks:
            right[k] += sum(hits[:k])
    return sum(precisions) / len(precisions), {k: right[k] / total for k in ks}


def tagging(found: dict[str, list[dict]], gold: dict[str, list[dict]], ks: list[int]) -> dict[int, float]:
    shares: dict[int, list[float]] = {k: [] for k in ks}
    for video, relations in gold.items():
        if not relations:
            continue
        wanted = {relation["triplet"] for relation in relations}
        distinct: list[tuple] = []
        for prediction in sorted_by_score(found.get(video, [])):
            if prediction["triplet"] not in distinct:
                distinct.append(prediction["triplet"])
        for k in ks:
            first = distinct[:k]
            shares[k].append(sum(triplet in wanted for triplet in first) / len(first) if first else 0.0)
    return {k: sum(values) / len(values) for k, values in shares.items()}


def kept_by_constraint(
    relations: list[dict], constraint: str, group_of: dict, exclusive: set, least: float
) -> list[dict]:
    if constraint == "none":
        return relations
    kept = []
    for number, relation in enumerate(relations):
        group = group_of.get(relation["predicate"], "")
        if constraint == "semi" and group not in exclusive:
            if relation["confidence"] > least:
                kept.append(relation)
            continue
        rivals = [
            (other["confidence"], -place)
            for place, other in enumerate(relations)
            if (other["subject"], other["object"]) == (relation["subject"], relation["object"])
            and group_of.get(other["predicate"], "") == group
        ]
        if max(rivals) == (relation["confidence"], -number):
            kept.append(relation)
    return kept


def frame_found(objects: list[dict], relations: list[dict], gold: dict, k: int, iou: float) -> list[bool]:
    """Which gold relations of a frame the first K predictions find. ``relations`` are those that may count."""
    scored = []
    for relation in relations:
        ends = objects[relation["subject"]]["score"] * objects[relation["object"]]["score"]
        scored.append(relation | {"score": relation["confidence"] * ends})
    first = sorted_by_score(scored)[:k]
    found = []
    for wanted in gold["relations"]:
        hit = False
        for relation in first:
            same = relation["predicate"] == wanted["predicate"]
            for end in ("subject", "object"):
                ours, theirs = objects[relation[end]], gold["objects"][wanted[end]]
                same = same and ours["label"] == theirs["label"]
                same = same and box_iou(ours["box"], theirs["box"]) >= iou - 1e-9
            hit = hit or same
        found.append(hit)
    return found


def graph_recall(frames: list[tuple[dict, dict]], *, k: int, iou: float, keep) -> tuple[float, float]:
    """R@K and mR@K; ``keep`` applies the constraint."""
    shares, by_predicate = [], {}
    for found, gold in frames:
        if not gold["relations"]:
            continue
        hits = frame_found(found["objects"], keep(found["relations"]), gold, k, iou)
        shares.append(sum(hits) / len(hits))
        for relation, hit in zip(gold["relations"], hits, strict=True):
            by_predicate.setdefault(relation["predicate"], []).append(hit)
    means = [sum(hits) / len(hits) for hits in by_predicate.values()]
    return sum(shares) / len(shares), sum(means) / len(means)


def temporal_iou(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> float:
    """Of intervals with whole numbers, by ticking off unit steps."""
    ours, theirs = ({step for start, end in side for step in range(start, end)} for side in (first, second))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def interval_matches(found: list[tuple], gold: list[tuple], iou: float) -> int:
    """Pairs of (what, start, end, score) matched one to one, the surest first."""
    taken: set[int] = set()
    for what, start, end, _ in sorted(found, key=lambda thing: -thing[3]):
        best, chosen = -1.0, None
        for number, (other, a, b, _) in enumerate(gold):
            if number not in taken and what == other:
                shared = max(0, min(end, b) - max(start, a))
                overlap = shared / ((end - start) + (b - a) - shared)
                if overlap >= iou - 1e-9 and overlap > best:
                    best, chosen = overlap, number
        if chosen is not None:
            taken.add(chosen)
    return len(taken)
