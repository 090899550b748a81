"""What a run would do with a host: what is read of it, what moves, what is carried where, what is missing, its cost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from finsta.config import PostTrainConfig
from finsta.training.post_training.moved import move, unmoved_notices
from finsta.transfer.capture import find_submodule
from finsta.transfer.hosts import Host
from finsta.transfer.hosts.spec import Capabilities, OwnLoss, Widths
from finsta.transfer.plan import SIDES, plan_transfer

MOST = 0.7
"""Share of the moving parameters above which a part is told by its own parts."""


@dataclass(frozen=True, kw_only=True)
class ModuleRead:
    """A module whose output is read.

    Attributes:
        what: ``visual tokens``, ``text tokens`` or ``fused tokens``.
        module: Its dotted name.
        kind: Its class.
        shape: Of what is made of its output for one clip or one text, with what each number counts.
    """

    what: str
    module: str
    kind: str
    shape: str


@dataclass(frozen=True, kw_only=True)
class HostDescription:
    """All that can be said of a host before a run.

    Attributes:
        name: Folder or hub id.
        model_type: Of its config; None for a module that is none of `transformers`.
        model_class: Class of the model.
        title: Its family in one line.
        family: Which kind of host.
        capabilities: What it has.
        widths: Of what it puts out.
        loss: Its own objective.
        temperature: Of its similarities; None where it has none.
        frames: Frames read of a clip.
        fixed_frames: Whether its weights are made for that number.
        frame_size: Height and width in pixels.
        text_length: Tokens read of a text at most; None where it reads none, or any number.
        reads: The modules.
        parameters: In all; those of a run's throw-away matrices left out.
        moving: That move; the throw-away matrices among them.
        moving_in: How many of them in each part of the model.
        carried: Encoder → form of transfer → weight.
        notices: What was asked for and is not there.
        clip_operations: Floating-point operations of products for one clip, a multiplication and an addition counting
            as two.
        text_operations: The same for the text "a"; None where it has no text encoder.
    """

    name: str
    model_type: str | None
    model_class: str
    title: str
    family: str
    capabilities: Capabilities
    widths: Widths
    loss: OwnLoss
    temperature: float | None
    frames: int
    fixed_frames: bool
    frame_size: tuple[int, int]
    text_length: int | None
    reads: tuple[ModuleRead, ...]
    parameters: int
    moving: int
    moving_in: dict[str, int]
    carried: dict[str, dict[str, float]]
    notices: tuple[str, ...]
    clip_operations: int
    text_operations: int | None


def describe_host(host: Host, config: PostTrainConfig) -> HostDescription:
    """Describe a host under the settings of a run. The host is left ready for that run: what does not move is frozen.

    Raises:
        InputError: if the settings name parameters that are not there.
    """
    plan, parameters = plan_transfer(host, config.transfer), _size(host)
    with torch.no_grad():
        pixels = host.blank_pixels()
        shapes, clip = _shapes(host, pixels), _count(lambda: host.encode_video(pixels))
        text = _count(lambda: host.encode_text(host.tokens(["a"]))) if host.capabilities.text else None
    move(host, config)
    moving = {name: value.numel() for name, value in host.model.named_parameters() if value.requires_grad}
    reads = host.spec.reads(host.model)
    return HostDescription(
        name=host.name,
        model_type=getattr(host.config, "model_type", None),
        model_class=type(host.model).__name__,
        title=host.spec.title,
        family=host.spec.family,
        capabilities=host.capabilities,
        widths=host.widths,
        loss=host.spec.loss,
        temperature=None if host.temperature is None else host.temperature.item(),
        frames=host.num_frames,
        fixed_frames=host.spec.fixed_frames(host.config) is not None,
        frame_size=(pixels.shape[-2], pixels.shape[-1]),
        text_length=host.spec.text_length(host.config) if host.spec.reads_text else None,
        reads=tuple(
            ModuleRead(
                what=what,
                module=name,
                kind=type(find_submodule(host.model, name)).__name__,
                shape=shapes.get(what, ""),
            )
            for what, name in reads.items()
        ),
        parameters=parameters,
        moving=sum(moving.values()),
        moving_in=_by_part(moving),
        carried=_carried(host, config),
        notices=plan.notices + unmoved_notices(host, plan, config),
        clip_operations=clip,
        text_operations=text,
    )


def _carried(host: Host, config: PostTrainConfig) -> dict[str, dict[str, float]]:
    """Which forms reach which encoder."""
    plan = plan_transfer(host, config.transfer)
    found: dict[str, dict[str, float]] = {}
    for side in SIDES:
        if side not in plan.into:
            continue
        joint = side != "cross_modal"
        weights = {
            "relational": plan.relational if joint else 0.0,
            "direct": plan.direct if joint else 0.0,
            "pooled": plan.pooled.get(side, 0.0),
            "token": plan.token.get(side, 0.0),
        }
        found[side] = {form: weight for form, weight in weights.items() if weight}
    return found


def _shapes(host: Host, pixels: torch.Tensor) -> dict[str, str]:
    video, widths = host.encode_video(pixels), host.widths
    rows, columns = video.grid
    found = {"visual tokens": f"{video.tokens.shape[1]} steps × {rows} rows × {columns} columns × {widths.visual}"}
    if host.capabilities.text:
        found["text tokens"] = f"tokens × {widths.text}"
    if host.capabilities.cross_modal:
        found["fused tokens"] = f"tokens × {widths.fused}"
    return found


def _by_part(moving: dict[str, int]) -> dict[str, int]:
    """Parameters in each part of the model; a part that holds most of them is told by its own parts."""
    parts = _sums(moving, 1)
    for part, size in list(parts.items()):
        inside = {name: number for name, number in moving.items() if name.startswith(f"{part}.")}
        if size > MOST * sum(moving.values()) and inside:
            parts = {name: number for name, number in parts.items() if name != part} | _sums(inside, 2)
    return dict(Counter(parts).most_common())


def _sums(sizes: dict[str, int], level: int) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, size in sizes.items():
        found[".".join(name.split(".")[:level])] += size
    return dict(found)


def _size(host: Host) -> int:
    return sum(parameter.numel() for parameter in host.model.parameters())


def _count(work: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())
