"""A query answered by loops over the clips: every choice of tracks, of relations and of their intervals is tried."""

from itertools import product
from math import prod

from finsta.query.pattern import Pattern
from finsta.query.words import Part, Words


def answers(rows, pattern: Pattern, words: Words):
    """``(id, tracks, score, intervals)`` of every choice of tracks that fits, best first, ties by id and tracks."""
    found = []
    for row in rows:
        for objects in product(row["objects"], repeat=len(pattern.things)):
            ways = list(_ways(row, objects, pattern, words))
            if ways:
                tracks = [entry["track"] for entry in objects]
                intervals = _joined(interval for _, interval in ways)
                found.append((row["id"], tracks, max(score for score, _ in ways), intervals))
    return sorted(found, key=lambda answer: (-round(answer[2], 9), answer[0], answer[1]))


def _ways(row, objects, pattern, words):
    """Score and interval of each way in which these objects fit."""
    place = {thing.name: entry for thing, entry in zip(pattern.things, objects, strict=True)}
    if len({entry["track"] for entry in objects}) < len(objects):
        return
    for thing in pattern.things:
        if thing.twin is not None and place[thing.name]["track"] <= place[thing.twin]["track"]:
            return
    sure = [_thing(thing, place[thing.name], words) for thing in pattern.things]
    if 0 in sure:
        return
    whole = [(place[pattern.things[n].name]["start"], place[pattern.things[n].name]["end"]) for n in pattern.alone()]
    candidates = [list(_relations(relation, row, place, words)) for relation in pattern.relations]
    for chosen in product(*candidates):
        parts = [pattern.time.clip(interval, row["duration"]) for interval in (*(i for _, i in chosen), *whole)]
        if None in parts or not _in_order(pattern, [interval for _, interval in chosen], parts):
            continue
        factors = [*sure, *(factor for factor, _ in chosen)]
        yield prod(factors) ** (1 / len(factors)), _span(parts)


def _thing(thing, entry, words):
    value = entry["confidence"]
    if thing.label is not None:
        value *= words.similarity(Part.OBJECT, thing.label, entry["label"])
    return value * _all(Part.ATTRIBUTE, thing.attributes, entry["attributes"], words)


def _relations(relation, row, place, words):
    """Factor and interval of each relation of the clip that could be the one asked for."""
    subject = place[relation.subject]["track"]
    target = None if relation.object is None else place[relation.object]["track"]
    for entry in row["relations"]:
        label = entry["predicate"]
        ends = [(entry["subject"], entry["object"], words.matches(Part.PREDICATE, relation.predicate, [label]))]
        ends.append((entry["object"], entry["subject"], words.mirrored(relation.predicate, [label])))
        for own, other, similar in ends:
            if own != subject or (target is not None and other != target) or not similar:
                continue
            factor = entry["confidence"] * similar[label]
            factor *= _all(Part.MODIFIER, relation.modifiers, entry["modifiers"], words)
            if factor > 0:
                yield from ((factor, (i["start"], i["end"])) for i in entry["intervals"])


def _all(part, asked, there, words):
    return prod(max((words.similarity(part, word, label) for label in there), default=0.0) for word in asked)


def _in_order(pattern, intervals, parts):
    for order in pattern.orders:
        if order.kind == "then" and not intervals[order.first][0] < intervals[order.second][0]:
            return False
        if order.kind == "while" and not _meet([parts[order.first], parts[order.second]]):
            return False
    return True


def _meet(parts):
    """Whether intervals share time, or a moment where one of them is no longer than that."""
    start, end = max(a for a, _ in parts), min(b for _, b in parts)
    return start < end or (start == end and min(b - a for a, b in parts) == 0)


def _span(parts):
    if _meet(parts):
        return max(a for a, _ in parts), min(b for _, b in parts)
    return min(a for a, _ in parts), max(b for _, b in parts)


def _joined(intervals):
    found = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
