"""Time and memory of graph encoders and alignment losses, beside a peer or a floor, in one run.

.venv/bin/python benchmarks/encoders.py [--only SECTION …] [--quick] [--json FILE]

Every figure is a ratio of things that ran alternately in the same process; absolute times are printed beside it.
Needs ``pip install -c constraints.txt -e '.[bench]'``. Ends with an error if a wanted bound is missed.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from measuring import Row, Settings, table
from sections import attention, growth, layer, overhead, recurrence, streaming, windows

SECTIONS: dict[str, Callable[[Settings], list[Row]]] = {
    "attention": attention.rows,
    "layer": layer.rows,
    "growth": growth.rows,
    "streaming": streaming.rows,
    "recurrence": recurrence.rows,
    "windows": windows.rows,
    "overhead": overhead.rows,
}
"""What can be measured, by name: a section takes the settings and returns its rows."""


def main() -> int:
    """Run the chosen sections, print a table for each; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to run")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, measures nothing")
    parser.add_argument("--threads", type=int, default=2, help="threads for torch (default 2)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    settings = Settings(quick=options.quick, threads=options.threads)
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {options.threads} threads\n")
    found: dict[str, list[Row]] = {}
    for name in options.only:
        found[name] = SECTIONS[name](settings)
        print(f"### {name}\n\n{table(found[name])}\n", flush=True)
    if options.json:
        plain = {name: [asdict(row) | {"met": row.met} for row in rows] for name, rows in found.items()}
        options.json.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(row.met is False for rows in found.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main())
