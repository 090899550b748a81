"""The teacher of the learned parser: the same scorers over a pretrained sentence encoder, larger and slower.

Used in training only; nothing of it is shipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from finsta.quiet import quiet
from finsta.shapes import Float, Int, Tensor
from finsta.text.learned.batch import FARTHEST, HINTS, Batcher, CaptionBatch
from finsta.text.learned.caption import Caption
from finsta.text.learned.inventory import Candidate
from finsta.text.learned.vocabulary import UNKNOWN, Vocabulary


@dataclass(frozen=True, kw_only=True)
class PieceBatch(CaptionBatch):
    """A batch with the word pieces of a pretrained tokenizer.

    Attributes:
        ids: Word pieces, with the tokenizer's marks around them.
        attended: 1 where there is one.
        word_of: Share of each piece in each word: rows of words sum to one.
    """

    ids: Int[Tensor, "captions all_pieces"]
    attended: Int[Tensor, "captions all_pieces"]
    word_of: Float[Tensor, "captions words all_pieces"]


class PieceBatcher(Batcher):
    """Makes batches for :class:`PretrainedEncoder`.

    Args:
        vocabulary: Of the parser.
        folder: Holds the pretrained tokenizer.
    """

    def __init__(self, vocabulary: Vocabulary, folder: Path) -> None:
        super().__init__(vocabulary)
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def __call__(
        self, captions: Sequence[Caption], candidates: Sequence[Sequence[Candidate]] | None = None
    ) -> PieceBatch:
        """The batch of captions that have at least one word each."""
        plain = super().__call__(captions, candidates)
        encoded = self.tokenizer(
            [list(caption.words) for caption in captions],
            is_split_into_words=True, padding=True, truncation=True, return_tensors="pt",
        )  # fmt: skip
        word_of = torch.zeros(*plain.words.shape, encoded["input_ids"].shape[1])
        for number in range(len(captions)):
            for piece, word in enumerate(encoded.word_ids(number)):
                if word is not None:
                    word_of[number, word, piece] = 1
        return PieceBatch(
            **{field.name: getattr(plain, field.name) for field in fields(plain)},
            ids=encoded["input_ids"],
            attended=encoded["attention_mask"],
            word_of=word_of / word_of.sum(-1, keepdim=True).clamp_min(1),
        )


class PretrainedEncoder(nn.Module):
    """States of words from a pretrained encoder, mixed with those of their heads in the tree.

    Args:
        vocabulary: Of the parser.
        folder: Holds the pretrained model.
        dropout: On the states.
    """

    def __init__(self, vocabulary: Vocabulary, folder: Path, *, dropout: float = 0.2) -> None:
        super().__init__()
        with quiet():
            self.pretrained = AutoModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False)
        width = int(self.pretrained.config.hidden_size)
        offset = UNKNOWN + 1
        self.tag = nn.Embedding(offset + len(vocabulary.tags), 48)
        self.dependency = nn.Embedding(offset + len(vocabulary.dependencies), 48)
        self.head = nn.Embedding(2 * FARTHEST + 1, 32)
        self.mix = nn.Linear(2 * width + 128 + HINTS, width)
        self.dropout = nn.Dropout(dropout)
        self.width = width

    def forward(self, batch: PieceBatch) -> Float[Tensor, "captions words width"]:
        """One state for each word."""
        hidden = self.pretrained(input_ids=batch.ids, attention_mask=batch.attended).last_hidden_state
        words = batch.word_of @ hidden
        place = (torch.arange(words.shape[1]) + batch.heads - FARTHEST).clamp(0, words.shape[1] - 1)
        above = words.gather(1, place[:, :, None].expand_as(words))
        parse = (self.tag(batch.tags), self.dependency(batch.dependencies), self.head(batch.heads))
        features = (words, above, *parse, batch.hints)
        states: Float[Tensor, "captions words width"] = self.dropout(words + self.mix(torch.cat(features, dim=-1)))
        return states
