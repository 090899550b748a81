"""One step of post-training on a tiny host of any family: its objective, and the batch of three tiny pairs."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import torch

from finsta.config import EncoderConfig, PostTrainConfig, TransferConfig
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.shapes import Tensor
from finsta.training.post_training.batches import PairBatch
from finsta.training.post_training.collating import make_collator
from finsta.training.post_training.objective import PostTrainingObjective
from finsta.transfer.hosts import Host
from finsta.transfer.labels import LabelTable
from tests.training.tiny_pairs import THINGS, tiny_pairs

NOTHING = TransferConfig(
    object_spatial=0.0, predicate_temporal=0.0, grounding=0.0, host=0.0, direct=0.0, relational=0.0, holistic=0.0,
    beyond_joint=0.0, ramp=0.0,
)  # fmt: skip
"""No term at all, to be joined by the one that a test is about."""

CONFIG = PostTrainConfig(encoder=EncoderConfig(width=32, heads=2, layers=2), learning_rate=1e-3)

FAMILIES = ("clip", "siglip", "videomae", "blip:retrieval", "bridgetower:matching", "git", "smolvlm")
"""One host of each family and of each form of its own loss."""


@cache
def data() -> tuple[Path, tuple[Pair, ...]]:
    """A folder, and four pairs in it."""
    folder = Path(mkdtemp(prefix="finsta-steps-"))
    return folder, tuple(tiny_pairs(folder))


@dataclass(frozen=True, kw_only=True)
class Step:
    """Of one host."""

    objective: PostTrainingObjective
    batch: PairBatch

    def terms(self, progress: float = 0.5) -> dict[str, Tensor]:
        """The weighted terms."""
        return self.objective(self.batch, progress)

    def moved(self, *names: str) -> set[str]:
        """The host's parameters that gradients of these terms reach, of all terms without names."""
        self.objective.zero_grad()
        terms = self.terms()
        torch.stack([terms[name] for name in names or terms]).sum().backward()
        return {
            name
            for name, parameter in self.objective.model.named_parameters()
            if parameter.grad is not None and bool(parameter.grad.any())
        }


def step(host: Host, weights: TransferConfig, *, config: PostTrainConfig = CONFIG, seed: int = 0) -> Step:
    """Its objective under a seed, and the batch of the first three pairs."""
    folder, pairs = data()
    config = replace(config, transfer=weights)
    clips = ClipCache(folder / "clips", frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)
    graphs = GraphStore(folder / "graphs") if weights.uses_graphs else None
    labels = LabelTable(host, {word for things in THINGS for word in things})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        objective = PostTrainingObjective(host, config, labels).train()
    return Step(objective=objective, batch=make_collator(host, pairs, clips, graphs, config)([0, 1, 2]))


def descend(taken: Step, *names: str, steps: int = 6, rate: float = 3e-3) -> list[float]:
    """The sum of some terms before each of a few steps of AdamW, and after the last."""
    optimizer = torch.optim.AdamW([p for p in taken.objective.parameters() if p.requires_grad], lr=rate)
    values = []
    for _ in range(steps + 1):
        torch.manual_seed(0)  # dropout of the host: the same loss is asked each time
        terms = taken.terms()
        loss = torch.stack([terms[name] for name in names]).sum()
        values.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return values
