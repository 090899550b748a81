"""Time of a query against the number of clips, and against the size of what it need not read."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from finsta.corpus.schema import arrow_schema
from finsta.link.vocabulary import COCO_LABELS
from finsta.query import Corpus, Pattern
from measuring import Row, Settings, alternate, exponent

QUERIES = {
    "an object with an attribute": "?a:car[red]",
    "a relation in a window": "?a:person -approach-> ?b:car @ 3..8",
    "two relations in order": "?a:person -near-> ?b then ?a -approach-> ?c:car",
}
PREDICATES = ("near", "left of", "right of", "on", "behind", "approach", "move away from", "move", "stand", "enter")
COLOURS = ("red", "blue", "white", "black", "green")
PER_SHARD = 1000


def rows(settings: Settings) -> list[Row]:
    """The queries on corpora of growing size; each size is asked in turn, all in one process of one thread."""
    sizes = [200, 400] if settings.quick else [1_000, 10_000, 100_000]
    found = []
    with TemporaryDirectory() as folder:
        corpora = {size: Corpus(_corpus(Path(folder) / str(size), size), threads=1) for size in sizes}
        for what, text in QUERIES.items():
            pattern = Pattern.parse(text)
            work: dict[str, Callable[[], object]] = {
                str(size): partial(corpus.query, pattern) for size, corpus in corpora.items()
            }
            times = alternate(work, rounds=1 if settings.quick else 3)
            seconds = [times.median(str(size)) for size in sizes]
            scan = _seconds(lambda: _scan(corpora[sizes[-1]]))
            total = corpora[sizes[-1]].query(pattern).total
            shown = " / ".join(f"{1000 * second:.0f} ms" for second in seconds)
            found.append(
                Row(
                    what=f"{what}: {' / '.join(f'{size:,}' for size in sizes)} clips ({total:,} answers)",
                    ours=shown,
                    other=f"reading both columns of the largest: {1000 * scan:.0f} ms",
                    ratio=seconds[-1] / seconds[-2] / (sizes[-1] / sizes[-2]),
                    wanted="≤ 1.2",
                )
            )
            found.append(
                Row(what=f"{what}: exponent of growth", ours="", ratio=exponent(sizes, seconds), wanted="≤ 1.05")
            )
    return found


def columns(settings: Settings) -> list[Row]:
    """The same corpus with graphs of 8 kB in each row, which a query does not read, and without."""
    size = 200 if settings.quick else 10_000
    pattern = Pattern.parse(QUERIES["a relation in a window"])
    with TemporaryDirectory() as folder:
        slim = Corpus(_corpus(Path(folder) / "slim", size), threads=1)
        full = Corpus(_corpus(Path(folder) / "full", size, graph=8000), threads=1)
        bytes_ = [sum(path.stat().st_size for path in corpus.shards.files) for corpus in (slim, full)]
        times = alternate(
            {"full": lambda: full.query(pattern), "slim": lambda: slim.query(pattern)},
            rounds=1 if settings.quick else 5,
        )
        return [
            Row(
                what=f"{size:,} clips, shards {bytes_[1] / bytes_[0]:.0f} times as large by their graphs",
                ours=f"{1000 * times.median('full'):.0f} ms",
                other=f"without graphs: {1000 * times.median('slim'):.0f} ms",
                ratio=times.ratio("full", "slim"),
                wanted="≤ 1.2",
            )
        ]


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _scan(corpus: Corpus) -> None:
    """What no query can do without: both columns decoded by the engine."""
    corpus.run("SELECT max(len(objects)), max(len(relations)) FROM read_parquet($files)", {"files": corpus.files})


def _corpus(folder: Path, clips: int, *, graph: int = 0) -> Path:
    """Shards of a thousand clips with six tracks and twelve relations each; they repeat after a thousand."""
    random = Random(0)
    base = pa.Table.from_pylist([_clip(random, graph) for _ in range(min(clips, PER_SHARD))], schema=arrow_schema())
    (folder / "shards").mkdir(parents=True)
    place = base.schema.get_field_index("id")
    for shard in range(max(clips // PER_SHARD, 1)):
        names = pa.array([f"clip {shard * PER_SHARD + number:07d}" for number in range(len(base))])
        part = base.set_column(place, base.schema.field("id"), names)
        parquet.write_table(part, folder / "shards" / f"{shard:05d}.parquet")
    return folder


def _clip(random: Random, graph: int) -> dict[str, Any]:
    labels = ["person", "car", *random.choices(COCO_LABELS[:20], k=4)]
    objects = [
        {
            "track": track,
            "label": label,
            "confidence": random.uniform(0.4, 1.0),
            "start": 0.0,
            "end": 10.0,
            "attributes": random.sample(COLOURS, 1),
        }
        for track, label in enumerate(labels)
    ]
    relations = []
    for _ in range(12):
        subject, target = random.sample(range(6), 2)
        start = random.uniform(0, 9)
        interval = {"start": start, "end": start + random.uniform(0.5, 3)}
        relations.append(
            {
                "subject": subject,
                "predicate": random.choice(PREDICATES),
                "object": target,
                "confidence": random.uniform(0.4, 1.0),
                "modifiers": [],
                "intervals": [interval],
            }
        )
    texts = {field.name: "" for field in arrow_schema() if pa.types.is_string(field.type)}
    numbers = {field.name: 0 for field in arrow_schema() if not pa.types.is_nested(field.type)} | texts
    lists: dict[str, Any] = {"links": [], "warnings": [], "objects": objects, "relations": relations}
    return numbers | lists | {"duration": 10.0, "graph": random.randbytes(graph // 2).hex()}
