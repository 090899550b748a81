"""The teacher: graph encoders that OSC and PTC train, whose states and similarities are distilled into the host."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from finsta.alignment.candidates import Candidates
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
        self.vectors: Float[Tensor, "labels dim"] = torch.cat(parts)

    @classmethod
    def of(cls, labels: Sequence[str], vectors: Float[Tensor, "labels dim"]) -> "LabelTable":
        """A table whose rows are known."""
        table = cls.__new__(cls)
        table.row = {label: index for index, label in enumerate(labels)}
        table.vectors = vectors
        return table

    def extended(self, host: Host, labels: Iterable[str]) -> "LabelTable":
        """The same with further labels, as a host reads them."""
        new = [label for label in dict.fromkeys(labels) if label not in self.row]
        if not new:
            return self
        more = LabelTable(host, new)
        return LabelTable.of([*self.row, *new], torch.cat([self.vectors, more.vectors]))

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
    """Graph encoders and the alignment of their states; no part of the enhanced host.

    What it has learned serves once more, for grounding: :mod:`finsta.grounding`.

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
        text = self.encode_text(graphs.text)
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

    def align_tracks(self, graphs: HolisticBatch, regions: Float[Tensor, "video_nodes region_dim"]) -> AlignmentReport:
        """Contrast the texts with the tracks alone, without what the graphs say of them: what grounding learns from.

        Args:
            graphs: Of the batch.
            regions: Feature of each video node's box; no gradient flows into it.
        """
        candidates = Candidates.of(graphs)
        tracks = self.encode_tracks(candidates, regions[candidates.kept])
        return self.alignment.on_candidates(self.encode_text(graphs.text), tracks, candidates)

    def encode_text(self, graphs: GraphBatch) -> Float[Tensor, "nodes width"]:
        """States of the nodes of textual scene graphs."""
        labels = self.labels(graphs)
        absent = labels.new_zeros(graphs.num_nodes, self.encoder.embedding.region.in_features)
        return self.encoder.encode_text(graphs, NodeFeatures(label=labels, region=absent))

    def encode_tracks(
        self, candidates: Candidates, regions: Float[Tensor, "objects region_dim"]
    ) -> Float[Tensor, "objects width"]:
        """States of object tracks alone. No label is read: nothing but pictures, places and times."""
        unread = regions.new_zeros(len(regions), self.labels.width)
        return self.encoder.encode_video(candidates.batch.video, NodeFeatures(label=unread, region=regions.detach()))
