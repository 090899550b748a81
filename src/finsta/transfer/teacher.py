"""The teacher: graph encoders that OSC and PTC train, whose states and similarities are distilled into the host."""

from dataclasses import dataclass

import torch
from torch import nn

from finsta.alignment.candidates import Candidates
from finsta.alignment.contrastive import NodeStates
from finsta.alignment.gathering import gather_batch, gather_rows, processes
from finsta.alignment.graph_alignment import AlignmentReport, GraphAlignment
from finsta.config import AlignmentConfig, EncoderConfig
from finsta.encoders.embedding import NodeFeatures
from finsta.encoders.graph_encoder import GraphEncoder
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.distillation import graph_similarity
from finsta.transfer.labels import LabelTable
from finsta.transfer.union import TextInUnion, UnionAlignment, text_in_union


@dataclass(frozen=True, kw_only=True)
class Taught:
    """What the teacher makes of a batch.

    Attributes:
        text: States of the text nodes.
        video: States of the video nodes.
        union: What the union knows of text nodes and graphs; ``None`` where no host takes it.
        similarity: Of each text graph with each video graph, see `graph_similarity`; over the batches of all
            processes; ``None`` where nobody asks.
        losses: OSC and PTC, unweighted.
        holistic: What trains the union's states, unweighted; ``None`` where they are not made.
    """

    text: Float[Tensor, "text_nodes width"]
    video: Float[Tensor, "video_nodes width"]
    union: TextInUnion | None
    similarity: Float[Tensor, "texts videos"] | None
    losses: AlignmentReport
    holistic: Float[Tensor, ""] | None


@dataclass(frozen=True, kw_only=True)
class EditedGraphs:
    """Graphs of captions that were edited to be wrong.

    Attributes:
        graphs: Of the edited captions.
        edited_node: Nodes of ``graphs`` that say something else than the true caption.
        node: The node of the true captions (of the batch's text) that each of them replaces.
    """

    graphs: GraphBatch
    edited_node: Int[Tensor, " edits"]
    node: Int[Tensor, " edits"]

    def to(self, device: torch.device) -> "EditedGraphs":
        """The same on another device."""
        return EditedGraphs(
            graphs=self.graphs.to(device), edited_node=self.edited_node.to(device), node=self.node.to(device)
        )


class GraphTeacher(nn.Module):
    """Graph encoders and the alignment of their states; no part of the enhanced host.

    What it has learned serves once more, for grounding: :mod:`finsta.grounding`.

    The united graphs are encoded where the host has a cross-modal encoder that takes what they know, and then have a
    loss of their own: OSC and PTC do not reach their layers.

    Args:
        encoder: Sizes of the encoders.
        alignment: Thresholds and temperature of the losses.
        labels: Embeddings of the graphs' labels.
        region_dim: Width of the regions' features: of the host's visual tokens.
        union: Whether the united graphs are encoded.
    """

    def __init__(
        self,
        encoder: EncoderConfig,
        alignment: AlignmentConfig,
        *,
        labels: LabelTable,
        region_dim: int,
        union: bool = False,
    ) -> None:
        super().__init__()
        self.labels = labels
        self.encoder = GraphEncoder(encoder, label_dim=labels.width, region_dim=region_dim)
        self.alignment = GraphAlignment(encoder.width, alignment)
        self.union = UnionAlignment(encoder.width, label_dim=labels.width, region_dim=region_dim) if union else None

    def forward(
        self,
        graphs: HolisticBatch,
        regions: Float[Tensor, "video_nodes region_dim"],
        *,
        progress: float,
        edited: EditedGraphs | None = None,
        similarity: bool = True,
    ) -> Taught:
        """Encode the graphs and contrast them.

        Args:
            graphs: Of the batch.
            regions: Feature of each video node's box; no gradient flows into it.
            progress: Share of the steps done, in [0, 1).
            edited: Graphs of edited captions, whose nodes are further negatives of OSC and PTC.
            similarity: Whether the similarity of texts and videos is asked for.
        """
        regions = regions.detach()
        union, holistic = None, None
        if self.union is None:
            text = self.encode_text(graphs.text)
            video = self.encoder.encode_video(
                graphs.video, NodeFeatures(label=self.labels(graphs.video), region=regions)
            )
        else:
            states = self.encoder(
                graphs, self._text_features(graphs.text), NodeFeatures(label=self.labels(graphs.video), region=regions)
            )
            text, video = states.text, states.video
            union = text_in_union(states.union, graphs)
            names = self.labels.embed(graphs.video.labels).to(regions.device)
            holistic = self.union(states.union, graphs, regions=regions, labels=names)
        return Taught(
            text=text,
            video=video,
            union=union,
            similarity=self._similarity(text, video, graphs) if similarity else None,
            losses=self.alignment(text, video, graphs, progress=progress, edited=self._edited(edited)),
            holistic=holistic,
        )

    def _similarity(
        self, text: Float[Tensor, "text_nodes width"], video: Float[Tensor, "video_nodes width"], graphs: HolisticBatch
    ) -> Float[Tensor, "texts videos"]:
        """Over the batches of all processes."""
        text = self.alignment.text_regions(text, graphs.text)
        video = self.alignment.video_regions(video, graphs.video)
        if processes() > 1:
            text, video, graphs = gather_rows(text), gather_rows(video), gather_batch(graphs)
        return graph_similarity(text, video, graphs)

    def _edited(self, edited: EditedGraphs | None) -> NodeStates | None:
        if edited is None:
            return None
        states = self.encode_text(edited.graphs)
        return self.alignment.edited(states, edited.graphs, edited.edited_node, edited.node)

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
        return self.encoder.encode_text(graphs, self._text_features(graphs))

    def _text_features(self, graphs: GraphBatch) -> NodeFeatures:
        labels = self.labels(graphs)
        absent = labels.new_zeros(graphs.num_nodes, self.encoder.embedding.region.in_features)
        return NodeFeatures(label=labels, region=absent)

    def encode_tracks(
        self, candidates: Candidates, regions: Float[Tensor, "objects region_dim"]
    ) -> Float[Tensor, "objects width"]:
        """States of object tracks alone. No label is read: nothing but pictures, places and times."""
        unread = regions.new_zeros(len(regions), self.labels.width)
        return self.encoder.encode_video(candidates.batch.video, NodeFeatures(label=unread, region=regions.detach()))
