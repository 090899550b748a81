"""The gold graphs of a scene: what stands in each key frame, and which track and interval each word refers to."""

from finsta.data.world.scene import Scene, Thing
from finsta.data.world.wording import Caption
from finsta.graphs.dynamic import Camera, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind


def gold_graph(scene: Scene, caption: Caption, *, video: VideoInfo, key_frames: list[int]) -> HolisticSceneGraph:
    """The three graphs in one: text, video, and the links between them, all with confidence 1."""
    frames = tuple(_frame(scene, frame) for frame in key_frames)
    graph = DynamicSceneGraph(video=video, frames=frames, detector="gold")
    shown = set(graph.object_tracks)
    links = (*_object_links(scene, caption, shown), *_predicate_links(scene, caption, shown))
    return HolisticSceneGraph(text=caption.graph, video=graph, links=links)


def _frame(scene: Scene, frame: int) -> FrameGraph:
    """Visible things with their qualities, and the events that are going on between them; tracks are indices."""
    nodes: list[VisualNode] = []
    edges: list[Edge] = []
    place: dict[int, int] = {}
    for track, thing in enumerate(scene.things):
        box = scene.box(track, frame)
        if box is None:
            continue
        place[track] = len(nodes)
        nodes.append(VisualNode(kind=NodeKind.OBJECT, label=thing.shape, box=box, track=track))
        for quality in _qualities(thing):
            edges.append(Edge(source=place[track], target=len(nodes), kind=EdgeKind.ATTRIBUTE))
            nodes.append(VisualNode(kind=NodeKind.ATTRIBUTE, label=quality))
    for event in scene.events:
        ends = [event.subject] if event.object is None else [event.subject, event.object]
        if not event.first <= frame <= event.last or any(end not in place for end in ends):
            continue
        predicate = len(nodes)
        nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=event.predicate))
        edges.append(Edge(source=place[event.subject], target=predicate, kind=EdgeKind.SUBJECT))
        if event.object is not None:
            edges.append(Edge(source=predicate, target=place[event.object], kind=EdgeKind.OBJECT))
        if event.adverb is not None:
            edges.append(Edge(source=predicate, target=len(nodes), kind=EdgeKind.PREDICATE_ATTRIBUTE))
            nodes.append(VisualNode(kind=NodeKind.PREDICATE_ATTRIBUTE, label=event.adverb))
    return FrameGraph(
        time=frame / scene.frames_per_second, nodes=tuple(nodes), edges=tuple(edges), camera=_camera(scene, frame)
    )


def _qualities(thing: Thing) -> list[str]:
    return [quality for quality in (thing.size, thing.texture, thing.colour) if quality is not None]


def _camera(scene: Scene, frame: int) -> Camera:
    scale, (dx, dy) = scene.cameras.scale[frame], scene.cameras.shift[frame]
    return Camera(scale=round(float(scale), 6), dx=round(float(dx), 6), dy=round(float(dy), 6))


def _object_links(scene: Scene, caption: Caption, shown: set[int]) -> list[Link]:
    links = []
    for thing, node in sorted(caption.objects.items()):
        if thing in shown:
            sight = scene.in_sight(thing)
            interval = (sight[0] / scene.frames_per_second, sight[-1] / scene.frames_per_second)
            links.append(Link(text_node=node, subject_track=thing, interval=interval, similarity=1.0))
    return links


def _predicate_links(scene: Scene, caption: Caption, shown: set[int]) -> list[Link]:
    return [
        Link(
            text_node=node,
            subject_track=event.subject,
            object_track=event.object,
            label=event.predicate,
            interval=scene.seconds(event),
            similarity=1.0,
        )
        for event, node in zip(scene.events, caption.predicates, strict=True)
        if event.subject in shown and (event.object is None or event.object in shown)
    ]
