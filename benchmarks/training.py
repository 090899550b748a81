"""Throughput and memory of the training loop, each figure a ratio within one run.

.venv/bin/python benchmarks/training.py [--only SECTION …] [--quick] [--json FILE]

``waiting``: batches made ahead by threads while a step runs. ``parts``: memory and time of a batch that goes through
the host whole, in parts, or as accumulated batches. ``checkpoints``: what one costs beside a step. ``pairs``: memory by
the number of pairs, of a manifest and of a corpus. Ends with an error if a wanted bound is missed.
"""

import sys

from running import Section, run_sections
from training_sections import checkpoints, pairs, parts, waiting

SECTIONS: dict[str, Section] = {
    "waiting": waiting.rows,
    "parts": parts.rows,
    "checkpoints": checkpoints.rows,
    "pairs": pairs.rows,
}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=1, packages=("torch", "accelerate"))


if __name__ == "__main__":
    sys.exit(main())
