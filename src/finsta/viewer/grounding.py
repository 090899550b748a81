"""What each phrase of the sentence refers to in the video, as the rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finsta.graphs.dynamic import Box, DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import NodeKind
from finsta.viewer.drawing import NodeView
from finsta.viewer.pictures import Crop, Picture, crop
from finsta.viewer.timeline import Bar, bar, length


@dataclass(frozen=True, kw_only=True)
class Referent:
    """One link: the tracks with their colours, what the video calls it, when, how alike, and a picture of it.

    ``note`` says on what ground a predicate is placed in time where no relation of the video matches it.
    """

    tracks: tuple[tuple[str, str], ...]
    label: str
    note: str
    bar: Bar
    similarity: float
    crop: Crop | None


@dataclass(frozen=True, kw_only=True)
class GroundingRow:
    """A phrase and what it refers to; nothing where no track is like enough."""

    node: NodeView
    phrase: str
    referents: tuple[Referent, ...]


def grounding(
    graph: HolisticSceneGraph, views: Sequence[NodeView], pictures: Sequence[Picture], colours: Mapping[int, str]
) -> list[GroundingRow]:
    """A row for each object and predicate of the text, in order of mention."""
    rows = []
    for index, node in enumerate(graph.text.nodes):
        if node.kind not in (NodeKind.OBJECT, NodeKind.PREDICATE):
            continue
        links = [link for link in graph.links if link.text_node == index]
        referents = tuple(_referent(graph.video, link, node.kind, pictures, colours) for link in links)
        rows.append(GroundingRow(node=views[index], phrase=graph.text.phrase(index), referents=referents))
    return rows


def _referent(
    video: DynamicSceneGraph, link: Link, kind: NodeKind, pictures: Sequence[Picture], colours: Mapping[int, str]
) -> Referent:
    ends = [end for end in (link.subject_track, link.object_track) if end is not None]
    there = "it is" if len(ends) == 1 else "both are"
    placed = kind is not NodeKind.OBJECT and not link.label
    return Referent(
        tracks=tuple((f"{video.object_tracks[end].label} {end}", colours[end]) for end in ends),
        label=link.label,
        note=f"no such relation seen; when {there} there" if placed else "",
        bar=bar(link.interval, length(video)),
        similarity=link.similarity,
        crop=_crop(video, ends, link.interval, pictures),
    )


def _crop(
    video: DynamicSceneGraph, tracks: Sequence[int], interval: tuple[float, float], pictures: Sequence[Picture]
) -> Crop | None:
    """Around the tracks, in the key frame of the interval that shows them largest."""
    best: tuple[float, int, list[Box]] | None = None
    for index, frame in enumerate(video.frames):
        boxes = [node.box for node in frame.nodes if node.box is not None and node.track in tracks]
        if len(boxes) == len(tracks) and interval[0] <= frame.time <= interval[1] and index < len(pictures):
            area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in boxes)
            if best is None or area > best[0]:
                best = area, index, boxes
    return None if best is None else crop(pictures[best[1]], best[1], best[2])
