"""What can be carried into a host of what was asked for, and what cannot, in words."""

from dataclasses import dataclass
from typing import Literal

from finsta.config import TransferConfig
from finsta.transfer.hosts import Host

Side = Literal["text", "video", "cross_modal"]
SIDES: tuple[Side, ...] = ("text", "video", "cross_modal")
ENCODERS = {"text": "text encoder", "video": "video encoder", "cross_modal": "cross-modal encoder"}


@dataclass(frozen=True, kw_only=True)
class TransferPlan:
    """The terms of transfer that a host and the settings allow.

    Attributes:
        pooled: Weight of pooled transfer into each encoder that takes it.
        token: Weight of token transfer into each encoder that takes it.
        relational: Weight of the relational form; 0 where there is no similarity to teach.
        direct: Weight of the direct form; 0 where there is no joint space that visual tokens reach.
        grounding: Weight of the alignment of tracks alone; it carries nothing into the host.
        into: The encoders of the host that the relational and the direct form move.
        notices: What was asked for and is not there, a line each.
    """

    pooled: dict[Side, float]
    token: dict[Side, float]
    relational: float
    direct: float
    grounding: float
    into: frozenset[Side]
    notices: tuple[str, ...] = ()

    @property
    def distils(self) -> bool:
        """Whether states of the graph encoders are distilled; else only tracks need be encoded."""
        return bool(self.relational or self.pooled or self.token)

    @property
    def uses_union(self) -> bool:
        """Whether the united graphs must be encoded: a cross-modal encoder takes what they know."""
        return "cross_modal" in self.pooled or "cross_modal" in self.token

    @property
    def uses_encoders(self) -> bool:
        """Whether the graph encoders are needed; the direct form needs the graphs alone."""
        return self.distils or self.grounding > 0

    @property
    def uses_graphs(self) -> bool:
        """Whether any term asks for graphs; the control, the host's own loss alone, asks for none."""
        return self.uses_encoders or self.direct > 0

    def reads(self, side: Side) -> bool:
        """Whether pooled vector or tokens of one of the host's encoders are taught."""
        return side in self.pooled or side in self.token


def plan_transfer(host: Host, weights: TransferConfig) -> TransferPlan:
    """Hold what was asked for against what the host has.

    Each encoder works alone. Text and video of a host with a joint space are reached by the relational and the direct
    form; an encoder that these do not reach, any of a host without such a space and every cross-modal one, takes pooled
    and token transfer of weight ``beyond_joint`` at least.
    """
    has = host.capabilities
    there: dict[Side, bool] = {"text": has.text, "video": has.video, "cross_modal": has.cross_modal}
    into = frozenset(side for side in SIDES if side in weights.sides and there[side])
    notices = _missing(host, weights, there)
    pooled: dict[Side, float] = {}
    token: dict[Side, float] = {}
    for side in (side for side in SIDES if side in into):
        least = 0.0 if has.joint and side != "cross_modal" else weights.beyond_joint
        for form, chosen, wide, what in (
            (weights.pooled, pooled, _pooled_width(host, side), "pooled vector"),
            (weights.token, token, _token_width(host, side), "tokens"),
        ):
            weight = max(form, least)
            if weight and not wide:
                notices.append(f"{host.name}: its {ENCODERS[side]} gives no {what}; these are not taught")
            elif weight:
                chosen[side] = weight
    if any(side in token for side in ("text", "cross_modal")) and not _has_offsets(host):
        notices.append(
            f"{host.name}: its tokenizer does not say where its tokens stand in the text (it is a slow one); tokens of "
            "texts are not taught"
        )
        token = {side: weight for side, weight in token.items() if side == "video"}
    joint = bool(into & {"text", "video"}) and has.joint
    relational, direct = weights.relational if joint else 0.0, weights.direct if joint else 0.0
    if not has.joint and (weights.relational or weights.direct):
        notices.append(
            f"{host.name}: has no joint space of texts and videos; the relational and the direct form are left out"
        )
    elif direct and (host.spec.project_visual is None or not has.text or not _token_width(host, "video")):
        notices.append(f"{host.name}: its visual tokens do not reach the joint space; the direct form is left out")
        direct = 0.0
    if relational and not {"text", "video"} <= into and not _pooled_width(host, "video"):
        notices.append(f"{host.name}: shows nothing but its similarities; the relational form moves both of its sides")
    return TransferPlan(
        pooled=pooled,
        token=token,
        relational=relational,
        direct=direct,
        grounding=weights.grounding,
        into=into,
        notices=tuple(notices),
    )


def _missing(host: Host, weights: TransferConfig, there: dict[Side, bool]) -> list[str]:
    if not any((weights.relational, weights.direct, weights.pooled, weights.token, weights.beyond_joint)):
        return []
    return [
        f"{host.name}: has no {ENCODERS[side]}; nothing is carried into one"
        for side in SIDES
        if side in weights.sides and not there[side]
    ]


def _pooled_width(host: Host, side: Side) -> int:
    widths = host.widths
    return {"text": widths.pooled_text, "video": widths.pooled_video, "cross_modal": widths.pooled_fused}[side]


def _token_width(host: Host, side: Side) -> int:
    widths = host.widths
    return {"text": widths.text, "video": widths.visual, "cross_modal": widths.fused}[side]


def _has_offsets(host: Host) -> bool:
    return bool(getattr(host.tokenizer, "is_fast", False))
