"""One training step of a host, with the graphs and without: the batch, the two objectives, what is run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from finsta.alignment.phrases import phrases_of
from finsta.config import PostTrainConfig, control
from finsta.experiments.cost import synthetic_pair
from finsta.graphs.collate import holistic_batch
from finsta.presets import small
from finsta.sentences import SentenceEncoder
from finsta.training.post_training.batches import GraphInputs, PairBatch
from finsta.training.post_training.graph_inputs import tokens_of
from finsta.training.post_training.moved import move
from finsta.training.post_training.objective import PostTrainingObjective
from finsta.transfer.distillation import span_weights
from finsta.transfer.hosts import Host
from finsta.transfer.labels import LabelTable
from host_sections.families import FAMILIES, Size

PAIRS, KEY_FRAMES, OBJECTS = 2, 8, 6
"""Pairs in a step; key frames of a graph, and objects in each, with two attributes and two relations each."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Of one host.

    Attributes:
        host: The host.
        batch: Two pairs with graphs.
        own: Its own loss alone: the fair control.
        whole: With all that finsta adds by default.
    """

    host: Host
    batch: PairBatch
    own: PostTrainingObjective
    whole: PostTrainingObjective

    def run(self, name: str) -> Callable[[], object]:
        """Forward and backward of ``own`` or ``whole``."""
        objective: PostTrainingObjective = getattr(self, name)

        def step() -> None:
            objective.zero_grad()
            torch.stack(list(objective(self.batch, 0.5).values())).sum().backward()

        return step


def steps_of(family: str, size: Size, *, pairs: int = PAIRS) -> Steps:
    """Both objectives on one model."""
    torch.manual_seed(0)
    row = FAMILIES[family]
    host = row.build(size)
    config = PostTrainConfig(encoder=small(), train=row.train)
    batch = batch_of(host, pairs)
    graphs = batch.graphs
    assert graphs is not None
    labels = LabelTable(host, (*graphs.graphs.text.labels, *graphs.graphs.video.labels))
    move(host, config)
    return Steps(
        host=host,
        batch=batch,
        own=PostTrainingObjective(host, control(config)).train(),
        whole=PostTrainingObjective(host, config, labels).train(),
    )


def batch_of(host: Host, pairs: int) -> PairBatch:
    """Clips of noise, whose graphs have a stated size."""
    graph = synthetic_pair(frames=KEY_FRAMES, objects=OBJECTS)
    texts, phrases, nodes = [graph.text.text] * pairs, phrases_of(graph.text), len(graph.text.nodes)
    mentions = [[(node.span,) if node.span else () for node in graph.text.nodes]] * pairs
    weights = torch.zeros(pairs * nodes, 0)
    if host.tokenizer is not None:
        offsets = [list(encoding.offsets) for encoding in host.tokens(texts).encodings]
        weights = span_weights(offsets, mentions)
    spacing = KEY_FRAMES / host.num_frames
    noise = np.random.default_rng(0).integers(0, 256, (pairs, host.num_frames, 240, 320, 3), dtype=np.uint8)
    return PairBatch(
        ids=tuple(map(str, range(pairs))),
        pixels=torch.stack([host.pixels(list(clip)) for clip in noise]),
        captions=tokens_of(host, texts),
        texts=tuple(f"{text} {number}" for number, text in enumerate(texts)),
        same_caption=torch.eye(pairs, dtype=torch.bool),
        sentences=SentenceEncoder().embed(texts) if host.spec.loss == "none" else None,
        graphs=GraphInputs(
            graphs=holistic_batch([graph] * pairs),
            frame_times=torch.tensor([[spacing * (index + 0.5) for index in range(host.num_frames)]] * pairs),
            token_weights=weights,
            phrases=tokens_of(host, [phrase.text for phrase in phrases] * pairs),
            phrase_nodes=torch.tensor([pair * nodes + phrase.node for pair in range(pairs) for phrase in phrases]),
        ),
    )


def memory_case(family: str, name: str, quick: bool) -> Callable[[], object]:
    """For :func:`measuring.peak_growth`: a step from weights without gradients, so that these count too."""
    return steps_of(family, timed_size(quick)).run(name)


def timed_size(quick: bool) -> Size:
    """Of the hosts whose time and memory are taken: six layers of each tower, a third of the width."""
    return Size(width=128, vision=1, text=1) if quick else Size(width=256, vision=6, text=6)
