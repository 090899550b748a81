"""The answers to a query as a contact sheet: for each a frame with the boxes of what was found, and when it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.graphs.serialization import write_text
from finsta.shapes import Image
from finsta.viewer.boxes import BoxView, box_views
from finsta.viewer.drawing import NodeView
from finsta.viewer.palette import colour
from finsta.viewer.pictures import Picture, picture
from finsta.viewer.timeline import Bar, bar, clock, interval_words, length

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An answer for the sheet.

    Attributes:
        title: Of the clip.
        video: Path of the file, as text.
        score: In [0, 1].
        intervals: When it holds, in seconds.
        tracks: What each track that was found is called, in order.
        lines: What was found, a sentence each.
        graph: Of the clip.
        image: Of the key frame that :func:`shown_frame` names; ``None`` where there is none.
        missing: Why there is no picture; empty where there is one.
    """

    title: str
    video: str
    score: float
    intervals: tuple[Interval, ...]
    tracks: Mapping[int, str]
    lines: tuple[str, ...]
    graph: DynamicSceneGraph
    image: Image | None = None
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class HitView:
    """A hit as the template reads it; ``height`` of the frame in percent of its width."""

    hit: Hit
    time: str
    when: str
    picture: Picture | None
    boxes: tuple[BoxView, ...]
    bars: tuple[Bar, ...]
    height: float


def shown_frame(graph: DynamicSceneGraph, interval: Interval, tracks: Sequence[int]) -> int | None:
    """The key frame that shows most of the tracks, inside the interval if any is, and nearest to its middle.

    Boxes are known at key frames only, so the picture is taken there and not at the middle itself. ``None`` where
    there is no key frame.
    """
    middle = (interval[0] + interval[1]) / 2

    def rank(number: int) -> tuple[bool, int, float]:
        frame = graph.frames[number]
        start, end = graph.frame_interval(number)
        shown = sum(node.track in tracks for node in frame.nodes if node.track is not None)
        return start <= interval[1] and end >= interval[0], shown, -abs(frame.time - middle)

    return max(range(len(graph.frames)), key=rank, default=None)


def render_hits(title: str, hits: Sequence[Hit], *, lead: str = "", notes: Sequence[str] = ()) -> str:
    """One HTML document that loads nothing from elsewhere; all text in it is escaped.

    Args:
        title: What was asked.
        hits: Best first.
        lead: How it was understood, and how much was found.
        notes: Warnings, and why there is nothing.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment: Any = Environment(
        loader=PackageLoader("finsta.viewer", "templates"), autoescape=True, undefined=StrictUndefined
    )
    views = [_view(hit) for hit in hits]
    return str(environment.get_template("hits.html").render(title=title, lead=lead, notes=notes, views=views))


def write_hits(path: Path, title: str, hits: Sequence[Hit], *, lead: str = "", notes: Sequence[str] = ()) -> None:
    """Write the sheet of :func:`render_hits`, whole or not at all.

    Raises:
        OutputError: if the file cannot be written.
    """
    write_text(path, render_hits(title, hits, lead=lead, notes=notes))


def _view(hit: Hit) -> HitView:
    info, total = hit.graph.video, length(hit.graph)
    aspect = max(info.height, 1) / max(info.width, 1)
    number = shown_frame(hit.graph, hit.intervals[0], list(hit.tracks))
    return HitView(
        hit=hit,
        time="" if number is None else clock(hit.graph.frames[number].time),
        when=", ".join(interval_words(interval) for interval in hit.intervals),
        picture=None if hit.image is None else picture(hit.image),
        boxes=() if number is None else _boxes(hit, number, aspect),
        bars=tuple(bar(interval, total) for interval in hit.intervals),
        height=round(100 * aspect, 2),
    )


def _boxes(hit: Hit, number: int, aspect: float) -> tuple[BoxView, ...]:
    """The boxes of the tracks that were found, each in a colour of its own."""
    frame = hit.graph.frames[number]
    places = {track: place for place, track in enumerate(hit.tracks)}
    views = [
        NodeView(
            index=index,
            kind=node.kind,
            label=hit.tracks.get(node.track, "") if node.track is not None else node.label,
            colour=colour(places[node.track]) if node.track in places else None,
        )
        for index, node in enumerate(frame.nodes)
    ]
    found = box_views(frame, views, aspect=aspect)
    return tuple(box for box in found if box.node.kind is NodeKind.OBJECT and box.node.colour is not None)
