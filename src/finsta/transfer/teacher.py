"""The teacher: graph encoders that OSC and PTC train, whose states and similarities are distilled into the host."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from finsta.alignment.graph_alignment import AlignmentReport, GraphAlignment
from finsta.config import AlignmentConfig, EncoderConfig
from finsta.encoders.embedding import NodeFeatures
from finsta.encoders.graph_encoder import GraphEncoder
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.shapes import Float, Tensor
from finsta.transfer.distillation import graph_similarity
from finsta.transfer.hosts import Host


class LabelTable:
    """Embeddings of labels by the host's text tower as it was before training: what a graph's words mean.

    Args:
        host: Read once, here.
        labels: All labels that will be asked for.
    """

    def __init__(self, host: Host, labels: Iterable[str]) -> None:
        names = list(dict.fromkeys(labels))
        self.row = {label: index for index, label in enumerate(names)}
        with torch.no_grad():
            parts = [host.text_embeddings(host.tokens(names[i : i + 64])).cpu() for i in range(0, len(names), 64)]
        self.vectors = torch.cat(parts)

    @property
    def width(self) -> int:
        """Of the embeddings."""
        return self.vectors.shape[1]

    def __call__(self, graphs: GraphBatch) -> Float[Tensor, "nodes dim"]:
        """One row for each node."""
        rows = torch.tensor([self.row[label] for label in graphs.labels], dtype=torch.long)
        return self.vectors[rows].to(graphs.box.device)[graphs.label_index]


@dataclass(frozen=True, kw_only=True)
class Taught:
    """What the teacher makes of a batch.

    Attributes:
        text: States of the text nodes.
        video: States of the video nodes.
        similarity: Of each text graph with each video graph, see `graph_similarity`.
        losses: OSC and PTC, unweighted.
    """

    text: Float[Tensor, "text_nodes width"]
    video: Float[Tensor, "video_nodes width"]
    similarity: Float[Tensor, "texts videos"]
    losses: AlignmentReport


class GraphTeacher(nn.Module):
    """Graph encoders and the alignment of their states; thrown away after training.

    The hosts known so far have no cross-modal encoder that the union's states could be distilled into, so the union is
    not encoded here.

    Args:
        encoder: Sizes of the encoders.
        alignment: Thresholds and temperature of the losses.
        labels: Embeddings of the graphs' labels.
        region_dim: Width of the regions' features: of the host's visual tokens.
    """

    def __init__(
        self, encoder: EncoderConfig, alignment: AlignmentConfig, *, labels: LabelTable, region_dim: int
    ) -> None:
        super().__init__()
        self.labels = labels
        self.encoder = GraphEncoder(encoder, label_dim=labels.width, region_dim=region_dim)
        self.alignment = GraphAlignment(encoder.width, alignment)

    def forward(
        self, graphs: HolisticBatch, regions: Float[Tensor, "video_nodes region_dim"], *, progress: float
    ) -> Taught:
        """Encode the graphs and contrast them.

        Args:
            graphs: Of the batch.
            regions: Feature of each video node's box; no gradient flows into it.
            progress: Share of the steps done, in [0, 1).
        """
        absent = regions.new_zeros(graphs.text.num_nodes, regions.shape[1])
        text = self.encoder.encode_text(graphs.text, NodeFeatures(label=self.labels(graphs.text), region=absent))
        seen = NodeFeatures(label=self.labels(graphs.video), region=regions.detach())
        video = self.encoder.encode_video(graphs.video, seen)
        return Taught(
            text=text,
            video=video,
            similarity=graph_similarity(
                self.alignment.text_regions(text, graphs.text),
                self.alignment.video_regions(video, graphs.video),
                graphs,
            ),
            losses=self.alignment(text, video, graphs, progress=progress),
        )
