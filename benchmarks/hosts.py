"""What post-training costs hosts of each family, and what it leaves behind at inference: nothing. One run.

.venv/bin/python benchmarks/hosts.py [--only SECTION …] [--quick] [--json FILE]

A step of post-training is compared with that of the fair control, the host's own loss on the same batch: floating-point
operations at the sizes of a published model (random weights; counted with one and two layers of each tower and carried
on, since every layer costs the same), time and peak memory of a smaller host of the same make, on a processor. Needs
``pip install -c constraints.txt -e '.[bench,minilm,lora]'``. Ends with an error if a wanted bound is missed.
"""

import sys
from functools import partial

from host_sections import cost, inference
from host_sections.families import FAMILIES
from running import Section, run_sections

SECTIONS: dict[str, Section] = {
    "operations": cost.operations,
    **{family.replace(" ", "-"): partial(cost.time_and_memory, family) for family in FAMILIES},
    "inference": inference.rows,
}
"""What can be measured, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=2, packages=("torch", "transformers"))


if __name__ == "__main__":
    sys.exit(main())
