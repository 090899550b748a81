"""What an enhanced host costs at inference, beside the host that it was: operations, parameters, shapes."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from finsta.config import EncoderConfig, LoraConfig, PostTrainConfig
from finsta.experiments.cost import count
from finsta.training import post_train
from finsta.transfer.hosts import Host, load_host
from measuring import Row, Settings
from tests.hosts.registry import TINY, shared_host
from tests.hosts.tiny import clips, texts
from tests.training.tiny_pairs import tiny_pairs

QUICK = ("clip", "videomae", "blip:retrieval", "git", "smolvlm")


def rows(settings: Settings) -> list[Row]:
    """Every tiny host of the tests, post-trained for two steps and loaded again."""
    names = QUICK if settings.quick else tuple(TINY)
    alike = []
    with TemporaryDirectory() as folder:
        pairs = tiny_pairs(Path(folder))
        for name in names:
            before, after = _both(name, pairs, Path(folder) / name.replace(":", "-"))
            alike.append((name, _facts(before) == _facts(after), _weights(before) != _weights(after)))
    same = sum(equal for _, equal, _ in alike)
    moved = sum(changed for _, _, changed in alike)
    others = ", ".join(name for name, equal, changed in alike if not (equal and changed))
    return [
        Row(
            what="enhanced hosts with the FLOPs, parameters and output shapes of the host, other weights: share",
            ours=f"{same} the same, {moved} moved" + (f"; not so: {others}" if others else ""),
            other=f"{len(names)} hosts",
            ratio=min(same, moved) / len(names),
            wanted="≥ 1",
        )
    ]


def _both(name: str, pairs: Any, folder: Path) -> tuple[Host, Host]:
    shared_host(name).save(folder / "host")
    train = ("lora",) if shared_host(name).spec.family == "video LLM" else ("all",)
    config = PostTrainConfig(
        steps=2,
        batch_size=2,
        warm_up_steps=1,
        frames=shared_host(name).num_frames,
        learning_rate=1e-3,
        encoder=EncoderConfig(width=32, heads=2, layers=2),
        train=train,
        lora=LoraConfig(rank=2),
    )
    post_train(folder / "host", pairs, folder / "e", config=config)
    return tuple(load_host(folder / part, num_frames=shared_host(name).num_frames) for part in ("host", "e"))


def _facts(host: Host) -> tuple[int, int, tuple[Any, ...]]:
    """FLOPs, parameters and shapes of all that it puts out for a clip and a text."""
    outputs: list[Any] = []

    def work() -> None:
        pixels = clips(host)
        with torch.no_grad():
            outputs.append(host.encode_video(pixels))
            if host.capabilities.text:
                outputs.append(host.encode_text(texts(host)))
            if host.capabilities.cross_modal:
                outputs.append(host.encode_pairs(pixels, texts(host)))
            if host.capabilities.generates:
                outputs.append(host.log_likelihood(pixels, [""] * len(pixels), ["the ball"] * len(pixels)))

    for parameter in host.model.parameters():
        parameter.requires_grad_(False)  # the counter follows gradients where some are asked for
    operations = count(work)
    return operations.products, sum(p.numel() for p in host.model.parameters()), tuple(_shapes(outputs))


def _shapes(value: Any) -> list[Any]:
    if isinstance(value, torch.Tensor):
        return [tuple(value.shape), value.dtype]
    if is_dataclass(value):
        return [shape for f in fields(value) for shape in _shapes(getattr(value, f.name))]
    return [shape for item in value for shape in _shapes(item)] if isinstance(value, list | tuple) else []


def _weights(host: Host) -> list[float]:
    return [float(parameter.detach().double().sum()) for parameter in host.model.parameters()]
