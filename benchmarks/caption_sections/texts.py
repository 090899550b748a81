"""Captions to compare on: published ones where they are at hand, else those of the embedded world."""

import csv
import json
import os
import random
from pathlib import Path

VARIABLE = "FINSTA_CAPTION_FILES"
"""Files of captions: .json, .jsonl, .csv or .txt; every string of a field below counts, else every line."""
FIELDS = ("caption", "captions", "description", "sentence", "sentences", "statement")


def captions() -> list[str]:
    """All captions of the files that the variable names, each once, in one line."""
    chosen = [Path(name) for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]
    texts = [text for path in chosen for text in _texts(path)] or _world()
    return [
        text for text in dict.fromkeys(" ".join(text.split("\n")).replace("\r", " ") for text in texts) if text.strip()
    ]


def captioned(items: int, *, seed: int = 0) -> tuple[list[str], list[list[str]]]:
    """Candidates with references: one caption of an item against others of it, three in ten of another item.

    Items are the lists of captions in the first of the files that is a JSON object of lists; else runs of nine.
    """
    groups = [group for group in _groups() if len(group) > 2]
    generator = random.Random(seed)
    chosen = generator.sample(groups, min(items, len(groups)))
    own = [group[0] if generator.random() < 0.7 else generator.choice(chosen)[0] for group in chosen]
    return own, [group[1:9] for group in chosen]


def _groups() -> list[list[str]]:
    for name in os.environ.get(VARIABLE, "").split(os.pathsep):
        if name.endswith(".json"):
            document = json.loads(Path(name).read_text(encoding="utf-8"))
            if isinstance(document, dict) and all(isinstance(value, list) for value in document.values()):
                return list(document.values())
    texts = captions()
    return [texts[start : start + 9] for start in range(0, len(texts), 9)]


def _texts(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return list(_strings(json.loads(text), take=False))
    if path.suffix == ".jsonl":
        return [found for line in text.splitlines() for found in _strings(json.loads(line), take=False)]
    if path.suffix == ".csv":
        return [row[field] for row in csv.DictReader(text.splitlines()) for field in FIELDS if row.get(field)]
    return text.splitlines()


def _strings(value: object, *, take: bool) -> list[str]:
    """Strings of the known fields; of a JSON object of lists of strings, all of them."""
    if isinstance(value, str):
        return [value] if take else []
    if isinstance(value, list):
        return [found for item in value for found in _strings(item, take=take)]
    if isinstance(value, dict):
        plain = all(isinstance(item, list) and all(isinstance(x, str) for x in item) for item in value.values())
        return [found for key, item in value.items() for found in _strings(item, take=plain or key in FIELDS)]
    return []


def _world() -> list[str]:
    from tempfile import TemporaryDirectory

    from finsta.data.pairs import read_pairs
    from finsta.data.world import make_world

    with TemporaryDirectory() as folder:
        make_world(Path(folder), clips=60, seed=0)
        return [pair.caption for split in ("train", "test") for pair in read_pairs(folder, split)]
