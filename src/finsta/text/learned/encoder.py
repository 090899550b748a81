"""States of the words of a caption: what spaCy and the rules say of them, read in both directions."""

import torch
from torch import nn

from finsta.shapes import Float, Tensor
from finsta.text.learned.batch import FARTHEST, HINTS, CaptionBatch
from finsta.text.learned.vocabulary import PADDING, PIECES, UNKNOWN, Vocabulary

HIDDEN_RARE, HIDDEN = 0.12, 0.02
"""Chance that a rare word, and that any word, is hidden in training, so that the network learns to do without."""


class CaptionEncoder(nn.Module):
    """A two-layer bidirectional LSTM over words, their letters, tags, places in the tree and context vectors.

    A recurrent network, because captions are short: at eight words it costs less than attention and learns more from
    38,000 captions.

    Args:
        vocabulary: Sizes of the tables.
        vector_width: Width of spaCy's context vectors.
        width: Of the states.
        word_width: Of word and letter embeddings.
        dropout: Chance that a component is dropped between layers.
    """

    def __init__(
        self, vocabulary: Vocabulary, *, vector_width: int, width: int, word_width: int = 128, dropout: float = 0.33
    ) -> None:
        super().__init__()
        offset = UNKNOWN + 1
        self.word = nn.Embedding(offset + len(vocabulary.words), word_width)
        self.piece = nn.EmbeddingBag(PIECES, word_width, mode="mean", padding_idx=PADDING)
        self.tag = nn.Embedding(offset + len(vocabulary.tags), 32)
        self.dependency = nn.Embedding(offset + len(vocabulary.dependencies), 32)
        self.head = nn.Embedding(2 * FARTHEST + 1, 32)
        self.norm = nn.LayerNorm(vector_width)
        self.vector = nn.Linear(vector_width, 96)
        self.recurrent = nn.LSTM(
            2 * word_width + 3 * 32 + 96 + HINTS,
            width // 2,
            num_layers=2,
            bidirectional=True,
            batch_first=True,
            dropout=dropout,
        )
        self.dropout = nn.Dropout(dropout)
        self.width = width

    def forward(self, batch: CaptionBatch) -> Float[Tensor, "captions words width"]:
        """One state for each word; those of padding are zero."""
        words = batch.words
        if self.training:
            chance = torch.where(batch.rare, HIDDEN_RARE, HIDDEN)
            words = torch.where(torch.rand(words.shape) < chance, UNKNOWN, words)
        features = (
            self.word(words),
            self.piece(batch.pieces)[batch.distinct],
            self.tag(batch.tags),
            self.dependency(batch.dependencies),
            self.head(batch.heads),
            self.vector(self.norm(batch.vectors)),
            batch.hints,
        )
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(torch.cat(features, dim=-1)), batch.lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.recurrent(packed)[0], batch_first=True, total_length=words.shape[1]
        )
        encoded: Float[Tensor, "captions words width"] = self.dropout(states)
        return encoded
