"""The host's own loss on a batch of pairs, and what hard negatives add to it."""

import torch

from finsta.shapes import Bool, Float, Int, Tensor
from finsta.transfer.hosts.host import contrastive_loss


def pair_loss(similarity: Float[Tensor, "batch batch"], same_caption: Bool[Tensor, "batch batch"]) -> Float[Tensor, ""]:
    """Symmetric InfoNCE over the host's logits, as CLIP and X-CLIP are trained.

    1. Pulled together: caption i and video i.
    2. Pushed apart: caption i and the videos of other captions; video i and the other captions. Two pairs with the same
       caption are no negatives of each other.

    Uniform similarities of B distinct captions give log B.
    """
    other = same_caption & ~torch.eye(len(similarity), dtype=torch.bool, device=similarity.device)
    return contrastive_loss(similarity.masked_fill(other, -torch.inf))


def hard_negative_loss(
    true: Float[Tensor, " batch"], negative: Float[Tensor, " negatives"], owner: Int[Tensor, " negatives"]
) -> Float[Tensor, ""]:
    """Each video must tell its caption from that caption's edits.

    1. Pulled together: video i and its caption.
    2. Pushed apart: video i and the hard negatives of its caption.

    The mean over the pairs that have negatives; n uniform negatives give log (n + 1). Our definition; it is known as
    negative-augmented contrastive loss where the negatives also enter the batch's softmax, which is not done here, so
    that their weight can be set apart.

    Args:
        true: Logit of each video and its own caption.
        negative: Logit of each hard negative and the video it belongs to.
        owner: Which pair each negative belongs to.
    """
    largest = true.detach().clone().scatter_reduce(0, owner, negative.detach(), "amax")
    total = (true - largest).exp().index_add(0, owner, (negative - largest[owner]).exp())
    has_negatives = torch.zeros_like(true).index_add(0, owner, torch.ones_like(negative)) > 0
    loss = total.log() + largest - true
    return loss[has_negatives].sum() / has_negatives.sum().clamp_min(1)
