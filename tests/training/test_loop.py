"""The training loop on a tiny network: what it survives, what it keeps, when it stops."""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finsta.errors import InputError, MissingDependencyError, OutputError, TrainingError
from finsta.training.loop.checkpoint import checkpoints, last_checkpoint
from finsta.training.loop.loop import read_log
from finsta.training.loop.validation import read_validation
from tests.training.tiny_run import CONFIG, ITEMS, Adding, broken, collate, same, train

ROOT = Path(__file__).parent.parent.parent


class StopError(Exception):
    pass


def stop_at(step):
    def on_step(done, total):
        if done == step:
            raise StopError

    return on_step


def run_program(folder, at):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", "."]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.training.tiny_run", str(folder), at]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole"))[0]


@pytest.mark.parametrize("step", [1, 3, 4, 8])
def test_a_run_that_stopped_anywhere_ends_with_the_same_bits(whole, tmp_path, step):
    with pytest.raises(StopError):
        train(tmp_path, on_step=stop_at(step))
    weights, _ = train(tmp_path)
    assert same(weights, whole)
    assert [line["step"] for line in read_log(tmp_path)] == list(range(9))


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_the_number_of_workers_changes_no_bit(whole, tmp_path, workers):
    assert same(train(tmp_path, config=replace(CONFIG, workers=workers))[0], whole)


@pytest.mark.slow
def test_a_run_killed_by_sigkill_at_any_step_and_while_writing_ends_with_the_same_bits(tmp_path):
    assert run_program(tmp_path / "whole", "never").returncode == 0
    for at in ("2", "save:3", "3", "5", "save:6", "8"):
        killed = run_program(tmp_path / "killed", at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = run_program(tmp_path / "killed", "never")
    assert done.returncode == 0, done.stderr
    weights = [torch.load(tmp_path / name / "weights.pt") for name in ("whole", "killed")]
    assert same(*weights)
    assert [line["square"] for line in read_log(tmp_path / "killed")] == [
        line["square"] for line in read_log(tmp_path / "whole")
    ]


def test_a_disk_that_is_full_keeps_the_last_checkpoint_and_the_run_goes_on_from_it(whole, tmp_path, monkeypatch):
    original = torch.save

    def full(state, file):
        if "step-000006" in str(file.name):
            raise OSError(28, "No space left on device")
        original(state, file)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutputError, match=r"step-000006: checkpoint cannot be written: .*No space left.*make room"):
        train(tmp_path)
    assert last_checkpoint(tmp_path / "checkpoints")[0] == 3
    monkeypatch.undo()
    assert same(train(tmp_path)[0], whole)


