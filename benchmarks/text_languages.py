"""How many of the hand-written graphs in tests/text the universal parser gets whole, by language.

.venv/bin/python benchmarks/text_languages.py

French and Spanish against ``tests/text/test_universal_languages.py``; English, read without English word lists of
content words, against ``tests/text/test_rules.py``. A language without its pipeline is left out with the reason.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from finsta.errors import MissingDependencyError
from finsta.text.universal import UniversalParser

sys.path.insert(0, str(Path(__file__).parents[1]))
languages = importlib.import_module("tests.text.test_universal_languages")
rules = importlib.import_module("tests.text.test_rules")
facts = importlib.import_module("tests.text.facts").facts

TABLES = {
    "French, mended on": ("fr", languages.FRENCH),
    "French, written afterwards": ("fr", languages.FRENCH_AFTERWARDS),
    "Spanish, mended on": ("es", languages.SPANISH),
    "Spanish, written afterwards": ("es", languages.SPANISH_AFTERWARDS),
    "English, the rules' suite": ("en", rules.SENTENCES),
}


def main() -> None:
    """Print one line a table."""
    for name, (language, table) in TABLES.items():
        try:
            parser = UniversalParser(language, model=languages.MODELS.get(language))
        except MissingDependencyError as error:
            print(f"{name}: left out; {error}")
            continue
        print(f"{name}: {_score(parser, table)}")


def _score(parser: UniversalParser, table: Sequence[tuple[str, list[str]]]) -> str:
    whole = found = wanted = given = 0
    for graph, (_, expected) in zip(parser.parse_many([text for text, _ in table]), table, strict=True):
        said, asked = set(facts(graph)), set(expected)
        whole += facts(graph) == sorted(expected)
        found, wanted, given = found + len(said & asked), wanted + len(asked), given + len(said)
    return f"{whole} of {len(table)} graphs whole; of {wanted} facts {found} found, {given} given"


if __name__ == "__main__":
    main()
