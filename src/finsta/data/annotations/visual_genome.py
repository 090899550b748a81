"""Visual Genome: lists of images in a few JSON files of up to a gigabyte, read as they are and never as a whole.

``image_data.json`` ``[{"image_id", "width", "height", "url", …}]``; ``objects.json`` ``[{"image_id", "objects":
[{"object_id", "x", "y", "w", "h", "names", "merged_object_ids"}]}]``; ``attributes.json`` the same with
``"attributes": [{…, "attributes": [word]}]``; ``relationships.json`` ``[{"image_id", "relationships": [{"predicate",
"subject": {"object_id", "name" or "names", "x", …}, "object": {…}}]}]``; or ``scene_graphs.json``, which has objects
and relationships in one (``subject_id``, ``object_id``). ``region_graphs.json`` holds what is said of parts of an
image; see :mod:`finsta.data.annotations.visual_genome_regions`.

Our reading. An image is a video of one frame that lasts one second, so that intervals are not empty; its graph is the
one key frame. An object's track is its number in the image, from 0; one that another was merged into is that other.
Names, attributes and predicates are lower case without blanks around them; the first name of an object is its label.
What is said twice of the same objects holds once, and what is said of an object and itself (after merging) not at all.
Boxes that reach out of the image are cut off, objects wholly outside left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finsta.data.annotations.reading import AnnotationItem, NamedGraph, in_words, unit_box
from finsta.data.annotations.visual_genome_files import image_sizes, joined
from finsta.data.documents.fields import take, take_number
from finsta.errors import FormatError
from finsta.graphs.dynamic import Box, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind

PARTS = ("objects.json", "attributes.json", "relationships.json")
WHOLE = "scene_graphs.json"
REGIONS = "region_graphs.json"


@dataclass(frozen=True, kw_only=True)
class VisualGenomeReader:
    """The annotations of a folder.

    Attributes:
        source: The folder of the files; ``image_data.json`` and ``objects.json`` or ``scene_graphs.json`` at least.
        texts: Also each region's phrase with what it refers to, as a holistic graph.
    """

    source: Path
    texts: bool = False

    def items(self) -> Iterator[AnnotationItem]:
        """One for each image, in the order of ``objects.json`` or ``scene_graphs.json``.

        Raises:
            InputError: if a file is missing.
            FormatError: if one is broken or cut short; the images before have been given.
        """
        sizes = image_sizes(self.source / "image_data.json")
        files = [name for name in PARTS if (self.source / name).is_file()]
        if PARTS[0] not in files:
            files = [WHOLE, *[name for name in files if name == PARTS[1]]]
        if self.texts:
            files.append(REGIONS)
        for image, entries in joined([self.source / name for name in files]):

            def read(image: int = image, entries: list[Any] = entries) -> list[NamedGraph]:
                where = f"{self.source}, image {image}"
                found = _image(dict(zip(files, entries, strict=True)), sizes.get(image), where=where)
                made = [NamedGraph(name=str(image), graph=found.graph)]
                if self.texts and entries[-1] is not None:
                    from finsta.data.annotations.visual_genome_regions import region_graphs

                    made += [
                        NamedGraph(name=f"{image}.region-{number}", graph=region)
                        for number, region in region_graphs(entries[-1], found.graph, found.tracks, where=where)
                    ]
                return made

            yield AnnotationItem(id=str(image), read=read, total=len(sizes))


@dataclass(frozen=True, kw_only=True)
class VisualGenomeImage:
    """The graph of an image, and the track of each of its object ids."""

    graph: DynamicSceneGraph
    tracks: Mapping[int, int]


@dataclass
class _Drawing:
    """The nodes and edges of an image while they are collected."""

    size: tuple[float, float]
    nodes: list[VisualNode] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    tracks: dict[int, int] = field(default_factory=dict)
    said: set[tuple[object, ...]] = field(default_factory=set)
    outside: set[int] = field(default_factory=set)
    missing: int = 0

    def object(self, entry: Any, where: str) -> None:
        """Draw an object once; its node has the number of its track."""
        number = take(entry, "object_id", int, where)
        if number in self.tracks:
            return
        box = _box(entry, self.size, f"{where}, object {number}")
        names = entry.get("names") or [entry.get("name")]
        if not isinstance(names, list) or not isinstance(names[0], str):
            raise FormatError(f"{where}, object {number}: expected a name, found {names!r}; mend or leave it out")
        if box[0] >= box[2] or box[1] >= box[3]:
            self.outside.add(number)
            return
        track = len(self.nodes)  # objects are drawn before anything else
        self.nodes.append(VisualNode(kind=NodeKind.OBJECT, label=in_words(names[0]), box=box, track=track))
        self.tracks[number] = track
        for merged in entry.get("merged_object_ids") or ():
            self.tracks.setdefault(merged, track)

    def attribute(self, owner: int, word: str) -> None:
        """Draw an attribute of a track, once."""
        if (owner, word) not in self.said and word:
            self.said.add((owner, word))
            self.edges.append(Edge(source=owner, target=len(self.nodes), kind=EdgeKind.ATTRIBUTE))
            self.nodes.append(VisualNode(kind=NodeKind.ATTRIBUTE, label=word))

    def relation(self, subject: int, word: str, target: int) -> None:
        """Draw a relation of two tracks, once."""
        if (subject, word, target) not in self.said and word:
            self.said.add((subject, word, target))
            self.edges.append(Edge(source=subject, target=len(self.nodes), kind=EdgeKind.SUBJECT))
            self.edges.append(Edge(source=len(self.nodes), target=target, kind=EdgeKind.OBJECT))
            self.nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=word))


def _image(parts: Mapping[str, Any], info: Mapping[str, Any] | None, *, where: str) -> VisualGenomeImage:
    """The graph of an image from its entry in each file."""
    if info is None:
        raise FormatError(f"{where}: expected this image in image_data.json, found none; download the files again")
    size = (take_number(info, "width", where, least=1.0), take_number(info, "height", where, least=1.0))
    drawing = _Drawing(size=size)
    main = parts.get(PARTS[0]) or parts.get(WHOLE)
    objects = take(main, "objects", list, where)
    others = parts.get(PARTS[2]) if PARTS[0] in parts else main
    relations = take(others, "relationships", list, where) if others else []
    described = take(parts[PARTS[1]], "attributes", list, where) if parts.get(PARTS[1]) else []
    for entry in objects:
        drawing.object(entry, where)
    for relation in relations:
        for end in ("subject", "object"):
            if isinstance(relation, dict) and isinstance(relation.get(end), dict):
                drawing.object(relation[end], f"{where}, {end} of a relation")
    for entry in (*objects, *described):
        _describe(drawing, entry, where)
    for number, relation in enumerate(relations):
        _relate(drawing, relation, f"{where}, relation {number}")
    return VisualGenomeImage(graph=_graph(drawing, info, where=where), tracks=drawing.tracks)


def _describe(drawing: _Drawing, entry: Any, where: str) -> None:
    owner = drawing.tracks.get(take(entry, "object_id", int, where))
    for word in entry.get("attributes") or ():
        if not isinstance(word, str):
            raise FormatError(f"{where}: expected attributes as words, found {word!r}; mend or leave it out")
        if owner is None:
            drawing.missing += 1
        else:
            drawing.attribute(owner, in_words(word))


def _relate(drawing: _Drawing, relation: Any, where: str) -> None:
    word = in_words(take(relation, "predicate", str, where))
    ends = []
    for end in ("subject", "object"):
        nested = relation.get(end)
        number = nested.get("object_id") if isinstance(nested, dict) else take(relation, f"{end}_id", int, where)
        ends.append(drawing.tracks.get(number) if isinstance(number, int) else None)
    subject, target = ends
    if subject is None or target is None:
        drawing.missing += 1
    elif subject != target:
        drawing.relation(subject, word, target)


def _graph(drawing: _Drawing, info: Mapping[str, Any], *, where: str) -> DynamicSceneGraph:
    warnings = []
    if drawing.outside:
        warnings.append(f"{where}: {len(drawing.outside)} objects lie outside the image and are left out")
    if drawing.missing:
        warnings.append(f"{where}: {drawing.missing} relations or attributes are of objects that are not there")
    graph = DynamicSceneGraph(
        video=VideoInfo(
            path=str(info.get("url") or f"{info['image_id']}.jpg"),
            duration=1.0,
            width=int(drawing.size[0]),
            height=int(drawing.size[1]),
            frames_per_second=1.0,
            frame_count=1,
        ),
        frames=(FrameGraph(time=0.0, nodes=tuple(drawing.nodes), edges=tuple(drawing.edges)),),
        detector="Visual Genome",
        warnings=tuple(warnings),
    )
    graph.validate()
    return graph


def _box(entry: Any, size: tuple[float, float], where: str) -> Box:
    x, y, w, h = (take_number(entry, name, where) for name in ("x", "y", "w", "h"))
    return unit_box(x, y, x + w, y + h, size=size, where=where)
