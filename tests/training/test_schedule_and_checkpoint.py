"""Batches and learning rate as functions of the step; checkpoints that are whole or absent."""

import pytest

from finsta.errors import OutputError
from finsta.training.loop import schedule
from finsta.training.loop.checkpoint import last_checkpoint, save_checkpoint
from finsta.training.loop.schedule import BatchSchedule, Shuffle, warm_up_cosine


def test_an_epoch_sees_every_item_once():
    batches = BatchSchedule(12, batch_size=4, seed=3)
    for epoch in range(3):
        seen = [index for step in range(3) for index in batches[3 * epoch + step]]
        assert sorted(seen) == list(range(12))


def test_a_batch_depends_on_seed_and_step_alone():
    batches = BatchSchedule(50, batch_size=8, seed=1)
    assert batches[17] == BatchSchedule(50, batch_size=8, seed=1)[17]
    assert batches[17] != BatchSchedule(50, batch_size=8, seed=2)[17]
    assert batches[0] != batches[6]


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


@pytest.mark.parametrize(("size", "block"), [(12, 1), (103, 4), (1000, 7), (64 * 40 + 5, 64)])
def test_a_shuffled_epoch_has_every_item_once_however_it_is_cut(size, block):
    shuffle = Shuffle(size, seed=3, block=block)
    whole = shuffle.part(1, 0, size)
    assert sorted(whole) == list(range(size))
    assert whole != list(range(size))
    pieces = [index for start in range(0, size, 5) for index in shuffle.part(1, start, min(start + 5, size))]
    assert pieces == whole
    assert shuffle.part(2, 0, size) != whole


def test_items_of_blocks_are_drawn_from_few_blocks_at_a_time():
    shuffle = Shuffle(64 * 100, seed=0, block=64)
    drawn = shuffle.part(0, 0, 32 * 64)
    assert len({index // 64 for index in drawn}) == 32
    assert len({index // 64 for index in drawn[:100]}) > 25


def test_more_items_than_one_order_holds_are_mixed_in_parts(monkeypatch):
    monkeypatch.setattr(schedule, "WHOLE", 100)
    monkeypatch.setattr(schedule, "MIXED", 60)
    shuffle = Shuffle(1003, seed=2)
    drawn = shuffle.part(0, 0, 1003)
    assert sorted(drawn) == list(range(1003))
    assert shuffle.block == 11


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_processes_share_the_batch_that_one_alone_would_see(processes):
    alone = BatchSchedule(50, batch_size=8, seed=1)
    parts = [
        BatchSchedule(50, batch_size=8, seed=1, process=process, processes=processes) for process in range(processes)
    ]
    for step in range(10):
        assert [index for part in parts for index in part.share(step)] == alone[step]
    assert [place for part in parts for place in part.places] == list(range(8))


def test_a_batch_has_an_item_for_each_process():
    with pytest.raises(ValueError, match="at least one item for each of 4 processes, found 3"):
        BatchSchedule(50, batch_size=3, seed=0, processes=4)
