"""Trained: only what was chosen moves, each encoder is taught alone, what a host lacks is left out with a notice."""

from dataclasses import replace

import pytest
import torch

from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.transfer.moving import moving_parameters
from finsta.transfer.plan import ENCODERS, SIDES, plan_transfer
from tests.hosts.registry import TINY, own_host, shared_host
from tests.training.steps import NOTHING
from tests.transfer.contract.enhanced import SMALL, enhanced_host, first_step
from tests.transfer.contract.test_attached import left_in, use

ALONE = replace(NOTHING, pooled=1.0, token=1.0)


@pytest.fixture(scope="module", params=sorted(TINY))
def name(request):
    return request.param


def test_only_the_chosen_parameters_move(name):
    chosen = set(moving_parameters(own_host(name), replace(SMALL, train=("video",))))
    before, after = (host.model.state_dict() for host in (shared_host(name), enhanced_host(name)))
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    assert moved
    assert moved <= chosen


def test_training_leaves_nothing_in_the_model(name):
    hosts = shared_host(name), enhanced_host(name)
    with torch.no_grad():  # LLaVA's own forward has `transformers` put hooks of its own into vision towers
        found = [(host.model(**TINY[name].call(host)), left_in(host.model))[1] for host in hosts]
    assert found[0] == found[1]


def test_no_graph_is_asked_for_at_inference(name, monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("a graph was made")

    for kind in (TextualSceneGraph, DynamicSceneGraph, HolisticSceneGraph, GraphBatch, HolisticBatch):
        monkeypatch.setattr(kind, "__init__", refuse)
    with torch.no_grad():
        use(enhanced_host(name))


@pytest.mark.parametrize("side", SIDES)
def test_each_encoder_is_taught_alone_or_left_out_with_a_notice(name, side):
    host, config = own_host(name), replace(SMALL, transfer=replace(ALONE, sides=(side,)))
    plan = plan_transfer(host, config.transfer)
    if not getattr(host.capabilities, side):
        assert f"{host.name}: has no {ENCODERS[side]}; nothing is carried into one" in plan.notices
        assert (plan.pooled, plan.token) == ({}, {})
        return
    moved = first_step(name, host, config).moved()
    assert moved
    for other in ("text", "video"):
        if side not in ("cross_modal", other) and getattr(host.capabilities, other):
            assert not moved & set(moving_parameters(host, replace(SMALL, train=(other,)))), "what only the other uses"
