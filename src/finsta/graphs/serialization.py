"""``graphs.json``: any of the three graphs to JSON and back, without loss; the schema is in docs/file-formats.md."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finsta.errors import FormatError, InputError, OutputError
from finsta.graphs.dynamic import Camera, DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph

FORMAT = "finsta-graphs"
VERSION = 1

Graph = TextualSceneGraph | DynamicSceneGraph | HolisticSceneGraph


def to_dict(graph: Graph) -> dict[str, Any]:
    """The JSON document of a graph; ``text`` or ``video`` is ``None`` where the graph has only the other side."""
    text = graph if isinstance(graph, TextualSceneGraph) else getattr(graph, "text", None)
    video = graph if isinstance(graph, DynamicSceneGraph) else getattr(graph, "video", None)
    links = graph.links if isinstance(graph, HolisticSceneGraph) else ()
    return {
        "format": FORMAT,
        "version": VERSION,
        "text": _text_entry(text) if isinstance(text, TextualSceneGraph) else None,
        "video": asdict(video) if isinstance(video, DynamicSceneGraph) else None,
        "links": [asdict(link) for link in links],
    }


def from_dict(document: Mapping[str, Any], *, where: str = "the document") -> Graph:
    """The graph of a JSON document: holistic where it has both sides.

    Raises:
        FormatError: if the document is not of this format and version, or a graph in it is not well formed.
    """
    if document.get("format") != FORMAT or document.get("version") != VERSION:
        found = f"format {document.get('format')!r}, version {document.get('version')!r}"
        raise FormatError(f"{where}: expected format {FORMAT!r}, version {VERSION}; found {found}")
    try:
        text = None if document["text"] is None else _text(document["text"])
        video = None if document["video"] is None else _video(document["video"])
        graph: Graph
        if text is not None and video is not None:
            links = tuple(Link(**(link | {"interval": tuple(link["interval"])})) for link in document["links"])
            graph = HolisticSceneGraph(text=text, video=video, links=links)
        elif text is not None or video is not None:
            graph = text if text is not None else video  # type: ignore[assignment]
        else:
            raise ValueError("both `text` and `video` are null")
        graph.validate()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"{where}: not a well-formed graph document: {error!r}") from error
    return graph


def save_graph(graph: Graph, path: str | Path, *, indent: int | None = 1) -> None:
    """Write ``graphs.json`` whole or not at all; without ``indent`` in one line, which is faster and smaller."""
    write_text(Path(path), json.dumps(to_dict(graph), ensure_ascii=False, indent=indent) + "\n")


def load_graph(path: str | Path) -> Graph:
    """Read what :func:`save_graph` wrote.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it holds something else.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FormatError(f"{path}: expected JSON, found something else: {error}") from error
    if not isinstance(document, dict):
        raise FormatError(f"{path}: expected a JSON object, found a {type(document).__name__}")
    return from_dict(document, where=str(path))


def write_text(path: Path, content: str) -> None:
    """As :func:`write_bytes`, in UTF-8."""
    write_bytes(path, content.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one beside it, so that a reader never sees half of it.

    Raises:
        OutputError: if the folder cannot be made or written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another output") from error


def _text_entry(graph: TextualSceneGraph) -> dict[str, Any]:
    """The graph with the span of each edge, which follows from the nodes and is for other readers."""
    entry = asdict(graph)
    entry["edges"] = [asdict(edge) | {"span": graph.edge_span(edge)} for edge in graph.edges]
    return entry


def _text(entry: Mapping[str, Any]) -> TextualSceneGraph:
    nodes = (
        TextNode(
            **(
                node
                | {
                    "kind": NodeKind(node["kind"]),
                    "span": None if node["span"] is None else tuple(node["span"]),
                    "mentions": tuple(tuple(span) for span in node["mentions"]),
                }
            )
        )
        for node in entry["nodes"]
    )
    return TextualSceneGraph(
        text=entry["text"], nodes=tuple(nodes), edges=_edges(entry), warnings=tuple(entry.get("warnings", ()))
    )


def _video(entry: Mapping[str, Any]) -> DynamicSceneGraph:
    return DynamicSceneGraph(
        video=VideoInfo(**entry["video"]),
        frames=tuple(_frame(frame) for frame in entry["frames"]),
        detector=entry.get("detector", ""),
        warnings=tuple(entry.get("warnings", ())),
    )


def _frame(entry: Mapping[str, Any]) -> FrameGraph:
    nodes = (
        VisualNode(
            **(node | {"kind": NodeKind(node["kind"]), "box": None if node["box"] is None else tuple(node["box"])})
        )
        for node in entry["nodes"]
    )
    return FrameGraph(
        time=entry["time"],
        nodes=tuple(nodes),
        edges=_edges(entry),
        shot=entry["shot"],
        camera=Camera(**entry["camera"]),
    )


def _edges(entry: Mapping[str, Any]) -> tuple[Edge, ...]:
    written = ({name: value for name, value in edge.items() if name != "span"} for edge in entry["edges"])
    return tuple(Edge(**(edge | {"kind": EdgeKind(edge["kind"])})) for edge in written)
