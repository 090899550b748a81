"""Time and memory of graph encoders and alignment losses, beside a peer or a floor, in one run.

.venv/bin/python benchmarks/encoders.py [--only SECTION …] [--quick] [--json FILE]

Every figure is a ratio of things that ran alternately in the same process; absolute times are printed beside it.
Needs ``pip install -c constraints.txt -e '.[bench]'``. Ends with an error if a wanted bound is missed.
"""

import sys

from running import Section, run_sections
from sections import attention, growth, layer, overhead, recurrence, streaming, windows

SECTIONS: dict[str, Section] = {
    "attention": attention.rows,
    "layer": layer.rows,
    "growth": growth.rows,
    "streaming": streaming.rows,
    "recurrence": recurrence.rows,
    "windows": windows.rows,
    "overhead": overhead.rows,
}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=2, packages=("torch",))


if __name__ == "__main__":
    sys.exit(main())
