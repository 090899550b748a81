"""Post-training: a host, pairs and settings in; a plain checkpoint, enhanced, out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from finsta.config import PostTrainConfig, check
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.graphs.serialization import write_text
from finsta.grounding.checkpoint import FILE, save_teacher
from finsta.shapes import Tensor
from finsta.training.loop.contract import Trained
from finsta.training.loop.loop import run_loop
from finsta.training.loop.optimizer import adamw
from finsta.training.loop.processes import by_first, is_first, join_processes, wait
from finsta.training.loop.run_folder import RunFolder, config_to_dict
from finsta.training.loop.stages import Stages, on_first
from finsta.training.loop.validation import Validation
from finsta.training.post_training.collating import make_collator
from finsta.training.post_training.in_parts import recomputed_activations
from finsta.training.post_training.judging import validation_of
from finsta.training.post_training.moved import finish, move, unmoved_notices
from finsta.training.post_training.objective import PostTrainingObjective
from finsta.training.post_training.preparing import Prepared, labels_of, loop_config, prepare
from finsta.transfer.hosts import Host, ModelCard, load_host
from finsta.transfer.labels import LabelTable
from finsta.transfer.plan import plan_transfer


@dataclass(frozen=True, kw_only=True)
class PostTrained:
    """What a run gave.

    Attributes:
        folder: The enhanced host.
        pairs: How many it was trained on.
        failures: Pairs that were left out, and why.
        continued: Whether the run was finished before and nothing was done now.
        notices: What was asked for and the host has no place for, a line each.
        trained: How the loop ended; ``None`` where nothing was done.
    """

    folder: Path
    pairs: int
    failures: dict[str, str] = field(default_factory=dict)
    continued: bool = False
    notices: tuple[str, ...] = ()
    trained: Trained | None = None


def post_train(  # noqa: PLR0913 - what to train on what, where to, and who is told
    host: str | Path | Host,
    pairs: Sequence[Pair],
    out: str | Path,
    *,
    config: PostTrainConfig | None = None,
    cache: Path | None = None,
    data: str = "",
    command: str = "",
    stages: Stages | None = None,
    validation: Sequence[Pair] = (),
    tell: Callable[[str], None] | None = None,
) -> PostTrained:
    """Improve a host on pairs, and write it as a plain checkpoint of `transformers`.

    The run is named by its settings: the same call goes on where a killed one stopped, and does nothing once the
    checkpoint is there. Pairs whose video or text cannot be used are left out and reported.

    Beside the checkpoint, ``run/grounding.safetensors`` keeps the graph encoder and the alignment, where a term asked
    for them: ``finsta ground`` loads it. The host does not need it.

    Where ``torchrun`` or ``accelerate launch`` has started several processes, each calls this, and the first writes.

    Args:
        host: Folder or hub id, or a host of your own (`finsta.transfer.hosts.module_host`), which is trained as it
            stands; to go on with a killed run, give it as it was before.
        pairs: To train on; a sequence that reads each when it is asked for may be of any length.
        out: Folder for the checkpoint; ``run/`` in it keeps settings, log and failures.
        config: How to train; :func:`finsta.config.control` turns one into its fair control.
        cache: Folder for prepared frames and parsed graphs; inside the run by default.
        data: What the pairs are called in the model card.
        command: The command to name in the model card.
        stages: Makes the progress bars.
        validation: Pairs to validate on, where the settings ask for it.
        tell: Told each notice, and each pair that is left out before the first step, as soon as it is known.

    Raises:
        HostError: if the host cannot be used.
        InputError: if a number is out of range, or no pair can be used.
        OutputError: if the folder holds something else, or cannot be written.
        TrainingError: if a term of the loss is not finite, or too many pairs turn out to be broken.
    """
    config = config or PostTrainConfig()
    check(config)
    join_processes()
    stages = on_first(stages)
    out = Path(out)
    model, name = _opened(host, config)
    start = host if not isinstance(host, Host) else _weights(host) if config.blend < 1 else {}
    facts = {"host": name, "data": data, "pairs": len(pairs), "frames": model.num_frames}
    folder = RunFolder(out, {**facts, "config": config_to_dict(config)}, writes=is_first())
    failures_file = folder.run / "failures.json"
    plan = plan_transfer(model, config.transfer)
    _tell(tell, plan.notices)
    if by_first(lambda: folder.finished):
        failures = by_first(lambda: json.loads(failures_file.read_text(encoding="utf-8")))
        return PostTrained(
            folder=out, pairs=len(pairs) - len(failures), failures=failures, continued=True, notices=plan.notices
        )
    move(model, config)
    unmoved = unmoved_notices(model, plan, config)
    _tell(tell, unmoved)
    cache = cache or folder.run / "cache"
    judge = validation_of(model, validation, config, cache=cache)
    prepared = prepare(model, pairs, config, cache=cache, stages=stages, uses_graphs=plan.uses_graphs)
    _tell(tell, [f"left out pair {pair}: {reason}" for pair, reason in prepared.failures.items()])
    if is_first():
        write_text(failures_file, json.dumps(prepared.failures, ensure_ascii=False, indent=1) + "\n")
    objective, trained = _train(model, prepared, config, folder=folder, stages=stages, validation=judge)
    failures = prepared.failures | trained.skipped
    if is_first():
        write_text(failures_file, json.dumps(failures, ensure_ascii=False, indent=1) + "\n")
        if objective.teacher is not None:
            save_teacher(objective.teacher, out / FILE, base_host=name)
        finish(model, start, config)
        card = ModelCard(
            base_model=name,
            data=f"{data} ({len(prepared.pairs)} pairs)",
            method=method(config, len(prepared.pairs)),
            command=command,
        )
        folder.install(lambda to: model.save(to, card=card))
    wait()
    notices = plan.notices + unmoved
    return PostTrained(folder=out, pairs=len(prepared.pairs), failures=failures, notices=notices, trained=trained)


def _tell(tell: Callable[[str], None] | None, notices: Sequence[str]) -> None:
    if tell is not None and is_first():
        for notice in notices:
            tell(notice)


def _opened(host: str | Path | Host, config: PostTrainConfig) -> tuple[Host, str]:
    """A host, and what it is called."""
    if not isinstance(host, Host):
        return load_host(host, num_frames=config.frames or None), str(host)
    if config.frames not in (0, host.num_frames):
        raise InputError(
            f"--frames: expected {host.num_frames}, which {host.name} was made to read, or 0; found {config.frames}"
        )
    return host, host.name


def _weights(host: Host) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in host.model.state_dict().items()}


def method(config: PostTrainConfig, pairs: int) -> str:
    """One line for the model card."""
    weights = {**vars(config.transfer), **vars(config.regularise)}
    numbers = {name: value for name, value in weights.items() if type(value) is float and value and name != "ramp"}
    terms = ", ".join(f"{name} {value:g}" for name, value in numbers.items())
    facts = f"{config.steps} steps of {min(config.batch_size, pairs)} pairs, seed {config.seed}; weights: {terms}"
    if config.train != ("all",):
        facts += f"; moved: {', '.join(config.train)}"
    return facts if config.blend == 1 else f"{facts}; {config.blend:g} of the trained weights, the rest as before"


def _train(
    host: Host,
    prepared: Prepared,
    config: PostTrainConfig,
    *,
    folder: RunFolder,
    stages: Stages,
    validation: Validation | None,
) -> tuple[PostTrainingObjective, Trained]:
    torch.manual_seed(config.seed)
    objective = PostTrainingObjective(host, config, _labels(host, prepared, config, folder, stages)).train()
    collate = make_collator(host, prepared.pairs, prepared.clips, prepared.graphs, config)
    with recomputed_activations(host, config.gradient_checkpointing):
        trained = run_loop(
            objective,
            make_optimizer(objective, config),
            collate,
            size=prepared.items,
            config=loop_config(config),
            folder=folder.run,
            on_step=stages("steps"),
            validation=validation,
        )
    host.model.eval()
    return objective, trained


def make_optimizer(objective: PostTrainingObjective, config: PostTrainConfig) -> torch.optim.Optimizer:
    """AdamW: the host at its rate, what is thrown away at another."""
    rated = (
        (objective.model.parameters(), config.learning_rate),
        (objective.own_parameters(), config.module_learning_rate),
    )
    return adamw(rated, decay=config.weight_decay)


def _labels(
    host: Host, prepared: Prepared, config: PostTrainConfig, folder: RunFolder, stages: Stages
) -> LabelTable | None:
    """The meaning of every label in the graphs; read before the host changes, so that a restart finds the same."""
    if prepared.graphs is None or not plan_transfer(host, config.transfer).uses_encoders:
        return None
    return LabelTable(host, labels_of(prepared, folder.run / "labels.json", stages("labels")))
