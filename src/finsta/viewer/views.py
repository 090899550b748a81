"""The nodes of each graph with their colours, and the keys by which the parts of the page light up together.

A key is ``n3`` for a text node, ``t7`` for an object track, ``p2`` for a predicate track.
"""

from collections.abc import Mapping, Sequence

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, Identity
from finsta.graphs.holistic import Link
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph
from finsta.viewer.drawing import NodeView


def predicate_numbers(video: DynamicSceneGraph) -> dict[Identity, int]:
    """The number of each predicate track, by identity."""
    return {track.identity: number for number, track in enumerate(video.predicate_tracks)}


def frame_views(frame: FrameGraph, numbers: Mapping[Identity, int], colours: Mapping[int, str]) -> list[NodeView]:
    """The nodes of a key frame: objects, and attributes with them, in the colour of the track."""
    views = []
    for index, node in enumerate(frame.nodes):
        tracks = [frame.nodes[end].track for end in frame.ends(index) if end is not None]
        ends = [track for track in tracks if track is not None]
        number = numbers.get(frame.identity(index))
        keys = [f"t{track}" for track in ends] if number is None else [f"p{number}"]
        views.append(
            NodeView(
                index=index,
                kind=node.kind,
                label=f"{node.label} {node.track}" if node.kind is NodeKind.OBJECT else node.label,
                colour=colours[ends[0]] if ends and number is None else None,
                keys=" ".join(keys),
                emit=" ".join(dict.fromkeys((*keys, *(f"t{track}" for track in ends)))),
            )
        )
    return views


def text_views(
    text: TextualSceneGraph,
    colours: Mapping[int, str],
    links: Sequence[Link] = (),
    numbers: Mapping[Identity, int] | None = None,
) -> list[NodeView]:
    """The nodes of a sentence: an object that is linked in the colour of its track, the others neutral."""
    by_node: dict[int, list[Link]] = {}
    for link in links:
        by_node.setdefault(link.text_node, []).append(link)
    keys = {index: _keys(index, by_node.get(index, ()), numbers or {}) for index in range(len(text.nodes))}
    views = []
    for index, node in enumerate(text.nodes):
        owner = _owner(text, index)
        linked = by_node.get(index if owner is None else owner, [])
        is_object = node.kind is NodeKind.OBJECT or (owner is not None and node.kind is NodeKind.ATTRIBUTE)
        emit = [*keys[index][1].split(), *(keys[owner][1].split() if owner is not None else ())]
        views.append(
            NodeView(
                index=index,
                kind=node.kind,
                label=node.label,
                colour=colours[linked[0].subject_track] if linked and is_object else None,
                keys=keys[index][0],
                emit=" ".join(dict.fromkeys(emit)),
            )
        )
    return views


def _keys(index: int, links: Sequence[Link], numbers: Mapping[Identity, int]) -> tuple[str, str]:
    """What the node answers to, and what it lights."""
    own = [f"n{index}"]
    ends: list[str] = []
    for link in links:
        number = numbers.get((NodeKind.PREDICATE, link.label, link.subject_track, link.object_track))
        tracks = [f"t{end}" for end in (link.subject_track, link.object_track) if end is not None]
        if number is not None:
            own.append(f"p{number}")
        (ends if number is not None or len(tracks) > 1 else own).extend(tracks)
    return " ".join(own), " ".join(own + ends)


def _owner(text: TextualSceneGraph, index: int) -> int | None:
    kinds = (EdgeKind.ATTRIBUTE, EdgeKind.PREDICATE_ATTRIBUTE)
    return next((edge.source for edge in text.edges if edge.target == index and edge.kind in kinds), None)
