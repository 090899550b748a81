"""All terms of the post-training loss: host, OSC, PTC, and what carries the graphs into the host."""

from collections.abc import Iterator

import torch
from torch import nn

from finsta.alignment.contrastive import NodeStates
from finsta.alignment.direct import DirectAlignment
from finsta.alignment.roi import pool_regions
from finsta.config import PostTrainConfig
from finsta.shapes import Float, Tensor
from finsta.training.batches import GraphInputs, PairBatch
from finsta.training.host_loss import hard_negative_loss, pair_loss
from finsta.transfer.distillation import Adapter, matching_loss, pool_graphs, relational_loss
from finsta.transfer.hosts import Host, TextEncoding, VideoEncoding
from finsta.transfer.teacher import GraphTeacher, LabelTable


class PostTrainingObjective(nn.Module):
    """Turns a batch of pairs into the weighted terms of the loss.

    ``host`` pulls the host's own way, ``negatives`` against edited captions. ``object_spatial`` and
    ``predicate_temporal`` teach the graph encoders, which see the host's tokens under stop-gradient; ``grounding`` is
    both of them over the tracks alone, without what the graph says of them. ``relational``, ``pooled`` and ``token``
    distil what they learned into the host, rising over the first steps. ``direct_object``, ``direct_predicate`` and
    ``direct_clip`` are posed in the host's own joint space. A term of weight zero is not computed, and a module that no
    term asks for is not made.

    Args:
        host: Its model becomes part of this module, and is trained with it.
        config: Of the run.
        labels: Embeddings of the graphs' labels; ``None`` where no term asks for the graph encoders.
    """

    def __init__(self, host: Host, config: PostTrainConfig, labels: LabelTable | None = None) -> None:
        super().__init__()
        self.host = host
        self.model = host.model
        self.config = config
        self.direct = DirectAlignment(config=config.alignment)
        weights, width, sizes = config.transfer, config.encoder.width, host.widths
        self.teacher: GraphTeacher | None = None
        if weights.uses_encoders:
            assert labels is not None
            self.teacher = GraphTeacher(config.encoder, config.alignment, labels=labels, region_dim=sizes.visual)
        pairs = {"pooled": (sizes.pooled_text, sizes.pooled_video), "token": (sizes.text, sizes.visual)}
        self.adapters = nn.ModuleDict(
            {
                f"{form}_{side}": Adapter(size, width)
                for form, both in pairs.items()
                for side, size in zip(("text", "video"), both, strict=True)
                if getattr(weights, form)
            }
        )

    def own_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that are thrown away after training."""
        hosts = {id(parameter) for parameter in self.model.parameters()}
        return (parameter for parameter in self.parameters() if id(parameter) not in hosts)

    def forward(self, batch: PairBatch, progress: float) -> dict[str, Tensor]:
        """The weighted terms, whose sum is the loss; ``progress`` in [0, 1) is the share of the steps done."""
        host, weights = self.host, self.config.transfer
        text, video = host.encode_text(batch.captions), host.encode_video(batch.pixels)
        similarity = host.similarity(text.pooled, video.pooled)
        terms = {"host": weights.host * pair_loss(similarity, batch.same_caption.to(similarity.device))}
        if weights.negatives and batch.negatives is not None and batch.negative_owner is not None:
            owner = batch.negative_owner.to(similarity.device)
            edited = host.similarity(host.encode_text(batch.negatives).pooled, video.pooled)
            wrong = edited[torch.arange(len(owner), device=owner.device), owner]
            terms["negatives"] = weights.negatives * hard_negative_loss(similarity.diagonal(), wrong, owner)
        if batch.graphs is not None:
            inputs = batch.graphs.to(similarity.device)
            if self.teacher is not None:
                terms |= self._distilled(self.teacher, inputs, text, video, similarity, progress)
            if weights.direct:
                terms |= self._direct(inputs, video, progress)
        return terms

    def _distilled(
        self,
        teacher: GraphTeacher,
        inputs: GraphInputs,
        text: TextEncoding,
        video: VideoEncoding,
        similarity: Float[Tensor, "texts videos"],
        progress: float,
    ) -> dict[str, Tensor]:
        """What teaches the encoders, and what they teach the host."""
        weights, graphs = self.config.transfer, inputs.graphs
        regions = pool_regions(video.tokens, graphs.video, inputs.frame_times, video.grid)
        terms: dict[str, Tensor] = {}
        if weights.grounding:
            alone = teacher.align_tracks(graphs, regions)
            both = alone.object_spatial.loss + alone.predicate_temporal.loss
            terms["grounding"] = weights.grounding * both
        if not weights.distils:
            return terms
        taught = teacher(graphs, regions, progress=progress)
        rise = min(progress / weights.ramp, 1.0) if weights.ramp else 1.0
        terms["object_spatial"] = weights.object_spatial * taught.losses.object_spatial.loss
        terms["predicate_temporal"] = weights.predicate_temporal * taught.losses.predicate_temporal.loss
        if weights.relational:
            terms["relational"] = rise * weights.relational * relational_loss(taught.similarity, similarity)
        if weights.pooled:
            ones = similarity.new_ones(len(similarity))
            terms["pooled"] = (
                rise
                * weights.pooled
                * (
                    matching_loss(
                        pool_graphs(taught.text, graphs.text), self.adapters["pooled_text"](text.pooled.embedding), ones
                    )
                    + matching_loss(
                        pool_graphs(taught.video, graphs.video),
                        self.adapters["pooled_video"](video.pooled.embedding),
                        ones,
                    )
                )
            )
        if weights.token:
            spans = inputs.token_weights
            on_tokens = torch.einsum("nl,nld->nd", spans, text.tokens[graphs.text.graph_index, : spans.shape[1]])
            terms["token"] = (
                rise
                * weights.token
                * (
                    matching_loss(
                        taught.text, self.adapters["token_text"](on_tokens), graphs.text.confidence * spans.sum(1)
                    )
                    + matching_loss(taught.video, self.adapters["token_video"](regions), graphs.video.confidence)
                )
            )
        return terms

    def _direct(self, inputs: GraphInputs, video: VideoEncoding, progress: float) -> dict[str, Tensor]:
        """OSC, PTC and phrase to clip in the host's own joint space, at the host's own temperature."""
        host, weight = self.host, self.config.transfer.direct
        report = self.direct(
            NodeStates(states=host.text_embeddings(inputs.phrases), node=inputs.phrase_nodes),
            host.project_visual(video.tokens),
            inputs.graphs,
            frame_times=inputs.frame_times,
            grid=video.grid,
            temperature=self.config.alignment.temperature if host.temperature is None else host.temperature,
            clips=video.pooled.embedding,
            progress=progress,
        )
        terms = {
            "direct_object": weight * report.object_spatial.loss,
            "direct_predicate": weight * report.predicate_temporal.loss,
        }
        if report.phrase_to_clip is not None:
            terms["direct_clip"] = weight * report.phrase_to_clip.loss
        return terms
