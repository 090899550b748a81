"""In lower precision the host computes, and graphs and losses stay as they are."""

from dataclasses import replace

import pytest
import torch

from finsta.training import post_train
from finsta.training.loop.loop import read_log
from finsta.training.loop.precision import exactly, in_single
from tests.tiny_hosts import KINDS, tiny_host
from tests.training.test_post_training import CONFIG, weights
from tests.training.tiny_pairs import tiny_pairs


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("precision", "near"), [("bf16", 0.05), ("fp16", 0.01)])
def test_every_term_is_near_that_of_single_precision(kind, precision, near, tmp_path):
    pairs = tiny_pairs(tmp_path)
    tiny_host(kind).save(tmp_path / "host")
    for name in ("fp32", precision):
        post_train(tmp_path / "host", pairs, tmp_path / name, config=replace(CONFIG, precision=name, steps=2))
    single, lower = (read_log(tmp_path / name / "run")[0] for name in ("fp32", precision))
    terms = single.keys() - {"step", "seconds", "waiting", "learning_rate", "gradient_norm"}
    assert len(terms) > 8
    assert any(single[name] != lower[name] for name in terms)
    for name in terms:
        assert lower[name] == pytest.approx(single[name], rel=near, abs=near), name
    assert {value.dtype for value in weights(tmp_path / precision).values() if value.is_floating_point()} == {
        torch.float32
    }


def test_what_autocast_makes_comes_out_in_single_and_what_was_lower_before_stays():
    layer, rows = torch.nn.Linear(4, 4), torch.ones(2, 4)
    cpu = torch.device("cpu")
    with torch.autocast("cpu", torch.bfloat16):
        made = layer(rows)
        assert made.dtype == torch.bfloat16
        assert in_single([made, None, "text"], cpu)[0].dtype == torch.float32
        with exactly(cpu):
            assert layer(rows).dtype == torch.float32
    assert in_single([made], cpu)[0].dtype == torch.bfloat16
