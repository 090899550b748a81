"""What the world in the formats of twelve data sets costs, and what is to be had of it without the videos.

.venv/bin/python benchmarks/world_formats.py [--only SECTION …] [--quick] [--json FILE]

Ends with an error if a wanted bound is missed.
"""

import sys

from running import Section, run_sections
from world_sections import blind, cost

SECTIONS: dict[str, Section] = {"blind": blind.rows, "cost": cost.rows}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=1, packages=("av", "numpy"))


if __name__ == "__main__":
    sys.exit(main())