def test_a_file_that_the_system_cuts_off_is_no_checkpoint(tmp_path):
    train(tmp_path, config=replace(CONFIG, steps=4))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(OutputError, match="step-000006: checkpoint cannot be written"):
            train(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [step for step, _ in checkpoints(tmp_path / "checkpoints")] == [3]


def test_the_last_checkpoints_are_kept_as_many_as_asked_for(tmp_path):
    train(tmp_path, config=replace(CONFIG, checkpoint_every=2, keep_checkpoints=3))
    assert [step for step, _ in checkpoints(tmp_path / "checkpoints")] == [4, 6, 8]


def test_accumulated_batches_give_the_step_of_their_mean(tmp_path):
    class Plain(Adding):
        def forward(self, batch, progress):
            return {"square": (self.layers[3](self.layers[0](batch.x))[:, 0] - batch.y).square().mean()}

    one = replace(CONFIG, steps=1, workers=0, clip_norm=1e9)
    whole, _ = train(tmp_path / "a", config=replace(one, accumulation=1, batch_size=8), objective=Plain())
    parts, _ = train(tmp_path / "b", config=replace(one, accumulation=2, batch_size=4), objective=Plain())
    assert all(torch.allclose(whole[name], parts[name], atol=1e-6) for name in whole)


class Spoiling(Adding):
    """Not a number where item 7 is in the batch, or only in the gradient."""

    def __init__(self, where):
        super().__init__()
        self.where = where

    def forward(self, batch, progress):
        terms = super().forward(batch, progress)
        if self.where == "loss":
            terms["square"] = terms["square"] * float("nan")
        else:  # sqrt at 0 is a number; its slope is none
            terms["square"] = terms["square"] + (0 * self.layers[3].bias.sum()).sqrt()
        return terms


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(tmp_path):
    with pytest.raises(
        TrainingError, match=r"step 0: square is nan on the pairs .*the batch is in .*stopped-step"
    ) as e:
        train(tmp_path, objective=Spoiling("loss"))
    file = tmp_path / "stopped-step-000000-process-0.pt"
    assert str(file) in str(e.value)
    kept = torch.load(file, weights_only=True)
    assert kept["step"] == 0
    assert set(kept["terms"]) == {"square", "size"}
    expected = collate([int(name) for name in kept["ids"]], 0)
    assert torch.equal(kept["tensors"]["x"], expected.x)
    assert torch.equal(kept["tensors"]["y"], expected.y)


def test_a_gradient_that_is_no_number_stops_the_run_before_it_moves_a_weight(tmp_path):
    objective = Spoiling("gradient")
    before = {name: value.clone() for name, value in objective.state_dict().items()}
    with pytest.raises(TrainingError, match="step 0: gradient_norm is"):
        train(tmp_path, objective=objective)
    assert same(objective.state_dict(), before)


def test_broken_samples_are_skipped_counted_and_replaced_alike_after_a_stop(tmp_path):
    config = replace(CONFIG, broken_share=0.5)
    seen = []

    def watching(indices, number):
        seen.append(tuple(indices))
        return broken(3, 11)(indices, number)

    whole, trained = train(tmp_path / "a", config=replace(config, workers=0), collate=watching)
    assert trained.skipped == {"3": "item 3 is broken", "11": "item 11 is broken"}
    trained_on = [batch for batch in seen if len(batch) == CONFIG.batch_size and not {3, 11} & set(batch)]
    assert len(trained_on) == CONFIG.steps * CONFIG.accumulation
    assert all(len(set(batch)) == CONFIG.batch_size for batch in trained_on)
    with pytest.raises(StopError):
        train(tmp_path / "b", config=config, collate=broken(3, 11), on_step=stop_at(5))
    weights, again = train(tmp_path / "b", config=config, collate=broken(3, 11))
    assert same(weights, whole)
    assert again.skipped == trained.skipped


def test_too_many_broken_samples_stop_the_run(tmp_path):
    bad = broken(*range(0, ITEMS, 2))
    with pytest.raises(TrainingError, match=r"samples could not be read, more than the share of 0\.1.*mend the data"):
        train(tmp_path, collate=bad)
    with pytest.raises(TrainingError, match="not one of its 4 samples can be read: item"):
        train(tmp_path / "none", collate=broken(*range(ITEMS)))


def test_an_error_that_no_single_sample_explains_is_not_hidden(tmp_path):
    def together(indices, number):
        if len(indices) > 1:
            raise InputError("these do not fit together")
        return collate(indices, number)

    with pytest.raises(InputError, match="do not fit together"):
        train(tmp_path, collate=together)


METRIC = [0.1, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1]
"""At 0, 2, 4 … steps; the best is at 2."""


def test_the_best_weights_by_the_metric_are_those_that_the_run_ends_with(tmp_path):
    at_two, _ = train(tmp_path / "two", config=replace(CONFIG, checkpoint_every=2), on_step=None, metric=METRIC)
    with pytest.raises(StopError):
        train(tmp_path / "stopped", on_step=stop_at(2))
    weights, trained = train(tmp_path / "best", metric=METRIC, keep_best=True)
    assert trained.best == (0.5, 2)
    assert trained.steps == CONFIG.steps
    assert not same(weights, at_two)
    objective = Adding()
    with pytest.raises(StopError):
        train(tmp_path / "again", objective=objective, on_step=stop_at(2))
    assert same(weights, objective.state_dict())
    assert [line["good"] for line in read_validation(tmp_path / "best")] == METRIC[:6]


def test_a_run_ends_early_when_the_metric_does_not_improve_and_remembers_that_when_it_is_resumed(tmp_path):
    weights, trained = train(tmp_path / "a", metric=METRIC, patience=2, keep_best=True)
    assert trained.steps == 6
    with pytest.raises(StopError):
        train(tmp_path / "b", metric=METRIC, patience=2, keep_best=True, on_step=stop_at(5))
    again, resumed = train(tmp_path / "b", metric=METRIC[2:], patience=2, keep_best=True)
    assert resumed == trained
    assert same(again, weights)
    assert [line["step"] for line in read_validation(tmp_path / "b")] == [0, 2, 4, 6]


def test_a_metric_that_was_not_measured_is_refused_by_name(tmp_path):
    from finsta.training.loop.validation import value_of

    with pytest.raises(InputError, match="--metric: expected one of a, b; found 'c'"):
        value_of({"a": 1.0, "b": 2.0}, "c")


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_lower_precision_computes_in_it_and_keeps_weights_in_single(tmp_path, precision):
    seen = []

    class Watching(Adding):
        def forward(self, batch, progress):
            seen.append(self.layers[0](batch.x).dtype)
            return super().forward(batch, progress)

    weights, _ = train(tmp_path, config=replace(CONFIG, precision=precision), objective=Watching())
    assert set(seen) == {torch.bfloat16 if precision == "bf16" else torch.float16}
    assert {value.dtype for value in weights.values()} == {torch.float32}
    log = read_log(tmp_path)
    assert log[-1]["square"] < log[0]["square"]


def test_what_cannot_change_is_not_written_into_checkpoints(tmp_path):
    objective = Adding()
    objective.unchanging = frozenset({"unused.weight", "unused.bias"})
    train(tmp_path, objective=objective)
    state = torch.load(last_checkpoint(tmp_path / "checkpoints")[1] / "state.pt", weights_only=True)
    assert not {"unused.weight", "unused.bias"} & state["objective"].keys()
    again = Adding()
    again.unchanging = objective.unchanging
    with pytest.raises(StopError):
        train(tmp_path, objective=again, on_step=stop_at(7))


def test_figures_go_to_tensorboard_and_on_from_where_a_run_was_stopped(tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    config = replace(CONFIG, report_to=("tensorboard",))
    with pytest.raises(StopError):
        train(tmp_path, config=config, on_step=stop_at(5), metric=METRIC)
    train(tmp_path, config=config, metric=METRIC[2:])
    found = events.EventAccumulator(str(tmp_path / "tensorboard" / "finsta")).Reload()
    assert {"train/square", "train/learning_rate", "validation/good"} <= set(found.Tags()["scalars"])
    scalars = found.Scalars("train/square")
    assert [scalar.step for scalar in scalars] == list(range(1, 10))
    assert [scalar.value for scalar in scalars] == pytest.approx([line["square"] for line in read_log(tmp_path)])


def test_a_tracker_that_is_unknown_or_not_installed_is_told_before_the_run(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="--report-to: expected tensorboard, wandb, trackio, found 'paper'"):
        train(tmp_path, config=replace(CONFIG, report_to=("paper",)))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"--report-to wandb needs the package wandb.*pip install wandb"):
        train(tmp_path, config=replace(CONFIG, report_to=("wandb",)))


def test_a_checkpoint_of_another_network_is_refused_by_naming_the_folder(tmp_path):
    train(tmp_path)

    class Other(Adding):
        def __init__(self):
            super().__init__()
            self.more = torch.nn.Linear(2, 2)

    from finsta.errors import FormatError

    with pytest.raises(FormatError, match="step-000006: expected a checkpoint of this run"):
        train(tmp_path, objective=Other())


def test_progress_is_told_of_every_step_and_the_log_says_how_long_it_waited(tmp_path):
    told = []
    train(tmp_path, on_step=lambda done, total: told.append((done, total)))
    assert told == [(step, 9) for step in range(1, 10)]
    line = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    assert set(line) == {"step", "square", "size", "gradient_norm", "learning_rate", "seconds", "waiting"}
    assert 0 <= line["waiting"] <= line["seconds"]
