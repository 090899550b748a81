"""Post-training: a host, pairs and settings in; a plain checkpoint, enhanced, out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from finsta.config import PostTrainConfig, check
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.graphs.serialization import write_text
from finsta.grounding.checkpoint import FILE, save_teacher
from finsta.tasks.encoding import clip_cache
from finsta.training.collating import make_collator
from finsta.training.loop import LoopConfig, run_loop
from finsta.training.moved import finish, move
from finsta.training.objective import PostTrainingObjective
from finsta.training.run_folder import RunFolder, config_to_dict
from finsta.transfer.hosts import Host, ModelCard, load_host
from finsta.transfer.labels import LabelTable
from finsta.transfer.plan import plan_transfer

Stages = Callable[[str], Callable[[int, int], None]]
"""Given the title of a stage, gives what is called with items done and items in all."""


@dataclass(frozen=True, kw_only=True)
class PostTrained:
    """What a run gave.

    Attributes:
        folder: The enhanced host.
        pairs: How many it was trained on.
        failures: Pairs that were left out, and why.
        continued: Whether the run was finished before and nothing was done now.
        notices: What was asked for and the host has no place for, a line each.
    """

    folder: Path
    pairs: int
    failures: dict[str, str] = field(default_factory=dict)
    continued: bool = False
    notices: tuple[str, ...] = ()


def post_train(
    host: str | Path,
    pairs: Sequence[Pair],
    out: str | Path,
    *,
    config: PostTrainConfig | None = None,
    cache: Path | None = None,
    data: str = "",
    command: str = "",
    stages: Stages | None = None,
) -> PostTrained:
    """Improve a host on pairs, and write it as a plain checkpoint of `transformers`.

    The run is named by its settings: the same call goes on where a killed one stopped, and does nothing once the
    checkpoint is there. Pairs whose video or text cannot be used are left out and reported.

    Beside the checkpoint, ``run/grounding.safetensors`` keeps the graph encoder and the alignment, where a term asked
    for them: ``finsta ground`` loads it. The host does not need it.

    Args:
        host: Folder or hub id.
        pairs: To train on.
        out: Folder for the checkpoint; ``run/`` in it keeps settings, log and failures.
        config: How to train; :func:`finsta.config.control` turns one into its fair control.
        cache: Folder for prepared frames and parsed graphs; inside the run by default.
        data: What the pairs are called in the model card.
        command: The command to name in the model card.
        stages: Makes the progress bars.

    Raises:
        HostError: if the host cannot be used.
        InputError: if a number is out of range, or no pair can be used.
        OutputError: if the folder holds something else, or cannot be written.
        TrainingError: if a term of the loss is not finite.
    """
    config = config or PostTrainConfig()
    stages = stages or _silent
    out = Path(out)
    check(config)
    model = load_host(host, num_frames=config.frames or None)
    facts = {"host": str(host), "data": data, "pairs": len(pairs), "frames": model.num_frames}
    folder = RunFolder(out, {**facts, "config": config_to_dict(config)})
    failures_file = folder.run / "failures.json"
    plan = plan_transfer(model, config.transfer)
    if folder.finished:
        failures = json.loads(failures_file.read_text(encoding="utf-8"))
        return PostTrained(
            folder=out, pairs=len(pairs) - len(failures), failures=failures, continued=True, notices=plan.notices
        )
    move(model, config)
    prepared = _prepare(model, pairs, config, cache or folder.run / "cache", stages)
    write_text(failures_file, json.dumps(prepared.failures, ensure_ascii=False, indent=1) + "\n")
    if not prepared.pairs:
        reason = next(iter(prepared.failures.values()), "there was none")
        raise InputError(f"no pair can be used of {len(pairs)}: {reason}")
    objective = _train(model, prepared, config, folder, stages)
    if objective.teacher is not None:
        save_teacher(objective.teacher, out / FILE, base_host=str(host))
    card = ModelCard(
        base_model=str(host),
        data=f"{data} ({len(prepared.pairs)} pairs)",
        method=method(config, len(prepared.pairs)),
        command=command,
    )
    finish(model, host, config)
    folder.install(lambda to: model.save(to, card=card))
    return PostTrained(folder=out, pairs=len(prepared.pairs), failures=prepared.failures, notices=plan.notices)


def method(config: PostTrainConfig, pairs: int) -> str:
    """One line for the model card."""
    weights = {**vars(config.transfer), **vars(config.regularise)}
    numbers = {name: value for name, value in weights.items() if type(value) is float and value and name != "ramp"}
    terms = ", ".join(f"{name} {value:g}" for name, value in numbers.items())
    facts = f"{config.steps} steps of {min(config.batch_size, pairs)} pairs, seed {config.seed}; weights: {terms}"
    if config.train != ("all",):
        facts += f"; moved: {', '.join(config.train)}"
    return facts if config.blend == 1 else f"{facts}; {config.blend:g} of the trained weights, the rest as before"


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    pairs: tuple[Pair, ...]
    clips: ClipCache
    graphs: GraphStore | None
    failures: dict[str, str]


def _prepare(host: Host, pairs: Sequence[Pair], config: PostTrainConfig, cache: Path, stages: Stages) -> _Prepared:
    """Decode the videos and, where a term asks for them, parse the graphs; leave out what cannot be used."""
    clips = clip_cache(host, cache / "clips")
    broken = clips.fill((pair.segment for pair in pairs), progress=stages("videos"))
    failures = {pair.id: broken[pair.segment] for pair in pairs if pair.segment in broken}
    usable = tuple(pair for pair in pairs if pair.id not in failures)
    if not plan_transfer(host, config.transfer).uses_graphs:
        return _Prepared(pairs=usable, clips=clips, graphs=None, failures=failures)
    graphs = GraphStore(cache / "graphs", config.parse)
    found = graphs.prepare(usable, progress=stages("graphs"))
    return _Prepared(pairs=found.pairs, clips=clips, graphs=graphs, failures=failures | found.failures)


def _train(
    host: Host, prepared: _Prepared, config: PostTrainConfig, folder: RunFolder, stages: Stages
) -> PostTrainingObjective:
    torch.manual_seed(config.seed)
    objective = PostTrainingObjective(host, config, _labels(host, prepared, config)).train()
    collate = make_collator(host, prepared.pairs, prepared.clips, prepared.graphs, config)
    loop = LoopConfig(
        steps=config.steps,
        batch_size=config.batch_size,
        warm_up_steps=config.warm_up_steps,
        clip_norm=config.clip_norm,
        seed=config.seed,
        checkpoint_every=config.checkpoint_every,
    )
    run_loop(
        objective,
        make_optimizer(objective, config),
        collate,
        size=len(prepared.pairs),
        config=loop,
        folder=folder.run,
        on_step=stages("steps"),
    )
    host.model.eval()
    return objective


def make_optimizer(objective: PostTrainingObjective, config: PostTrainConfig) -> torch.optim.Optimizer:
    """AdamW: the host at its rate, what is thrown away at another; vectors and scalars are not decayed."""
    groups: list[dict[str, Any]] = []
    for parameters, rate in (
        (objective.model.parameters(), config.learning_rate),
        (objective.own_parameters(), config.module_learning_rate),
    ):
        trained = [parameter for parameter in parameters if parameter.requires_grad]
        for matrices, decay in ((True, config.weight_decay), (False, 0.0)):
            chosen = [parameter for parameter in trained if (parameter.ndim > 1) == matrices]
            if chosen:
                groups.append({"params": chosen, "lr": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups)


def _labels(host: Host, prepared: _Prepared, config: PostTrainConfig) -> LabelTable | None:
    """The meaning of every label in the graphs; read before the host changes, so that a restart finds the same."""
    if prepared.graphs is None or not plan_transfer(host, config.transfer).uses_encoders:
        return None
    labels: set[str] = set()
    for pair in prepared.pairs:
        graph = prepared.graphs.load(pair)
        labels |= {node.lemma for node in graph.text.nodes}
        labels |= {node.label for frame in graph.video.frames for node in frame.nodes}
    return LabelTable(host, sorted(labels))


def _silent(title: str) -> Callable[[int, int], None]:
    return lambda done, total: None
