"""A batch of 32 pairs through the host whole, eight at once, or as four accumulated batches: memory and time."""

from collections.abc import Callable

import torch

from finsta.training.post_training.batches import PairBatch, tokens_of
from finsta.training.small_host import build_small_host
from measuring import Row, Settings, alternate, peak_growth
from training_sections.setup import CAPTIONS, objective_of


def step(how: str, batch: int, layers: int) -> Callable[[], object]:
    """One forward and backward pass."""
    torch.manual_seed(0)
    texts = [f"{CAPTIONS[n % 8]} {n}" for n in range(batch)]
    host = build_small_host("clip", captions=texts * 2, image_size=64, width=128, layers=layers, frames=8)
    objective = objective_of(host, encode_at_once=8 if how == "parts" else 0)
    whole = torch.randn(batch, 8, 3, 64, 64)

    def made(first: int, last: int) -> PairBatch:
        own = texts[first:last]
        return PairBatch(
            ids=tuple(own),
            pixels=whole[first:last],
            captions=tokens_of(host, own),
            texts=tuple(own),
            same_caption=torch.eye(last - first, dtype=torch.bool),
        )

    size = 8 if how == "accumulated" else batch
    parts = [made(start, start + size) for start in range(0, batch, size)]

    def work() -> None:
        for part in parts:
            torch.stack(list(objective(part, 0.5).values())).sum().backward()
        objective.zero_grad(set_to_none=False)

    objective(made(0, 2), 0.5)["host"].backward()
    return work


def rows(settings: Settings) -> list[Row]:
    """Memory in processes of their own; time alternately in this one."""
    batch, layers, rounds = (16, 2, 1) if settings.quick else (32, 4, 5)
    names = ("whole", "parts", "accumulated")
    arguments = {"batch": batch, "layers": layers}
    grown = {name: peak_growth("training_sections.parts:step", settings, how=name, **arguments) / 1e6 for name in names}
    times = alternate({name: step(name, **arguments) for name in names}, rounds=rounds)
    bounds = {"parts": ("≤ 0.5", "≤ 1.6"), "accumulated": ("≤ 0.5", "≤ 1.2")}
    found = []
    for name, (memory, time) in bounds.items():
        title = "eight pairs at once" if name == "parts" else "four accumulated batches of eight"
        found += [
            Row(
                what=f"{title}: memory of a step",
                ours=f"{grown[name]:.0f} MB",
                other=f"{grown['whole']:.0f} MB whole",
                ratio=grown[name] / grown["whole"],
                wanted=memory,
            ),
            Row(
                what=f"{title}: time of a step",
                ours=f"{times.median(name):.2f} s",
                other=f"{times.median('whole'):.2f} s whole",
                ratio=times.ratio(name, "whole"),
                wanted=time,
            ),
        ]
    return found
