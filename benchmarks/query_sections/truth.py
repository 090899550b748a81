"""Captions of the embedded world asked of its gold graphs: a true one must find its clip, a false one must not."""

from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from finsta.corpus.schema import ClipSource, arrow_schema, row_from_graph
from finsta.corpus.schema import Row as ClipRow
from finsta.data.world.make import annotate
from finsta.data.world.settings import WorldConfig
from finsta.errors import InputError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.query import Corpus, Result, read_query
from measuring import Row, Settings

SEED = 11


def rows(settings: Settings) -> list[Row]:
    """Recall of the own clip, refusal of false captions by kind of falsehood, overlap of the intervals in time."""
    clips = 10 if settings.quick else 60
    made = [annotate(SEED, WorldConfig(), index) for index in range(clips)]
    with TemporaryDirectory() as folder:
        shards = Path(folder) / "shards"
        shards.mkdir()
        entries = [_row(str(index), graph) for index, (_, _, graph) in enumerate(made)]
        parquet.write_table(pa.Table.from_pylist(entries, schema=arrow_schema()), shards / "0.parquet")
        corpus = Corpus(folder, threads=1)
        own, others, overlaps = [], [], []
        refused: dict[str, list[bool]] = {}
        for index, (_, entry, graph) in enumerate(made):
            result = _ask(corpus, entry["caption"])
            found = {answer.id for answer in result.answers} if result else set()
            own.append(str(index) in found)
            others.append(len(found - {str(index)}))
            overlaps += _overlap(result, str(index), graph)
            for negative in entry["negatives"]:
                false = _ask(corpus, negative["caption"])
                ids = {answer.id for answer in false.answers} if false else set()
                refused.setdefault(negative["kind"], []).append(str(index) not in ids)
    found_rows = [
        Row(what=f"{clips} captions: own clip found", ours="", ratio=mean(own), wanted="≥ 0.85"),
        Row(what="clips found besides, for each caption", ours="", ratio=mean(others)),
        Row(what=f"captions of one event ({len(overlaps)} found): temporal IoU", ours="", ratio=mean(overlaps)),
    ]
    for kind, values in sorted(refused.items()):
        what = f"{len(values)} captions false in {kind}: own clip not found"
        found_rows.append(Row(what=what, ours="", ratio=mean(values), wanted="≥ 0.9"))
    return found_rows


def _row(name: str, graph: HolisticSceneGraph) -> ClipRow:
    texts: dict[str, Any] = dict.fromkeys(("key", "video", "content", "settings", "version"), "")
    return row_from_graph(graph, ClipSource(id=name, text=graph.text.text, size=0, modified=0, **texts))


def _ask(corpus: Corpus, caption: str) -> Result | None:
    try:
        return corpus.query(read_query(caption), limit=1000)
    except InputError:
        return None


def _overlap(result: Result | None, name: str, graph: HolisticSceneGraph) -> list[float]:
    """Temporal IoU of the answer with the event of the caption, where it tells of one and its clip is found."""
    links = graph.predicate_links
    answers = [] if result is None else [answer for answer in result.answers if answer.id == name]
    if len(links) != 1 or not answers or len(answers[0].relations) != 1:
        return []
    (start, end), (first, last) = links[0].interval, answers[0].intervals[0]
    shared = max(min(end, last) - max(start, first), 0.0)
    return [shared / (max(end, last) - min(start, first))]
