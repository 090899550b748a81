"""The forms of a host's own loss on a batch of pairs, and what hard negatives add to each."""

import torch
from torch.nn import functional

from finsta.shapes import Bool, Float, Int, Tensor
from finsta.transfer.distillation import joint_mean
from finsta.transfer.hosts.contrast import contrastive_loss

LIKELIHOOD_MARGIN = 0.1
"""Nats a token by which the true caption should be likelier than an edited one. An edit changes one word of ten, so
that this is about one nat in the word that differs."""


def pair_loss(similarity: Float[Tensor, "batch batch"], same_caption: Bool[Tensor, "batch batch"]) -> Float[Tensor, ""]:
    """Symmetric InfoNCE over the host's logits, as CLIP and X-CLIP are trained.

    1. Pulled together: caption i and video i.
    2. Pushed apart: caption i and the videos of other captions; video i and the other captions. Two pairs with the same
       caption are no negatives of each other.

    Uniform similarities of B distinct captions give log B.
    """
    return contrastive_loss(similarity.masked_fill(_others_alike(same_caption), -torch.inf))


def sigmoid_loss(
    similarity: Float[Tensor, "batch batch"], same_caption: Bool[Tensor, "batch batch"]
) -> Float[Tensor, ""]:
    """Every caption and video is a question of its own, pair or no pair, as SigLIP is trained (Zhai et al. 2023).

        L = −1/B Σ_ij log σ(z_ij s_ij),   z_ij = 1 for i = j, else −1

    s is the host's logit, its scale and bias included.

    1. Pulled together: caption i and video i.
    2. Pushed apart: caption i and video j, unless they have the same caption.

    Logits of zero give B log 2 for B distinct captions.
    """
    sign = 2 * torch.eye(len(similarity), dtype=similarity.dtype, device=similarity.device) - 1
    terms = functional.softplus(-sign * similarity).masked_fill(_others_alike(same_caption), 0.0)
    return terms.sum() / len(similarity)


def matching_loss(
    true: Float[Tensor, " batch"], wrong: Float[Tensor, " wrong"], *, wrong_share: float = 2 / 3
) -> Float[Tensor, ""]:
    """Pair or no pair: the binary cross-entropy of image-text matching (ITM), as ALBEF and BLIP are trained.

        L = (1 − w) mean −log σ(m_true) + w mean −log σ(−m_wrong)

    1. Pulled together: caption i and video i.
    2. Pushed apart: caption i and another video, video i and another caption.

    Logits of zero give log 2. ``w`` = 2/3 is the mean over one true pair and two wrong ones for each video. Without
    wrong pairs the first half alone.
    """
    right = joint_mean(functional.softplus(-true), torch.ones_like(true))
    apart = joint_mean(functional.softplus(wrong), torch.ones_like(wrong))
    return (1 - wrong_share) * right + wrong_share * apart


def captioning_loss(log_likelihood: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
    """Mean over the pairs of −log p a token of the caption, given the video: what captioners are trained with.

    1. Pulled together: video i and the words of its caption.
    2. Pushed apart: video i and all other words in their place.

    A uniform guess among V words gives log V.
    """
    return joint_mean(-log_likelihood, torch.ones_like(log_likelihood))


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
    return joint_mean(loss, has_negatives.to(loss.dtype))


def likelihood_margin_loss(
    true: Float[Tensor, " batch"],
    negative: Float[Tensor, " negatives"],
    owner: Int[Tensor, " negatives"],
    *,
    margin: float = LIKELIHOOD_MARGIN,
) -> Float[Tensor, ""]:
    """Each video must find its caption likelier than that caption's edits (our definition).

        L = mean_n max(0, m − (ℓ_true − ℓ_n))

    ℓ is the mean log-probability of a caption's tokens given the video. Equal likelihoods give m. Once an edit is
    unlikelier by the margin, nothing is asked any more: a language model that is made to find sentences unlikely
    without end forgets how to write them.

    Args:
        true: Log-likelihood of each caption, nats a token.
        negative: Of each edited caption, given the video it belongs to.
        owner: Which pair each edited caption belongs to.
        margin: m > 0, nats a token.
    """
    return joint_mean((margin - (true[owner] - negative)).clamp_min(0), torch.ones_like(negative))


def hardest_others(
    same_caption: Bool[Tensor, "batch batch"], similarity: Float[Tensor, "batch batch"] | None
) -> tuple[Int[Tensor, " wrong"], Int[Tensor, " wrong"]]:
    """For each video a wrong caption and for each caption a wrong video, from the batch: the nearest that is wrong.

    Nearest by the host's own similarity where it has one; else the pair before for a video, the one after for a
    caption. A pair whose caption all others share has none.

    Args:
        same_caption: Which pairs have the same caption.
        similarity: The host's logits, captions in rows, where it has any.

    Returns:
        Captions and videos, by place in the batch, pair by pair.
    """
    place = torch.arange(len(same_caption), device=same_caption.device)
    near = -((place[None] - place[:, None]) % len(place)).float() if similarity is None else similarity.detach().float()
    scores = near.masked_fill(same_caption, -torch.inf)
    asked = (~same_caption).any(1).nonzero()[:, 0]
    texts, videos = scores[:, asked].argmax(0), scores[asked].argmax(1)
    return torch.cat([texts, asked]), torch.cat([asked, videos])


def _others_alike(same_caption: Bool[Tensor, "batch batch"]) -> Bool[Tensor, "batch batch"]:
    """Pairs of different places with the same caption: neither positive nor negative."""
    return same_caption & ~torch.eye(len(same_caption), dtype=torch.bool, device=same_caption.device)
