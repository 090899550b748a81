"""Post-training of hosts that no folder of `transformers` holds."""

import pytest
import torch
from safetensors.torch import load_file

from finsta.config import PostTrainConfig
from finsta.errors import InputError
from finsta.training import post_train
from tests.hosts.own import two_towers
from tests.training.steps import CONFIG, data

SETTINGS = {"steps": 2, "batch_size": 3, "warm_up_steps": 0, "encoder": CONFIG.encoder, "learning_rate": 1e-2}


def test_a_module_of_ones_own_is_post_trained_and_saved(tmp_path):
    host = two_towers()
    before = {name: value.clone() for name, value in host.model.state_dict().items()}
    config = PostTrainConfig(**SETTINGS, train=("visual.*",))
    done = post_train(host, data()[1], tmp_path / "out", config=config, data="tiny")
    saved = load_file(tmp_path / "out" / "model.safetensors")
    moved = {name for name in before if not torch.equal(before[name], saved[name])}
    assert moved
    assert all(name.startswith("visual.") for name in moved)
    assert "Base model: TwoTowers" in (tmp_path / "out" / "README.md").read_text()
    assert any("has no cross-modal encoder" in notice for notice in done.notices)
    assert post_train(two_towers(), data()[1], tmp_path / "out", config=config, data="tiny").continued


def test_half_of_what_a_module_learned_can_be_blended_in(tmp_path):
    before = two_towers().model.state_dict()
    whole, half = (tmp_path / name for name in ("whole", "half"))
    post_train(two_towers(), data()[1], whole, config=PostTrainConfig(**SETTINGS))
    post_train(two_towers(), data()[1], half, config=PostTrainConfig(**SETTINGS, blend=0.5))
    name = "words.weight"
    trained, blended = (load_file(folder / "model.safetensors")[name] for folder in (whole, half))
    assert not torch.equal(trained, before[name])
    torch.testing.assert_close(blended, (trained + before[name]) / 2)


def test_another_number_of_frames_than_a_given_host_reads_is_refused(tmp_path):
    with pytest.raises(InputError, match="--frames: expected 2, which TwoTowers was made to read, or 0; found 5"):
        post_train(two_towers(), data()[1], tmp_path / "out", config=PostTrainConfig(frames=5))
