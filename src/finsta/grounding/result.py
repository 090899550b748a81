"""What grounding gives: tracks with boxes for phrases, intervals for predicates; as links, and as a file."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from finsta.graphs.dynamic import Box, DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.serialization import write_text

FORMAT = "finsta-grounding"
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class TimedBox:
    """Where a track is at one key frame: seconds, ``xyxy`` in [0, 1]."""

    time: float
    box: Box


@dataclass(frozen=True, kw_only=True)
class PhraseGrounding:
    """The track that an object of the text refers to.

    Attributes:
        text_node: Index of the object in the text graph.
        phrase: The object with its attributes.
        span: Its characters in the text, or ``None``.
        track: Number of the track in the video graph.
        label: What the video graph calls it; not read by a trained model.
        boxes: In every key frame that shows it.
        score: A trained model's cosine in [-1, 1], or the parser's similarity in [0, 1].
    """

    text_node: int
    phrase: str
    span: tuple[int, int] | None
    track: int
    label: str
    boxes: tuple[TimedBox, ...]
    score: float


@dataclass(frozen=True, kw_only=True)
class PredicateGrounding:
    """When a predicate of the text happens, and between which tracks.

    Attributes:
        text_node: Index of the predicate in the text graph.
        phrase: The predicate with its modifiers.
        span: Its characters in the text, or ``None``.
        subject_track: Number of the subject's track.
        object_track: Of the object's track; ``None`` where the predicate has none.
        interval: ``(start, end)`` in seconds.
        score: A trained model's cosine in [-1, 1], or the parser's similarity in [0, 1].
    """

    text_node: int
    phrase: str
    span: tuple[int, int] | None
    subject_track: int
    object_track: int | None
    interval: tuple[float, float]
    score: float


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """All that was found. What is not found has no entry.

    Attributes:
        text: The text.
        source: Who says so, in words: a checkpoint, or the parser's links.
        phrases: In order of mention.
        predicates: In order of mention.
    """

    text: str
    source: str
    phrases: tuple[PhraseGrounding, ...] = ()
    predicates: tuple[PredicateGrounding, ...] = ()

    def on(self, graph: HolisticSceneGraph) -> HolisticSceneGraph:
        """The graph with these groundings for its links, e.g. for the report; negative scores become 0."""
        links = [
            Link(
                text_node=found.text_node,
                subject_track=found.track,
                interval=graph.video.interval(graph.video.object_tracks[found.track]),
                similarity=_share(found.score),
            )
            for found in self.phrases
        ]
        links += [
            Link(
                text_node=found.text_node,
                subject_track=found.subject_track,
                object_track=found.object_track,
                label=graph.text.nodes[found.text_node].label,
                interval=found.interval,
                similarity=_share(found.score),
            )
            for found in self.predicates
        ]
        return replace(graph, links=tuple(links))


def phrase_grounding(graph: HolisticSceneGraph, node: int, track: int, score: float) -> PhraseGrounding:
    """A track for an object of the text, with its boxes."""
    found = graph.video.object_tracks[track]
    return PhraseGrounding(
        text_node=node,
        phrase=graph.text.phrase(node),
        span=graph.text.nodes[node].span,
        track=track,
        label=found.label,
        boxes=boxes_of(graph.video, track),
        score=score,
    )


def predicate_grounding(
    graph: HolisticSceneGraph,
    node: int,
    *,
    tracks: tuple[int, int | None],
    interval: tuple[float, float],
    score: float,
) -> PredicateGrounding:
    """An interval for a predicate of the text."""
    return PredicateGrounding(
        text_node=node,
        phrase=graph.text.phrase(node),
        span=graph.text.nodes[node].span,
        subject_track=tracks[0],
        object_track=tracks[1],
        interval=interval,
        score=score,
    )


def boxes_of(video: DynamicSceneGraph, track: int) -> tuple[TimedBox, ...]:
    """Where an object track is, key frame by key frame."""
    boxes = []
    for frame, node in video.object_tracks[track].occurrences:
        box = video.frames[frame].nodes[node].box
        assert box is not None
        boxes.append(TimedBox(time=video.frames[frame].time, box=box))
    return tuple(boxes)


def to_dict(grounding: Grounding, video: DynamicSceneGraph) -> dict[str, Any]:
    """The JSON document; its schema stands in docs/file-formats.md."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "video": video.video.path,
        "duration": video.video.duration,
        **asdict(grounding),
    }


def save_grounding(grounding: Grounding, video: DynamicSceneGraph, path: Path) -> None:
    """Write ``grounding.json``, whole or not at all.

    Raises:
        OutputError: if the file cannot be written.
    """
    write_text(path, json.dumps(to_dict(grounding, video), ensure_ascii=False, indent=1) + "\n")


def _share(score: float) -> float:
    return min(max(score, 0.0), 1.0)
