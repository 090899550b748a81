"""Queries over corpora: how their time grows with the number of clips, and whether they find what is true.

.venv/bin/python benchmarks/query.py [--only SECTION …] [--quick] [--json FILE]

`growth` asks the same queries of synthetic corpora of 1e3, 1e4 and 1e5 clips; `columns` asks a corpus whose graphs are
large; `truth` asks the captions of the embedded world, and captions that are false by one thing, of its gold graphs.
Needs ``pip install -c constraints.txt -e '.[corpus]'``. Ends with an error if a wanted bound is missed.
"""

import sys

from query_sections import growth, truth
from running import Section, run_sections

SECTIONS: dict[str, Section] = {
    "growth": growth.rows,
    "columns": growth.columns,
    "truth": truth.rows,
}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=1, packages=("duckdb", "pyarrow"))


if __name__ == "__main__":
    sys.exit(main())
