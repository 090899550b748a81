"""What a query gives back: answers with clip, tracks, times and score, and which word matched which."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from finsta.query.pattern import Pattern, Relation, Thing
from finsta.query.plan import DIGITS
from finsta.query.times import TimeWindow
from finsta.query.words import Part, Words

Interval = tuple[float, float]
Side = Literal["video", "text"]


@dataclass(frozen=True, kw_only=True)
class Match:
    """A word of the query, the word of the corpus that it matched, and how alike they are in [0, 1]."""

    word: str
    label: str
    similarity: float


@dataclass(frozen=True, kw_only=True)
class FoundThing:
    """A thing of the pattern as it was found.

    Attributes:
        name: In the pattern.
        track: The object track.
        label: Of the track.
        confidence: Of the track, in [0, 1].
        matches: The word for it and its attributes, where any was asked for.
    """

    name: str
    track: int
    label: str
    confidence: float
    matches: tuple[Match, ...]


@dataclass(frozen=True, kw_only=True)
class FoundRelation:
    """A relation of the pattern as it was found between the tracks of an answer.

    Attributes:
        subject: Track; the track of the pattern's subject, whichever end the corpus has it at.
        predicate: Label in the corpus.
        object: Track; ``None`` where there is none.
        confidence: In [0, 1].
        intervals: When it holds inside the window that is asked for, in seconds.
        matches: The word for it and its modifiers.
    """

    subject: int
    predicate: str
    object: int | None
    confidence: float
    intervals: tuple[Interval, ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Tracks of a clip that fit a pattern.

    Attributes:
        id: Of the clip.
        video: Path of its file when it was parsed.
        duration: Seconds.
        score: Geometric mean, over things and relations, of confidence times similarity of the words; in [0, 1].
        intervals: Seconds at which all of it holds; where the relations share no time, from the first to the last.
        things: In the order of the pattern.
        relations: In the order of the pattern; of several that fit, the best.
        side: Whether the graph of the video was asked, or that of the text; tracks are then nodes of the text graph.
        shard: Path of the file that holds the clip.
        row: Its row in there.
    """

    id: str
    video: str
    duration: float
    score: float
    intervals: tuple[Interval, ...]
    things: tuple[FoundThing, ...]
    relations: tuple[FoundRelation, ...]
    side: Side
    shard: str
    row: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """The answers to a pattern, best first.

    Attributes:
        pattern: What was asked for.
        answers: As many as were wanted.
        total: How many there are.
        clips: In how many clips.
        searched: Clips that were searched.
        reasons: Where there is no answer: which part of the pattern nothing matched.
        warnings: Shards that were left out, and what was not at hand.
    """

    pattern: Pattern
    answers: tuple[Answer, ...]
    total: int
    clips: int
    searched: int
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document that ``finsta query --json`` prints; docs/query.md describes it."""
        document = asdict(self) | {"pattern": str(self.pattern)}
        return {"format": "finsta-answers", "version": 1} | document


def both_sides(video: Result, text: Result, *, clips: int, limit: int) -> Result:
    """The answers of both sides as one list, best first; reasons only where neither has an answer.

    Args:
        video: What the videos gave.
        text: What the texts gave.
        clips: In how many clips one of the two answers.
        limit: Answers to give.
    """
    answers = sorted((*video.answers, *text.answers), key=lambda answer: (-round(answer.score, DIGITS), answer.id))
    reasons = [
        f"in the {name}: {reason}" for name, side in (("videos", video), ("texts", text)) for reason in side.reasons
    ]
    return Result(
        pattern=video.pattern,
        answers=tuple(answers[:limit]),
        total=video.total + text.total,
        clips=clips,
        searched=video.searched,
        reasons=() if answers else tuple(reasons),
        warnings=tuple(dict.fromkeys((*video.warnings, *text.warnings))),
    )


def answer_of(row: Mapping[str, Any], pattern: Pattern, words: Words, *, tracks: Sequence[int]) -> dict[str, Any]:
    """Things and relations of an answer, from the row of its clip."""
    objects = {entry["track"]: entry for entry in row["objects"]}
    place = {thing.name: track for thing, track in zip(pattern.things, tracks, strict=True)}
    things = tuple(_thing(thing, objects[place[thing.name]], words) for thing in pattern.things)
    relations = tuple(_relation(relation, row, place, words, pattern.time) for relation in pattern.relations)
    return {"things": things, "relations": relations}


def merged(intervals: Sequence[Sequence[float]]) -> tuple[Interval, ...]:
    """Intervals in order of time, those that overlap or touch as one."""
    found: list[Interval] = []
    for start, end in sorted((float(start), float(end)) for start, end in intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _thing(thing: Thing, entry: Mapping[str, Any], words: Words) -> FoundThing:
    matches = [] if thing.label is None else [_match(words, Part.OBJECT, thing.label, [entry["label"]])]
    matches += [_match(words, Part.ATTRIBUTE, word, entry["attributes"]) for word in thing.attributes]
    return FoundThing(
        name=thing.name,
        track=entry["track"],
        label=entry["label"],
        confidence=entry["confidence"],
        matches=tuple(matches),
    )


def _relation(
    relation: Relation, row: Mapping[str, Any], place: Mapping[str, int], words: Words, window: TimeWindow
) -> FoundRelation:
    """The best of the relations that fit; on a tie the first in the row."""
    subject, target = place[relation.subject], None if relation.object is None else place[relation.object]
    found: list[tuple[float, FoundRelation]] = []
    for entry in row["relations"]:
        labels = [entry["predicate"]]
        weights = {
            (entry["subject"], entry["object"]): words.matches(Part.PREDICATE, relation.predicate, labels),
            (entry["object"], entry["subject"]): words.mirrored(relation.predicate, labels),
        }
        clips = [window.clip((i["start"], i["end"]), row["duration"]) for i in entry["intervals"]]
        intervals = merged([clip for clip in clips if clip is not None])
        for (own, other), similar in weights.items():
            if own != subject or (target is not None and other != target) or not similar or not intervals:
                continue
            asked = [] if relation.predicate is None else [relation.predicate]
            matches = [
                Match(word=word, label=label, similarity=value) for word in asked for label, value in similar.items()
            ]
            matches += [_match(words, Part.MODIFIER, word, entry["modifiers"]) for word in relation.modifiers]
            value = entry["confidence"]
            for match in matches:
                value *= match.similarity
            candidate = FoundRelation(
                subject=subject,
                predicate=entry["predicate"],
                object=other,
                confidence=entry["confidence"],
                intervals=intervals,
                matches=tuple(matches),
            )
            found.append((value, candidate))
    return max(found, key=lambda pair: pair[0])[1]


def _match(words: Words, part: Part, word: str, labels: Sequence[str]) -> Match:
    """The label that a word matches best; on a tie the first."""
    similar = {label: words.similarity(part, word, label) for label in labels}
    label = max(similar, key=lambda name: similar[name], default="")
    return Match(word=word, label=label, similarity=similar.get(label, 0.0))
