"""The holistic scene graph (HSG): a text graph and a video graph, joined by cross-modal coreference."""

from dataclasses import dataclass

from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a text node refers to in the video.

    Attributes:
        text_node: Index of an object or a predicate of the text graph.
        subject_track: The track itself for an object; the track of the subject for a predicate.
        object_track: Predicates with an object only.
        label: Label of the visual predicate; empty for an object.
        interval: ``(start, end)`` in seconds.
        similarity: In [0, 1].
    """

    text_node: int
    subject_track: int
    object_track: int | None = None
    label: str = ""
    interval: tuple[float, float]
    similarity: float


@dataclass(frozen=True, kw_only=True)
class HolisticSceneGraph:
    """Text nodes are persistent: they stand in every key frame. At most one link for each text node and interval."""

    text: TextualSceneGraph
    video: DynamicSceneGraph
    links: tuple[Link, ...] = ()

    @property
    def object_links(self) -> list[Link]:
        """Links of text objects to object tracks."""
        return [link for link in self.links if self.text.nodes[link.text_node].kind is NodeKind.OBJECT]

    @property
    def predicate_links(self) -> list[Link]:
        """Links of text predicates to predicate tracks and intervals."""
        return [link for link in self.links if self.text.nodes[link.text_node].kind is NodeKind.PREDICATE]

    def validate(self) -> None:
        """Raise ``ValueError`` where a link leaves either graph."""
        self.text.validate()
        self.video.validate()
        tracks = self.video.object_tracks
        for link in self.links:
            if not 0 <= link.text_node < len(self.text.nodes):
                raise ValueError(f"a link names text node {link.text_node} of {len(self.text.nodes)}")
            for track in (link.subject_track, link.object_track):
                if track is not None and track not in tracks:
                    raise ValueError(f"a link names track {track}; the video has {sorted(tracks)}")
