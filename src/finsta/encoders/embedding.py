"""The state that a node starts with."""

from dataclasses import dataclass
from math import pi

import torch
from torch import nn

from finsta.errors import InputError
from finsta.graphs.batch import NODE_KINDS, VIDEO, GraphBatch
from finsta.shapes import Bool, Float, Tensor

TIME_WAVES = 32
SHORTEST_PERIOD, LONGEST_PERIOD = 0.5, 16384.0
"""Seconds of the fastest and the slowest wave of the time embedding: from a gesture to four and a half hours."""


@dataclass(frozen=True, kw_only=True)
class NodeFeatures:
    """What is known of each node from outside the graph.

    Attributes:
        label: Embedding of its label by a text encoder.
        region: Feature of its box, pooled from a vision tower; zeros for text nodes.
    """

    label: Float[Tensor, "nodes label_dim"]
    region: Float[Tensor, "nodes region_dim"]


def time_waves(time: Float[Tensor, " nodes"]) -> Float[Tensor, "nodes waves"]:
    """Sine and cosine of the time in seconds, at 32 periods between half a second and 16384 s, evenly by ratio."""
    steps = torch.arange(TIME_WAVES, device=time.device, dtype=time.dtype) / (TIME_WAVES - 1)
    period = SHORTEST_PERIOD * (LONGEST_PERIOD / SHORTEST_PERIOD) ** steps
    phase = 2 * pi * time[:, None] / period
    return torch.cat([phase.sin(), phase.cos()], dim=1)


class NodeEmbedding(nn.Module):
    """Initial node states, for all three graphs.

        h = LN(W_l LN(label) + W_r LN(region) + W_b box + W_t waves(time) + kind + modality + (1 - confidence) · doubt)

    Known from the paper: node features come from label and region; the rest is our definition. The inner norms have
    no parameters: encoders differ by orders of magnitude in scale. ``box`` is (x1, y1, x2, y2, width, height) in
    [0, 1]; regions and boxes of text nodes are zeros and add nothing. ``doubt`` is learned and starts at zero.

    The label of a visual node may be withheld; a learned vector then stands for it. At a rate of one it always is, in
    evaluation too: the visual side is seen, not read. Below one it is withheld in training only, from all key frames of
    a track at once, since the recurrence would carry it from one to the next.

    Args:
        width: d.
        label_dim: Width of label embeddings.
        region_dim: Width of region features.
        label_dropout: Chance in [0, 1] that the label of a visual track is withheld.
    """

    def __init__(self, width: int, *, label_dim: int, region_dim: int, label_dropout: float = 1.0) -> None:
        super().__init__()
        self.label_dropout = label_dropout
        self.label = nn.Linear(label_dim, width, bias=False)
        self.region = nn.Linear(region_dim, width, bias=False)
        self.box = nn.Linear(6, width, bias=False)
        self.time = nn.Linear(2 * TIME_WAVES, width, bias=False)
        self.kind = nn.Embedding(len(NODE_KINDS), width)
        self.modality = nn.Embedding(2, width)
        self.doubt = nn.Parameter(torch.zeros(width))
        self.unknown_label = nn.Parameter(0.02 * torch.randn(width))
        self.norm = nn.LayerNorm(width)

    def content(self, batch: GraphBatch, features: NodeFeatures) -> Float[Tensor, "nodes width"]:
        """What a node is, wherever it stands: label and region.

        Raises:
            InputError: if the features are not one row for each node, of the widths that the module was made for.
        """
        for name, found, wide in (
            ("label", features.label, self.label.in_features),
            ("region", features.region, self.region.in_features),
        ):
            if found.shape != (batch.num_nodes, wide):
                raise InputError(
                    f"{name} features must be {batch.num_nodes} nodes × {wide}, found {list(found.shape)}; "
                    f"give one row for each node, or make the encoder with {name}_dim={found.shape[-1]}"
                )
        label = self.label(nn.functional.layer_norm(features.label, features.label.shape[1:]))
        label = torch.where(self._withheld(batch)[:, None], self.unknown_label.to(label.dtype), label)
        region = self.region(nn.functional.layer_norm(features.region, features.region.shape[1:]))
        content: Float[Tensor, "nodes width"] = label + region
        return content

    def forward(self, batch: GraphBatch, content: Float[Tensor, "nodes width"]) -> Float[Tensor, "nodes width"]:
        """The initial states: content, and where and when it stands."""
        dtype = self.doubt.dtype
        box = torch.cat([batch.box, batch.box[:, 2:] - batch.box[:, :2]], dim=1).to(dtype)
        place = self.box(box) + self.time(time_waves(batch.time).to(dtype))
        kind = self.kind(batch.node_kind) + self.modality(batch.modality)
        doubt = (1 - batch.confidence.to(dtype))[:, None] * self.doubt
        states: Float[Tensor, "nodes width"] = self.norm(content + place + kind + doubt)
        return states

    def _withheld(self, batch: GraphBatch) -> Bool[Tensor, " nodes"]:
        visual = batch.modality == VIDEO
        if self.label_dropout >= 1:
            return visual
        if not self.training:
            return torch.zeros_like(visual)
        chosen = torch.rand(batch.num_tracks + 1, device=visual.device) < self.label_dropout
        return visual & chosen[batch.track_index]
