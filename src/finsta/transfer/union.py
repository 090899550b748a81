"""What trains the states of the united graphs, which a host's cross-modal encoder is taught (our definition)."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from finsta.graphs.batch import TEXT, VIDEO, HolisticBatch
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.distillation import weighted_mean

TEMPERATURE = 0.07


@dataclass(frozen=True, kw_only=True)
class TextInUnion:
    """Mean over the key frames of what the union knows of each node of the text, and of each graph.

    Attributes:
        nodes: In the order of ``batch.text``.
        graphs: Mean of all nodes, weighted by confidence.
    """

    nodes: Float[Tensor, "text_nodes width"]
    graphs: Float[Tensor, "graphs width"]


def text_in_union(states: Float[Tensor, "union_nodes width"], batch: HolisticBatch) -> TextInUnion:
    """States of text nodes, which stand in every key frame of the union, as one state each."""
    union = batch.union
    text = (union.modality == TEXT).nonzero()[:, 0]
    weight = torch.ones_like(union.confidence[text])
    return TextInUnion(
        nodes=weighted_mean(states[text], union.origin[text], weight, batch.text.num_nodes),
        graphs=weighted_mean(states, union.graph_index, union.confidence, union.num_graphs),
    )


class UnionAlignment(nn.Module):
    """Each side of the union must know what the other one says.

        L = ½ (CE(cos(P u_i, Q r)/τ, tracks linked to i) + CE(cos(P' u_j, Q' e)/τ, the label of j))

    u_i is the union's state of text object i, r the region features of all object tracks of the batch; u_j is the
    union's mean state of visual track j, e the embeddings of all labels of the batch. OSC and PTC do not reach the
    union's layers; without a loss of their own these would teach a host noise.

    1. A text object is pulled to the region of the track that it is linked to, a visual track to its label.
    2. It is pushed from the other tracks, and the other labels, of the batch.

    Neither is in the node's own features: a text node has no region, and labels are withheld from visual nodes (see
    ``label_dropout``; where they are not, the second part is easy). Both have to come across the links. With n tracks
    and m labels alike, the loss is ½ (log n + log m). Several processes contrast each their own part of the batch.

    Args:
        width: Of the union's states.
        label_dim: Of label embeddings.
        region_dim: Of region features.
    """

    def __init__(self, width: int, *, label_dim: int, region_dim: int) -> None:
        super().__init__()
        self.to_region = nn.Linear(width, width)
        self.region = nn.Linear(region_dim, width)
        self.to_label = nn.Linear(width, width)
        self.label = nn.Linear(label_dim, width)

    def forward(
        self,
        states: Float[Tensor, "union_nodes width"],
        batch: HolisticBatch,
        *,
        regions: Float[Tensor, "video_nodes region_dim"],
        labels: Float[Tensor, "labels label_dim"],
    ) -> Float[Tensor, ""]:
        """The loss; 0, with a path for the gradient, where there is nothing to tell apart.

        Args:
            states: Of every node of ``batch.union``.
            batch: The graphs and their links.
            regions: Feature of each video node.
            labels: Embeddings of ``batch.video.labels``.
        """
        return (self._objects(states, batch, regions) + self._labels(states, batch, labels)) / 2

    def _objects(self, states: Tensor, batch: HolisticBatch, regions: Tensor) -> Float[Tensor, ""]:
        video = batch.video
        node = video.is_kind(NodeKind.OBJECT).nonzero()[:, 0]
        track, place = video.track_index[node].unique(return_inverse=True)
        seen = weighted_mean(_even(regions.detach()[node]), place, torch.ones_like(video.confidence[node]), len(track))
        text, linked = batch.object_link
        asked = text_in_union(states, batch).nodes[text]
        logits = _cosines(self.to_region(asked), self.region(seen)) / TEMPERATURE
        positive = linked[:, None] == track[None]
        kept = positive.any(1)
        return _mean(_multi_positive(logits[kept], positive[kept]), batch.object_similarity[kept], states)

    def _labels(self, states: Tensor, batch: HolisticBatch, labels: Tensor) -> Float[Tensor, ""]:
        union = batch.union
        node = (union.modality == VIDEO).nonzero()[:, 0]
        track, place = union.track_index[node].unique(return_inverse=True)
        means = weighted_mean(states[node], place, torch.ones_like(union.confidence[node]), len(track))
        label = _shared(batch.video.label_index[union.origin[node]], place, len(track))
        known, target = label.unique(return_inverse=True)
        logits = _cosines(self.to_label(means), self.label(_even(labels[known]))) / TEMPERATURE
        if not len(track):
            return states.sum() * 0
        weight = weighted_mean(union.confidence[node][:, None], place, torch.ones_like(place).float(), len(track))[:, 0]
        return _mean(functional.cross_entropy(logits, target, reduction="none"), weight, states)


def _even(rows: Float[Tensor, "rows dim"]) -> Float[Tensor, "rows dim"]:
    """The rows at one scale: encoders differ by orders of magnitude."""
    return functional.layer_norm(rows, rows.shape[1:])


def _cosines(rows: Float[Tensor, "rows dim"], columns: Float[Tensor, "columns dim"]) -> Float[Tensor, "rows columns"]:
    return functional.normalize(rows, dim=-1) @ functional.normalize(columns, dim=-1).T


def _multi_positive(logits: Float[Tensor, "rows columns"], positive: Tensor) -> Float[Tensor, " rows"]:
    return logits.logsumexp(1) - logits.masked_fill(~positive, -torch.inf).logsumexp(1)


def _shared(values: Int[Tensor, " rows"], group: Int[Tensor, " rows"], groups: int) -> Int[Tensor, " groups"]:
    """The value that all rows of a group have: nodes of one track have one label."""
    return values.new_zeros(groups).scatter(0, group, values)


def _mean(values: Float[Tensor, " rows"], weight: Float[Tensor, " rows"], states: Tensor) -> Float[Tensor, ""]:
    if not len(values):
        return states.sum() * 0
    return (weight * values).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)
