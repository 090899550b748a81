"""Queries over corpora: how their time grows with the number of clips, and whether they find what is true.

.venv/bin/python benchmarks/query.py [--only SECTION …] [--quick] [--json FILE]

`growth` asks the same queries of synthetic corpora of 1e3, 1e4 and 1e5 clips; `columns` asks a corpus whose graphs are
large; `truth` asks the captions of the embedded world, and captions that are false by one thing, of its gold graphs.
Needs ``pip install -c constraints.txt -e '.[corpus]'``. Ends with an error if a wanted bound is missed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from measuring import Row, Settings, table
from query_sections import growth, truth

SECTIONS: dict[str, Callable[[Settings], list[Row]]] = {
    "growth": growth.rows,
    "columns": growth.columns,
    "truth": truth.rows,
}
"""What can be measured, by name: a section takes the settings and returns its rows."""


def main() -> int:
    """Run the chosen sections, print a table for each; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to run")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, measures nothing")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    settings = Settings(quick=options.quick, threads=1)
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
