"""The terms that carry the graphs into the host: pooled, token and relational distillation, and the direct form."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from finsta.alignment.contrastive import NodeStates
from finsta.alignment.direct import DirectAlignment
from finsta.shapes import Float, Tensor
from finsta.training.post_training.encoded import Encoded, detached_text, detached_video, joint_similarity
from finsta.training.post_training.graph_inputs import GraphInputs
from finsta.transfer.distillation import Adapter, matching_loss, pool_graphs, relational_loss
from finsta.transfer.hosts import Host
from finsta.transfer.plan import SIDES, Side, TransferPlan
from finsta.transfer.seen import step_times
from finsta.transfer.teacher import Taught


@dataclass(frozen=True, kw_only=True)
class _Match:
    """Vectors of the host, states of the teacher that they should be like, and how much each counts."""

    host: Float[Tensor, "rows host_dim"]
    teacher: Float[Tensor, "rows dim"]
    weight: Float[Tensor, " rows"]


def make_adapters(host: Host, plan: TransferPlan, width: int) -> nn.ModuleDict:
    """An adapter for each form and encoder that is taught, ``pooled_text``, ``token_video`` …."""
    widths = host.widths
    sizes: dict[str, dict[Side, int]] = {
        "pooled": {"text": widths.pooled_text, "video": widths.pooled_video, "cross_modal": widths.pooled_fused},
        "token": {"text": widths.text, "video": widths.visual, "cross_modal": widths.fused},
    }
    taught = {"pooled": plan.pooled, "token": plan.token}
    return nn.ModuleDict(
        {
            f"{form}_{side}": Adapter(sizes[form][side], width)
            for form, sides in taught.items()
            for side in SIDES
            if side in sides
        }
    )


def distilled(
    plan: TransferPlan,
    adapters: nn.ModuleDict,
    *,
    taught: Taught,
    encoded: Encoded,
    inputs: GraphInputs,
    regions: Float[Tensor, "video_nodes dim"],
) -> dict[str, Tensor]:
    """Pooled and token transfer, each the sum over the encoders that take it, weighted.

    Args:
        plan: What is taught, and its weights.
        adapters: Of `make_adapters`.
        taught: What the teacher makes of the batch.
        encoded: What the host makes of it.
        inputs: The graphs.
        regions: The host's tokens pooled over each visual node, with their gradient.
    """
    terms = {}
    for form, sides, matches in (
        ("pooled", plan.pooled, _pooled(taught, encoded, inputs)),
        ("token", plan.token, _tokens(taught, encoded, inputs, regions)),
    ):
        if sides:
            terms[form] = torch.stack(
                [sides[side] * _distance(adapters[f"{form}_{side}"], matches[side]) for side in SIDES if side in sides]
            ).sum()
    return terms


def _distance(adapter: nn.Module, match: _Match) -> Float[Tensor, ""]:
    return matching_loss(match.teacher, adapter(match.host), match.weight)


def _pooled(taught: Taught, encoded: Encoded, inputs: GraphInputs) -> Mapping[Side, _Match]:
    """One vector for each text, video and pair."""
    graphs = inputs.graphs
    found: dict[Side, _Match] = {}
    ones = taught.text.new_ones(graphs.text.num_graphs)
    if encoded.text is not None:
        teacher = pool_graphs(taught.text, graphs.text)
        found["text"] = _Match(host=encoded.text.pooled.embedding, teacher=teacher, weight=ones)
    if encoded.video is not None:
        teacher = pool_graphs(taught.video, graphs.video)
        found["video"] = _Match(host=encoded.video.pooled.embedding, teacher=teacher, weight=ones)
    if encoded.pairs is not None and taught.union is not None:
        found["cross_modal"] = _Match(host=encoded.pairs.pooled, teacher=taught.union.graphs, weight=ones)
    return found


def _tokens(
    taught: Taught, encoded: Encoded, inputs: GraphInputs, regions: Float[Tensor, "video_nodes dim"]
) -> Mapping[Side, _Match]:
    """One vector for each node: of the tokens that it stands on, or of those inside its box."""
    graphs, spans = inputs.graphs, inputs.token_weights
    found: dict[Side, _Match] = {}
    weight = graphs.text.confidence * spans.sum(1)
    if encoded.text is not None:
        host = _on_spans(encoded.text.tokens, inputs)
        found["text"] = _Match(host=host, teacher=taught.text, weight=weight)
    found["video"] = _Match(host=regions, teacher=taught.video, weight=graphs.video.confidence)
    if encoded.pairs is not None and taught.union is not None:
        host = _on_spans(encoded.pairs.tokens, inputs)
        found["cross_modal"] = _Match(host=host, teacher=taught.union.nodes, weight=weight)
    return found


def _on_spans(tokens: Float[Tensor, "texts length dim"], inputs: GraphInputs) -> Float[Tensor, "text_nodes dim"]:
    """Mean of the tokens that each text node stands on; zeros where it stands on none."""
    spans = inputs.token_weights
    own: Tensor = torch.einsum(
        "nl,nld->nd", spans, tokens[inputs.graphs.text.graph_index, : spans.shape[1]].to(spans.dtype)
    )
    return own


def relational(host: Host, plan: TransferPlan, taught: Taught, encoded: Encoded) -> Float[Tensor, ""]:
    """The host's similarities follow the graphs'; only the encoders that are asked for are moved."""
    assert taught.similarity is not None
    assert encoded.similarity is not None
    similarity = encoded.similarity
    if not {"text", "video"} <= plan.into:
        assert encoded.text is not None
        assert encoded.video is not None
        text = encoded.text.pooled if "text" in plan.into else detached_text(encoded.text)
        video = encoded.video if "video" in plan.into else detached_video(encoded.video)
        similarity = joint_similarity(host, text, video.pooled)
    return relational_loss(taught.similarity, similarity)


def direct_terms(
    host: Host,
    plan: TransferPlan,
    align: DirectAlignment,
    *,
    inputs: GraphInputs,
    encoded: Encoded,
    progress: float,
) -> dict[str, Tensor]:
    """OSC, PTC and phrase to clip in the host's own joint space, at the host's own temperature."""
    assert encoded.video is not None
    assert inputs.phrases is not None
    video = encoded.video
    phrases, tokens, clips = (
        host.text_embeddings(inputs.phrases),
        host.project_visual(video.tokens),
        video.pooled.embedding,
    )
    edited = None
    if inputs.edited is not None and inputs.edited_phrases is not None:
        edited = NodeStates(
            states=_kept(host.text_embeddings(inputs.edited_phrases), "text", plan), node=inputs.edited.node
        )
    report = align(
        NodeStates(states=_kept(phrases, "text", plan), node=inputs.phrase_nodes),
        _kept(tokens, "video", plan),
        inputs.graphs,
        frame_times=step_times(inputs.frame_times, video.tokens.shape[1]),
        grid=video.grid,
        temperature=align.config.temperature if host.temperature is None else host.temperature,
        clips=_kept(clips, "video", plan),
        progress=progress,
        edited=edited,
    )
    terms = {
        "direct_object": plan.direct * report.object_spatial.loss,
        "direct_predicate": plan.direct * report.predicate_temporal.loss,
    }
    if report.phrase_to_clip is not None:
        terms["direct_clip"] = plan.direct * report.phrase_to_clip.loss
    return terms


def _kept(states: Tensor, side: Side, plan: TransferPlan) -> Tensor:
    """With its gradient where this encoder is to be moved."""
    return states if side in plan.into else states.detach()
