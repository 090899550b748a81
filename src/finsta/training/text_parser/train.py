"""Training of the learned text parser: captions with graphs in, weights and vocabulary out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from finsta.config import TextParserConfig
from finsta.errors import OutputError
from finsta.graphs.exports.factual_csv import CaptionFacts
from finsta.graphs.serialization import write_text
from finsta.sentences import packaged_model
from finsta.shapes import Tensor
from finsta.text.learned.batch import Batcher
from finsta.text.learned.network import Labels, ParserNetwork, Scores, make_labels, parser_loss, teaching_loss
from finsta.text.learned.storage import save_parser
from finsta.text.learned.vocabulary import Vocabulary
from finsta.training.loop.loop import LoopConfig, run_loop
from finsta.training.text_parser.course import GROUP, Course, prepare

Report = Callable[[str], Callable[[int, int], None]]


def train_text_parser(rows: Sequence[CaptionFacts], out: Path, *, config: TextParserConfig, stages: Report) -> Path:
    """Train a teacher, if the settings ask for one, and the parser; both resume where they were stopped.

    Args:
        rows: Captions with gold facts.
        out: Folder; ``model.safetensors`` and ``vocabulary.json`` are the parser, ``run/`` holds the log.
        config: Settings.
        stages: Told of the stages and their steps.

    Returns:
        The folder, which :class:`~finsta.text.learned.parser.LearnedParser` takes.

    Raises:
        MissingDependencyError: if a teacher is asked for and its package is missing.
        OutputError: if the folder holds a run of other settings, or cannot be written.
    """
    settings = {**asdict(config), "captions": len(rows)}
    _claim(out / "run" / "config.json", settings)
    course = prepare(rows, stages("reading captions"))
    vocabulary = course.vocabulary
    taught = None
    if config.teacher_epochs:
        taught = _lessons_of_teacher(course, out / "run" / "teacher", config, stages)
    members = []
    for member in range(config.members):
        torch.manual_seed(config.seed + member)
        members.append(
            _train(
                ParserNetwork(vocabulary),
                Batcher(vocabulary),
                course,
                taught,
                config=replace(config, seed=config.seed + member),
                folder=out / "run" / f"member-{member}",
                on_step=stages(f"network {member + 1} of {config.members}"),
                rates={},
            )
        )
    save_parser(members, vocabulary, out)
    return out


def _lessons_of_teacher(course: Course, folder: Path, config: TextParserConfig, stages: Report) -> list[Scores]:
    """What a teacher says of every lesson that has not been trained on it.

    Of captions that it was trained on, a teacher says little but the gold graphs, slips of the annotators included. So
    there are several, each trained without one part of the lessons, of which it then speaks (cross-fitting).
    """
    taught: dict[int, Scores] = {}
    folds = config.teacher_folds
    for fold in range(folds):
        mine = [index for index in range(len(course.lessons)) if index % folds == fold]
        others = [index for index in range(len(course.lessons)) if index % folds != fold] or mine
        network, batcher = _teacher(
            replace(course, lessons=[course.lessons[index] for index in others]),
            folder / f"fold-{fold}",
            config,
            stages(f"teacher {fold + 1} of {folds}"),
        )
        part = replace(course, lessons=[course.lessons[index] for index in mine])
        lessons = _teach(network.eval(), batcher, part, stages(f"lessons of teacher {fold + 1}"))
        taught |= dict(zip(mine, lessons, strict=True))
    return [taught[index] for index in range(len(course.lessons))]


def _teacher(
    course: Course, folder: Path, config: TextParserConfig, on_step: Callable[[int, int], None]
) -> tuple[ParserNetwork, Batcher]:
    """Train a teacher, or load it where it is trained already."""
    network, batcher = _make_teacher(course.vocabulary, config)
    weights = folder / "model.safetensors"
    if weights.exists():
        network.load_state_dict(load_file(weights))
    else:
        network = _train(
            network,
            batcher,
            course,
            None,
            config=replace(config, epochs=config.teacher_epochs, learning_rate=config.teacher_rate),
            folder=folder,
            on_step=on_step,
            rates={"encoder.pretrained.": config.pretrained_rate},
        )
        temporary = folder / ".model.safetensors.tmp"
        save_file(network.state_dict(), temporary)
        temporary.replace(weights)
    return network, batcher


@dataclass(frozen=True, kw_only=True)
class _Group:
    """A lesson as tensors, with what the teacher says of it."""

    batch: object
    labels: Labels
    mask: Tensor
    teacher: Scores | None


@dataclass(frozen=True, kw_only=True)
class _Batch:
    groups: list[_Group]
    ids: list[str]


class TextParserObjective(nn.Module):
    """The loss of the parser, and the running average of its weights, which is what is kept.

    Args:
        network: What is trained.
        teaching: Share of the teacher in the loss, where there is one.
        decay: Of the running average.
    """

    def __init__(self, network: ParserNetwork, *, teaching: float, decay: float = 0.997) -> None:
        super().__init__()
        self.network = network
        self.average = torch.optim.swa_utils.AveragedModel(
            network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay), use_buffers=False
        )
        self.teaching = teaching

    def forward(self, batch: _Batch, progress: float) -> dict[str, Tensor]:
        """The weighted terms of the loss."""
        self.average.update_parameters(self.network)
        gold, taught = [], []
        for group in batch.groups:
            scores = self.network(group.batch, group.labels)
            gold.append(parser_loss(scores, group.labels, group.mask))
            if group.teacher is not None:
                taught.append(teaching_loss(scores, group.teacher, group.labels, group.mask))
        share = self.teaching if taught else 0.0
        terms = {"gold": (1 - share) * torch.stack(gold).mean()}
        if taught:
            terms["teacher"] = share * torch.stack(taught).mean()
        return terms


def _train(
    network: ParserNetwork,
    batcher: Batcher,
    course: Course,
    taught: list[Scores] | None,
    *,
    config: TextParserConfig,
    folder: Path,
    on_step: Callable[[int, int], None],
    rates: dict[str, float],
) -> ParserNetwork:
    """Run the loop; the averaged network, in evaluation mode."""
    lessons = course.lessons
    per_step = max(1, config.batch_size // GROUP)

    def collate(indices: Sequence[int], number: int) -> _Batch:
        groups = []
        for index in indices:
            batch = batcher(lessons[index].captions)
            labels = make_labels(lessons[index].targets, batch.mask)
            teacher = None if taught is None else _widened(taught[index])
            groups.append(_Group(batch=batch, labels=labels, mask=batch.mask, teacher=teacher))
        return _Batch(groups=groups, ids=[f"group {index}" for index in indices])

    objective = TextParserObjective(network, teaching=config.teaching)
    groups = _parameter_groups(network, config.learning_rate, rates)
    optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay, betas=(0.9, 0.98))
    steps = config.epochs * (len(lessons) // min(per_step, len(lessons)))
    loop = LoopConfig(
        steps=steps,
        batch_size=per_step,
        warm_up_steps=min(300, steps // 5),
        clip_norm=1.0,
        seed=config.seed,
        checkpoint_every=config.checkpoint_every,
    )
    folder.mkdir(parents=True, exist_ok=True)
    run_loop(objective, optimizer, collate, size=len(lessons), config=loop, folder=folder, on_step=on_step)
    average = objective.average.module
    assert isinstance(average, ParserNetwork)
    return average.eval()


def _parameter_groups(network: ParserNetwork, rate: float, rates: dict[str, float]) -> list[dict[str, object]]:
    """One group for each learning rate, by the prefix of the parameter's name."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        chosen = next((other for prefix, other in rates.items() if name.startswith(prefix)), rate)
        groups.setdefault(chosen, []).append(parameter)
    return [{"params": parameters, "lr": chosen} for chosen, parameters in groups.items()]


