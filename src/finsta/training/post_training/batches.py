"""What one step sees: clips, captions, hard negatives, graphs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import HardNegative, Pair
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.shapes import Float, Int, Tensor
from finsta.training.post_training.caption_edits import caption_of
from finsta.training.post_training.graph_inputs import EditedText, GraphInputs, GraphMaker, Tokens, tokens_of
from finsta.transfer.hosts import Host

__all__ = ["GraphInputs", "Negatives", "PairBatch", "PairCollator", "Tokens"]

Embed = Callable[[Sequence[str]], Float[Tensor, "texts dim"]]
"""Sentence embeddings of texts: :meth:`finsta.sentences.SentenceEncoder.embed`."""


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """One step's input.

    Attributes:
        ids: Of the pairs.
        pixels: The clips as the host reads them.
        captions: Their captions as tokens; ``None`` where the host reads no text.
        texts: Their captions.
        same_caption: True where two pairs have the same caption, the diagonal included.
        sentences: Sentence embeddings of the captions, where the host's own loss is posed with them.
        negatives: Hard negatives of all pairs as tokens, or ``None``.
        negative_texts: The same as texts.
        negative_sentences: Their sentence embeddings.
        negative_owner: Which pair each negative belongs to; ``None`` where there is none.
        graphs: Only where a term of the loss asks for them.
    """

    ids: tuple[str, ...]
    pixels: Float[Tensor, "batch frames 3 height width"]
    captions: Tokens | None
    same_caption: Tensor
    texts: tuple[str, ...] = ()
    sentences: Float[Tensor, "batch dim"] | None = None
    negatives: Tokens | None = None
    negative_texts: tuple[str, ...] = ()
    negative_sentences: Float[Tensor, "negatives dim"] | None = None
    negative_owner: Int[Tensor, " negatives"] | None = None
    graphs: GraphInputs | None = None


@dataclass(frozen=True, kw_only=True)
class Negatives:
    """Where edited captions come from, and who asks for them.

    Attributes:
        of: Pair and step → edited captions.
        host: Whether the host's own loss asks for them.
        graph_of: Caption → its graph, where OSC, PTC and the direct form ask for them too.
    """

    of: Callable[[Pair, int], Sequence[HardNegative]]
    host: bool = True
    graph_of: Callable[[str], TextualSceneGraph] | None = None


FROM_MANIFEST = Negatives(of=lambda pair, step: pair.negatives)
"""Only those that the data has."""


class PairCollator:
    """Makes the batch of given pairs.

    Args:
        host: Its tokenizer and its normalisation are used.
        pairs: What indices refer to.
        clips: Prepared frames of every pair.
        graphs: Graphs of every pair; ``None`` where no term of the loss asks for them.
        caption: Which caption to train on.
        negatives: Whether hard negatives are read, and from where; True: from the manifest.
        embed: Sentence embeddings, where the host's own loss is posed with them.
    """

    def __init__(
        self,
        host: Host,
        pairs: Sequence[Pair],
        clips: ClipCache,
        *,
        graphs: GraphStore | None = None,
        caption: Literal["detailed", "coarse"] = "detailed",
        negatives: Negatives | bool = False,
        embed: Embed | None = None,
    ) -> None:
        self.host = host
        self.pairs = pairs
        self.clips = clips
        self.caption = caption
        self.negatives = FROM_MANIFEST if negatives is True else negatives or None
        self.embed = embed
        self._graphs = None if graphs is None else GraphMaker(host, graphs, frames=clips.frames)

    def __call__(self, indices: Sequence[int], step: int = 0) -> PairBatch:
        """The batch of some pairs, by index.

        Args:
            indices: Which.
            step: Number of the batch: decides which edits are made of their captions.
        """
        pairs = [self.pairs[index] for index in indices]
        captions = [caption_of(pair, self.caption) for pair in pairs]
        edited = self._edited(pairs, step)
        wrong = [caption for _, caption in edited] if self.negatives is not None and self.negatives.host else []
        return PairBatch(
            ids=tuple(pair.id for pair in pairs),
            pixels=self.host.normalise(self.clips.clips([pair.segment for pair in pairs])),
            captions=tokens_of(self.host, captions),
            texts=tuple(captions),
            same_caption=torch.tensor([[a == b for b in captions] for a in captions]),
            sentences=self.embed(captions) if self.embed is not None else None,
            negatives=tokens_of(self.host, wrong) if wrong else None,
            negative_texts=tuple(wrong),
            negative_sentences=self.embed(wrong) if self.embed is not None and wrong else None,
            negative_owner=torch.tensor([owner for owner, _ in edited], dtype=torch.long) if wrong else None,
            graphs=self._graph_inputs(pairs, captions, edited),
        )

    def _edited(self, pairs: Sequence[Pair], step: int) -> list[tuple[int, str]]:
        """Place of the pair and caption of every hard negative."""
        if self.negatives is None:
            return []
        return [(owner, edit.caption) for owner, pair in enumerate(pairs) for edit in self.negatives.of(pair, step)]

    def _graph_inputs(
        self, pairs: Sequence[Pair], captions: Sequence[str], edited: Sequence[tuple[int, str]]
    ) -> GraphInputs | None:
        if self._graphs is None:
            return None
        graph_of = self.negatives.graph_of if self.negatives is not None else None
        wrong = []
        if graph_of is not None:
            wrong = [
                EditedText(owner=owner, true=graph_of(captions[owner]), wrong=graph_of(caption))
                for owner, caption in edited
            ]
        return self._graphs(pairs, captions, edited=wrong)
