"""Every task of every data set end to end, on official files and real videos of a tiny world."""

from dataclasses import replace
from pathlib import Path

import pytest

from finsta.config_fine_tune import FineTuneConfig
from finsta.data.datasets import dataset_spec, open_dataset
from finsta.data.world import WorldConfig, make_world
from finsta.data.world.formats.make import write_formats
from finsta.data.world.formats.table import FORMATS
from finsta.tasks.heads import load_head
from finsta.tasks.items import dataset_items
from finsta.tasks.open_qa import OpenVocabulary
from finsta.tasks.opening import open_judged
from finsta.tasks.settings import TaskSettings
from finsta.tasks.table import TaskOptions, make_task
from finsta.training.fine_tuning.train import fine_tune
from finsta.transfer.hosts import load_host
from tests.hosts.registry import own_host, shared_host

CASES = [
    (name, variant, task)
    for name in FORMATS
    for variant, described in dataset_spec(name).variants.items()
    for task in described.tasks
]
TUNED = [
    ("kinetics400", "clips", "recognition"), ("msvd", "captions", "retrieval"), ("msvd", "captions", "captioning"),
    ("activitynet", "paragraph", "paragraph_retrieval"), ("msvd", "qa", "open_qa"),
    ("how2qa", "release", "multiple_choice_qa"), ("violin", "statements", "binary_qa"),
]  # fmt: skip
"""A case of each task; fine-tuning reads nothing of the others that evaluation does not read."""


@pytest.fixture(scope="module")
def formats(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("world") / "world"
    make_world(root, clips=12, seed=3, config=WorldConfig(size=32), workers=1)
    write_formats(root, ["all"], workers=1)
    return root / "formats"


@pytest.fixture(scope="module")
def frames(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("frames")


def judged(formats, name, variant, task, *, host, frames, head=None):
    items = dataset_items(open_judged(name, formats / name, variant=variant, task=task), task, limit=6)
    vocabulary = None
    if task == "open_qa" and head is None:
        train = dataset_items(open_dataset(name, formats / name, "train", variant=variant), task)
        vocabulary = OpenVocabulary.of(train, size=50)
    options = TaskOptions(vocabulary=vocabulary, head=head, spice=False)
    made = make_task(items, options, TaskSettings(batch_size=4, cache=frames))
    return (replace(made, paraphrases=None) if task == "captioning" else made).evaluate(host), items


def test_every_task_is_served_by_a_format():
    assert {task for *_, task in CASES} == {task for *_, task in TUNED}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant", "task"), CASES)
def test_a_task_of_a_data_set_is_judged(name, variant, task, formats, frames):
    host = shared_host("git" if task == "captioning" else "clip")
    result, items = judged(formats, name, variant, task, host=host, frames=frames)
    assert result[result.primary] == pytest.approx(result.item_scores.mean())
    assert (result["skipped_videos"], result["missing_videos"]) == (0, 0)
    assert set(result.item_scores.cluster) <= {item.part for item in items.items} | {
        item.sample.video for item in items.items
    }


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant", "task"), TUNED)
def test_a_host_is_fine_tuned_on_a_data_set_and_judged(name, variant, task, formats, frames, tmp_path):
    own_host("git" if task == "captioning" else "clip").save(tmp_path / "host")
    train = dataset_items(open_dataset(name, formats / name, "train", variant=variant), task, limit=12)
    config = FineTuneConfig(steps=2, batch_size=4, warm_up_steps=1, workers=0, vocabulary=20)
    fine_tune(tmp_path / "host", train, tmp_path / "out", config=config, cache=frames)
    host, head = load_host(tmp_path / "out"), load_head(tmp_path / "out")
    result, _ = judged(formats, name, variant, task, host=host, frames=frames, head=head)
    assert result[result.primary] >= 0