@torch.inference_mode()
def _teach(
    network: ParserNetwork, batcher: Batcher, course: Course, on_step: Callable[[int, int], None]
) -> list[Scores]:
    """What the teacher says of each lesson, kept in half precision."""
    taught = []
    for number, lesson in enumerate(course.lessons):
        batch = batcher(lesson.captions)
        scores = network(batch, make_labels(lesson.targets, batch.mask))
        taught.append(Scores(**{name: value.half() for name, value in vars(scores).items()}))
        on_step(number + 1, len(course.lessons))
    return taught


def _widened(scores: Scores) -> Scores:
    return Scores(**{name: value.float().clone() for name, value in vars(scores).items()})


def _make_teacher(vocabulary: Vocabulary, config: TextParserConfig) -> tuple[ParserNetwork, Batcher]:
    from finsta.text.learned.teacher import PieceBatcher, PretrainedEncoder

    folder = packaged_model()
    torch.manual_seed(config.seed)
    encoder = PretrainedEncoder(vocabulary, folder)
    return ParserNetwork(vocabulary, encoder, width=encoder.width), PieceBatcher(vocabulary, folder)


def _claim(path: Path, settings: dict[str, object]) -> None:
    """Write the settings of a run, or see that a run already there has the same."""
    text = json.dumps(settings, indent=1) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise OutputError(f"{path.parent}: holds a run of other settings or captions; choose another --out")
    write_text(path, text)
