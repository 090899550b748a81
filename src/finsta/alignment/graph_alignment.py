"""OSC and PTC over the states of the graph encoders, of the whole graphs and of the tracks alone."""

from dataclasses import dataclass

from torch import nn

from finsta.alignment.candidates import Candidates
from finsta.alignment.contrastive import LossReport, NodeStates, Temperature
from finsta.alignment.gathering import gather_batch, gather_edits, gather_rows, gather_tracks, processes
from finsta.alignment.names import BatchIndex
from finsta.alignment.pairs import PairStates
from finsta.alignment.regions import Regions
from finsta.alignment.search import WindowRules
from finsta.alignment.spatial import ObjectPairs, object_spatial_loss
from finsta.alignment.temporal import PredicateWindows, predicate_temporal_loss, window_loss
from finsta.config import AlignmentConfig
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.shapes import Float, Int, Tensor

GROUNDING_RULES = WindowRules(positive_iou=0.7, negative_iou=0.5, pieces_are_negative=True, only_links=True, trust=4.0)
"""Windows of candidates: nothing but the link says when, so it leads the search; and a piece of the event, which PTC
ignores, is a negative here, for the interval itself is asked for."""


@dataclass(frozen=True, kw_only=True)
class AlignmentReport:
    """What one batch gives."""

    object_spatial: LossReport[ObjectPairs]
    predicate_temporal: LossReport[PredicateWindows]


class GraphAlignment(nn.Module):
    """The alignment losses with what they learn: a region module for each modality, a temperature for each loss.

    Where several processes share the work, the contrast is over the batches of all of them
    (:mod:`finsta.alignment.gathering`); regions are made where the graphs are.

    Args:
        width: Width of the node states.
        config: Hops, thresholds, first temperature, warm-up.
    """

    def __init__(self, width: int, config: AlignmentConfig) -> None:
        super().__init__()
        self.config = config
        self.text_regions = Regions(width, hops=config.hops)
        self.video_regions = Regions(width, hops=config.hops)
        self.pairs = PairStates(width)
        self.object_temperature = Temperature(config.temperature)
        self.predicate_temperature = Temperature(config.temperature)

    def forward(
        self,
        text_states: Float[Tensor, "text_nodes width"],
        video_states: Float[Tensor, "video_nodes width"],
        batch: HolisticBatch,
        *,
        progress: float = 0.0,
        edited: NodeStates | None = None,
        explain: bool = False,
    ) -> AlignmentReport:
        """Both losses, unweighted.

        Args:
            text_states: Of every node of ``batch.text``.
            video_states: Of every node of ``batch.video``.
            batch: The graphs and the links between them.
            progress: Share of the training steps that are done, in [0, 1]; below ``config.warm_up`` only links count.
            edited: Regions of wrong versions of text nodes, from :meth:`edited`.
            explain: Whether the reports say what was paired with what.
        """
        config = self.config
        text, video = self.text_regions(text_states, batch.text), self.video_regions(video_states, batch.video)
        if processes() > 1:
            edited = gather_edits(edited, text, batch.text.num_nodes)
            batch, text, video = gather_batch(batch), gather_rows(text), gather_rows(video)
        index = BatchIndex.of(batch)
        only_links = progress < config.warm_up
        return AlignmentReport(
            object_spatial=object_spatial_loss(
                text,
                video,
                batch,
                temperature=self.object_temperature(),
                object_threshold=config.object_threshold,
                only_links=only_links,
                edited=edited,
                index=index,
                explain=explain,
            ),
            predicate_temporal=predicate_temporal_loss(
                text,
                video,
                batch,
                temperature=self.predicate_temperature(),
                positive_iou=config.positive_iou,
                negative_iou=config.negative_iou,
                only_links=only_links,
                edited=edited,
                index=index,
                explain=explain,
            ),
        )

    def on_candidates(
        self,
        text_states: Float[Tensor, "text_nodes width"],
        object_states: Float[Tensor, "objects width"],
        candidates: Candidates,
    ) -> AlignmentReport:
        """Both losses over tracks alone, unweighted: what grounding is learned from.

        Args:
            text_states: Of every text node.
            object_states: Of every node of ``candidates.batch.video``.
            candidates: Of the batch.
        """
        batch, index = candidates.batch, candidates.index
        text, tracks = self.text_regions(text_states, batch.text), self.candidate_states(object_states, candidates)
        objects = self.video_regions(object_states, batch.video)
        if processes() > 1:
            joint = Candidates.of(gather_batch(candidates.source))
            batch, index = joint.batch, joint.index
            text, objects, tracks = gather_rows(text), gather_rows(objects), gather_tracks(tracks)
        return AlignmentReport(
            object_spatial=object_spatial_loss(
                text,
                objects,
                batch,
                temperature=self.object_temperature(),
                only_links=True,
                index=index,
            ),
            predicate_temporal=window_loss(
                text,
                tracks,
                batch,
                index=index,
                temperature=self.predicate_temperature(),
                rules=GROUNDING_RULES,
            ),
        )

    def candidate_states(
        self, object_states: Float[Tensor, "objects width"], candidates: Candidates
    ) -> Float[Tensor, "tracks frames width"]:
        """State of each candidate in each key frame."""
        states: Tensor = self.pairs(object_states, candidates.batch.video, candidates.index.predicates)
        return states

    def edited(
        self,
        states: Float[Tensor, "edited_nodes width"],
        graph: GraphBatch,
        edited_node: Int[Tensor, " edits"],
        node: Int[Tensor, " edits"],
    ) -> NodeStates:
        """Wrong versions of text nodes, from the encoded graphs of edited captions.

        Args:
            states: Of every node of ``graph``.
            graph: The graphs of the edited captions.
            edited_node: Nodes of ``graph`` that say something else than the true caption.
            node: The node of the true caption (in ``batch.text``) that each of them replaces.
        """
        return NodeStates(states=self.text_regions(states, graph)[edited_node], node=node)
