"""Caption metrics beside coco-caption's own code: tokens, BLEU, ROUGE-L, CIDEr-D and METEOR.

.venv/bin/python benchmarks/captions.py [--only SECTION …] [--quick] [--json FILE]

The last column but one holds, of `tokens`, captions in a thousand that differ; of the metrics the largest difference of
any score, in billionths. ``FINSTA_CAPTION_FILES`` names files of captions (see caption_sections/texts.py); without it
the captions are those of the embedded world. Needs ``pip install --no-deps pycocoevalcap==1.2`` (104 MB), Java for
`tokens` and `meteor`, and ``finsta models get wordnet``; what is not there is skipped and said. Ends with an error if a
wanted bound is missed.
"""

import sys

from caption_sections import reference
from running import Section, run_sections

SECTIONS: dict[str, Section] = {
    "tokens": reference.tokens,
    "python": reference.python,
    "meteor": reference.meteor,
}
"""What can be compared, by name."""


def main() -> int:
    """Run the chosen sections; 1 if a bound is missed."""
    return run_sections(SECTIONS, __doc__ or "", threads=1, packages=("numpy",))


if __name__ == "__main__":
    sys.exit(main())
