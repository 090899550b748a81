"""Fine-tuning: each task on hosts of every kind, what is written, what moves, and what is refused."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from finsta.config_fine_tune import FineTuneConfig
from finsta.errors import HostError, InputError, OutputError
from finsta.tasks.heads import load_head
from finsta.tasks.settings import TaskSettings
from finsta.tasks.table import TASKS, TaskOptions, make_task
from finsta.training.fine_tuning.batches import TaskCollator
from finsta.training.fine_tuning.heads import make_head, with_classifier
from finsta.training.fine_tuning.objective import FineTuning
from finsta.training.fine_tuning.train import fine_tune
from finsta.transfer.hosts import load_host
from tests.hosts.registry import own_host
from tests.tasks.own_data import NAMES, items_of, write_data, write_statements

SHORT = FineTuneConfig(steps=2, batch_size=2, warm_up_steps=1, learning_rate=1e-3, workers=0, vocabulary=3)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return {"own": write_data(folder / "own"), "statements": write_statements(folder / "statements")}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hosts")

    def saved(name):
        place = folder / name.replace(":", "-")
        if not place.exists():
            own_host(name).save(place)
        return place

    return saved


def training_items(data, task):
    return items_of(data["statements" if task == "binary_qa" else "own"], task, split="train")


def losses(out, task):
    return [json.loads(line)[task] for line in (out / "run" / "log.jsonl").read_text().splitlines()]


HEADS = {
    ("clip", "recognition"): 4, ("clip", "open_qa"): 3, ("clip", "binary_qa"): 1,
    ("git", "recognition"): 4, ("videomae", "recognition"): 0,
    ("bridgetower:words", "multiple_choice_qa"): 1,
}  # fmt: skip
"""Outputs of the heads that are wanted; all others want none."""
CAN = {
    "clip": tuple(task for task in TASKS if task != "captioning"),
    "git": TASKS,
    "videomae": ("recognition",),
    "bridgetower:words": ("multiple_choice_qa",),
    "bridgetower:matching": ("retrieval", "multiple_choice_qa"),
}
CASES = [(name, task) for name, tasks in CAN.items() for task in tasks]


@pytest.mark.parametrize(("name", "task"), CASES)
def test_a_host_is_fine_tuned_and_its_folder_is_evaluated(name, task, data, hosts, tmp_path):
    items = training_items(data, task)
    done = fine_tune(hosts(name), items, tmp_path / "out", config=SHORT)
    assert done.head == HEADS.get((name, task), 0)
    assert len(losses(tmp_path / "out", task)) == 2
    head = load_head(tmp_path / "out")
    assert (head is None) == (done.head == 0)
    test = items_of(data["statements" if task == "binary_qa" else "own"], task)
    made = make_task(test, TaskOptions(head=head, spice=False), TaskSettings(batch_size=4))
    made = replace(made, paraphrases=None) if task == "captioning" else made
    result = made.evaluate(load_host(tmp_path / "out"))
    assert (result.notes.get("scores") or result.notes.get("answers")) != "zero-shot by similarity"
    assert result[result.primary] >= 0


def test_the_loss_of_recognition_falls_until_all_is_right(data, hosts, tmp_path):
    items = training_items(data, "recognition")
    config = replace(SHORT, steps=60, batch_size=4, head_learning_rate=1e-2, checkpoint_every=60)
    fine_tune(hosts("clip"), items, tmp_path / "out", config=config)
    found = losses(tmp_path / "out", "recognition")
    assert found[-1] < found[0] / 4
    task = make_task(
        items_of(data["own"], "recognition"), TaskOptions(head=load_head(tmp_path / "out")), TaskSettings()
    )
    assert task.evaluate(load_host(tmp_path / "out"))["Top-1"] == 100


def test_videos_that_do_not_decode_and_answers_outside_the_vocabulary_are_told(data, hosts, tmp_path):
    done = fine_tune(hosts("clip"), training_items(data, "open_qa"), tmp_path / "out", config=SHORT)
    assert [path.endswith("broken.mp4") for path in done.skipped] == [True]
    assert (done.samples, done.left_out) == (3, 1)  # four colours, three of them in the vocabulary


def test_a_video_encoder_becomes_the_class_that_classifies_and_loads_in_bare_transformers(data, hosts, tmp_path):
    fine_tune(hosts("videomae:plain"), training_items(data, "recognition"), tmp_path / "out", config=SHORT)
    code = (
        "import sys; from transformers import AutoModelForVideoClassification as M; "
        "m = M.from_pretrained(sys.argv[1]); print(type(m).__name__, sorted(m.config.label2id)); "
        "assert 'finsta' not in sys.modules"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True, check=True
    ).stdout
    assert found.strip() == f"VideoMAEForVideoClassification {sorted(f'a {name} cube' for name in NAMES)}"


def test_a_classifier_for_the_same_classes_is_kept(data, hosts):
    classes = ("run", "jump")
    once = with_classifier(load_host(hosts("videomae")), classes)
    assert with_classifier(once, classes) is once
    assert once.model.classifier.out_features == 2
    assert with_classifier(load_host(hosts("clip")), classes).model is not None


def test_the_head_alone_moves_where_that_is_asked(data, hosts, tmp_path):
    items = training_items(data, "recognition")
    before = load_host(hosts("clip")).model.state_dict()
    fine_tune(hosts("clip"), items, tmp_path / "head", config=replace(SHORT, train="head"))
    after = load_host(tmp_path / "head").model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    fine_tune(hosts("clip"), items, tmp_path / "all", config=SHORT)
    moved = load_host(tmp_path / "all").model.state_dict()
    assert not all(torch.equal(before[name], moved[name]) for name in before)


def test_a_finished_run_is_not_done_again_and_other_settings_are_refused(data, hosts, tmp_path):
    items = training_items(data, "recognition")
    fine_tune(hosts("clip"), items, tmp_path / "out", config=SHORT)
    assert fine_tune(hosts("clip"), items, tmp_path / "out", config=SHORT).continued
    with pytest.raises(OutputError, match=r"holds a run with other settings \(config\.steps was 2, now 3\)"):
        fine_tune(hosts("clip"), items, tmp_path / "out", config=replace(SHORT, steps=3))


def test_batches_are_drawn_alike_for_one_number(data):
    from finsta.tasks.views import open_clips

    items = training_items(data, "retrieval")
    with open_clips(own_host("clip"), items.segments, TaskSettings()) as clips:
        kept = replace(items, items=items.items[:4])
        collate = TaskCollator(kept, clips, seed=1)
        one, again = collate([0, 1, 2, 3], 5), collate([0, 1, 2, 3], 5)
        others = [collate([0, 1, 2, 3], number).texts for number in range(6)]
    assert one.texts == again.texts
    assert any(texts != one.texts for texts in others)
    assert one.same_text.tolist() == torch.eye(4, dtype=torch.bool).tolist()


def test_the_choice_loss_is_the_cross_entropy_over_each_questions_choices(data):
    from finsta.tasks.views import open_clips

    host, items = own_host("clip"), training_items(data, "multiple_choice_qa")
    with open_clips(host, items.segments, TaskSettings()) as clips, torch.no_grad():
        batch = TaskCollator(replace(items, items=items.items[:3]), clips)([0, 1, 2], 0)
        found = FineTuning(host, items.task, None)(batch, 0.0)["multiple_choice_qa"]
        expected = []
        for place, choices in enumerate(batch.choices):
            video = host.encode_video(batch.pixels[place : place + 1]).pooled
            texts = [f"{batch.texts[place]} {choice}" for choice in choices]
            rows = [host.encode_text(host.tokens([text])).pooled for text in texts]
            logits = torch.stack([host.similarity(row, video)[0, 0] for row in rows])
            expected.append(-logits.log_softmax(0)[batch.target[place]])
    torch.testing.assert_close(found, torch.stack(expected).mean())


def test_hosts_that_cannot_are_refused(data, hosts, tmp_path):
    with pytest.raises(HostError, match="cannot be fine-tuned for captioning: it does not write"):
        fine_tune(hosts("clip"), training_items(data, "captioning"), tmp_path / "a", config=SHORT)
    with pytest.raises(HostError, match="cannot be fine-tuned for retrieval: it has no way to score texts"):
        fine_tune(hosts("videomae"), training_items(data, "retrieval"), tmp_path / "b", config=SHORT)
    with pytest.raises(HostError, match="reads no text, and cannot be asked a question"):
        fine_tune(hosts("videomae"), training_items(data, "open_qa"), tmp_path / "c", config=SHORT)
    assert not list(tmp_path.iterdir())  # so that the same --out can be given with another host
    with pytest.raises(InputError, match="--train head: retrieval needs no head on this host; train all"):
        fine_tune(hosts("clip"), training_items(data, "retrieval"), tmp_path / "d", config=replace(SHORT, train="head"))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("steps", 0, "--steps: expected 1 or more, found 0"),
     ("learning_rate", 0.0, "--learning-rate: expected more than 0"),
     ("warm_up_steps", -1, "--warm-up-steps: expected 0 or more, found -1")],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(option, value, message, data, hosts, tmp_path):
    with pytest.raises(InputError, match=message):
        fine_tune(
            hosts("clip"), training_items(data, "recognition"), tmp_path, config=replace(SHORT, **{option: value})
        )


def test_a_task_whose_host_does_it_needs_no_head(data):
    assert make_head(own_host("git"), training_items(data, "open_qa")) is None
    assert make_head(own_host("clip"), training_items(data, "multiple_choice_qa")) is None
