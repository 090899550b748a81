"""LoRA on tiny video LLMs: attached, trained, merged, saved."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finsta.config import LoraConfig
from finsta.errors import HostError, InputError, MissingDependencyError, TrainingError
from finsta.transfer.hosts import load_host
from finsta.transfer.hosts.llm import FAMILIES
from finsta.transfer.lora import attach_lora, attached_lora, merge_lora, target_layers
from tests.hosts.registry import own_host, shared_host
from tests.hosts.tiny import CAPTIONS, PAIRS, clips, texts

CONFIG = LoraConfig(rank=2, alpha=4, dropout=0.0)
EVERYWHERE = LoraConfig(rank=2, alpha=4, dropout=0.0, parts=("language", "vision", "projector"))


@pytest.fixture(params=sorted(FAMILIES))
def host(request):
    return own_host(request.param)


def scores(host):
    return host.log_likelihood(clips(host), [""] * PAIRS, CAPTIONS[:PAIRS])


def train(host, steps=2):
    """A few large steps of everything that has gradients."""
    moving = [parameter for parameter in host.model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(moving, lr=1.0)
    for _ in range(steps):
        loss = -scores(host).mean() + host.encode_video(clips(host)).tokens.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def state(host):
    return {name: value.clone() for name, value in host.model.state_dict().items()}


def test_outputs_are_bit_identical_once_attached_and_only_the_matrices_have_gradients(host):
    with torch.no_grad():
        before = scores(host), host.encode_video(clips(host)).tokens
        report = attach_lora(host, EVERYWHERE)
        after = scores(host), host.encode_video(clips(host)).tokens
    assert all(torch.equal(first, second) for first, second in zip(before, after, strict=True))
    moving = {name: value for name, value in host.model.named_parameters() if value.requires_grad}
    assert all("lora_" in name for name in moving)
    assert sum(value.numel() for value in moving.values()) == report.added
    assert report.total == sum(value.numel() for value in shared_host(host.config.model_type).model.parameters())


def test_only_the_chosen_layers_change_and_all_else_is_bit_identical(host):
    before = state(host)
    attach_lora(host, CONFIG)
    train(host)
    merged = merge_lora(host)
    after = state(host)
    assert after.keys() == before.keys()
    changed = {name.removesuffix(".weight") for name in before if not torch.equal(before[name], after[name])}
    assert changed == set(merged)
    language = FAMILIES[host.config.model_type].language
    assert all(name.startswith(f"{language}.layers.") for name in merged)
    assert len(merged) == 2 * 7  # two layers, each with four projections of attention and three of the MLP


def test_the_merged_model_computes_what_the_unmerged_one_did(host):
    attach_lora(host, EVERYWHERE)
    start = scores(host).detach()
    train(host)
    with torch.no_grad():
        unmerged = scores(host), host.encode_video(clips(host)).tokens
        assert (unmerged[0] - start).abs().min() > 1e-3
        merge_lora(host)
        merged = scores(host), host.encode_video(clips(host)).tokens
    for first, second in zip(unmerged, merged, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-4)


def test_nothing_is_left_after_merging(host):
    shape = [(name, type(module)) for name, module in host.model.named_modules()]
    own = set(vars(host.model))
    attach_lora(host, EVERYWHERE)
    merge_lora(host)
    assert [(name, type(module)) for name, module in host.model.named_modules()] == shape
    assert set(vars(host.model)) == own
    assert all(parameter.requires_grad for parameter in host.model.parameters())
    assert attached_lora(host) == merge_lora(host) == ()


def test_merging_untrained_matrices_changes_no_bit(host):
    before = state(host)
    attach_lora(host, EVERYWHERE)
    merge_lora(host)
    after = state(host)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("name", ["video_llava", "qwen2_5_vl", "internvl"])
def test_a_merged_host_is_saved_with_the_keys_and_shapes_of_the_host_and_loads_without_peft(
    tmp_path, monkeypatch, name
):
    host = own_host(name)
    attach_lora(host, CONFIG)
    train(host)
    merge_lora(host)
    host.save(tmp_path / "merged")
    loaded = load_host(tmp_path / "merged", num_frames=host.num_frames)
    with torch.no_grad():
        torch.testing.assert_close(scores(loaded), scores(host), rtol=1e-6, atol=1e-6)
    original = shared_host(name).model.state_dict()
    assert {key: value.shape for key, value in loaded.model.state_dict().items()} == {
        key: value.shape for key, value in original.items()
    }
    monkeypatch.setitem(sys.modules, "peft", None)
    type(host.model).from_pretrained(tmp_path / "merged")
    assert not list(Path(tmp_path / "merged").glob("adapter*"))


def test_matrices_train_with_recomputed_activations_as_without(host):
    gradients = []
    for recomputed in (False, True):
        twin = own_host(host.config.model_type)
        attach_lora(twin, EVERYWHERE)
        twin.model.train()
        if recomputed:
            twin.model.activation_checkpointing_enable({"use_reentrant": False})
        twin.encode_pairs(clips(twin), texts(twin)).tokens.square().mean().backward()
        gradients.append([value.grad for value in twin.model.parameters() if value.requires_grad])
    for first, second in zip(*gradients, strict=True):
        assert (first is None) == (second is None)
        if first is not None:
            torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-6)
    assert any(gradient is not None and bool(gradient.any()) for gradient in gradients[0])


def test_a_host_whose_weights_are_halved_is_trained_and_merged_to_their_rounding(host):
    buffers = {name: value.dtype for name, value in host.model.named_buffers()}
    attach_lora(host, replace(CONFIG, base="bf16"))
    assert {(value.dtype, value.requires_grad) for value in host.model.parameters()} == {
        (torch.bfloat16, False),
        (torch.float32, True),
    }
    assert {name: value.dtype for name, value in host.model.named_buffers()} == buffers
    encodings = (
        host.encode_video(clips(host)),
        host.encode_text(texts(host)),
        host.encode_pairs(clips(host), texts(host)),
    )
    assert {encoding.tokens.dtype for encoding in encodings} == {torch.float32}
    train(host)
    with torch.no_grad():
        unmerged = scores(host)
        merge_lora(host)
        merged = scores(host)
    assert {value.dtype for value in host.model.parameters()} == {torch.bfloat16}
    torch.testing.assert_close(merged, unmerged, rtol=0.05, atol=0.05)


def test_halving_loses_nothing_of_weights_that_came_halved(host):
    for value in host.model.parameters():
        value.data = value.data.bfloat16().float()
    before = state(host)
    attach_lora(host, replace(CONFIG, base="bf16"))
    merge_lora(host)
    assert all(torch.equal(before[name], value.float()) for name, value in state(host).items())


def test_matrices_are_the_same_for_the_same_seed_and_the_random_state_stays():
    matrices = []
    for seed in (0, 0, 1):
        torch.manual_seed(7)
        host = own_host("smolvlm")
        attach_lora(host, CONFIG, seed=seed)
        matrices.append([value.clone() for value in host.model.parameters() if value.requires_grad])
        assert torch.equal(torch.rand(1), torch.rand(1, generator=torch.Generator().manual_seed(7)))
    assert all(torch.equal(first, second) for first, second in zip(matrices[0], matrices[1], strict=True))
    assert not all(torch.equal(first, second) for first, second in zip(matrices[0], matrices[2], strict=True))


def test_parts_do_not_overlap_and_leave_out_the_head(host):
    found = [set(target_layers(host, LoraConfig(parts=(part,)))) for part in ("language", "vision", "projector")]
    linear = {name for name, module in host.model.named_modules() if type(module) is torch.nn.Linear}
    assert sum(len(part) for part in found) == len(set.union(*found))
    assert linear - set.union(*found) == {"lm_head"}
    deepstack = {name for name in linear if "deepstack_merger" in name}
    assert deepstack <= found[2]


def test_layers_can_be_named():
    host = shared_host("qwen2_vl")
    named = target_layers(host, LoraConfig(layers=("q_proj", "v_proj")))
    assert {name.rpartition(".")[2] for name in named} == {"q_proj", "v_proj"}
    assert len(named) == 4


def test_a_dual_encoder_takes_matrices_too():
    host = own_host("clip")
    before = state(host)
    attach_lora(host, LoraConfig(rank=2, dropout=0.0, parts=("vision",)))
    assert all(name.startswith("vision_model.") for name in attached_lora(host))
    merge_lora(host)
    assert all(torch.equal(before[name], value) for name, value in state(host).items())
    assert set(target_layers(host, LoraConfig(parts=("projector",)))) == {"visual_projection", "text_projection"}


def test_a_layer_that_is_not_there_is_an_error_that_names_those_that_are():
    with pytest.raises(
        InputError, match=r"no linear layer called query in language; it has language: down_proj; .*vision"
    ):
        target_layers(shared_host("internvl"), LoraConfig(layers=("query",)))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (LoraConfig(rank=0), r"--lora\.rank: expected 1 or more, found 0"),
        (LoraConfig(alpha=0), r"--lora\.alpha: expected more than 0, found 0"),
        (LoraConfig(dropout=1.0), r"--lora\.dropout: expected a chance in \[0, 1\), found 1\.0"),
    ],
)
def test_numbers_out_of_range_are_errors(config, message):
    with pytest.raises(InputError, match=message):
        attach_lora(own_host("smolvlm"), config)


def test_matrices_are_attached_once():
    host = own_host("smolvlm")
    attach_lora(host, CONFIG)
    with pytest.raises(HostError, match="attached already; merge_lora takes them in first"):
        attach_lora(host, CONFIG)


def test_matrices_that_are_not_finite_are_not_merged():
    host = own_host("smolvlm")
    attach_lora(host, CONFIG)
    for name, value in host.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.constant_(value, float("nan"))
    with pytest.raises(TrainingError, match="is not finite with what was trained added to it; lower the learning rate"):
        merge_lora(host)


def test_without_peft_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingDependencyError, match=r"LoRA needs peft; install it with: pip install 'finsta\[lora\]'"):
        attach_lora(own_host("smolvlm"), CONFIG)
