"""OSC, object-centred spatial contrasting: text objects against object tracks."""

from dataclasses import dataclass, replace

import torch

from finsta.alignment.contrastive import (
    Contrast,
    LossReport,
    NodeStates,
    contrast_terms,
    cosines,
    full_precision,
    shares_won,
    weighted_mean,
    without_autocast,
)
from finsta.alignment.names import BatchIndex
from finsta.graphs.batch import HolisticBatch
from finsta.shapes import Bool, Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class ObjectPairs:
    """What OSC pairs with what; ``ObjectPairs.ignored`` is the rest.

    Attributes:
        text_node: The text objects, by node index.
        track: The object tracks, as in ``video.track_index``.
        similarity: Cosines in [-1, 1], detached.
        prior: Similarity that the links say or imply, in [0, 1]; 0 where they say nothing.
        positive: Pulled together.
        negative: Pushed apart, in the direction in which the text object or the track has a positive.
        weight: Of a positive pair.
    """

    text_node: Int[Tensor, " objects"]
    track: Int[Tensor, " tracks"]
    similarity: Float[Tensor, "objects tracks"]
    prior: Float[Tensor, "objects tracks"]
    positive: Bool[Tensor, "objects tracks"]
    negative: Bool[Tensor, "objects tracks"]
    weight: Float[Tensor, "objects tracks"]

    @property
    def posed(self) -> Bool[Tensor, "objects tracks"]:
        """Pairs in a row or a column with a positive."""
        return self.positive.any(1, keepdim=True) | self.positive.any(0, keepdim=True)

    @property
    def ignored(self) -> Bool[Tensor, "objects tracks"]:
        """Neither positive nor negative."""
        return ~(self.positive | self.negative)


@without_autocast
def object_spatial_loss(  # noqa: PLR0913 - one loss, its thresholds, and what is at hand already
    text_states: Float[Tensor, "text_nodes dim"],
    video_states: Float[Tensor, "video_nodes dim"],
    batch: HolisticBatch,
    *,
    temperature: Float[Tensor, ""] | float,
    object_threshold: float = 0.8,
    only_links: bool = True,
    edited: NodeStates | None = None,
    present: Bool[Tensor, " text_nodes"] | None = None,
    index: BatchIndex | None = None,
    explain: bool = False,
) -> LossReport[ObjectPairs]:
    """Object-centred spatial contrasting, OSC.

    Known from the paper: TSG object against DSG object, contrastive above a threshold. Masks, weights and the symmetric
    form are our definition.

    1. A text object and the tracks that it is linked to are pulled together; with ``only_links=False`` also a track of
       its own video if the mean of current and prior similarity is at least ``object_threshold``.
    2. It is pushed away from all other tracks of the batch, and a track from all other text objects, except where the
       phrase names the thing (see :mod:`finsta.alignment.names`): those pairs are ignored.

    S_ij is the cosine of the text object's state with the mean of the track's states, weighted by confidence. The prior
    is the similarity of the links: a pair has that of its own link; a phrase without one that of another mention of the
    same name; and a track without one, which the phrase names by its label, that of the phrase's best link (a second
    dog). A positive weighs text confidence × track confidence × prior (a link) or mean of current and prior (else).

    Both directions are :func:`~finsta.alignment.contrastive.contrast_terms` in one weighted mean. Its sibling
    :func:`~finsta.alignment.temporal.predicate_temporal_loss` asks when instead of which. One object each in B pairs
    and uniform similarities give log B; one pair with one object on each side gives exactly 0.

    To gather over processes, see :mod:`finsta.alignment.gathering`: labels are compared as words.

    Args:
        text_states: State of every node of ``batch.text``; those of the objects are read.
        video_states: State of every node of ``batch.video``, e.g. from ``Regions`` or ``pool_regions``.
        batch: The graphs and the links between them.
        temperature: τ > 0.
        object_threshold: ρ_o in [0, 1].
        only_links: Whether the links are the only positives; so during the warm-up.
        edited: Wrong versions of text objects: negatives for the tracks of the true ones.
        present: Which text nodes have a state; all by default.
        index: Of this batch, where it is at hand already.
        explain: Whether the report says what was paired with what.
    """
    index = index or BatchIndex.of(batch)
    text = full_precision(text_states)[index.names.objects]
    video = index.objects.average(video_states, batch.video.confidence)
    similarity = cosines(text, video)
    threshold = None if only_links else object_threshold
    pairs = object_pairs(similarity.detach(), batch, index, threshold=threshold, present=present)
    forward = Contrast(similarity=similarity, positive=pairs.positive, negative=pairs.negative, weight=pairs.weight)
    backward = forward.transposed()
    if edited is not None:
        corrupted = index.names.objects[:, None] == edited.node
        wrong = backward.positive.float() @ corrupted.float() > 0
        backward = backward.with_negatives(cosines(video, full_precision(edited.states)), wrong)
    loss = weighted_mean([contrast_terms(direction, temperature) for direction in (forward, backward)])
    report = _report(loss, pairs, forward, backward, _same_pair(batch, index))
    return replace(report, explanation=pairs) if explain else report


