"""The network of the learned parser, and its loss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from finsta.shapes import Bool, Float, Int, Tensor
from finsta.text.learned.batch import CaptionBatch
from finsta.text.learned.encoder import CaptionEncoder
from finsta.text.learned.roles import Role
from finsta.text.learned.scorers import AttributeScorer, NodeScorer, Pairs, RelationScorer
from finsta.text.learned.supervision import IGNORED, NO_RELATION, Target
from finsta.text.learned.vocabulary import Vocabulary

WIDTH, HIDDEN, VECTOR_WIDTH = 384, 256, 96
"""Sizes of the network that the wheel ships; 96 is the width of spaCy's small context vectors."""


HINT_DROPOUT = 0.1
"""Chance that a caption comes without the rules' graph in training."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Logits for the words of a batch, and for pairs of them.

    Attributes:
        kinds: Of each role, for each word.
        lengths: Of the number of words before the head.
        attributes: Of each pair of object and attribute asked for.
        relations: Of each label, for each pair of objects asked for.
    """

    kinds: Float[Tensor, "captions words roles"]
    lengths: Float[Tensor, "captions words roles lengths"]
    attributes: Float[Tensor, " attribute_pairs"]
    relations: Float[Tensor, "relation_pairs labels"]


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the scores should be; pairs are all pairs of gold objects, and of gold objects and attributes."""

    kinds: Float[Tensor, "captions words roles"]
    lengths: Int[Tensor, "captions words roles"]
    attribute_pairs: Pairs
    attributes: Float[Tensor, " attribute_pairs"]
    relation_pairs: Pairs
    relations: Int[Tensor, " relation_pairs"]


class ParserNetwork(nn.Module):
    """Encoder and scorers.

    Args:
        vocabulary: Words, tags and relations.
        encoder: States of words; ours over spaCy's features by default.
        hidden: Width inside the scorers.
        dropout: In the scorers.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        encoder: nn.Module | None = None,
        *,
        width: int = WIDTH,
        hidden: int = HIDDEN,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.encoder = encoder or CaptionEncoder(vocabulary, vector_width=VECTOR_WIDTH, width=width)
        self.nodes = NodeScorer(width)
        self.attributes = AttributeScorer(width, hidden, dropout=dropout)
        self.relations = RelationScorer(vocabulary.inventory, width, hidden, dropout=dropout)

    def forward(self, batch: CaptionBatch, labels: Labels) -> Scores:
        """Scores of the words, and of the pairs that the labels name."""
        batch = self._doubting(batch)
        states = self.encoder(batch)
        kinds, lengths = self.nodes(states, batch)
        return Scores(
            kinds=kinds,
            lengths=lengths,
            attributes=self.attributes(states, batch, labels.attribute_pairs),
            relations=self.relations(states, batch, labels.relation_pairs)[0],
        )

    def _doubting(self, batch: CaptionBatch) -> CaptionBatch:
        """In training some captions come without what the rules say, so that the network reads on its own too."""
        if not self.training:
            return batch
        kept = (torch.rand(len(batch.words)) > HINT_DROPOUT)[:, None, None]
        names = ("hints", "hinted_attributes", "hinted_relations")
        return replace(batch, **{name: getattr(batch, name) * kept for name in names})


def make_labels(targets: Sequence[Target], mask: Bool[Tensor, "captions words"]) -> Labels:
    """Targets as tensors of the shape of a batch."""
    kinds = torch.zeros(*mask.shape, len(Role))
    lengths = torch.full(kinds.shape, IGNORED)
    attributes: list[tuple[int, int, int, int]] = []
    relations: list[tuple[int, int, int, int]] = []
    for number, target in enumerate(targets):
        for column, role in enumerate(Role):
            for head, length in target.lengths[role].items():
                kinds[number, head, column] = 1
                lengths[number, head, column] = length
        for one in target.objects:
            attributes += [(number, one, to, (one, to) in target.attributes) for to in target.lengths[Role.ATTRIBUTE]]
            relations += [(number, one, to, target.relations.get((one, to), NO_RELATION)) for to in target.objects]
    owned, joined = (torch.tensor(rows, dtype=torch.long).reshape(-1, 4) for rows in (attributes, relations))
    return Labels(
        kinds=kinds,
        lengths=lengths,
        attribute_pairs=owned[:, :3],
        attributes=owned[:, 3].float(),
        relation_pairs=joined[:, :3],
        relations=joined[:, 3],
    )


def parser_loss(scores: Scores, labels: Labels, mask: Bool[Tensor, "captions words"]) -> Float[Tensor, ""]:
    """Negative log-likelihood of the labels, per caption."""
    terms = (
        functional.binary_cross_entropy_with_logits(scores.kinds[mask], labels.kinds[mask], reduction="sum"),
        functional.cross_entropy(
            scores.lengths.flatten(0, 2), labels.lengths.flatten(), reduction="sum", ignore_index=IGNORED
        ),
        functional.binary_cross_entropy_with_logits(scores.attributes, labels.attributes, reduction="sum"),
        functional.cross_entropy(scores.relations, labels.relations, reduction="sum", ignore_index=IGNORED),
    )
    return torch.stack(terms).sum() / len(mask)


def teaching_loss(
    scores: Scores, teacher: Scores, labels: Labels, mask: Bool[Tensor, "captions words"]
) -> Float[Tensor, ""]:
    """Cross-entropy to a teacher's distributions (Hinton et al. 2015), per caption; the teacher gets no gradient."""
    anchored = labels.lengths != IGNORED
    terms = (
        functional.binary_cross_entropy_with_logits(
            scores.kinds[mask], teacher.kinds[mask].sigmoid().detach(), reduction="sum"
        ),
        functional.cross_entropy(
            scores.lengths[anchored], teacher.lengths[anchored].softmax(-1).detach(), reduction="sum"
        ),
        functional.binary_cross_entropy_with_logits(
            scores.attributes, teacher.attributes.sigmoid().detach(), reduction="sum"
        ),
        functional.cross_entropy(scores.relations, teacher.relations.softmax(-1).detach(), reduction="sum"),
    )
    return torch.stack(terms).sum() / len(mask)
