"""Four clips of plain colours with captions, hard negatives and gold graphs."""

from pathlib import Path

from finsta.data.pairs import HardNegative, Pair
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.graphs.serialization import save_graph
from tests.tiny_clips import COLOURS, write_clip
from tests.tiny_hosts import CAPTIONS

THINGS = (
    ("cube", "ball", "approaches"),
    ("ball", "cube", "pushes"),
    ("cone", "ball", "follows"),
    ("cube", "cone", "jumps over"),
)


def tiny_pairs(folder: Path) -> list[Pair]:
    """The pairs, their files written into a folder."""
    pairs = []
    for number, (colour, caption, things) in enumerate(zip(COLOURS, CAPTIONS, THINGS, strict=True)):
        video = write_clip(folder / f"{colour}.mp4", colour)
        graph = folder / f"{colour}.json"
        save_graph(tiny_graph(caption, *things), graph)
        swapped = caption.replace(things[0], "#").replace(things[1], things[0]).replace("#", things[1])
        pairs.append(
            Pair(
                id=str(number),
                video=video,
                caption=caption,
                coarse_caption=f"a {things[0]} and a {things[1]}",
                graph=graph,
                negatives=(HardNegative(caption=swapped, kind="role"),),
            )
        )
    return pairs


def tiny_graph(caption: str, subject: str, target: str, predicate: str) -> HolisticSceneGraph:
    """Subject and object in two key frames; the predicate in the second."""

    def node(kind: NodeKind, word: str) -> TextNode:
        start = caption.index(word)
        span = (start, start + len(word))
        return TextNode(kind=kind, label=word, lemma=word, span=span, mentions=(span,))

    edges = (Edge(source=0, target=1, kind=EdgeKind.SUBJECT), Edge(source=1, target=2, kind=EdgeKind.OBJECT))
    words = ((NodeKind.OBJECT, subject), (NodeKind.PREDICATE, predicate), (NodeKind.OBJECT, target))
    text = TextualSceneGraph(text=caption, nodes=tuple(node(*word) for word in words), edges=edges)
    objects = (
        VisualNode(kind=NodeKind.OBJECT, label=subject, box=(0.0, 0.0, 0.5, 0.5), track=1),
        VisualNode(kind=NodeKind.OBJECT, label=target, box=(0.5, 0.5, 1.0, 1.0), track=2),
    )
    happens = VisualNode(kind=NodeKind.PREDICATE, label=predicate)
    seen = (Edge(source=0, target=2, kind=EdgeKind.SUBJECT), Edge(source=2, target=1, kind=EdgeKind.OBJECT))
    frames = (FrameGraph(time=0.15, nodes=objects), FrameGraph(time=0.45, nodes=(*objects, happens), edges=seen))
    info = VideoInfo(path="clip", duration=0.6, width=32, height=24, frames_per_second=10.0, frame_count=6)
    links = (
        Link(text_node=0, subject_track=1, interval=(0.0, 0.6), similarity=1.0),
        Link(text_node=2, subject_track=2, interval=(0.0, 0.6), similarity=1.0),
        Link(text_node=1, subject_track=1, object_track=2, label=predicate, interval=(0.3, 0.6), similarity=1.0),
    )
    return HolisticSceneGraph(text=text, video=DynamicSceneGraph(video=info, frames=frames), links=links)
