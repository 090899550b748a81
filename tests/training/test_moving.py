"""What moves: only that, to the bit; what is written: blended, merged, near to the start."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from finsta.config import LoraConfig, RegulariseConfig, TransferConfig, check
from finsta.errors import InputError
from finsta.training import post_train
from finsta.training.post_training.blend import blended
from finsta.training.post_training.moved import finish, move, unmoved_notices
from finsta.training.post_training.regularise import Start
from finsta.transfer.hosts import load_host
from finsta.transfer.moving import moving_parameters
from finsta.transfer.plan import plan_transfer
from tests.hosts.registry import own_host, shared_host
from tests.training.steps import CONFIG, NOTHING, data, descend, step

RUN = replace(CONFIG, steps=2, batch_size=2, learning_rate=1e-2, warm_up_steps=1, transfer=replace(NOTHING, host=1.0))


def trained(tmp_path, name="clip", **changes):
    """Parameters before and after a short run, by the names that they have in the model."""
    own_host(name).save(tmp_path / "host")
    post_train(tmp_path / "host", data()[1], tmp_path / "e", config=replace(RUN, **changes), cache=tmp_path / "cache")
    return tuple(dict(load_host(tmp_path / folder).model.named_parameters()) for folder in ("host", "e"))


def changed(before, after) -> set[str]:
    assert {name: value.shape for name, value in before.items()} == {n: v.shape for n, v in after.items()}
    return {name for name in before if not torch.equal(before[name], after[name])}


@pytest.mark.parametrize(
    ("name", "train"),
    [
        ("clip", ("heads",)),
        ("clip", ("text",)),
        ("clip", ("*layers.1.*", "logit_scale")),
        ("videomae", ("video",)),
        ("git", ("cross_modal",)),
    ],
)
def test_only_what_is_chosen_moves_to_the_bit(tmp_path, name, train):
    before, after = trained(tmp_path, name, train=train)
    chosen = set(moving_parameters(shared_host(name), replace(RUN, train=train)))
    assert changed(before, after)
    assert changed(before, after) <= chosen


def test_lora_moves_the_layers_that_it_stands_beside_and_leaves_nothing_behind(tmp_path):
    pytest.importorskip("peft")
    config = {"train": ("lora",), "lora": LoraConfig(rank=2, layers=("q_proj",))}
    before, after = trained(tmp_path, "smolvlm", **config)
    chosen = set(moving_parameters(shared_host("smolvlm"), replace(RUN, **config)))
    assert changed(before, after)
    assert changed(before, after) <= chosen
    assert all(name.endswith("q_proj.weight") for name in chosen)


def test_lora_and_further_weights_move_together():
    pytest.importorskip("peft")
    host = own_host("smolvlm")
    move(host, replace(RUN, train=("lora", "lm_head*"), lora=LoraConfig(rank=2)))
    moving = {name for name, parameter in host.model.named_parameters() if parameter.requires_grad}
    assert "lm_head.weight" in moving
    assert {name for name in moving if "lora_" not in name} == {"lm_head.weight"}
    finish(host, "nowhere", RUN)
    assert all(parameter.requires_grad for parameter in host.model.parameters())
    assert set(dict(host.model.named_parameters())) == set(dict(shared_host("smolvlm").model.named_parameters()))


def test_the_words_share_the_parameters_of_a_dual_encoder_out():
    host = shared_host("clip")
    named = {word: set(moving_parameters(host, replace(RUN, train=(word,)))) for word in ("text", "video", "heads")}
    assert named["text"] | named["video"] | {"logit_scale"} == set(dict(host.model.named_parameters()))
    assert not named["text"] & named["video"]
    assert named["heads"] == {
        "logit_scale", "text_projection.weight", "visual_projection.weight", "vision_model.post_layernorm.weight",
        "vision_model.post_layernorm.bias",
    }  # fmt: skip
    assert not any(parameter.grad is not None for parameter in host.model.parameters())
    assert all(parameter.requires_grad for parameter in host.model.parameters())


def test_a_pattern_that_names_nothing_is_told_the_nearest():
    with pytest.raises(InputError, match=r"--train vison_model\.\*: no .* the nearest are vision_model\.\*, "):
        moving_parameters(shared_host("clip"), replace(RUN, train=("vison_model.*",)))


def test_a_word_for_a_part_that_is_not_there_says_what_there_is():
    with pytest.raises(InputError, match=r"--train text: tiny-Video.* has no parameters that only this part uses"):
        moving_parameters(shared_host("videomae"), replace(RUN, train=("text",)))


def test_at_least_one_word_is_expected():
    with pytest.raises(InputError, match="--train: expected at least one word or pattern, such as all, found none"):
        check(replace(RUN, train=()))


def test_running_means_of_layers_that_do_not_move_stay_as_they_are():
    host = own_host("clip")
    host.model.extra = torch.nn.BatchNorm1d(2)
    host.model.extra.requires_grad_(False)
    taken = step(host, replace(NOTHING, host=1.0))
    taken.objective.train()
    assert host.model.training
    assert not host.model.extra.training


def test_a_blend_is_plain_arithmetic_on_the_weights(tmp_path):
    before, after = trained(tmp_path)
    post_train(
        tmp_path / "host", data()[1], tmp_path / "half", config=replace(RUN, blend=0.5), cache=tmp_path / "cache"
    )
    half = load_file(tmp_path / "half" / "model.safetensors")
    for name in before:
        torch.testing.assert_close(half[name], (before[name] + after[name]) / 2, rtol=1e-6, atol=1e-7)
    assert "0.5 of the trained weights" in (tmp_path / "half" / "README.md").read_text()


def test_blends_at_the_ends_are_the_ends():
    start = {"w": torch.tensor([1.0, 2.0]), "n": torch.tensor([1])}
    end = {"w": torch.tensor([3.0, 6.0]), "n": torch.tensor([2])}
    assert blended(start, end, 1.0)["w"] is end["w"]
    assert blended(start, end, 0.0)["w"].tolist() == [1, 2]
    assert blended(start, end, 0.25)["w"].tolist() == [1.5, 3.0]
    assert blended(start, end, 0.25)["n"].tolist() == [2]


def test_another_architecture_is_no_start_of_a_blend():
    with pytest.raises(
        InputError, match="expected the weights of one architecture to blend, found two that differ in b"
    ):
        blended({"a": torch.zeros(1), "b": torch.zeros(1)}, {"a": torch.zeros(1)}, 0.5)


@pytest.mark.parametrize(("name", "value"), [("blend", 1.5), ("blend", -0.1)])
def test_a_share_outside_of_zero_and_one_is_refused(name, value):
    with pytest.raises(InputError, match=rf"--{name}: expected a share in \[0, 1\], found {value}"):
        check(replace(RUN, **{name: value}))


def test_a_negative_weight_of_a_regulariser_is_refused():
    with pytest.raises(InputError, match=r"--regularise.l2-start: expected 0 or more, found -1.0"):
        check(replace(RUN, regularise=RegulariseConfig(l2_start=-1.0)))


def test_the_distance_from_the_start_is_half_the_sum_of_squares_of_what_moves():
    host = own_host("clip")
    move(host, replace(RUN, train=("text_projection*",)))
    taken = step(host, replace(NOTHING, host=1.0), config=replace(CONFIG, regularise=RegulariseConfig(l2_start=0.1)))
    assert taken.terms()["start"].item() == 0
    with torch.no_grad():
        host.model.text_projection.weight += 0.5
        host.model.logit_scale += 3  # does not move in the run, hence does not count
    wide = host.model.text_projection.weight.numel()
    assert taken.terms()["start"].item() == pytest.approx(0.1 * wide * 0.25 / 2, rel=1e-4)
    assert taken.moved("start") == {"text_projection.weight"}


@pytest.mark.parametrize("name", ["clip", "videomae", "git"])
def test_the_features_of_the_start_pull_the_host_back(name):
    host = own_host(name)
    taken = step(host, replace(NOTHING, host=1.0), config=replace(CONFIG, regularise=RegulariseConfig(features=1.0)))
    taken.objective.eval()
    assert taken.terms()["features"].item() == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        for parameter in host.model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)))
    assert taken.terms()["features"].item() > 1e-3
    values = descend(taken, "features", rate=1e-3)
    assert values[-1] < values[0]


def test_the_start_is_no_part_of_what_is_trained_or_saved():
    host = own_host("clip")
    start = Start(host, RegulariseConfig(l2_start=1.0, features=1.0))
    assert not isinstance(start, torch.nn.Module)
    config = replace(CONFIG, regularise=RegulariseConfig(l2_start=1.0, features=1.0))
    taken = step(host, replace(NOTHING, host=1.0), config=config)
    assert {name.split(".")[0] for name in taken.objective.state_dict()} == {"model"}


def test_notices_are_collected_in_the_result(tmp_path):
    own_host("videomae").save(tmp_path / "host")
    config = replace(RUN, transfer=replace(NOTHING, host=1.0, pooled=1.0))
    done = post_train(tmp_path / "host", data()[1], tmp_path / "e", config=config, cache=tmp_path / "cache")
    assert [notice.partition(": ")[2] for notice in done.notices] == [
        "has no text encoder; nothing is carried into one",
        "has no cross-modal encoder; nothing is carried into one",
    ]
    again = post_train(tmp_path / "host", data()[1], tmp_path / "e", config=config, cache=tmp_path / "cache")
    assert again.continued
    assert again.notices == done.notices
    log = [json.loads(line) for line in (tmp_path / "e" / "run" / "log.jsonl").read_text().splitlines()]
    assert {"host", "pooled", "object_spatial", "predicate_temporal"} <= set(log[0])


def test_a_run_without_any_weight_is_refused():
    with pytest.raises(InputError, match=r"--transfer.host: expected some weight above 0, found none: nothing would"):
        check(replace(RUN, transfer=NOTHING))


def test_what_is_carried_into_an_encoder_that_stands_still_is_told():
    host = own_host("qwen2_5_vl")
    config = replace(RUN, train=("model.language_model.*",))
    move(host, config)
    (notice,) = unmoved_notices(host, plan_transfer(host, TransferConfig()), config)
    assert "--train model.language_model.* moves no weight of its video encoder; what is carried into it is" in notice


def test_notices_and_pairs_left_out_are_told_before_the_first_step(tmp_path):
    own_host("clip").save(tmp_path / "host")
    lost = replace(data()[1][0], id="lost", video=tmp_path / "lost.mp4")
    told = []
    post_train(
        tmp_path / "host",
        [*data()[1], lost],
        tmp_path / "e",
        config=replace(RUN, train=("text",), transfer=TransferConfig()),
        stages=lambda title: lambda done, total: told.append(title) if title == "steps" else None,
        tell=told.append,
    )
    first = told.index("steps")
    assert told[0].endswith("has no cross-modal encoder; nothing is carried into one")
    assert told[1].startswith("left out pair lost: ")
    assert first == 2


def test_nothing_is_told_where_each_encoder_moves():
    host = own_host("clip")
    config = replace(RUN, train=("text", "vision_model.encoder.layers.0.*"))
    move(host, config)
    assert unmoved_notices(host, plan_transfer(host, TransferConfig(pooled=0.5)), config) == ()


def test_in_a_joint_space_one_side_that_moves_is_enough():
    host = own_host("clip")
    for train, still in ((("vision_model.*",), 0), (("logit_scale",), 2)):
        config = replace(RUN, train=train)
        move(host, config)
        assert len(unmoved_notices(host, plan_transfer(host, TransferConfig()), config)) == still