def object_pairs(
    similarity: Float[Tensor, "objects tracks"],
    batch: HolisticBatch,
    index: BatchIndex,
    *,
    threshold: float | None = None,
    present: Bool[Tensor, " text_nodes"] | None = None,
) -> ObjectPairs:
    """The masks and weights of OSC, as :func:`object_spatial_loss` defines them; ``None``: links are all positives."""
    names, tracks = index.names, index.objects
    same_pair = _same_pair(batch, index)
    linked, prior = _prior(batch, index, same_pair)
    mean = ((similarity + prior) / 2).clamp_min(0)
    positive = linked if threshold is None else linked | (same_pair & (mean >= threshold))
    negative = ~positive & ~names.object_track
    if present is not None:
        rows = present[names.objects][:, None]
        positive, negative = positive & rows, negative & rows
    confidence = batch.text.confidence[names.objects][:, None] * tracks.confidence
    return ObjectPairs(
        text_node=names.objects,
        track=tracks.track,
        similarity=similarity,
        prior=prior.to(similarity.dtype),
        positive=positive,
        negative=negative,
        weight=(confidence * torch.where(linked, prior, mean)).to(similarity.dtype),
    )


def _same_pair(batch: HolisticBatch, index: BatchIndex) -> Bool[Tensor, "objects tracks"]:
    return batch.text.graph_index[index.names.objects][:, None] == index.objects.graph


def _prior(
    batch: HolisticBatch, index: BatchIndex, same_pair: Bool[Tensor, "objects tracks"]
) -> tuple[Bool[Tensor, "objects tracks"], Float[Tensor, "objects tracks"]]:
    """Which pairs are linked; and the similarity that links say, or imply for what has no link of its own."""
    names, tracks = index.names, index.objects
    row, column = names.object_row[batch.object_link[0]], tracks.row_of_track[batch.object_link[1]]
    linked = torch.zeros_like(same_pair)
    linked[row, column] = True
    place = row * len(tracks.track) + column
    prior = torch.zeros(linked.numel(), device=linked.device).scatter_reduce(0, place, batch.object_similarity, "amax")
    prior = prior.reshape(linked.shape)

    graph = batch.text.graph_index[names.objects]
    told, seen = linked.any(1), linked.any(0)
    same_name = names.object_text & names.object_text.T & (graph[:, None] == graph)
    mention, other = (same_name & ~told[:, None] & told).nonzero(as_tuple=True)
    prior = prior.scatter_reduce(0, mention[:, None].expand(-1, prior.shape[1]), prior[other], "amax")
    if prior.numel():
        alike = names.object_label & same_pair & ~seen
        prior = torch.maximum(prior, alike * prior.amax(1, keepdim=True))
    return linked, prior


def _report(
    loss: Float[Tensor, ""],
    pairs: ObjectPairs,
    forward: Contrast,
    backward: Contrast,
    same_pair: Bool[Tensor, "objects tracks"],
) -> LossReport[ObjectPairs]:
    posed = pairs.posed
    pushed = pairs.negative & posed
    edits = backward.negative[:, len(pairs.text_node) :]
    groups = {
        "same_video": forward.against(same_pair),
        "other_video": forward.against(~same_pair),
        "text": backward.columns(0, len(pairs.text_node)),
        "edited": backward.columns(len(pairs.text_node)),
    }
    counts = {
        "same_video": (pushed & same_pair).sum(),
        "other_video": (pushed & ~same_pair).sum(),
        "edited": edits.sum(),
    }
    return LossReport(
        loss=loss,
        positives=int(pairs.positive.sum()),
        negatives=int(pushed.sum() + edits.sum()),
        ignored=int((pairs.ignored & posed).sum()),
        accuracy=forward.share_won(),
        negatives_by={name: int(count) for name, count in counts.items()},
        accuracy_by=shares_won(groups),
    )
