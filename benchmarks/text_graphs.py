"""Text parsers on captions with reference graphs: the default one, the rules, and sng_parser, in one run.

.venv/bin/python benchmarks/text_graphs.py [CSV] [--limit N] [--more CSV] [--parsers NAME …] [--rounds N] [--json FILE]

Set match and SPICE; captions/s of one process, and of two with their start left out, on captions that all differ, since
parsers remember words; seconds from the start of a process to its first graph; peak memory. Each parser runs in fresh
processes of one thread each, in turns; a figure is the median of the rounds, a ratio the median of the ratios inside a
round.
Needs ``pip install -c constraints.txt -e '.[bench]'`` and `finsta models get wordnet`. Ends with an error if a wanted
bound is missed.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import time
from typing import Any

from finsta.errors import FinstaError
from finsta.graphs.exports.factual_csv import CaptionFacts, read_captions
from finsta.metrics import set_match, spice
from finsta.text.parallel import CHUNK
from measuring import Row, table
from text_peers import OURS, PEER

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data" / "factual" / "dev.csv"
MEBIBYTE = 1 << 20

WANTED = {
    "learned": {"set match": "≥ 78", "SPICE": "≥ 92.3"},
    "rules": {"set match": "≥ 45", "SPICE": "≥ 83"},
}
BOUNDS = {"captions/s, two processes": "≥ 1000", "seconds to the first graph": "≤ 3", "peak memory, MiB": "≤ 1536"}


def main() -> int:
    """Measure, print the tables; 1 if a bound is missed or the data cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=DATA, help=f"CSV with captions and graphs ({DATA})")
    parser.add_argument("--limit", type=int, default=0, help="captions to take from its head (0: all)")
    parser.add_argument("--parsers", nargs="+", choices=[*OURS, PEER], default=[*OURS, PEER])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each parser (default 3)")
    parser.add_argument("--more", type=Path, help="CSV with more captions for the speed (train.csv beside the data)")
    parser.add_argument("--timed", type=int, default=8000, help="captions whose parsing is timed (default 8,000)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    try:
        captions = read_captions(options.data, limit=options.limit or None)
        more = read_captions(options.more or options.data.with_name("train.csv"))
    except FinstaError as error:
        print(f"{error}\nGive the path of a CSV file as the first argument.", file=sys.stderr)
        return 1
    timed = list(dict.fromkeys(caption.caption for caption in [*captions, *more]))[: options.timed]
    if len(timed) <= 4 * CHUNK:
        print(f"speed needs more than {4 * CHUNK} captions, found {len(timed)}; give --more", file=sys.stderr)
        return 1
    texts = {"quality": [caption.caption for caption in captions], "speed": timed}
    runs = [{name: measure(name, texts) for name in options.parsers} for _ in range(options.rounds)]
    figures = {name: scores(runs[0][name]["facts"], captions) for name in options.parsers}
    for name in options.parsers:
        figures[name] |= {what: median(run[name][what] for run in runs) for what in runs[0][name] if what != "facts"}
    rows = [row for name in options.parsers for row in judged(name, figures, runs)]
    print(f"{len(captions)} captions of {options.data}, {len(timed)} timed, {options.rounds} rounds\n\n{table(rows)}")
    if options.json:
        plain = {"figures": figures, "rows": [asdict(row) | {"met": row.met} for row in rows]}
        options.json.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(row.met is False for row in rows))


def measure(name: str, texts: dict[str, list[str]]) -> dict[str, Any]:
    """One round of one parser: quality and speed, each in processes of its own."""
    alone = run("quality", name, texts["quality"])
    single, pair = (run(mode, name, texts["speed"]) for mode in ("one", "two"))
    return {
        "facts": alone["facts"],
        "captions/s, one process": single["rate"],
        "captions/s, two processes": pair["rate"],
        "seconds to the first graph": alone["ready"],
        "peak memory, MiB": alone["peak"] / MEBIBYTE,
        "peak memory of two processes and their parent, MiB": pair["peak"] / MEBIBYTE,
    }


def run(mode: str, name: str, texts: list[str]) -> dict[str, Any]:
    """Start the worker, give it the texts, and read what it prints."""
    command = [sys.executable, str(HERE / "text_worker.py"), mode, name]
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    environment = os.environ | threads | {"FINSTA_STARTED": repr(time())}
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def scores(facts: list[list[list[str]]], captions: list[CaptionFacts]) -> dict[str, float]:
    """Set match and SPICE in percent."""
    found = [[tuple(fact) for fact in graph] for graph in facts]
    expected = [caption.facts for caption in captions]
    return {"set match": 100 * set_match(found, expected), "SPICE": 100 * spice(found, expected)}


def judged(name: str, figures: dict[str, dict[str, float]], runs: list[dict[str, dict[str, Any]]]) -> list[Row]:
    """The figures of a parser with the bounds it should keep, and how many times the peer's they are."""
    bounds = {**WANTED[name], **BOUNDS} if name in WANTED else {}
    rows = []
    for what, value in figures[name].items():
        other = figures[PEER][what] if PEER in figures and name != PEER else None
        measured = what in runs[0][name]
        times = median(r[name][what] / r[PEER][what] for r in runs) if other and measured else other and value / other
        beside = "" if other is None else f"{PEER} {other:,.2f} ({times:.2f} ×)"
        bound = bounds.get(what, "")
        rows.append(
            Row(
                what=f"{name}: {what}", ours=f"{value:,.2f}", other=beside, ratio=value if bound else None, wanted=bound
            )
        )
    return rows


if __name__ == "__main__":
    sys.exit(main())
