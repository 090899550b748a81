"""Training of the relation head: annotated graphs in, a folder with a head out (our definition)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from finsta.config import RelationHeadConfig
from finsta.errors import InputError
from finsta.shapes import Array, Bool, Float, Tensor
from finsta.training.loop.loop import LoopConfig, run_loop
from finsta.training.loop.run_folder import RunFolder
from finsta.training.relation_head.course import Course, LabelledPairs, Named, Teacher, prepare
from finsta.training.relation_head.scores import best_thresholds
from finsta.video.predicates.head import HeadSettings, RelationHead, make_network
from finsta.video.predicates.network import RelationNetwork

Report = Callable[[str], Callable[[int, int], None]]
"""Given the title of a stage, gives what is called with steps done and steps in all."""


class _EarlyEnd(Exception):  # noqa: N818
    """Validation did not improve for as long as the settings allow."""


def train_relation_head(
    train: Sequence[Named], validation: Sequence[Named], out: Path, *, config: RelationHeadConfig, stages: Report
) -> RelationHead:
    """Train a head, or go on where a run of the same settings stopped.

    Each step sees ``batch_size`` shots with all their pairs, disturbed anew. After each pass the loss on the validation
    shots, disturbed once and for all, is taken; the best weights are kept and training ends early where
    ``patience`` passes bring nothing. Thresholds are set on the validation shots at the end.

    Args:
        train: Graphs.
        validation: Graphs that none of the weights is fitted to.
        out: Folder; see docs/file-formats.md.
        config: Settings.
        stages: Told of the steps.

    Returns:
        The head, as :meth:`RelationHead.load` reads it from the folder.

    Raises:
        InputError: if a setting is out of range, or the graphs tell too little.
        OutputError: if the folder holds something else, or cannot be written.
    """
    _check(config)
    settings = {"config": asdict(config), "graphs": {"train": len(train), "validation": len(validation)}}
    folder = RunFolder(out, settings)
    if (out / "relation_head.json").is_file():
        return RelationHead.load(out)
    course = prepare(train, validation, config)
    torch.manual_seed(config.seed)
    network = make_network(course.settings, dropout=config.dropout)
    watch = _Watch(folder.run, network, course, config)
    _run(network, course, config, folder.run, watch, stages("training"))
    network.load_state_dict(load_file(watch.best_weights))
    chances, labels = watch.predict()
    thresholds = best_thresholds(chances, labels, rate=config.rate)
    final = HeadSettings(**{**vars(course.settings), "thresholds": tuple(thresholds)})
    RelationHead(network, course.prior, final).save(out)
    return RelationHead.load(out)


def _check(config: RelationHeadConfig) -> None:
    positive = (
        "rate",
        "width",
        "epochs",
        "batch_size",
        "learning_rate",
        "fewest_examples",
        "patience",
        "checkpoint_every",
    )
    for name in positive:
        _require(getattr(config, name) > 0, name, "more than 0", getattr(config, name))
    for name in ("dropout", "label_dropout", "misses"):
        _require(0 <= getattr(config, name) < 1, name, "a share in [0, 1)", getattr(config, name))
    _require(0 < config.idle <= 1, "idle", "a share in (0, 1]", config.idle)
    _require(0 <= config.jitter < 0.5, "jitter", "a share in [0, 0.5)", config.jitter)


def _require(right: bool, name: str, expected: str, found: float | int) -> None:
    if not right:
        raise InputError(f"--{name.replace('_', '-')}: expected {expected}, found {found}")


class RelationObjective(nn.Module):
    """Binary cross-entropy of every predicate at every step: several may hold at once.

    Args:
        network: What is trained.
    """

    def __init__(self, network: RelationNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: LabelledPairs, progress: float) -> dict[str, Tensor]:
        """The loss, summed over predicates and averaged over steps."""
        return {"relation": relation_loss(self.network(batch.pairs), batch)}


def relation_loss(logits: Float[Tensor, "pairs steps predicates"], batch: LabelledPairs) -> Tensor:
    """Sum over predicates, weighted mean over the real steps."""
    labels = batch.labels.to(logits.device)
    mask = (batch.pairs.mask * batch.weight[:, None]).to(logits.device)
    loss = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none").sum(-1)
    return (loss * mask).sum() / mask.sum()


class _Watch:
    """Validation after each pass: keeps the best weights, and says when it is enough."""

    def __init__(self, folder: Path, network: RelationNetwork, course: Course, config: RelationHeadConfig) -> None:
        self.network, self.patience = network, config.patience
        self.log, self.best_weights = folder / "validation.jsonl", folder / "best.safetensors"
        teacher = Teacher(course, config)
        rng = np.random.default_rng([config.seed, 1])
        examples = course.validation
        self.batches = [
            teacher.batch(examples[start : start + config.batch_size], rng)
            for start in range(0, len(examples), config.batch_size)
        ]
        self.losses = self._read()

    def _read(self) -> list[tuple[int, float]]:
        if not self.log.is_file() or not self.best_weights.is_file():
            return []
        rows = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        return [(row["step"], row["loss"]) for row in rows]

    def look(self, step: int) -> None:
        """Validate at a step, unless an interrupted run did so already.

        Raises:
            _EarlyEnd: if nothing improved for ``patience`` looks.
        """
        if not any(done == step for done, _ in self.losses):
            loss = self.loss()
            if loss < min((other for _, other in self.losses), default=float("inf")):
                temporary = self.best_weights.with_name(".best.tmp")
                save_file(self.network.state_dict(), temporary)
                temporary.replace(self.best_weights)
            self.losses.append((step, loss))
            with self.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps({"step": step, "loss": loss}) + "\n")
        values = [loss for done, loss in self.losses if done <= step]
        if len(values) - 1 - values.index(min(values)) >= self.patience:
            raise _EarlyEnd

    @torch.inference_mode()
    def loss(self) -> float:
        """The mean loss over the steps of the validation shots."""
        self.network.eval()
        total = sum(float(relation_loss(self.network(b.pairs), b)) * float(b.pairs.mask.sum()) for b in self.batches)
        self.network.train()
        return total / sum(float(batch.pairs.mask.sum()) for batch in self.batches)

    @torch.inference_mode()
    def predict(self) -> tuple[list[Float[Array, "_ predicates"]], list[Bool[Array, "_ predicates"]]]:
        """Chances and labels of every validation pair."""
        self.network.eval()
        chances, labels = [], []
        for batch in self.batches:
            lengths = batch.pairs.mask.sum(1).tolist()
            labels += [batch.labels[row, :length].numpy() > 0 for row, length in enumerate(lengths)]
            found = self.network(batch.pairs).sigmoid().cpu().numpy()
            chances += [found[row, :length] for row, length in enumerate(lengths)]
        return chances, labels


def _run(
    network: RelationNetwork,
    course: Course,
    config: RelationHeadConfig,
    folder: Path,
    watch: _Watch,
    on_step: Callable[[int, int], None],
) -> None:
    teacher = Teacher(course, config)
    size = len(course.train)
    each = max(size // min(config.batch_size, size), 1)

    def collate(indices: Sequence[int], number: int) -> LabelledPairs:
        rng = np.random.default_rng([config.seed, 2, *indices])
        return teacher.batch([course.train[index] for index in indices], rng, idle=config.idle)

    def after(done: int, total: int) -> None:
        if done % each == 0:
            watch.look(done)
        on_step(done, total)

    loop = LoopConfig(
        steps=config.epochs * each,
        batch_size=config.batch_size,
        warm_up_steps=min(100, config.epochs * each // 5),
        clip_norm=1.0,
        seed=config.seed,
        checkpoint_every=config.checkpoint_every,
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    try:
        run_loop(RelationObjective(network), optimizer, collate, size=size, config=loop, folder=folder, on_step=after)
    except _EarlyEnd:
        on_step(loop.steps, loop.steps)
