"""Visual Genome's region graphs: phrases of an image with a graph each, whose objects are those of the image.

``{"image_id", "regions": [{"region_id", "phrase", "objects": [{"object_id", "name" or "names", …}], "relationships":
[{"predicate", "subject_id", "object_id"}], "synsets": [{"entity_name", "entity_idx_start", "entity_idx_end"}]}]}``.

Our reading: the region's objects, their attributes and relations become a text graph over the phrase, each with the
place of its word where the file gives one or the word stands in the phrase; an object is linked to the image's object
of the same id, a relation to the image's relation of the same word between the two. All links are known: similarity 1.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from finsta.data.annotations.reading import in_words
from finsta.data.documents.fields import take
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, Span, TextNode, TextualSceneGraph


def region_graphs(
    entry: Any, image: DynamicSceneGraph, tracks: Mapping[int, int], *, where: str
) -> Iterator[tuple[int, HolisticSceneGraph]]:
    """Region id and graph of each region of an image whose phrase is not empty.

    Args:
        entry: The image's entry of ``region_graphs.json``.
        image: Its graph.
        tracks: The image's track of each object id.
        where: File and image, for messages.

    Raises:
        FormatError: if the entry is not of the form.
    """
    for number, region in enumerate(take(entry, "regions", list, where)):
        place = f"{where}, region {number}"
        phrase = take(region, "phrase", str, place)
        if phrase.strip():
            yield int(take(region, "region_id", int, place)), _Region(phrase, region, place).graph(image, tracks)


class _Region:
    """A region's text graph while it is made."""

    def __init__(self, phrase: str, region: Any, where: str) -> None:
        self._phrase = phrase
        self._nodes: list[TextNode] = []
        self._edges: list[Edge] = []
        self._spans = dict(_given_spans(region, phrase))
        self._objects: dict[int, int] = {}
        self._predicates: list[tuple[int, str, int, int]] = []
        for entry in take(region, "objects", list, where):
            self._object(entry, where)
        for entry in take(region, "relationships", list, where):
            self._relation(entry, where)

    def graph(self, image: DynamicSceneGraph, tracks: Mapping[int, int]) -> HolisticSceneGraph:
        """Text and image, linked."""
        text = TextualSceneGraph(text=self._phrase, nodes=tuple(self._nodes), edges=tuple(self._edges))
        lasting = (0.0, image.video.duration)
        shown = image.object_tracks
        links = [
            Link(text_node=node, subject_track=tracks[number], interval=lasting, similarity=1.0)
            for number, node in self._objects.items()
            if tracks.get(number) in shown
        ]
        relations = {track.identity[1:] for track in image.predicate_tracks}
        for node, label, *numbers in self._predicates:
            subject, target = (tracks.get(number) for number in numbers)
            if subject is not None and target is not None and (label, subject, target) in relations:
                links.append(
                    Link(
                        text_node=node,
                        subject_track=subject,
                        object_track=target,
                        label=label,
                        interval=lasting,
                        similarity=1.0,
                    )
                )
        graph = HolisticSceneGraph(text=text, video=image, links=tuple(links))
        graph.validate()
        return graph

    def _object(self, entry: Any, where: str) -> None:
        number = take(entry, "object_id", int, where)
        if number in self._objects:
            return
        names = entry.get("names") or [take(entry, "name", str, where)]
        node = self._objects[number] = self._node(NodeKind.OBJECT, str(names[0]))
        for word in entry.get("attributes") or ():
            self._edges.append(
                Edge(source=node, target=self._node(NodeKind.ATTRIBUTE, str(word)), kind=EdgeKind.ATTRIBUTE)
            )

    def _relation(self, entry: Any, where: str) -> None:
        subject, target = (take(entry, f"{end}_id", int, where) for end in ("subject", "object"))
        word = take(entry, "predicate", str, where)
        if subject not in self._objects or target not in self._objects or not word.strip():
            return
        node = self._node(NodeKind.PREDICATE, word)
        self._edges.append(Edge(source=self._objects[subject], target=node, kind=EdgeKind.SUBJECT))
        self._edges.append(Edge(source=node, target=self._objects[target], kind=EdgeKind.OBJECT))
        self._predicates.append((node, in_words(word), subject, target))

    def _node(self, kind: NodeKind, name: str) -> int:
        """A node with the words as they stand in the phrase, or the name where no word stands for it."""
        lemma = in_words(name)
        span = self._spans.pop(lemma, None) or self._found(lemma)
        label = lemma if span is None else self._phrase[slice(*span)]
        mentions = () if span is None else (span,)
        self._nodes.append(TextNode(kind=kind, label=label, lemma=lemma, span=span, mentions=mentions))
        return len(self._nodes) - 1

    def _found(self, lemma: str) -> Span | None:
        """The first place of the words in the phrase that no node has yet."""
        taken = {node.span for node in self._nodes}
        pattern = r"\b" + r"\s+".join(map(re.escape, lemma.split())) + r"\b"
        places = (match.span() for match in re.finditer(pattern, self._phrase, re.IGNORECASE))
        return next((place for place in places if place not in taken), None)


def _given_spans(region: Any, phrase: str) -> Iterator[tuple[str, Span]]:
    for entry in region.get("synsets") or ():
        start, end = entry.get("entity_idx_start"), entry.get("entity_idx_end")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(phrase):
            yield in_words(str(entry.get("entity_name", ""))), (start, end)
