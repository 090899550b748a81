"""The optimizer of every training here."""

from collections.abc import Iterable

import torch
from torch import nn


def adamw(rated: Iterable[tuple[Iterable[nn.Parameter], float]], *, decay: float) -> torch.optim.AdamW:
    """AdamW over parameters with the peak rate of each lot; matrices are decayed, vectors and scalars are not.

    Args:
        rated: Parameters and their rate; those that want no gradient are left out.
        decay: Weight decay of matrices.
    """
    groups = []
    for parameters, rate in rated:
        moved = [parameter for parameter in parameters if parameter.requires_grad]
        for matrices in (True, False):
            chosen = [parameter for parameter in moved if (parameter.ndim > 1) == matrices]
            if chosen:
                groups.append({"params": chosen, "lr": rate, "weight_decay": decay if matrices else 0.0})
    return torch.optim.AdamW(groups)
