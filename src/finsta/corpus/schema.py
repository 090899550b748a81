"""One clip as one row of a shard: the graph whole, as JSON, and flat columns made from it that an engine can search.

A row is a plain ``dict`` whose fields are those of :func:`arrow_schema`; docs/file-formats.md explains each. The column
``graph`` is the truth, from which :func:`graph_from_row` gives the graph back exactly; all others follow from it and
from where the clip came from.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from finsta.errors import FormatError, MissingDependencyError
from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.graphs.serialization import from_dict, to_dict

if TYPE_CHECKING:
    import pyarrow

ClipGraph = DynamicSceneGraph | HolisticSceneGraph
"""What a clip becomes: a video graph, joined to a text graph where the clip has a text."""

Row = dict[str, Any]
"""The fields of :func:`arrow_schema`, as Python values."""

Interval = tuple[float, float]

FORMAT, VERSION = "finsta-corpus", "1"
"""Stand in the metadata of every shard."""


@dataclass(frozen=True, kw_only=True)
class ClipSource:
    """Where a row comes from, and by what it is known to be up to date.

    Attributes:
        id: Unique in a corpus.
        key: SHA-256, in hex, of content, text, settings and version; see :mod:`finsta.corpus.keys`.
        video: Path of the file when it was parsed.
        text: The text that was parsed with it, if any.
        content: SHA-256, in hex, of the bytes of the file.
        size: Bytes of the file.
        modified: Time of its last change, in nanoseconds since 1970.
        settings: How it was parsed, as JSON.
        version: Of finsta.
    """

    id: str
    key: str
    video: str
    text: str | None
    content: str
    size: int
    modified: int
    settings: str
    version: str


def row_from_graph(graph: ClipGraph, source: ClipSource) -> Row:
    """The row of a clip; the inverse is :func:`graph_from_row`."""
    linked = graph if isinstance(graph, HolisticSceneGraph) else None
    video = graph if isinstance(graph, DynamicSceneGraph) else graph.video
    return asdict(source) | {
        "duration": video.video.duration,
        "width": video.video.width,
        "height": video.video.height,
        "frames_per_second": video.video.frames_per_second,
        "detector": video.detector,
        "graph": json.dumps(to_dict(graph), ensure_ascii=False, separators=(",", ":")),
        "objects": _objects(video),
        "relations": _relations(video),
        "links": [] if linked is None else _links(linked),
        "warnings": [*(() if linked is None else linked.text.warnings), *video.warnings],
    }


def graph_from_row(row: Mapping[str, Any]) -> ClipGraph:
    """The graph that a row was made from, without loss; only the column ``graph`` is read.

    Raises:
        FormatError: if the row holds no graph of a clip.
    """
    where = f"row {row.get('id', '?')}"
    try:
        document = json.loads(row["graph"])
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{where}: expected a column `graph` with JSON, found none ({error!r})") from error
    graph = from_dict(document, where=where)
    if not isinstance(graph, ClipGraph):
        raise FormatError(f"{where}: expected the graph of a clip, found that of a text alone")
    return graph


@cache
def arrow_schema() -> "pyarrow.Schema":
    """Fields, types and metadata of a shard.

    Raises:
        MissingDependencyError: if Arrow is not installed.
    """
    pa = import_arrow()
    interval = [("start", pa.float64()), ("end", pa.float64())]
    thing = [
        ("track", pa.int32()),
        ("label", pa.string()),
        ("confidence", pa.float32()),
        *interval,
        ("attributes", pa.list_(pa.string())),
    ]
    relation = [
        ("subject", pa.int32()),
        ("predicate", pa.string()),
        ("object", pa.int32()),
        ("confidence", pa.float32()),
        ("modifiers", pa.list_(pa.string())),
        ("intervals", pa.list_(pa.struct(interval))),
    ]
    link = [
        ("text_node", pa.int32()),
        ("phrase", pa.string()),
        ("subject_track", pa.int32()),
        ("object_track", pa.int32()),
        ("label", pa.string()),
        ("similarity", pa.float32()),
        *interval,
    ]
    texts = ("key", "id", "video", "text", "content", "settings", "version", "detector", "graph")
    columns = dict.fromkeys(texts, pa.string()) | {
        "size": pa.int64(),
        "modified": pa.int64(),
        "duration": pa.float64(),
        "width": pa.int32(),
        "height": pa.int32(),
        "frames_per_second": pa.float64(),
        "objects": pa.list_(pa.struct(thing)),
        "relations": pa.list_(pa.struct(relation)),
        "links": pa.list_(pa.struct(link)),
        "warnings": pa.list_(pa.string()),
    }
    fields = [pa.field(name, kind, nullable=name == "text") for name, kind in columns.items()]
    return pa.schema(fields, metadata={"format": FORMAT, "version": VERSION})


def import_arrow() -> Any:
    """The package ``pyarrow``, which only what touches shards needs.

    Raises:
        MissingDependencyError: if it is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise MissingDependencyError(
            "the shards of a corpus need pyarrow, found none; run: pip install 'finsta[corpus]'"
        ) from error
    return pyarrow


def _objects(video: DynamicSceneGraph) -> list[Row]:
    attributes: dict[object, list[str]] = {}
    for track in video.tracks.values():
        if track.identity[0] is NodeKind.ATTRIBUTE:
            attributes.setdefault(track.identity[2], []).append(track.label)
    rows = []
    for number, track in video.object_tracks.items():
        start, end = video.interval(track)
        rows.append(
            {
                "track": number,
                "label": track.label,
                "confidence": track.confidence,
                "start": start,
                "end": end,
                "attributes": attributes.get(number, []),
            }
        )
    return rows


def _relations(video: DynamicSceneGraph) -> list[Row]:
    spans = [video.frame_interval(index) for index in range(len(video.frames))]
    return [
        {
            "subject": track.identity[2],
            "predicate": track.label,
            "object": track.identity[3],
            "confidence": track.confidence,
            "modifiers": _modifiers(video, track),
            "intervals": [{"start": start, "end": end} for start, end in _runs(track, spans)],
        }
        for track in video.predicate_tracks
    ]


def _modifiers(video: DynamicSceneGraph, predicate: Track) -> list[str]:
    """Labels of the predicate attributes that hang on a relation at any of its key frames, in order of appearance."""
    found: dict[str, None] = {}
    for frame_index, node in predicate.occurrences:
        frame = video.frames[frame_index]
        for edge in frame.edges:
            if edge.source == node and edge.kind is EdgeKind.PREDICATE_ATTRIBUTE:
                found.setdefault(frame.nodes[edge.target].label)
    return list(found)


def _runs(track: Track, spans: Sequence[Interval]) -> list[Interval]:
    """The seconds of each run of consecutive key frames: a relation that pauses has several intervals."""
    runs: list[Interval] = []
    last = -2
    for frame, _ in track.occurrences:
        start, end = spans[frame]
        if frame == last + 1:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
        last = frame
    return runs


def _links(graph: HolisticSceneGraph) -> list[Row]:
    return [
        {
            "text_node": link.text_node,
            "phrase": graph.text.phrase(link.text_node),
            "subject_track": link.subject_track,
            "object_track": link.object_track,
            "label": link.label,
            "similarity": link.similarity,
            "start": link.interval[0],
            "end": link.interval[1],
        }
        for link in graph.links
    ]
