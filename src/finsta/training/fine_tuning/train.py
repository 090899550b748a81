"""Fine-tuning: a host, the training split of a data set and a task in; a plain checkpoint, with a head beside, out."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

from finsta.config_fine_tune import FineTuneConfig, check_fine_tuning
from finsta.data.samples import Sample
from finsta.errors import InputError
from finsta.metrics.answers import normalise_answer
from finsta.tasks.heads import save_head
from finsta.tasks.items import TaskItems
from finsta.tasks.open_qa import OpenVocabulary
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import open_clips
from finsta.training.fine_tuning.batches import TaskCollator
from finsta.training.fine_tuning.heads import make_head, with_classifier
from finsta.training.fine_tuning.objective import FineTuning, check_host
from finsta.training.loop.contract import Items, LoopConfig, Trained
from finsta.training.loop.loop import run_loop
from finsta.training.loop.optimizer import adamw
from finsta.training.loop.processes import by_first, first_goes_first, is_first, join_processes, wait
from finsta.training.loop.run_folder import RunFolder
from finsta.training.loop.stages import Stages, on_first
from finsta.transfer.hosts import Host, ModelCard, load_host
from finsta.video.segments import Segment


@dataclass(frozen=True, kw_only=True)
class FineTuned:
    """What a run gave.

    Attributes:
        folder: The fine-tuned host, with ``head.safetensors`` where it needed a head.
        samples: How many it was trained on.
        skipped: Videos that do not decode, and why.
        left_out: Samples whose answer the head's vocabulary does not hold.
        head: Outputs of the head; 0 where the host needed none.
        continued: Whether the run was finished before and nothing was done now.
        trained: How the loop ended; ``None`` where nothing was done.
    """

    folder: Path
    samples: int
    skipped: dict[str, str] = field(default_factory=dict)
    left_out: int = 0
    head: int = 0
    continued: bool = False
    trained: Trained | None = None


def fine_tune(
    host: str | Path,
    items: TaskItems,
    out: str | Path,
    *,
    config: FineTuneConfig | None = None,
    cache: Path | None = None,
    command: str = "",
    stages: Stages | None = None,
) -> FineTuned:
    """Train a host for a task, and write it as a plain checkpoint of `transformers`.

    The run is named by its settings: the same call goes on where a killed one stopped, and does nothing once the
    checkpoint is there. A video encoder that has a class for classification is written as that class.

    Args:
        host: Folder or hub id.
        items: Of the training split.
        out: Folder for the checkpoint; ``run/`` in it keeps settings and log.
        config: How to train.
        cache: Folder for prepared frames; inside the run by default.
        command: The command to name in the model card.
        stages: Makes the progress bars.

    Raises:
        HostError: if the host cannot be used, or cannot do the task.
        InputError: if a number is out of range, or no sample can be used.
        OutputError: if the folder holds something else, or cannot be written.
        TrainingError: if the loss is not finite.
    """
    config = config or FineTuneConfig()
    check_fine_tuning(config)
    join_processes()
    shown, out = on_first(stages), Path(out)
    model = load_host(host, num_frames=config.frames or None)
    if items.task == "recognition":
        model = with_classifier(model, items.classes)
    check_host(model, items.task)
    facts = {"host": str(host), "task": items.task, "data": items.source, "samples": len(items.items),
             "frames": model.num_frames}  # fmt: skip
    folder = RunFolder(out, {**facts, "config": asdict(config)}, writes=is_first())
    if by_first(lambda: folder.finished):
        return FineTuned(folder=out, samples=len(items.items), continued=True)
    vocabulary = _vocabulary(model, items, config)
    settings = TaskSettings(batch_size=config.batch_size, cache=cache or folder.run / "clips", progress=shown("videos"))
    with ExitStack() as opened:
        with first_goes_first():
            clips = opened.enter_context(open_clips(model, items.segments, settings))
        kept = _usable(items, clips.failed, vocabulary)
        torch.manual_seed(config.seed)
        objective = FineTuning(model, items.task, make_head(model, items, vocabulary)).train()
        _freeze(objective, config)
        trained = run_loop(
            objective,
            _optimizer(objective, config),
            TaskCollator(kept, clips, vocabulary=vocabulary, seed=config.seed),
            size=Items(size=len(kept.items), name=lambda index: kept.items[index].sample.id),
            config=_loop(config),
            folder=folder.run,
            on_step=shown("steps"),
        )
    objective.eval()
    if is_first():
        card = ModelCard(
            base_model=str(host), data=f"{items.source} ({len(kept.items)} samples)", method=_method(items, config),
            command=command,
        )  # fmt: skip
        folder.install(_saving(objective, card))
    wait()
    return FineTuned(
        folder=out,
        samples=len(kept.items),
        skipped=clips.skipped,
        left_out=len(items.items) - len(kept.items) - sum(item.segment in clips.failed for item in items.items),
        head=0 if objective.head is None else len(objective.head.spec.outputs),
        trained=trained,
    )


def _vocabulary(host: Host, items: TaskItems, config: FineTuneConfig) -> tuple[str, ...]:
    """The answers of the head, for open-ended questions to a host that does not write."""
    if items.task != "open_qa" or host.capabilities.generates:
        return ()
    return OpenVocabulary.of(items, size=config.vocabulary).answers.answers


def _usable(items: TaskItems, failed: Mapping[Segment, str], vocabulary: tuple[str, ...]) -> TaskItems:
    """Without videos that do not decode, and without questions that the head cannot answer."""
    known = set(vocabulary)
    kept = tuple(
        replace(item, sample=_with_known_answers(item.sample, known)) if known else item
        for item in items.items
        if item.segment not in failed and (not known or known & set(map(normalise_answer, item.sample.answers)))
    )
    if not kept:
        raise InputError(f"{items.source}: expected samples that can be used, found none among {len(items.items)}")
    return replace(items, items=kept)


def _with_known_answers(sample: Sample, known: set[str]) -> Sample:
    return replace(sample, answers=tuple(answer for answer in sample.answers if normalise_answer(answer) in known))


def _freeze(objective: FineTuning, config: FineTuneConfig) -> None:
    """Where the head alone is trained, the host stays as it is.

    Raises:
        InputError: if there is no head.
    """
    if config.train == "all":
        return
    own = {id(parameter) for parameter in objective.head_parameters()}
    if not own:
        raise InputError(f"--train head: {objective.task} needs no head on this host; train all")
    for parameter in objective.model.parameters():
        parameter.requires_grad_(id(parameter) in own)


def _optimizer(objective: FineTuning, config: FineTuneConfig) -> torch.optim.Optimizer:
    """AdamW: the host at its rate, head or classifier at another."""
    own = {id(parameter) for parameter in objective.head_parameters()}
    hosts = [parameter for parameter in objective.parameters() if id(parameter) not in own]
    heads = [parameter for parameter in objective.parameters() if id(parameter) in own]
    return adamw(((hosts, config.learning_rate), (heads, config.head_learning_rate)), decay=config.weight_decay)


def _loop(config: FineTuneConfig) -> LoopConfig:
    return LoopConfig(
        steps=config.steps, batch_size=config.batch_size, warm_up_steps=config.warm_up_steps,
        clip_norm=config.clip_norm, seed=config.seed, checkpoint_every=config.checkpoint_every,
        precision=config.precision, workers=config.workers,
    )  # fmt: skip


def _saving(objective: FineTuning, card: ModelCard) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        objective.host.save(folder, card=card)
        if objective.head is not None:
            save_head(objective.head, folder)

    return save


def _method(items: TaskItems, config: FineTuneConfig) -> str:
    size = min(config.batch_size, len(items.items))
    return f"fine-tuned for {items.task}: {config.steps} steps of {size} samples, seed {config.seed}"
