"""All terms of the post-training loss: host, OSC, PTC, what carries the graphs into the host, what keeps old skills."""

from collections.abc import Iterator

import torch
from torch import nn

from finsta.alignment.direct import DirectAlignment
from finsta.config import PostTrainConfig
from finsta.shapes import Tensor
from finsta.training.loop.precision import exactly
from finsta.training.loop.processes import anywhere
from finsta.training.post_training.batches import GraphInputs, PairBatch
from finsta.training.post_training.carried import direct_terms, distilled, make_adapters, relational
from finsta.training.post_training.encoded import Encoded, Needs, encode
from finsta.training.post_training.own_loss import OwnObjective
from finsta.training.post_training.regularise import Start
from finsta.training.post_training.shared_vision import shared_vision, vision_tower
from finsta.transfer.hosts import Host
from finsta.transfer.labels import LabelTable
from finsta.transfer.plan import TransferPlan, plan_transfer
from finsta.transfer.seen import region_width, see_regions
from finsta.transfer.teacher import GraphTeacher


class PostTrainingObjective(nn.Module):
    """Turns a batch of pairs into the weighted terms of the loss.

    ``host`` pulls the host's own way, ``negatives`` against edited captions. ``object_spatial`` and
    ``predicate_temporal`` teach the graph encoders, which see the host's tokens under stop-gradient, ``holistic`` those
    of the united graphs; ``grounding`` is OSC and PTC over the tracks alone, without what the graph says of them.
    ``relational``, ``pooled`` and ``token`` distil what they learned into the host, rising over the first steps.
    ``direct_object``, ``direct_predicate`` and ``direct_clip`` are posed in the host's own joint space. ``start`` and
    ``features`` keep the host near to what it was. A term of weight zero, or that the host has no place for, is not
    computed, and a module that no term asks for is not made.

    Args:
        host: Its model becomes part of this module, and is trained with it; those of its parameters move whose
            gradients are asked for.
        config: Of the run.
        labels: Embeddings of the graphs' labels; ``None`` where no term asks for the graph encoders.
    """

    def __init__(self, host: Host, config: PostTrainConfig, labels: LabelTable | None = None) -> None:
        super().__init__()
        self.host = host
        self.model = host.model
        self.config = config
        self.plan: TransferPlan = plan_transfer(host, config.transfer)
        self.direct = DirectAlignment(config=config.alignment)
        self.teacher: GraphTeacher | None = None
        if self.plan.uses_encoders:
            assert labels is not None
            self.teacher = GraphTeacher(
                config.encoder,
                config.alignment,
                labels=labels,
                region_dim=region_width(host),
                union=self.plan.uses_union,
            )
        self.adapters = make_adapters(host, self.plan, config.encoder.width)
        self.own = OwnObjective(host)
        self.start = Start(host, config.regularise)
        fuses = host.capabilities.cross_modal or host.capabilities.generates
        # Recomputed parts run outside of the block in which passes are shared. A tuple hides it from the state dict.
        self._tower = (vision_tower(host) if fuses and not config.encode_at_once else None,)

    @property
    def unchanging(self) -> frozenset[str]:
        """What no step moves, and no checkpoint need hold: the run begins from the same host."""
        return frozenset(name for name, value in self.named_parameters() if not value.requires_grad)

    def own_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that are thrown away after training."""
        hosts = {id(parameter) for parameter in self.model.parameters()}
        return (parameter for parameter in self.parameters() if id(parameter) not in hosts)

    def train(self, mode: bool = True) -> "PostTrainingObjective":
        """As every module; but running means of a host's layers that do not move stay as they are."""
        super().train(mode)
        for module in self.model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and not _moves(module):
                module.eval()
        return self

    def forward(self, batch: PairBatch, progress: float) -> dict[str, Tensor]:
        """The weighted terms, whose sum is the loss; ``progress`` in [0, 1) is the share of the steps done."""
        host, weights = self.host, self.config.transfer
        edited = bool(weights.negatives) and anywhere(batch.negative_owner is not None, host.device)
        with shared_vision(*self._tower):
            encoded = encode(host, batch, self._needs(batch, edited), at_once=self.config.encode_at_once)
        with exactly(host.device):
            return self._terms(batch, encoded, progress, edited=edited)

    def _terms(self, batch: PairBatch, encoded: Encoded, progress: float, *, edited: bool) -> dict[str, Tensor]:
        """The terms, once the host has seen the batch; ``edited``: whether any process has hard negatives."""
        host, weights = self.host, self.config.transfer
        terms = {}
        if weights.host:
            terms["host"] = weights.host * self.own.loss(host, batch, encoded)
        if edited:
            owner = None if batch.negative_owner is None else batch.negative_owner.to(host.device)
            terms["negatives"] = weights.negatives * self.own.negatives(host, batch, encoded, owner)
        if batch.graphs is not None:
            inputs = batch.graphs.to(host.device)
            if self.teacher is not None:
                terms |= self._taught(self.teacher, inputs, batch, encoded, progress)
            if self.plan.direct:
                terms |= direct_terms(host, self.plan, self.direct, inputs=inputs, encoded=encoded, progress=progress)
        return terms | self.start.terms(batch, encoded)

    def _needs(self, batch: PairBatch, edited: bool) -> Needs:
        """Which parts of the host some term asks for; ``edited``: whether any process has hard negatives."""
        weights, plan = self.config.transfer, self.plan
        own = self.own.needs(self.host)
        asked = bool(weights.host or edited)
        graphs = batch.graphs is not None
        joint = graphs and bool(plan.relational or plan.direct)
        kept = self.start.needs(self.host)
        return Needs(
            text=(asked and own.text) or joint or (graphs and plan.reads("text")) or kept.text,
            video=(asked and own.video) or joint or (graphs and plan.uses_graphs) or kept.video,
            pairs=(asked and own.pairs) or (graphs and plan.reads("cross_modal")) or kept.pairs,
            likelihood=asked and own.likelihood,
        )

    def _taught(
        self, teacher: GraphTeacher, inputs: GraphInputs, batch: PairBatch, encoded: Encoded, progress: float
    ) -> dict[str, Tensor]:
        """What teaches the encoders, and what they teach the host."""
        weights, graphs, plan = self.config.transfer, inputs.graphs, self.plan
        assert encoded.video is not None
        regions = see_regions(encoded.video, graphs.video, frame_times=inputs.frame_times, pixels=batch.pixels)
        terms: dict[str, Tensor] = {}
        if weights.grounding:
            alone = teacher.align_tracks(graphs, regions)
            both = alone.object_spatial.loss + alone.predicate_temporal.loss
            terms["grounding"] = weights.grounding * both
        if not plan.distils:
            return terms
        taught = teacher(graphs, regions, progress=progress, edited=inputs.edited, similarity=plan.relational > 0)
        rise = min(progress / weights.ramp, 1.0) if weights.ramp else 1.0
        terms["object_spatial"] = weights.object_spatial * taught.losses.object_spatial.loss
        terms["predicate_temporal"] = weights.predicate_temporal * taught.losses.predicate_temporal.loss
        if taught.holistic is not None:
            terms["holistic"] = weights.holistic * taught.holistic
        if plan.relational:
            terms["relational"] = rise * plan.relational * relational(self.host, plan, taught, encoded)
        found = distilled(plan, self.adapters, taught=taught, encoded=encoded, inputs=inputs, regions=regions)
        return terms | {name: rise * term for name, term in found.items()}


def _moves(module: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in module.parameters())


def total(terms: dict[str, Tensor]) -> Tensor:
    """The loss."""
    return torch.stack(list(terms.values())).sum()
