"""Every task on the embedded world in official formats: floor, zero-shot, fine-tuned, in one run.

.venv/bin/python benchmarks/tasks.py FOLDER [--clips 400] [--steps 200] [--first 600] [--only TASK …]

Makes a world with all formats in FOLDER; trains a small CLIP over frames from nothing on the captions of MSR-VTT's
format (`--first` steps), and a small GIT the same way; then judges the six tasks without further training, fine-tunes
for each (`--steps`), and judges again. For recognition a small VideoMAE is fine-tuned from nothing (`--first` steps):
frames that are averaged one by one tell no movement. Floors: recognition and open questions, the most frequent class or
answer of the training split; choices, 1 / n; statements, 50 %; retrieval, 1 / n both ways; captioning, the GIT before
any training. What was trained stays in FOLDER: the same command goes on where it stopped. The hosts are tiny and the
world is small: the figures show that the paths work, not what the method gives.
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from finsta.config_fine_tune import FineTuneConfig
from finsta.data.datasets import open_dataset
from finsta.data.world import make_world
from finsta.data.world.formats.make import write_formats
from finsta.metrics.answers import exact_match, normalise_answer
from finsta.tasks.heads import load_head
from finsta.tasks.items import TaskItems, dataset_items
from finsta.tasks.open_qa import OpenVocabulary
from finsta.tasks.result import TaskResult
from finsta.tasks.settings import TaskSettings
from finsta.tasks.table import TaskOptions, make_task
from finsta.training.fine_tuning.train import fine_tune
from finsta.transfer.hosts import load_host
from measuring import Row, table
from task_sections.hosts import comparing, watching, writing

CASES = (
    ("kinetics400", "clips", "recognition", "val"), ("ssv2", "clips", "recognition", "val"),
    ("msrvtt", "1k-A", "retrieval", "test"), ("lsmdc", "retrieval", "retrieval", "test"),
    ("msvd", "captions", "retrieval", "test"), ("didemo", "paragraph", "paragraph_retrieval", "test"),
    ("queryd", "paragraph", "paragraph_retrieval", "test"), ("activitynet", "paragraph", "paragraph_retrieval", "val"),
    ("msrvtt", "qa", "open_qa", "test"), ("msvd", "qa", "open_qa", "test"), ("tgifqa", "frameqa", "open_qa", "test"),
    ("how2qa", "release", "multiple_choice_qa", "val"), ("violin", "pairs", "multiple_choice_qa", "test"),
    ("violin", "statements", "binary_qa", "test"), ("youcook2", "segments", "captioning", "val"),
    ("msvd", "captions", "captioning", "test"),
)  # fmt: skip
"""Data set, variant, task, split to judge on."""


def main() -> int:
    """Run the chosen tasks and print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--first", type=int, default=600)
    parser.add_argument("--only", nargs="+", default=[])
    options = parser.parse_args()
    make_world(options.folder / "world", clips=options.clips, seed=0)
    write_formats(options.folder / "world", ["all"])
    rows = []
    for name, variant, task, split in CASES:
        if not options.only or task in options.only:
            rows.append(case(options.folder, name, variant, task, split, options))
            print(table(rows[-1:]).splitlines()[-1], flush=True)
    print(f"\n{table(rows)}")
    return 0


def case(folder: Path, name: str, variant: str, task: str, split: str, options: argparse.Namespace) -> Row:
    """One data set and task: its floor, the host before and after it was fine-tuned for the task."""
    start = first_host(folder, options.first, writes=task == "captioning")
    base, steps = (raw_host(folder, "videomae"), options.first) if task == "recognition" else (start, options.steps)
    test, train = items(folder, name, variant, task, split), items(folder, name, variant, task, "train")
    out = folder / "tuned" / f"{name}-{variant}-{task}"
    fine_tune(base, train, out, config=config(steps), cache=folder / "frames")
    floor = floor_of(folder, test, train)
    zero, tuned = judge(folder, start, test, train), judge(folder, out, test, train)
    primary = tuned.primary
    return Row(
        what=f"{name} {variant}, {task} ({primary}, {len(test.items)} items)",
        ours=f"zero-shot {zero[primary]:.1f}, fine-tuned {tuned[primary]:.1f}",
        other=f"floor {floor:.1f}",
        ratio=tuned[primary] / floor if floor else None,
    )


def first_host(folder: Path, steps: int, *, writes: bool) -> Path:
    """The host that all fine-tuning starts from: trained on the captions of MSR-VTT's format."""
    kind = "git" if writes else "clip"
    raw, out = raw_host(folder, kind), folder / f"first-{kind}"
    captions = items(folder, "msrvtt", "full", "captioning" if writes else "retrieval", "train")
    fine_tune(raw, captions, out, config=config(steps), cache=folder / "frames")
    return out


def raw_host(folder: Path, kind: str) -> Path:
    """A host before any training."""
    formats, raw = folder / "world" / "formats", folder / f"raw-{kind}"
    if not raw.exists():
        made = {"git": lambda: writing(formats), "clip": lambda: comparing(formats), "videomae": watching}
        made[kind]().save(raw)
    return raw


def items(folder: Path, name: str, variant: str, task: str, split: str) -> TaskItems:
    """Samples of a format of the world."""
    return dataset_items(open_dataset(name, folder / "world" / "formats" / name, split, variant=variant), task)


def config(steps: int) -> FineTuneConfig:
    """Rates for hosts that start from nothing."""
    return FineTuneConfig(
        steps=steps, batch_size=16, learning_rate=5e-4, head_learning_rate=2e-3, warm_up_steps=20, checkpoint_every=50,
        workers=0, vocabulary=200,
    )  # fmt: skip


def judge(folder: Path, host: Path, test: TaskItems, train: TaskItems) -> TaskResult:
    """Measure a host with its head, if it has one."""
    vocabulary = OpenVocabulary.of(train, size=200) if test.task == "open_qa" else None
    options = TaskOptions(vocabulary=vocabulary, head=load_head(host), spice=False)
    task = make_task(test, options, TaskSettings(cache=folder / "frames"))
    return (replace(task, paraphrases=None) if test.task == "captioning" else task).evaluate(load_host(host))


def floor_of(folder: Path, test: TaskItems, train: TaskItems) -> float:
    """What knowing nothing of the video gives, in percent; see above."""
    if test.task == "recognition":
        label = Counter(item.sample.label for item in train.items).most_common(1)[0][0]
        return 100 * float(np.mean([item.sample.label == label for item in test.items]))
    if test.task == "open_qa":
        counts = Counter(normalise_answer(answer) for item in train.items for answer in item.sample.answers)
        guess = [counts.most_common(1)[0][0]] * len(test.items)
        return 100 * float(exact_match(guess, [item.sample.answers for item in test.items]).mean())
    if test.task == "multiple_choice_qa":
        return 100 * float(np.mean([1 / len(item.sample.choices) for item in test.items]))
    if test.task == "binary_qa":
        return 50.0
    if test.task == "captioning":
        return float(judge(folder, folder / "raw-git", test, train)["CIDEr-D"])
    queries = {text for item in test.items for text in item.sample.captions}
    return 50 * (1 / len(test.segments) + len(queries) / len(test.segments) / len(queries))


if __name__ == "__main__":
    sys.exit(main())
