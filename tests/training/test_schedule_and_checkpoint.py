"""Batches and learning rate as functions of the step; checkpoints that are whole or absent."""

import pytest

from finsta.errors import OutputError
from finsta.training.checkpoint import last_checkpoint, save_checkpoint
from finsta.training.schedule import BatchSchedule, warm_up_cosine


def test_an_epoch_sees_every_item_once():
    schedule = BatchSchedule(12, batch_size=4, seed=3)
    for epoch in range(3):
        seen = [index for step in range(3) for index in schedule[3 * epoch + step]]
        assert sorted(seen) == list(range(12))


def test_a_batch_depends_on_seed_and_step_alone():
    schedule = BatchSchedule(50, batch_size=8, seed=1)
    assert schedule[17] == BatchSchedule(50, batch_size=8, seed=1)[17]
    assert schedule[17] != BatchSchedule(50, batch_size=8, seed=2)[17]
    assert schedule[0] != schedule[6]


def test_a_batch_is_never_larger_than_the_data():
    assert sorted(BatchSchedule(3, batch_size=16, seed=0)[5]) == [0, 1, 2]
    with pytest.raises(ValueError, match="at least one item"):
        BatchSchedule(0, batch_size=4, seed=0)


def test_the_learning_rate_warms_up_and_falls_to_zero():
    rates = [warm_up_cosine(step, warm_up=4, steps=12) for step in range(13)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[8] == pytest.approx(0.5)
    assert rates[12] == pytest.approx(0)
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_the_newest_whole_checkpoint_is_found_and_older_ones_go(tmp_path):
    assert last_checkpoint(tmp_path) is None
    for step in (10, 20):
        save_checkpoint(tmp_path, step, lambda folder, step=step: (folder / "x").write_text(str(step)))
    step, folder = last_checkpoint(tmp_path)
    assert (step, (folder / "x").read_text()) == (20, "20")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000020"]


def test_a_checkpoint_that_was_cut_off_is_never_seen(tmp_path):
    save_checkpoint(tmp_path, 1, lambda folder: None)

    def killed(folder):
        (folder / "half").write_text("…")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path, 2, killed)
    assert last_checkpoint(tmp_path)[0] == 1
    save_checkpoint(tmp_path, 3, lambda folder: None)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000003"]


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path):
    save_checkpoint(tmp_path, 1, lambda folder: None)

    def full(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="the last one is kept"):
        save_checkpoint(tmp_path, 2, full)
    assert last_checkpoint(tmp_path)[0] == 1
