"""Memory by the number of pairs: a manifest, and a corpus whose graphs are drawn in the order of training."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from finsta.corpus.schema import ClipSource, row_from_graph
from finsta.corpus.shards import ShardFolder
from finsta.data.corpus_pairs import CorpusPairs
from finsta.data.graph_store import GraphStore
from finsta.data.pair_file import PairFile
from finsta.data.pairs import read_pairs
from finsta.training.loop.schedule import BatchSchedule
from measuring import Row, Settings, peak_growth


def manifest(how: str, path: str) -> Callable[[], object]:
    """Open a manifest, and draw a thousand batches."""
    read_pairs(Path(path).with_name("tiny.jsonl"))
    PairFile(Path(path).with_name("tiny.jsonl"))[0]

    def work() -> object:
        pairs = PairFile(path) if how == "lines" else read_pairs(path)
        schedule = BatchSchedule(len(pairs), batch_size=16, seed=0)
        for step in range(1000):
            [pairs[index] for index in schedule[step]]
        return pairs

    return work


def corpus(path: str, batches: int) -> Callable[[], object]:
    """Open a corpus, and draw batches with their graphs."""
    store = GraphStore(Path())
    store.load(CorpusPairs(Path(path).with_name("tiny"))[0])

    def work() -> object:
        pairs = CorpusPairs(path)
        schedule = BatchSchedule(len(pairs), batch_size=16, seed=0, block=pairs.block)
        for step in range(batches):
            [store.load(pairs[index]) for index in schedule[step]]
        return pairs

    return work


def rows(settings: Settings) -> list[Row]:
    """Bytes a pair of a manifest, whole and by lines; peak of a corpus at two sizes."""
    few, many = (2_000, 4_000) if settings.quick else (20_000, 100_000)
    less, more = (256, 512) if settings.quick else (4_096, 12_288)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, count in (("tiny", 2), ("few", few), ("many", many)):
            _write_manifest(folder / f"{name}.jsonl", count)
        each = {}
        for how in ("lines", "whole"):
            case = "training_sections.pairs:manifest"
            sizes = [peak_growth(case, settings, how=how, path=str(folder / f"{n}.jsonl")) for n in ("few", "many")]
            each[how] = (sizes[1] - sizes[0]) / (many - few)
        for name, count in (("tiny", 2), ("less", less), ("more", more)):
            _write_corpus(folder / name, count)
        peaks = [
            peak_growth("training_sections.pairs:corpus", settings, path=str(folder / name), batches=less // 16)
            for name in ("less", "more")
        ]
    return [
        Row(
            what=f"a manifest of {many:,} pairs, read line by line: memory of a pair",
            ours=f"{each['lines']:.0f} B",
            other=f"{each['whole']:.0f} B read whole",
            ratio=each["lines"] / each["whole"],
            wanted="≤ 0.1",
        ),
        Row(
            what=f"a corpus of {more:,} graphs over one of {less:,}: peak memory of as many batches",
            ours=f"{peaks[1] / 1e6:.0f} MB",
            other=f"{peaks[0] / 1e6:.0f} MB",
            ratio=peaks[1] / peaks[0],
            wanted="≤ 1.25",
        ),
    ]


def _write_manifest(path: Path, count: int) -> None:
    with path.open("w") as lines:
        for number in range(count):
            caption = f"a person picks up a cup number {number} and puts it on the table"
            lines.write(json.dumps({"id": f"clip-{number}", "video": f"v/{number}.mp4", "caption": caption}) + "\n")


def _write_corpus(folder: Path, count: int) -> None:
    row = _row(_graph(), 0)
    shards = ShardFolder(folder / "shards", folder / "shard.parquet")
    for first in range(0, count, 1024):
        shards.write(first // 1024, (row | {"id": f"c{number}"} for number in range(first, min(first + 1024, count))))


def _row(graph: object, number: int) -> dict[str, object]:
    source = ClipSource(
        id=f"c{number}", key="k", video=f"/v/{number}.mp4", text="a cup", content="c", size=1, modified=1,
        settings="{}", version="0",
    )  # fmt: skip
    return row_from_graph(graph, source)  # type: ignore[arg-type]


def _graph() -> object:
    """Of some 30 kB: eight key frames of twelve objects."""
    from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
    from finsta.graphs.holistic import HolisticSceneGraph
    from finsta.graphs.scene_graph import NodeKind, TextNode, TextualSceneGraph

    nodes = tuple(
        VisualNode(kind=NodeKind.OBJECT, label=f"thing {n}", box=(0.1, 0.1, 0.5, 0.5), track=n) for n in range(24)
    )
    frames = tuple(FrameGraph(time=float(time), nodes=nodes) for time in range(8))
    info = VideoInfo(path="v", duration=8.0, width=64, height=64, frames_per_second=10.0, frame_count=80)
    text = TextualSceneGraph(text="a cup", nodes=(TextNode(kind=NodeKind.OBJECT, label="cup", lemma="cup"),))
    return HolisticSceneGraph(text=text, video=DynamicSceneGraph(video=info, frames=frames))
