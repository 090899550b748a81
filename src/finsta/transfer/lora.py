"""Matrices of low rank beside a host's linear layers: trained in their stead, added to them at the end.

    y = W x + (α / r) B A x        A [r, in], B [out, r], W as it was; B starts at zero, so y starts as it was

Known from LoRA (Hu et al., 2022); `peft` does it. Nothing is left after :func:`merge_lora`: the host has the modules,
names and shapes that it came with, and W + (α / r) B A for W.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from finsta.config import LoraConfig, LoraPart
from finsta.errors import HostError, InputError, MissingDependencyError, TrainingError
from finsta.transfer.hosts import Host
from finsta.transfer.hosts.llm import FAMILIES


@dataclass(frozen=True, kw_only=True)
class LoraReport:
    """What was attached.

    Attributes:
        targets: Dotted names of the linear layers, in the order of the model.
        added: Parameters that are trained.
        total: Parameters of the host as it came.
    """

    targets: tuple[str, ...]
    added: int
    total: int


def attach_lora(host: Host, config: LoraConfig, *, seed: int = 0) -> LoraReport:
    """Attach matrices of low rank to a host's linear layers; from then on they alone have gradients.

    Outputs stay bit-identical until they are trained. The matrices are in single precision, whatever the host is in.
    Whoever wants further parameters to move sets ``requires_grad`` of these. The global random state stays as it was.

    Args:
        host: Its model is changed until `merge_lora`.
        config: Rank, scale, dropout, which layers.
        seed: Of the matrices A; the same on every process of a run.

    Raises:
        InputError: if no layer of the host has such a name, or a number is out of range.
        HostError: if matrices are attached already.
        MissingDependencyError: if `peft` is not installed.
    """
    _check(config)
    if attached_lora(host):
        raise HostError(f"{host.name}: matrices of low rank are attached already; merge_lora takes them in first")
    targets = target_layers(host, config)
    total = sum(parameter.numel() for parameter in host.model.parameters())
    _inject(host, config, targets, seed)
    matrices = {id(parameter): parameter.numel() for _, layer in _layers(host.model) for parameter in _matrices(layer)}
    for parameter in host.model.parameters():
        parameter.requires_grad_(id(parameter) in matrices)
    return LoraReport(targets=targets, added=sum(matrices.values()), total=total)


def merge_lora(host: Host) -> tuple[str, ...]:
    """Add the matrices to the layers beside which they stand, and take them away; does nothing where there are none.

    Returns:
        The layers whose weights changed. All other weights are bit-identical to those that the host came with, unless
        somebody trained them too. Every parameter may have gradients again.

    Raises:
        TrainingError: if a sum is not finite; the layers before it are merged then.
    """
    merged = []
    for name, layer in list(_layers(host.model)):
        try:
            layer.merge(safe_merge=True)
        except ValueError as error:
            raise TrainingError(
                f"{host.name}: {name} is not finite with what was trained added to it; lower the learning rate, and "
                "train again"
            ) from error
        parent, _, last = name.rpartition(".")
        setattr(host.model.get_submodule(parent), last, layer.get_base_layer())
        merged.append(name)
    if merged:
        host.model.__dict__.pop("peft_config", None)
        host.model.requires_grad_(True)
    return tuple(merged)


def attached_lora(host: Host) -> tuple[str, ...]:
    """Names of the layers beside which matrices stand."""
    return tuple(name for name, _ in _layers(host.model))


def target_layers(host: Host, config: LoraConfig) -> tuple[str, ...]:
    """The linear layers that a config names, in the order of the model.

    Raises:
        InputError: if there are none.
    """
    linear = [name for name, module in host.model.named_modules() if type(module) is nn.Linear]
    found = [name for name in linear if _part(host, name) in config.parts]
    chosen = [name for name in found if not config.layers or name.rpartition(".")[2] in config.layers]
    if not chosen:
        wanted = f" called {', '.join(config.layers)}" if config.layers else ""
        known = sorted({f"{_part(host, name)}: {name.rpartition('.')[2]}" for name in linear if _part(host, name)})
        raise InputError(
            f"--lora: {host.name} has no linear layer{wanted} in {', '.join(config.parts) or 'no part'}; it has "
            f"{'; '.join(known) or 'none at all'}"
        )
    return tuple(chosen)


def _inject(host: Host, config: LoraConfig, targets: tuple[str, ...], seed: int) -> None:
    try:
        import peft
    except ImportError as error:
        raise MissingDependencyError("LoRA needs peft; install it with: pip install 'finsta[lora]'") from error
    settings = peft.LoraConfig(
        r=config.rank, lora_alpha=config.alpha, lora_dropout=config.dropout, target_modules=list(targets), bias="none"
    )
    training = host.model.training
    if config.base == "bf16":
        for parameter in host.model.parameters():  # buffers, such as angles of positions, stay as they are
            parameter.data = parameter.data.to(torch.bfloat16)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        peft.inject_adapter_in_model(settings, host.model)
    host.model.train(training)
    for _, layer in _layers(host.model):
        layer.lora_A.float(), layer.lora_B.float()  # small steps are lost in half precision


def _part(host: Host, name: str) -> LoraPart | None:
    """The part of a host that a module belongs to; None: the head over the vocabulary, which is often the embeddings.

    Hosts that are no video LLM: what puts out text or fused tokens is language, what puts out visual tokens vision, the
    rest, such as projections into a joint space, projector.
    """
    family = FAMILIES.get(getattr(host.config, "model_type", ""))
    if family is None:
        reads = host.spec.reads(host.model)
        within = {place: module for place, module in reads.items() if _under(name, module)}
        if not within:
            return "projector"
        return "vision" if max(within, key=lambda place: len(within[place])) == "visual tokens" else "language"
    if _under(name, family.language):
        return "language"
    if any(_under(name, module) for module in (family.projector, *family.projectors)):
        return "projector"
    head = host.model.get_output_embeddings()
    return None if head is not None and host.model.get_submodule(name) is head else "vision"


def _under(name: str, module: str) -> bool:
    return not module or name == module or name.startswith(f"{module}.")


def _layers(model: nn.Module) -> Iterator[tuple[str, Any]]:
    """Layers with matrices beside them."""
    return ((name, module) for name, module in model.named_modules() if hasattr(module, "lora_A"))


def _matrices(layer: Any) -> Iterator[nn.Parameter]:
    for group in (layer.lora_A, layer.lora_B):
        yield from group.parameters()


def _check(config: LoraConfig) -> None:
    for name, right, expected in (
        ("rank", config.rank >= 1, "1 or more"),
        ("alpha", config.alpha > 0, "more than 0"),
        ("dropout", 0 <= config.dropout < 1, "a chance in [0, 1)"),
    ):
        if not right:
            raise InputError(f"--lora.{name}: expected {expected}, found {getattr(config, name)}")
