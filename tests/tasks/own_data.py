"""A data folder of one's own with four clips of plain colour, one that is missing and one that does not decode."""

import json
from pathlib import Path

from finsta.data.datasets import open_dataset
from finsta.tasks.items import TaskItems, dataset_items
from tests.tiny_clips import COLOURS, write_clip

NAMES = tuple(COLOURS)
BROKEN, MISSING = "broken", "gone"


def write_data(folder: Path) -> Path:
    """``train.jsonl`` and ``test.jsonl``; every sample has what every task needs."""
    folder.mkdir(parents=True, exist_ok=True)
    for colour in NAMES:
        write_clip(folder / f"{colour}.mp4", colour, frames=12)
    (folder / f"{BROKEN}.mp4").write_text("no video")
    for split in ("train", "test"):
        lines = [json.dumps(sample(name, number)) for number, name in enumerate((*NAMES, BROKEN, MISSING))]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def sample(name: str, number: int) -> dict[str, object]:
    """One sample; the two without a clip are like the first."""
    colour = name if name in NAMES else NAMES[0]
    return {
        "id": f"s-{name}",
        "video": f"{name}.mp4",
        "label": f"a {colour} cube",
        "captions": [f"a {colour} cube", f"the {colour} cube moves slowly"],
        "question": "what is" if number % 2 else "which",
        "choices": ["a ball", colour, "cone"],
        "answer": 1,
        "answers": [colour],
    }


def write_statements(folder: Path) -> Path:
    """The same clips, with statements that are true and false by turns."""
    write_data(folder)
    lines = [
        json.dumps({"id": name, "video": f"{name}.mp4", "question": f"it is a {name} cube", "answers": [truth]})
        for name, truth in zip(NAMES, ("true", "false", "true", "false"), strict=True)
    ]
    for split in ("train", "test"):
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def items_of(folder: Path, task: str, *, split: str = "test") -> TaskItems:
    """The items of a task."""
    return dataset_items(open_dataset("manifest", folder, split), task)
