"""Time and memory of reading data sets and finding their videos, and how long a training step waits for its clips.

.venv/bin/python benchmarks/data.py [--only SECTION …] [--quick] [--json FILE]

Files are made up, in the published forms and official sizes, so that nothing has to be at hand. Ends with an error if a
wanted bound is missed.
"""

import sys

from data_sections import decoding, reading, videos
from running import Section, run_sections

SECTIONS: dict[str, Section] = {"reading": reading.rows, "videos": videos.rows, "decoding": decoding.rows}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=2, packages=("torch", "av"))


if __name__ == "__main__":
    sys.exit(main())
