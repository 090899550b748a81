"""Every tiny host after a step of post-training in which its video encoder alone was to move."""

import copy
from dataclasses import replace
from functools import cache

import torch

from finsta.config import EncoderConfig, PostTrainConfig, TransferConfig
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.training.post_training.batches import PairBatch
from finsta.training.post_training.collating import make_collator
from finsta.training.post_training.moved import move
from finsta.training.post_training.objective import PostTrainingObjective, total
from finsta.transfer.hosts import Host
from finsta.transfer.labels import LabelTable
from tests.hosts.registry import own_host, shared_host
from tests.training.steps import Step, data
from tests.training.tiny_pairs import THINGS

ALL = replace(TransferConfig(), ramp=0.0, pooled=0.5, token=0.5)
"""Every form of transfer, from the first step on."""

SMALL = PostTrainConfig(encoder=EncoderConfig(width=16, heads=2, layers=1, feed_forward=16))
"""Graph encoders that take next to no time: what becomes of the host is asked here."""

WORDS = sorted({word for things in THINGS for word in things})


@cache
def batch_of(name: str) -> PairBatch:
    """Three pairs with their graphs, as the host of this name reads them."""
    host = shared_host(name)
    folder, pairs = data()
    clips = ClipCache(folder / "clips", frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)
    return make_collator(host, pairs, clips, GraphStore(folder / "graphs"), SMALL)([0, 1, 2])


def first_step(name: str, host: Host, config: PostTrainConfig) -> Step:
    """As `tests.training.steps.step`, with labels that mean nothing: no sentence encoder is loaded for any host."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        labels = LabelTable.of(WORDS, torch.randn(len(WORDS), 16))
        objective = PostTrainingObjective(host, config, labels).train()
    return Step(objective=objective, batch=batch_of(name))


@cache
def enhanced_host(name: str) -> Host:
    """The host of this name, trained; only for tests that leave it as it is."""
    host = own_host(name)
    asked = [parameter.requires_grad for parameter in host.model.parameters()]
    config = replace(SMALL, train=("video",), transfer=ALL)
    move(host, config)
    taken = first_step(name, host, config)
    optimizer = torch.optim.AdamW([p for p in taken.objective.parameters() if p.requires_grad], lr=1e-3)
    total(taken.terms()).backward()
    optimizer.step()
    host.model.zero_grad(set_to_none=True)
    for parameter, was in zip(host.model.eval().parameters(), asked, strict=True):
        parameter.requires_grad_(was)
    return host


def own_enhanced_host(name: str) -> Host:
    """A copy of it, to be changed."""
    host = enhanced_host(name)
    twin = copy.copy(host)
    twin.model = copy.deepcopy(host.model)
    return twin
