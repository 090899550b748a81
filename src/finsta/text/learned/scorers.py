"""What the network says of words and pairs of words: what they name, what an object has, what joins two objects."""

import math
from enum import IntEnum

import torch
from torch import nn
from torch.nn import functional

from finsta.shapes import Bool, Float, Int, Tensor
from finsta.text.learned.batch import FARTHEST, HINTS, CaptionBatch, distance, relation_words
from finsta.text.learned.inventory import Inventory
from finsta.text.learned.roles import LONGEST, Role
from finsta.text.learned.supervision import IGNORED, NO_RELATION

Pairs = Int[Tensor, "_ 3"]
"""Caption, first word, second word; sorted by caption."""

UNLIKELY = -1e9
FREE_DROPOUT = 0.2
"""Chance that a relation must do without a vector of its own in training, so that its words are learned too."""


class NodeScorer(nn.Module):
    """Whether a word anchors an object or an attribute, and how long the phrase is."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.kind = nn.Linear(width, len(Role))
        self.length = nn.Linear(width, len(Role) * LONGEST)
        self.kind_hint, self.length_hint = nn.Linear(HINTS, len(Role)), nn.Linear(HINTS, len(Role) * LONGEST)

    def forward(
        self, states: Float[Tensor, "captions words width"], batch: CaptionBatch
    ) -> tuple[Float[Tensor, "captions words roles"], Float[Tensor, "captions words roles lengths"]]:
        """Logits of each role, and of the number of words before the head."""
        kinds = self.kind(states) + self.kind_hint(batch.hints)
        lengths = self.length(states) + self.length_hint(batch.hints)
        return kinds, lengths.unflatten(-1, (len(Role), LONGEST))


class AttributeScorer(nn.Module):
    """Whether an object has an attribute."""

    def __init__(self, width: int, hidden: int, *, dropout: float) -> None:
        super().__init__()
        self.owner, self.attribute = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.distance = nn.Embedding(2 * FARTHEST + 1, hidden)
        self.hint = nn.Embedding(2, hidden)
        self.output = nn.Linear(hidden, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, states: Float[Tensor, "captions words width"], batch: CaptionBatch, pairs: Pairs
    ) -> Float[Tensor, " pairs"]:
        """Logit of each pair of object and attribute."""
        caption, owner, attribute = pairs.T
        joined = self.owner(states[caption, owner]) + self.attribute(states[caption, attribute])
        joined = joined + self.hint(batch.hinted_attributes[caption, owner, attribute])
        hidden = functional.gelu(joined + self.distance(distance(owner, attribute)))
        logits: Float[Tensor, " pairs"] = self.output(self.dropout(hidden))[:, 0]
        return logits


class RelationScorer(nn.Module):
    r"""Which relation joins a subject and an object, if any.

    .. math::
        s_r = ⟨z, f_r + \tfrac{1}{\sqrt{|r|}} \sum_{w ∈ r} e_w⟩ + b_r
              + \sum_t u_t \, [t \text{ stands for a word of } r] - m · |\{w ∈ r : \text{nothing stands for } w\}|

    where z is made of the states of the two words and of what they attend to in the caption, f a free vector for each
    relation, e vectors of the words that relations are made of, and u says how much each word of the caption is part
    of what joins these two: a relation is chosen, or copied from the caption. A candidate that only the caption
    spells out has no f. The relation h that the rules give the pair is part of z, and s_h is larger by a score of how
    far they are to be trusted. Our definition.

    Args:
        inventory: Relations and their words.
        width: Of the states.
        hidden: Of z.
        dropout: In training.
    """

    def __init__(self, inventory: Inventory, width: int, hidden: int, *, dropout: float) -> None:
        super().__init__()
        self.hidden = hidden
        self.subject, self.object = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.distance = nn.Embedding(2 * FARTHEST + 1, hidden)
        self.word = nn.Linear(width, 3 * hidden)
        self.question = nn.Linear(hidden, 2 * hidden)
        self.join = nn.Linear(2 * hidden, hidden)
        self.free = nn.Parameter(0.02 * torch.randn(len(inventory.relations), hidden))
        self.bias = nn.Parameter(torch.zeros(len(inventory.relations)))
        self.part = nn.Parameter(0.05 * torch.randn(len(inventory.words), hidden))
        self.missing = nn.Parameter(torch.tensor(-1.0))
        self.candidate_bias = nn.Parameter(torch.tensor(-2.0))
        self.none = nn.Linear(hidden, 1)
        self.hint = nn.Embedding(len(_Hinted), hidden)
        self.hinted = nn.Linear(hidden, hidden, bias=False)
        self.trust = nn.Linear(hidden, 1)
        self.dropout = nn.Dropout(dropout)
        contains, parts = relation_words(inventory)
        self.register_buffer("contains", (contains / parts.clamp_min(1).sqrt()).T.contiguous(), persistent=False)
        self.contains: Tensor

    def forward(
        self, states: Float[Tensor, "captions words width"], batch: CaptionBatch, pairs: Pairs
    ) -> tuple[Float[Tensor, "pairs labels"], Float[Tensor, "pairs words"]]:
        """Logits of no relation, of the inventory's and of the caption's candidates; and u."""
        caption, subject, target = pairs.T
        mask = batch.mask
        vectors, candidates = self._relation_vectors(), self._candidate_vectors(batch)
        label = batch.hinted_relations[caption, subject, target]
        joined = self.subject(states[caption, subject]) + self.object(states[caption, target])
        joined = joined + self.hint(_hinted(batch, pairs)) + self._meant(label, caption, vectors, candidates)
        pair = self.dropout(functional.gelu(joined + self.distance(distance(subject, target))))
        seek, copy = self.question(pair).chunk(2, dim=-1)
        key, value, part = self.word(states).chunk(3, dim=-1)
        rows = _Rows(caption, len(mask))
        attention = rows.spread(seek) @ key.transpose(1, 2) / math.sqrt(self.hidden)
        seen = rows.collect(attention.masked_fill(~mask[:, None], UNLIKELY).softmax(-1) @ value)
        spoken = (rows.spread(copy) @ part.transpose(1, 2) / math.sqrt(self.hidden)).masked_fill(~mask[:, None], 0)
        meaning = self.dropout(functional.gelu(self.join(torch.cat([pair, seen], dim=-1))))
        known = meaning @ vectors.T + self.bias + rows.collect(spoken @ batch.matches)
        known = known + self.missing * batch.missing[caption]
        own = rows.collect(rows.spread(meaning) @ candidates + spoken @ batch.candidate_matches)
        own = (own + self.candidate_bias).masked_fill(~batch.is_candidate[caption], UNLIKELY)
        logits = torch.cat([self.none(meaning), known, own], dim=-1)
        told = (label > NO_RELATION).nonzero()[:, 0]
        logits = logits.index_put((told, label[told]), self.trust(meaning[told])[:, 0], accumulate=True)
        return logits, rows.collect(spoken)

    def _meant(
        self,
        label: Int[Tensor, " pairs"],
        caption: Int[Tensor, " pairs"],
        vectors: Float[Tensor, "relations hidden"],
        candidates: Float[Tensor, "captions hidden candidates"],
    ) -> Float[Tensor, "pairs hidden"]:
        """The relation that the rules give each pair, as they mean it; zero where they give none."""
        own = label - 1 - len(vectors)
        meant = vectors[(label - 1).clamp(0, len(vectors) - 1)]
        meant = torch.where((own >= 0)[:, None], candidates[caption, :, own.clamp_min(0)], meant)
        return torch.where((label > NO_RELATION)[:, None], self.hinted(meant), 0)

    def _relation_vectors(self) -> Float[Tensor, "relations hidden"]:
        free: Tensor = self.free
        if self.training:
            free = free * (torch.rand(len(free), 1) > FREE_DROPOUT)
        return free + self.contains @ self.part

    def _candidate_vectors(self, batch: CaptionBatch) -> Float[Tensor, "captions hidden candidates"]:
        words = batch.candidate_words
        scaled = words / words.sum(-1, keepdim=True).clamp_min(1).sqrt()
        return (scaled @ self.part).transpose(1, 2)


class _Hinted(IntEnum):
    """What the rules say of a pair."""

    NOTHING = 0
    REVERSE = 1  # a relation from object to subject
    LABEL = 2
    OTHER = 3  # a relation that has no label


def _hinted(batch: CaptionBatch, pairs: Pairs) -> Int[Tensor, " pairs"]:
    caption, subject, target = pairs.T
    label, back = batch.hinted_relations[caption, subject, target], batch.hinted_relations[caption, target, subject]
    found = torch.where(back != NO_RELATION, int(_Hinted.REVERSE), int(_Hinted.NOTHING))
    found = torch.where(label > NO_RELATION, int(_Hinted.LABEL), found)
    return torch.where(label == IGNORED, int(_Hinted.OTHER), found)


class _Rows:
    """Pairs laid out by caption, so that all pairs of a caption meet its words in one product."""

    def __init__(self, caption: Int[Tensor, " pairs"], captions: int) -> None:
        counts = torch.bincount(caption, minlength=captions)
        self.caption = caption
        self.slot = torch.arange(len(caption)) - (counts.cumsum(0) - counts)[caption]
        self.shape = (captions, int(counts.max()) if len(caption) else 0)

    def spread(self, rows: Float[Tensor, "pairs width"]) -> Float[Tensor, "captions slots width"]:
        laid = rows.new_zeros(*self.shape, rows.shape[1])
        return laid.index_put((self.caption, self.slot), rows)

    def collect(self, laid: Float[Tensor, "captions slots width"]) -> Float[Tensor, "pairs width"]:
        return laid[self.caption, self.slot]


def all_pairs(first: Bool[Tensor, "captions words"], second: Bool[Tensor, "captions words"]) -> Pairs:
    """Every pair of a word marked in ``first`` and one marked in ``second`` of the same caption."""
    return (first[:, :, None] & second[:, None, :]).nonzero()
