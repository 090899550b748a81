"""A graph as one self-contained page of HTML: pictures, graphs, timeline, and what each phrase refers to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import Edge, TextualSceneGraph
from finsta.graphs.serialization import write_text
from finsta.shapes import Image
from finsta.viewer.boxes import BoxView, box_views
from finsta.viewer.drawing import Drawing, NodeView
from finsta.viewer.grounding import grounding
from finsta.viewer.layout import draw
from finsta.viewer.palette import track_colours
from finsta.viewer.pictures import Picture, picture
from finsta.viewer.sentence import runs
from finsta.viewer.timeline import clock, timeline
from finsta.viewer.views import frame_views, predicate_numbers, text_views

Graph = TextualSceneGraph | DynamicSceneGraph | HolisticSceneGraph

LARGEST_DRAWING = 160
"""Nodes of a graph beyond which it is written as triplets and not drawn."""


@dataclass(frozen=True, kw_only=True)
class FrameView:
    """A key frame on the page: when, what it shows, and its graph; no drawing where it has too many nodes."""

    number: int
    time: str
    shot: int
    cut: bool
    picture: Picture | None
    boxes: tuple[BoxView, ...]
    drawing: Drawing | None
    nodes: tuple[NodeView, ...]


def render_report(graph: Graph, *, images: Sequence[Image] = (), title: str = "") -> str:
    """The page of a graph: one HTML document that loads nothing from elsewhere and reads without JavaScript.

    Args:
        graph: Of a text, of a video, or of both with their links.
        images: The key frames of the video in order; without them boxes stand on empty ground.
        title: Heading; by default the name of the video's file, or "Scene graph of a sentence".

    Returns:
        The same document for the same input, byte by byte. All text in it is escaped.
    """
    text = graph if isinstance(graph, TextualSceneGraph) else getattr(graph, "text", None)
    video = graph if isinstance(graph, DynamicSceneGraph) else getattr(graph, "video", None)
    context: dict[str, Any] = {"title": title or _title(video), "text": None, "video": None, "grounding": None}
    pictures = [picture(image) for image in images]
    colours = track_colours(video.object_tracks) if isinstance(video, DynamicSceneGraph) else {}
    links = graph.links if isinstance(graph, HolisticSceneGraph) else ()
    if isinstance(video, DynamicSceneGraph):
        context |= {"video": video, "facts": facts(video), "colours": colours, "pictures": pictures}
        context |= {"frames": _frames(video, pictures), "timeline": timeline(video, colours, links)}
    if isinstance(text, TextualSceneGraph):
        numbers = predicate_numbers(video) if isinstance(video, DynamicSceneGraph) else {}
        views = text_views(text, colours, links, numbers)
        context |= {"text": text, "runs": runs(text, views), "nodes": views, "triplets": _triplets(text, views)}
        context["drawing"] = _drawing(views, text.edges)
        if isinstance(graph, HolisticSceneGraph):
            context["grounding"] = grounding(graph, views, pictures, colours)
    context["warnings"] = [w for side in (text, video) if side is not None for w in side.warnings]
    return str(_template().render(**context))


def write_report(graph: Graph, images: Sequence[Image], path: str | Path, *, title: str = "") -> None:
    """Write the page of :func:`render_report`, whole or not at all.

    Raises:
        OutputError: if the file cannot be written.
    """
    write_text(Path(path), render_report(graph, images=images, title=title))


def facts(video: DynamicSceneGraph) -> list[tuple[str, str]]:
    """What is known of a video, as pairs of name and value."""
    info, shots = video.video, len({frame.shot for frame in video.frames})
    return [
        ("length", clock(info.duration)),
        ("size", f"{info.width} × {info.height}"),
        ("rate", f"{info.frames_per_second:.4g} frames/s"),
        ("frames", f"{info.frame_count:,}"),
        ("key frames", f"{len(video.frames)} in {shots} shot{'s' if shots != 1 else ''}"),
        ("tracks", str(len(video.object_tracks))),
        ("relations", str(len(video.predicate_tracks))),
        ("detector", video.detector or "not stated"),
    ]


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("report.html")


def _title(video: DynamicSceneGraph | None) -> str:
    return "Scene graph of a sentence" if video is None else Path(video.video.path).name or "Scene graph of a video"


def _drawing(views: Sequence[NodeView], edges: Sequence[Edge]) -> Drawing | None:
    return draw(views, edges) if len(views) <= LARGEST_DRAWING else None


def _frames(video: DynamicSceneGraph, pictures: Sequence[Picture]) -> list[FrameView]:
    colours, numbers = track_colours(video.object_tracks), predicate_numbers(video)
    aspect = max(video.video.height, 1) / max(video.video.width, 1)
    return [
        FrameView(
            number=index,
            time=clock(frame.time),
            shot=frame.shot + 1,
            cut=index > 0 and frame.shot != video.frames[index - 1].shot,
            picture=pictures[index] if index < len(pictures) else None,
            boxes=box_views(frame, views, aspect=aspect),
            drawing=_drawing(views, frame.edges),
            nodes=tuple(views),
        )
        for index, frame in enumerate(video.frames)
        for views in (frame_views(frame, numbers, colours),)
    ]


def _triplets(text: TextualSceneGraph, views: Sequence[NodeView]) -> list[tuple[str, str, str]]:
    return [
        (
            "" if t.subject is None else text.phrase(t.subject),
            text.phrase(t.predicate),
            "" if t.object is None else text.phrase(t.object),
        )
        for t in text.triplets()
    ]
