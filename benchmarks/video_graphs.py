"""How right the graphs of videos are, and what they cost: tracks and motion relations of the world, real clips.

.venv/bin/python benchmarks/video_graphs.py [--only SECTION …] [--quick] [--json FILE]

Needs ``pip install -c constraints.txt -e '.[tracking-metrics]'``. Ends with an error if a wanted bound is missed.
"""

import sys

from running import Section, run_sections
from video_sections import real, world

SECTIONS: dict[str, Section] = {
    "world": world.rows,
    "real": real.rows,
}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=1, packages=("torch", "numpy"))


if __name__ == "__main__":
    sys.exit(main())
