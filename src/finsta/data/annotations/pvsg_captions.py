"""PVSG's captions carry object ids, "A man (22) holds a cup (3)": text graphs whose links are known.

Our reading. The ids are taken out of the text and the text is parsed; the object that ends where an id stood is linked
to that track, for the time of the caption as far as the track is there. A predicate between two linked objects is
linked where a relation of the annotation between the same tracks says the same verb in that time ("holding" for
"hold"), once for each stretch of time that they share. All similarities are 1. Where a word has several ids ("two men
(4,5)"), the first is linked, for a text node refers to one track at a time; the others are told in the text's warnings.

The file does not say what ``time`` counts. Annotators wrote frames as ``0010-0030`` (their own tools read it so), yet
captions that end near the length of the video in seconds must be seconds: the unit is the one by which the last caption
ends inside the video, seconds first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from finsta.data.documents.fields import take
from finsta.errors import FormatError
from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.exports.trajectories import FrameClock, runs
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph

Interval = tuple[float, float]

_IDS = re.compile(r"\s*\(([^()]*)\)")
_TIME = re.compile(r"\s*(\d+)\s*-\s*(\d+)\s*")


@dataclass(frozen=True, kw_only=True)
class Caption:
    """A caption without its ids. ``anchors`` are ``(character after the word, ids)``; ``interval`` is in seconds."""

    text: str
    anchors: tuple[tuple[int, tuple[int, ...]], ...]
    interval: Interval


def caption_graphs(
    entry: Any, video: DynamicSceneGraph, *, parser: str, where: str
) -> Iterator[tuple[int, HolisticSceneGraph]]:
    """Number and graph of each caption of a video, in the order of the file; empty captions are left out.

    Raises:
        FormatError: if the captions are not of the form.
    """
    from finsta.text import parse_text

    for number, caption in read_captions(entry, video, where=where):
        if caption.text:
            yield number, link_caption(caption, parse_text(caption.text, parser=parser), video)


def read_captions(entry: Any, video: DynamicSceneGraph, *, where: str) -> list[tuple[int, Caption]]:
    """Number and content of each caption of an entry of ``data``."""
    entries = take(entry, "captions", (list, type(None)), where) or []
    times = [_time(caption, f"{where}, caption {number}") for number, caption in enumerate(entries)]
    last = max((end for _, end in times), default=0)
    unit = 1.0 if last <= video.video.duration + 1 else 1 / video.video.frames_per_second
    found = []
    for number, (caption, (start, end)) in enumerate(zip(entries, times, strict=True)):
        description = take(caption, "description", str, f"{where}, caption {number}")
        text, anchors = without_ids(description)
        interval = (start * unit, min(end * unit, video.video.duration))
        found.append((number, Caption(text=text, anchors=anchors, interval=interval)))
    return found


def without_ids(description: str) -> tuple[str, tuple[tuple[int, tuple[int, ...]], ...]]:
    """A text without its ids, and where each stood; brackets that hold words stay."""
    text, anchors, at = "", [], 0
    for match in _IDS.finditer(description):
        numbers = [part.strip() for part in match[1].split(",")]
        if not all(part.isdigit() for part in numbers):
            continue
        text += description[at : match.start()]
        anchors.append((len(text.lstrip()), tuple(map(int, numbers))))
        at = match.end()
    text += description[at:]
    return text.strip(), tuple(anchors)


def link_caption(caption: Caption, text: TextualSceneGraph, video: DynamicSceneGraph) -> HolisticSceneGraph:
    """Text and video, joined by the caption's ids and by the annotation's relations."""
    objects: dict[int, Link] = {}
    notes = []
    clock = FrameClock(video)
    for anchor, ids in caption.anchors:
        node = _node_at(text, anchor)
        word = caption.text[:anchor].rsplit(" ", 1)[-1]
        if node is None:
            notes.append(f"no object of the text is named by {word!r} ({_listed(ids)})")
            continue
        track = video.object_tracks.get(ids[0])
        shared = [] if track is None else _shared(clock, track, caption.interval)
        if not shared:
            notes.append(f"track {ids[0]} of {word!r} is not seen while the caption holds")
        elif node not in objects:
            interval = (shared[0][0], shared[-1][1])
            objects[node] = Link(text_node=node, subject_track=ids[0], interval=interval, similarity=1.0)
        if len(ids) > 1:
            notes.append(f"{word!r} also refers to {_listed(ids[1:])}")
    tracks = {node: link.subject_track for node, link in objects.items()}
    predicates = _predicate_links(caption, text, clock, tracks)
    text = replace(text, warnings=(*text.warnings, *notes))
    return HolisticSceneGraph(text=text, video=video, links=(*objects.values(), *predicates))


def _predicate_links(
    caption: Caption, text: TextualSceneGraph, clock: FrameClock, tracks: dict[int, int]
) -> Iterator[Link]:
    for node in text.indices(NodeKind.PREDICATE):
        subjects = [tracks[end] for end in text.sources(node, EdgeKind.SUBJECT) if end in tracks]
        targets = [tracks[end] for end in text.targets(node, EdgeKind.OBJECT) if end in tracks]
        if not subjects or bool(targets) != bool(text.targets(node, EdgeKind.OBJECT)):
            continue
        ends = (subjects[0], targets[0] if targets else None)
        alike = (
            track
            for track in clock.graph.predicate_tracks
            if track.identity[2:] == ends and _same_verb(track, text, node)
        )
        for track in islice(alike, 1):
            for interval in _shared(clock, track, caption.interval):
                yield Link(
                    text_node=node,
                    subject_track=ends[0],
                    object_track=ends[1],
                    label=track.label,
                    interval=interval,
                    similarity=1.0,
                )


def _same_verb(track: Track, text: TextualSceneGraph, node: int) -> bool:
    from finsta.text.lemmas import gerund_lemma

    verb, _, rest = track.label.partition(" ")
    lemma = f"{gerund_lemma(verb) if verb.endswith('ing') else verb} {rest}".strip()
    return text.nodes[node].lemma in (lemma, track.label) or text.nodes[node].label.lower() == track.label


def _node_at(text: TextualSceneGraph, anchor: int) -> int | None:
    """The object one of whose mentions ends there, or covers the character before."""
    for index in text.indices(NodeKind.OBJECT):
        node = text.nodes[index]
        if any(start < anchor <= end for start, end in node.mentions or ((node.span,) if node.span else ())):
            return index
    return None


def _shared(clock: FrameClock, track: Track, interval: Interval) -> list[Interval]:
    """The stretches of time that a track's occurrences share with an interval, in order."""
    stretches = ((run.begin / clock.rate, run.end / clock.rate) for run in runs(clock, track))
    shared = ((max(start, interval[0]), min(end, interval[1])) for start, end in stretches)
    return [(start, end) for start, end in shared if start < end]


def _time(caption: Any, where: str) -> tuple[int, int]:
    time = take(caption, "time", str, where)
    match = _TIME.fullmatch(time)
    if match is None or int(match[1]) > int(match[2]):
        raise FormatError(f"{where}: expected 'time' like '0000-0008', found {time!r}; mend or leave it out")
    return int(match[1]), int(match[2])


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))
