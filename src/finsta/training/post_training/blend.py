"""WiSE-FT: weights between a host as it was and as it was trained to be (Wortsman et al. 2022)."""

from collections.abc import Mapping

import torch

from finsta.errors import InputError
from finsta.shapes import Tensor


def blended(start: Mapping[str, Tensor], trained: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Plain arithmetic on every entry of two state dicts: share · trained + (1 − share) · start.

    Entries that are no floating-point numbers, such as counts and positions, are the trained ones. A share of 1 gives
    the trained entries as they are, one of 0 the start's.

    Raises:
        InputError: if the two do not have the same names and shapes.
    """
    if {name: value.shape for name, value in start.items()} != {name: v.shape for name, v in trained.items()}:
        name = next(iter(sorted(set(start) ^ set(trained))), "the shape of an entry")
        raise InputError(f"expected the weights of one architecture to blend, found two that differ in {name}")
    if share == 1:
        return dict(trained)
    mixed = {}
    for name, end in trained.items():
        begin = start[name].to(end.device)
        if not end.is_floating_point():
            mixed[name] = end
        elif share == 0:
            mixed[name] = begin.to(end.dtype)
        else:
            mixed[name] = torch.lerp(begin.float(), end.float(), share).to(end.dtype)
    return mixed
