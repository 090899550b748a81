"""The host's own objective on tiny hosts of every family: its form, its value, whom it moves, and hard negatives."""

import math
from dataclasses import replace

import pytest
import torch

from finsta.errors import HostError
from finsta.training.post_training.own_loss import OwnObjective
from tests.hosts.registry import own_host, shared_host
from tests.training.steps import FAMILIES, NOTHING, descend, step

OWN = replace(NOTHING, host=1.0)
NEGATIVES = replace(NOTHING, negatives=1.0)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_own_loss_of_every_family_falls_when_it_is_followed(name):
    values = descend(step(own_host(name), OWN), "host")
    assert values[-1] < values[0]


@pytest.mark.parametrize("name", FAMILIES)
def test_hard_negatives_of_every_family_are_told_apart_when_they_are_followed(name):
    values = descend(step(own_host(name), NEGATIVES), "negatives", steps=10)
    assert values[-1] < values[0]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_control_of_every_family_computes_its_own_terms_and_no_other(name):
    assert set(step(own_host(name), replace(OWN, negatives=1.0)).terms()) == {"host", "negatives"}


def test_the_loss_of_a_contrastive_host_is_that_of_its_own_forward():
    host = own_host("clip")
    taken = step(host, OWN)
    taken.objective.eval()
    batch = taken.batch
    with torch.no_grad():
        own = host.forward(batch.pixels, batch.captions["input_ids"], batch.captions["attention_mask"]).loss
        assert taken.terms()["host"].item() == pytest.approx(own.item(), rel=1e-6)


def test_the_loss_of_siglip_is_that_of_its_own_forward():
    host = own_host("siglip")
    taken = step(host, OWN)
    taken.objective.eval()
    batch = taken.batch
    with torch.no_grad():
        text, video = host.encode_text(batch.captions), host.encode_video(batch.pixels)
        logits = host.similarity(text.pooled, video.pooled)
        sign = 2 * torch.eye(3) - 1
        expected = -torch.nn.functional.logsigmoid(sign * logits).sum(1).mean()  # as SiglipModel.forward has it
        assert taken.terms()["host"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_loss_of_a_captioner_is_minus_its_log_likelihood():
    host = own_host("git")
    taken = step(host, OWN)
    taken.objective.eval()
    with torch.no_grad():
        expected = -host.log_likelihood(taken.batch.pixels, [""] * 3, taken.batch.texts).mean()
        assert taken.terms()["host"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_video_encoder_is_held_against_frozen_sentences_through_a_projection_that_is_thrown_away():
    taken = step(own_host("videomae"), OWN)
    assert taken.batch.sentences.shape == (3, 384)
    assert not taken.batch.sentences.requires_grad
    own = {name for name, _ in taken.objective.own.named_parameters()}
    assert own == {"projection.weight", "projection.bias", "temperature.position"}
    assert taken.moved("host")
    assert taken.objective.own.projection.weight.grad.any()


def test_matching_hosts_are_shown_wrong_pairs_from_the_batch():
    host = own_host("bridgetower:matching")
    seen = []
    inner = host.spec.encode_pairs
    host.spec = replace(host.spec, encode_pairs=lambda m, p, t: (seen.append(len(p)), inner(m, p, t))[1])
    value = step(host, OWN).terms()["host"]
    assert seen[-2:] == [3, 6]
    assert value.item() < 2 * math.log(2)


@pytest.mark.parametrize(
    ("name", "loss", "lacks"),
    [
        ("videomae", "contrastive", "a joint space"),
        ("git", "sigmoid", "a joint space"),
        ("clip", "matching", "a cross-modal encoder"),
        ("clip", "captioning", "a decoder of text"),
    ],
)
def test_a_description_that_names_a_loss_the_host_cannot_have_is_an_error(name, loss, lacks):
    host = own_host(name)
    host.spec = replace(host.spec, loss=loss)
    with pytest.raises(HostError, match=f"loss='{loss}', for which it has not {lacks}; mend its HostSpec"):
        OwnObjective(host)


def test_a_matching_host_without_a_match_is_an_error():
    host = own_host("bridgetower:matching")
    inner = host.spec.encode_pairs
    host.spec = replace(host.spec, encode_pairs=lambda m, p, t: replace(inner(m, p, t), match=None))
    with pytest.raises(HostError, match=r"encode_pairs gives no match; expected a logit"):
        step(host, OWN).terms()


@pytest.mark.parametrize("name", FAMILIES)
def test_what_no_term_asks_for_is_not_run(name):
    needs = OwnObjective(shared_host(name)).needs(shared_host(name))
    form, joint = shared_host(name).spec.loss, shared_host(name).capabilities.joint
    assert needs.likelihood == (form == "captioning")
    assert needs.pairs == (form == "matching")
    assert needs.text == (joint and form in ("contrastive", "sigmoid", "matching"))
    assert needs.video == (needs.text or form == "none")
