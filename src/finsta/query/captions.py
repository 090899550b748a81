"""The text graphs of a corpus in the columns of a video graph, so that captions are asked as videos are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from finsta.corpus.schema import arrow_schema, import_arrow
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph
from finsta.graphs.serialization import FORMAT, VERSION, from_dict

Interval = tuple[float, float]
BATCH = 256
"""Rows that are read at a time: their graphs are large."""


def caption_table(files: Sequence[Path]) -> Any:
    """The clips that have a text: number of file and row, id, video, duration, and the text graph as flat columns.

    A text node is a track of its own number. It is there, and a predicate holds, in the interval of the video that its
    links name; without a link, all the time. This reads the whole graphs, which no query of the videos does.

    Args:
        files: Shards in order.

    Returns:
        A table of Arrow with ``file_index``, ``file_row_number``, ``id``, ``video``, ``duration``, ``objects``,
        ``relations``.
    """
    pa = import_arrow()
    shards = arrow_schema()
    names = ("id", "video", "duration", "objects", "relations")
    numbers = [pa.field(name, pa.int64()) for name in ("file_index", "file_row_number")]
    schema = pa.schema([*numbers, *(shards.field(name) for name in names)])
    batches = [pa.RecordBatch.from_pylist(rows, schema=schema) for rows in _batches(files)]
    return pa.Table.from_batches(batches, schema=schema)


def _batches(files: Sequence[Path]) -> Iterator[list[dict[str, Any]]]:
    from pyarrow import parquet

    for number, path in enumerate(files):
        row = 0
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH, columns=["id", "video", "duration", "graph"]):
                found = []
                for place, entry in enumerate(batch.to_pylist(), start=row):
                    graph = json.loads(entry.pop("graph"))
                    if graph["text"] is not None:
                        found.append({"file_index": number, "file_row_number": place} | entry | _columns(graph, entry))
                row += len(batch)
                yield found


def _columns(document: Mapping[str, Any], clip: Mapping[str, Any]) -> dict[str, Any]:
    """``objects`` and ``relations`` of a text graph."""
    text = from_dict({"format": FORMAT, "version": VERSION, "text": document["text"], "video": None, "links": []})
    assert isinstance(text, TextualSceneGraph)
    seen: dict[int, list[Interval]] = {}
    for link in document["links"]:
        seen.setdefault(link["text_node"], []).append((link["interval"][0], link["interval"][1]))
    whole = [(0.0, clip["duration"])]
    objects = [
        {
            "track": node,
            "label": text.nodes[node].lemma,
            "confidence": text.nodes[node].confidence,
            "start": min(start for start, _ in seen.get(node, whole)),
            "end": max(end for _, end in seen.get(node, whole)),
            "attributes": [text.nodes[attribute].lemma for attribute in text.attributes(node)],
        }
        for node in text.indices(NodeKind.OBJECT)
    ]
    relations = [
        {
            "subject": triplet.subject,
            "predicate": text.nodes[triplet.predicate].lemma,
            "object": triplet.object,
            "confidence": text.nodes[triplet.predicate].confidence,
            "modifiers": [text.nodes[modifier].lemma for modifier in text.attributes(triplet.predicate)],
            "intervals": [{"start": start, "end": end} for start, end in sorted(seen.get(triplet.predicate, whole))],
        }
        for triplet in text.triplets()
    ]
    return {"objects": objects, "relations": relations}
