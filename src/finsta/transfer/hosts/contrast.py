"""InfoNCE over a batch of pairs."""

import torch
from torch.nn import functional

from finsta.shapes import Float, Tensor


def contrastive_loss(similarity: Float[Tensor, "batch batch"]) -> Float[Tensor, ""]:
    """Symmetric cross-entropy over a batch of pairs: InfoNCE both ways, what CLIP and X-CLIP were trained with.

    1. Pulled together: text i and video i.
    2. Pushed apart: text i and the other videos; video i and the other texts.

    Uniform similarities give log B, for B pairs.
    """
    pairs = torch.arange(len(similarity), device=similarity.device)
    return (functional.cross_entropy(similarity, pairs) + functional.cross_entropy(similarity.T, pairs)) / 2
