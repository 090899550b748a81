"""How right the graphs of videos are, and what they cost: tracks and motion relations of the world, real clips.

.venv/bin/python benchmarks/video_graphs.py [--only SECTION …] [--quick] [--json FILE]

Needs ``pip install -c constraints.txt -e '.[tracking-metrics]'``. Ends with an error if a wanted bound is missed.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from measuring import Row, Settings, table
from video_sections import real, world

SECTIONS: dict[str, Callable[[Settings], list[Row]]] = {
    "world": world.rows,
    "real": real.rows,
}
"""What can be measured, by name: a section takes the settings and returns its rows."""


def main() -> int:
    """Run the chosen sections, print a table for each; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to run")
    parser.add_argument("--quick", action="store_true", help="few clips: shows that it runs, measures nothing")
    parser.add_argument("--threads", type=int, default=1, help="threads for torch (default 1)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    settings = Settings(quick=options.quick, threads=options.threads)
    print(f"numpy {np.__version__}, Python {platform.python_version()}, {options.threads} threads\n")
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
