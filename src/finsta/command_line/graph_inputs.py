"""Video graphs as ``finsta evaluate-graphs`` takes them: files and folders of graphs, corpora, VidVRD result files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from finsta.errors import FormatError, InputError

if TYPE_CHECKING:
    from finsta.graphs.dynamic import DynamicSceneGraph
    from finsta.metrics.relations.evaluation import VideoGraphs

_EXPECTED = "a graph (.json), a folder of them, a corpus of `finsta parse --manifest`, or a VidVRD result file"


def read_video_graphs(path: Path) -> "VideoGraphs":
    """Graphs by video, or relations by video where the file is one of VidVRD results.

    A graph is named for its file; ``graphs.json`` is named for its folder; a graph of a corpus by its id.

    Raises:
        InputError: if there is nothing, or two graphs have one name.
        FormatError: if a file is of no such form.
    """
    from finsta.graphs.exports.vidvrd_results import load_results
    from finsta.metrics.relations.evaluation import VideoGraphs

    if path.is_file() and not _is_graph(path):
        return VideoGraphs(results=load_results(path))
    named = _corpus(path / "shards") if (path / "shards").is_dir() else _files(path)
    graphs: dict[str, DynamicSceneGraph] = {}
    for name, graph in named:
        if name in graphs:
            raise InputError(f"{path}: expected one graph for each video, found two for {name!r}; take one away")
        graphs[name] = graph
    if not graphs:
        raise InputError(f"{path}: expected {_EXPECTED}, found none; give another path")
    return VideoGraphs(graphs=graphs)


def same_names(found: "VideoGraphs", gold: "VideoGraphs") -> "VideoGraphs":
    """The predictions; where both sides are one graph, under the name of the gold, so that any two files compare."""
    from finsta.metrics.relations.evaluation import VideoGraphs

    one = found.results is gold.results is None and len(found.graphs) == len(gold.graphs) == 1
    return VideoGraphs(graphs=dict(zip(gold.graphs, found.graphs.values(), strict=True))) if one else found


def triplets_of(videos: "VideoGraphs") -> set[tuple[str, str, str]]:
    """Every triplet that these graphs or relations hold: what a model that was trained on them has seen."""
    from finsta.metrics.relations.from_graphs import frame_relations

    if videos.results is not None:
        return {relation.triplet for relations in videos.results.values() for relation in relations}
    frames = (frame for graph in videos.graphs.values() for frame in graph.frames)
    return {name for frame in frames for name in frame_relations(frame).triplets}


def _is_graph(path: Path) -> bool:
    from finsta.graphs.serialization import FORMAT

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(f"{path}: expected {_EXPECTED}, found what is no JSON: {error}; give another") from error
    return isinstance(document, dict) and document.get("format") == FORMAT


def _files(path: Path) -> "Iterator[tuple[str, DynamicSceneGraph]]":
    from finsta.data.annotations.graph_files import graph_files
    from finsta.graphs.serialization import load_graph

    for file in graph_files(path):
        name = file.parent.name if file.stem == "graphs" and file.parent != path else file.stem
        yield name, _video(load_graph(file), file)


def _corpus(shards: Path) -> "Iterator[tuple[str, DynamicSceneGraph]]":
    from finsta.corpus.schema import graph_from_row
    from finsta.corpus.shards import open_shard, readable

    for file in sorted(shards.glob("*.parquet")):
        with open_shard(file) as shard, readable(file):
            for batch in shard.iter_batches(columns=["id", "graph"]):
                for row in batch.to_pylist():
                    yield row["id"], _video(graph_from_row(row), file)


def _video(graph: object, file: Path) -> "DynamicSceneGraph":
    from finsta.graphs.dynamic import DynamicSceneGraph
    from finsta.graphs.holistic import HolisticSceneGraph

    video = graph.video if isinstance(graph, HolisticSceneGraph) else graph
    if not isinstance(video, DynamicSceneGraph):
        raise FormatError(f"{file}: expected the graph of a video, found that of a text; take the file away")
    return video
