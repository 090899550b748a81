"""What is carried into a host, what keeps it as it was, matrices of low rank; part of :mod:`finsta.config`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TransferConfig:
    """How what the graphs learned reaches the host's own weights, and how much each term counts."""

    # Weight of OSC in the graph encoders.
    object_spatial: float = 1.0
    # Weight of PTC in the graph encoders.
    predicate_temporal: float = 1.0
    # Weight of OSC and PTC over the tracks alone, from which `finsta ground` learns; it moves no weight of the host.
    grounding: float = 1.0
    # Weight of the host's own loss.
    host: float = 1.0
    # Weight of OSC and PTC posed in the host's own joint space.
    direct: float = 0.25
    # Weight of the relational form: KL between the similarity matrices of graphs and host.
    relational: float = 0.25
    # Weight of the cosine between pooled embeddings.
    pooled: float = 0.0
    # Weight of the matching of tokens and regions through throw-away adapters.
    token: float = 0.0
    # Weight of hard negatives (edited captions) beside the host's own loss; 0 leaves them out.
    negatives: float = 0.0
    # Least weight of pooled and token transfer into encoders that a joint space does not reach: cross-modal ones, and
    # all encoders of a host that has none.
    beyond_joint: float = 0.25
    # Weight of what trains the states of the united graphs, where a cross-modal encoder is there to take them.
    holistic: float = 1.0
    # Share of the steps over which relational, pooled and token transfer rise from 0, while the graphs learn.
    ramp: float = 0.3
    # Into which encoders of the host anything is carried; those that it lacks are left out with a notice.
    sides: tuple[Literal["text", "video", "cross_modal"], ...] = ("text", "video", "cross_modal")
    # In what an edited caption may differ, where the data has none and they are made from the text graph.
    edits: tuple[Literal["attribute", "role", "predicate", "adverb", "order"], ...] = (
        "attribute",
        "role",
        "predicate",
        "adverb",
        "order",
    )
    # Edited captions of a pair in one step at most; each is one more text for the host to read.
    most_edits: int = 4
    # Whether phrases of edited captions are negatives of OSC, PTC and the direct form too.
    edited_phrases: bool = False

    @property
    def uses_graphs(self) -> bool:
        """Whether any weight asks for graphs; the control, the host's own loss alone, asks for none."""
        return any((self.relational, self.direct, self.pooled, self.token, self.beyond_joint, self.grounding))

    @property
    def uses_edits(self) -> bool:
        """Whether edited captions are asked for."""
        return self.negatives > 0 or (self.edited_phrases and self.uses_graphs)


@dataclass(frozen=True, kw_only=True)
class RegulariseConfig:
    """What keeps the host's old skills, beside its own loss on the same pairs."""

    # Weight of half the squared distance of the moving weights from where they started (L2-SP); needs a copy of them.
    l2_start: float = 0.0
    # Weight of the distance of the host's features from those of the host as it was; needs a second host in memory,
    # and a second forward pass.
    features: float = 0.0


LoraPart = Literal["language", "vision", "projector"]


@dataclass(frozen=True, kw_only=True)
class LoraConfig:
    """Matrices of low rank beside a host's linear layers, trained in their stead and merged at the end."""

    # Rank r of the matrices.
    rank: int = 16
    # Their product counts alpha / rank times.
    alpha: int = 32
    # Dropout before the matrices, in training.
    dropout: float = 0.05
    # Parts of the host whose linear layers get matrices: `language`, `vision`, `projector` (from vision to language).
    # What is carried into the video encoder moves nothing unless `vision` or `projector` is among them.
    parts: tuple[LoraPart, ...] = ("language",)
    # Precision of the host's own weights meanwhile and in what is written; bf16 halves their memory, and loses nothing
    # of a checkpoint that came in it. For runs in which the matrices alone move.
    base: Literal["fp32", "bf16"] = "fp32"
    # Last names of the layers that get them, such as `q_proj v_proj`; all linear layers of the parts when left out.
    layers: tuple[str, ...] = ()
