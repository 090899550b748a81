"""Who is compared when grounding is evaluated: a trained model, the parser's links, guessing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import Edge, NodeKind, TextualSceneGraph
from finsta.grounding.links import ground_by_links
from finsta.grounding.model import GroundingModel
from finsta.grounding.result import Grounding

Arm = Callable[[HolisticSceneGraph, str], Grounding]
"""Given a pair's graph, of which it must read nothing but what the arm says that it reads, and the pair's id."""


@dataclass(frozen=True, kw_only=True)
class GoldPairs:
    """Pairs whose graphs have gold links."""

    pairs: tuple[Pair, ...]
    graphs: Mapping[str, HolisticSceneGraph]

    @classmethod
    def read(cls, pairs: tuple[Pair, ...]) -> "GoldPairs":
        """Those of some pairs that say what refers to what.

        Raises:
            InputError: if there is none.
        """
        store, graphs = GraphStore(Path()), {}
        for pair in pairs:
            if pair.graph is not None:
                graph = store.load(pair)
                if graph.links:
                    graphs[pair.id] = graph
        if not graphs:
            raise InputError(
                f"expected pairs whose graph files hold gold links, found none among {len(pairs)}; "
                "`finsta world` makes such data"
            )
        return cls(pairs=tuple(pair for pair in pairs if pair.id in graphs), graphs=graphs)


def without_answers(graph: HolisticSceneGraph) -> HolisticSceneGraph:
    """The same without links and without the relations of the video, whose key frames say when things happen."""
    frames = tuple(_without_relations(frame) for frame in graph.video.frames)
    return replace(graph, video=replace(graph.video, frames=frames), links=())


def model_arm(model: GroundingModel, pairs: GoldPairs, clips: ClipCache) -> Arm:
    """A trained model on the gold tracks; it reads boxes, times, shots, camera and pictures."""
    videos = {pair.id: pair.video for pair in pairs.pairs}
    return lambda graph, name: model.ground(without_answers(graph), frames=clips.clip(videos[name]))


def labels_arm() -> Arm:
    """The parser's linker on the gold tracks with their gold labels and attributes, by words; no relations."""
    from finsta.link import LexicalSimilarity, link_graphs

    similarity = LexicalSimilarity()

    def ground(graph: HolisticSceneGraph, name: str) -> Grounding:
        return ground_by_links(link_graphs(graph.text, without_answers(graph).video, similarity=similarity))

    return ground


class ParsedVideos:
    """The videos as the parser sees them, nothing of the gold but the text graph; each is parsed once.

    Args:
        pairs: Whose videos.
        detector: Of the parser.
    """

    def __init__(self, pairs: GoldPairs, detector: str = "motion") -> None:
        from finsta.video.detectors import open_detector

        self.videos = {pair.id: pair.video for pair in pairs.pairs}
        self.detector = open_detector(detector)
        self._parsed: dict[str, DynamicSceneGraph] = {}

    def __call__(self, name: str, text: TextualSceneGraph) -> HolisticSceneGraph:
        """The gold text with the parsed video, without links; a video that gives nothing is an empty graph."""
        from finsta.video.parse import parse_video

        if name not in self._parsed:
            self._parsed[name] = parse_video(self.videos[name], detector=self.detector)
        return HolisticSceneGraph(text=text, video=self._parsed[name])


def parsed_links_arm(parsed: ParsedVideos) -> Arm:
    """All of the parser: its tracks, its labels and relations, its links. What `finsta ground` falls back to."""
    from finsta.link import LexicalSimilarity, link_graphs

    similarity = LexicalSimilarity()

    def ground(graph: HolisticSceneGraph, name: str) -> Grounding:
        return ground_by_links(link_graphs(graph.text, parsed(name, graph.text).video, similarity=similarity))

    return ground


def parsed_model_arm(model: GroundingModel, parsed: ParsedVideos, clips: ClipCache) -> Arm:
    """A trained model on the parser's tracks: what `finsta ground --checkpoint` does."""

    def ground(graph: HolisticSceneGraph, name: str) -> Grounding:
        return model.ground(parsed(name, graph.text), frames=clips.clip(parsed.videos[name]))

    return ground


def _without_relations(frame: FrameGraph) -> FrameGraph:
    kinds = (NodeKind.OBJECT, NodeKind.ATTRIBUTE)
    kept = [index for index, node in enumerate(frame.nodes) if node.kind in kinds]
    place = {old: new for new, old in enumerate(kept)}
    edges = tuple(
        Edge(source=place[edge.source], target=place[edge.target], kind=edge.kind, confidence=edge.confidence)
        for edge in frame.edges
        if edge.source in place and edge.target in place
    )
    return replace(frame, nodes=tuple(frame.nodes[index] for index in kept), edges=edges)
