"""A batch that goes through the host in parts is contrasted as a whole, with the same gradient."""

from dataclasses import replace

import pytest
import torch

from finsta.config import TransferConfig
from finsta.errors import HostError
from finsta.training.post_training.encoded import Needs, encode
from finsta.training.post_training.host_loss import pair_loss
from finsta.training.post_training.in_parts import in_parts, recomputed_activations
from finsta.training.post_training.train import post_train
from tests.tiny_hosts import KINDS, tiny_host
from tests.training.test_post_training import CONFIG, weights
from tests.training.tiny_pairs import tiny_pairs


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return tiny_pairs(tmp_path_factory.mktemp("data"))


def gradient(host, pairs, folder, at_once):
    from finsta.tasks.encoding import clip_cache
    from finsta.training.post_training.batches import PairCollator

    host.model.zero_grad()
    batch = PairCollator(host, pairs, clip_cache(host, folder))([0, 1, 2, 3], 0)
    encoded = encode(host, batch, Needs(text=True, video=True, pairs=False), at_once=at_once)
    pair_loss(encoded.similarity, encoded.same_caption).backward()
    return torch.cat([p.grad.flatten() for p in host.model.parameters() if p.grad is not None])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at_once", [1, 3, 4])
def test_parts_give_the_loss_and_gradient_of_the_whole(kind, at_once, pairs, tmp_path):
    host = tiny_host(kind)
    whole = gradient(host, pairs, tmp_path, 0)
    parts = gradient(host, pairs, tmp_path, at_once)
    assert torch.allclose(parts, whole, atol=1e-4 * float(whole.abs().max()))


def test_the_encoder_sees_one_part_at_a_time_and_each_twice():
    seen = []
    weight = torch.ones(3, requires_grad=True)

    def encoder(rows):
        seen.append(len(rows))
        return (rows * weight).sin().square()

    in_parts(encoder, torch.arange(15.0).reshape(5, 3), size=2).sum().backward()
    assert sorted(seen) == [1, 1, 2, 2, 2, 2]
    with torch.no_grad():
        assert in_parts(encoder, torch.ones(5, 3), size=2).shape == (5, 3)


def test_dropout_is_drawn_again_alike():
    weight = torch.ones(1, requires_grad=True)
    drawn = []

    def encoder(rows):
        mask = torch.nn.functional.dropout(torch.ones_like(rows), 0.5)
        drawn.append(mask.detach())
        return rows * mask * weight * weight

    in_parts(encoder, torch.ones(4, 8), size=2).sum().backward()
    first, second, *again = drawn
    assert any(torch.equal(first, other) for other in again)
    assert any(torch.equal(second, other) for other in again)


@pytest.mark.parametrize("options", [{"encode_at_once": 1}, {"gradient_checkpointing": True}])
def test_a_run_that_makes_activations_anew_learns_the_same(options, pairs, tmp_path):
    tiny_host("clip").save(tmp_path / "host")
    config = replace(
        CONFIG, steps=2, batch_size=4, transfer=TransferConfig(relational=0.0, grounding=0.0), warm_up_steps=0
    )
    post_train(tmp_path / "host", pairs, tmp_path / "plain", config=config)
    post_train(tmp_path / "host", pairs, tmp_path / "anew", config=replace(config, **options))
    plain, anew = weights(tmp_path / "plain"), weights(tmp_path / "anew")
    start = weights(tmp_path / "host")
    moved = {name: (plain[name] - start[name]).abs().max() for name in plain}
    assert max(moved.values()) > 1e-3
    assert all(torch.allclose(plain[name], anew[name], atol=2e-4) for name in plain)


def test_a_model_that_cannot_make_its_activations_anew_is_told_by_name():
    host = tiny_host("clip")
    type(host.model).supports_gradient_checkpointing, before = False, type(host.model).supports_gradient_checkpointing
    try:
        with (
            pytest.raises(
                HostError, match="CLIPModel cannot make its activations anew; leave --gradient-checkpointing"
            ),
            recomputed_activations(host, True),
        ):
            pass
    finally:
        type(host.model).supports_gradient_checkpointing = before


def test_nothing_is_left_of_it_on_the_model():
    host = tiny_host("clip")

    def hooks():
        return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in host.model.modules())

    before = hooks()
    with recomputed_activations(host, True):
        assert any(getattr(module, "gradient_checkpointing", False) for module in host.model.modules())
    assert hooks() == before
    assert not any(getattr(module, "gradient_checkpointing", False) for module in host.model.modules())
