"""What carries the graphs' knowledge into the host: relational, pooled and token-wise distillation.

The teacher (the graph encoders) is under stop-gradient in all of them. The paper distils the three graph features into
the host's encoders; the forms here are our definition. The direct form, posed in the host's own joint space, is in
:mod:`finsta.alignment.direct`.
"""

import torch
from torch import nn
from torch.nn import functional

from finsta.alignment.gathering import gather_rows, processes
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Float, Int, Tensor


class Adapter(nn.Module):
    """Two throw-away layers from the host's width to the graphs': they are not saved with the host."""

    def __init__(self, student_dim: int, teacher_dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(student_dim, teacher_dim), nn.GELU(), nn.Linear(teacher_dim, teacher_dim))

    def forward(self, student: Float[Tensor, "*rows student_dim"]) -> Float[Tensor, "*rows teacher_dim"]:
        """The host's vectors in the graphs' space."""
        output: Tensor = self.layers(student)
        return output


def relational_loss(
    teacher: Float[Tensor, "texts videos"], student: Float[Tensor, "texts videos"], *, temperature: float = 0.07
) -> Float[Tensor, ""]:
    """The host's similarities follow those of the graphs; nothing inside the host is needed.

        ½ (KL(softmax over videos of S/τ ‖ softmax over videos of H) + the same over texts)

    averaged over rows and columns. Zero when both rank alike with the same certainty, and for a batch of one.

    Args:
        teacher: Cosines S of texts and videos by their graphs; no gradient flows into it.
        student: Logits H of the host, its own temperature included.
        temperature: τ.
    """
    target = teacher.detach() / temperature

    def divergence(dim: int) -> Tensor:
        return (
            functional.kl_div(student.log_softmax(dim), target.log_softmax(dim), reduction="sum", log_target=True)
            / student.shape[1 - dim]
        )

    return (divergence(0) + divergence(1)) / 2


def matching_loss(
    teacher: Float[Tensor, "rows dim"], student: Float[Tensor, "rows dim"], weight: Float[Tensor, " rows"]
) -> Float[Tensor, ""]:
    """Weighted mean of ``1 − cos`` between the host's adapted vectors and the graphs'; 0 without rows.

    The mean is over the batches of all processes.

    1. Pulled together: each host vector and the state of the node (or graph) that it stands for.
    2. Pushed apart: nothing; see :func:`relational_loss` for that.
    """
    return joint_mean(1 - functional.cosine_similarity(student, teacher.detach(), dim=-1), weight)


def joint_mean(values: Float[Tensor, " rows"], weight: Float[Tensor, " rows"]) -> Float[Tensor, ""]:
    """Weighted mean over the rows of all processes; 0 without rows, or where all weights are 0."""
    if processes() > 1:
        values, weight = gather_rows(values), gather_rows(weight)
    return (weight * values).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)


def pool_graphs(states: Float[Tensor, "nodes dim"], batch: GraphBatch) -> Float[Tensor, "graphs dim"]:
    """Mean of the nodes of each graph, weighted by confidence; zeros for an empty graph."""
    return weighted_mean(states, batch.graph_index, batch.confidence, batch.num_graphs)


def weighted_mean(
    rows: Float[Tensor, "rows dim"], group: Int[Tensor, " rows"], weight: Float[Tensor, " rows"], groups: int
) -> Float[Tensor, "groups dim"]:
    """Weighted mean of the rows of each group; zeros for a group without rows."""
    weight = weight.to(rows.dtype)
    total = rows.new_zeros(groups, rows.shape[1]).index_add(0, group, rows * weight[:, None])
    mass = rows.new_zeros(groups).index_add(0, group, weight)
    return total / mass.clamp_min(torch.finfo(rows.dtype).tiny)[:, None]


def graph_similarity(
    text: Float[Tensor, "text_nodes dim"], video: Float[Tensor, "video_nodes dim"], batch: HolisticBatch
) -> Float[Tensor, "texts videos"]:
    """How well each text graph fits each video graph, in [-1, 1]: the teacher of :func:`relational_loss`.

    Each text object takes the cosine of the most similar object track of the video, each text predicate that of the
    most similar predicate track (0 where the video has none); the graph takes their mean, weighted by confidence. Late
    interaction over nodes needs no head of its own: what OSC and PTC teach is what it reads. Our definition.
    """
    matrix = text.new_zeros(batch.text.num_graphs, batch.video.num_graphs)
    mass = text.new_zeros(batch.text.num_graphs)
    for kind in (NodeKind.OBJECT, NodeKind.PREDICATE):
        rows = batch.text.is_kind(kind).nonzero()[:, 0]
        graphs = batch.text.graph_index[rows]
        weight = batch.text.confidence[rows].to(text.dtype)
        best = _best_tracks(text[rows], video, batch.video, kind)
        matrix = matrix.index_add(0, graphs, best * weight[:, None])
        mass = mass.index_add(0, graphs, weight)
    return matrix / mass.clamp_min(torch.finfo(text.dtype).tiny)[:, None]


def _best_tracks(
    text: Float[Tensor, "rows dim"], video: Float[Tensor, "video_nodes dim"], graphs: GraphBatch, kind: NodeKind
) -> Float[Tensor, "rows videos"]:
    """For each text node, the cosine of the best track of a kind in each video; 0 where a video has none."""
    nodes = graphs.is_kind(kind).nonzero()[:, 0]
    tracks, place = graphs.track_index[nodes].unique(return_inverse=True)
    states = weighted_mean(video[nodes], place, graphs.confidence[nodes].clamp_min(1e-6), len(tracks))
    owner = graphs.graph_index.new_zeros(len(tracks)).scatter(0, place, graphs.graph_index[nodes])
    cosines = functional.normalize(text, dim=-1) @ functional.normalize(states, dim=-1).T
    empty = cosines.new_zeros(len(text), graphs.num_graphs)
    return empty.scatter_reduce(1, owner.expand_as(cosines), cosines, "amax", include_self=False)


def span_weights(
    offsets: list[list[tuple[int, int]]], spans: list[list[tuple[tuple[int, int], ...]]]
) -> Float[Tensor, "text_nodes tokens"]:
    """Which tokens of its caption each text node stands on, rows summing to one (zero where it stands on none).

    Args:
        offsets: For each caption the character range of each token; special tokens have empty ranges.
        spans: For each caption, for each node of its graph, the character ranges of its mentions.
    """
    length = max((len(tokens) for tokens in offsets), default=0)
    rows = [
        [float(any(start < b and a < end for a, b in mentions)) for start, end in tokens]
        + [0.0] * (length - len(tokens))
        for tokens, nodes in zip(offsets, spans, strict=True)
        for mentions in nodes
    ]
    hits = torch.tensor(rows).reshape(-1, length)
    return hits / hits.sum(1, keepdim=True).clamp_min(1)
