"""What one step sees: clips, captions, hard negatives, graphs, and how graph nodes sit in captions and frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import torch

from finsta.alignment.phrases import Phrase, phrases_of
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.graphs.batch import HolisticBatch
from finsta.graphs.collate import holistic_item
from finsta.graphs.scene_graph import Span
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.distillation import span_weights
from finsta.transfer.hosts import Host

KEPT_GRAPHS = 4096
"""Graphs that stay in memory as tensors, some 50 kB each."""

Tokens = Mapping[str, Tensor]
"""``input_ids`` and ``attention_mask`` ``[texts, length]``."""


@dataclass(frozen=True, kw_only=True)
class GraphInputs:
    """The graphs of a batch, and how their nodes sit in what the host reads.

    Attributes:
        graphs: Text, video and union.
        frame_times: Seconds at which the host's frames were taken.
        token_weights: Which tokens of its caption each text node stands on; rows sum to one, or to zero.
        phrases: The phrase of each text object and predicate.
        phrase_nodes: The text node of each phrase.
    """

    graphs: HolisticBatch
    frame_times: Float[Tensor, "batch frames"]
    token_weights: Float[Tensor, "text_nodes length"]
    phrases: Tokens
    phrase_nodes: Int[Tensor, " phrases"]

    def to(self, device: torch.device) -> "GraphInputs":
        """The same on another device; tokens go there with the host."""
        return replace(
            self,
            graphs=self.graphs.to(device),
            frame_times=self.frame_times.to(device),
            token_weights=self.token_weights.to(device),
            phrase_nodes=self.phrase_nodes.to(device),
        )


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """One step's input.

    Attributes:
        ids: Of the pairs.
        pixels: The clips as the host reads them.
        captions: Their captions as tokens.
        same_caption: True where two pairs have the same caption, the diagonal included.
        negatives: Hard negatives of all pairs as tokens, or ``None``.
        negative_owner: Which pair each negative belongs to.
        graphs: Only where a term of the loss asks for them.
    """

    ids: tuple[str, ...]
    pixels: Float[Tensor, "batch frames 3 height width"]
    captions: Tokens
    same_caption: Tensor
    negatives: Tokens | None = None
    negative_owner: Int[Tensor, " negatives"] | None = None
    graphs: GraphInputs | None = None


@dataclass(frozen=True, kw_only=True)
class _GraphItem:
    """What a batch takes of one pair's graph."""

    graphs: HolisticBatch
    caption: str
    mentions: list[tuple[Span, ...]]
    phrases: list[Phrase]
    duration: float


class PairCollator:
    """Makes the batch of given pairs.

    Args:
        host: Its tokenizer and its normalisation are used.
        pairs: What indices refer to.
        clips: Prepared frames of every pair.
        graphs: Graphs of every pair; ``None`` where no term of the loss asks for them.
        caption: Which caption to train on.
        negatives: Whether hard negatives are read.
    """

    def __init__(
        self,
        host: Host,
        pairs: Sequence[Pair],
        clips: ClipCache,
        *,
        graphs: GraphStore | None = None,
        caption: Literal["detailed", "coarse"] = "detailed",
        negatives: bool = False,
    ) -> None:
        self.host = host
        self.pairs = pairs
        self.clips = clips
        self.graphs = graphs
        self.caption = caption
        self.negatives = negatives
        self._item = lru_cache(KEPT_GRAPHS)(self._read)

    def __call__(self, indices: Sequence[int]) -> PairBatch:
        """The batch of some pairs, by index."""
        pairs = [self.pairs[index] for index in indices]
        captions = [caption_of(pair, self.caption) for pair in pairs]
        edited = [(owner, n.caption) for owner, pair in enumerate(pairs) for n in pair.negatives if self.negatives]
        return PairBatch(
            ids=tuple(pair.id for pair in pairs),
            pixels=self.host.normalise(self.clips.clips([pair.segment for pair in pairs])),
            captions=_tokens(self.host, captions),
            same_caption=torch.tensor([[a == b for b in captions] for a in captions]),
            negatives=_tokens(self.host, [caption for _, caption in edited]) if edited else None,
            negative_owner=torch.tensor([owner for owner, _ in edited], dtype=torch.long) if edited else None,
            graphs=self._graphs(pairs) if self.graphs is not None else None,
        )

    def _graphs(self, pairs: Sequence[Pair]) -> GraphInputs:
        items = [self._item(pair) for pair in pairs]
        nodes = torch.tensor([0, *(item.graphs.text.num_nodes for item in items)]).cumsum(0)
        phrases = [phrase.text for item in items for phrase in item.phrases]
        return GraphInputs(
            graphs=HolisticBatch.concatenate([item.graphs for item in items]),
            frame_times=torch.tensor([_middles(item.duration, self.clips.frames) for item in items]),
            token_weights=self._token_weights(items),
            phrases=_tokens(self.host, phrases or [""]),
            phrase_nodes=torch.tensor(
                [
                    int(first) + phrase.node
                    for item, first in zip(items, nodes, strict=False)
                    for phrase in item.phrases
                ],
                dtype=torch.long,
            ),
        )

    def _read(self, pair: Pair) -> _GraphItem:
        assert self.graphs is not None
        graph = self.graphs.load(pair)
        return _GraphItem(
            graphs=holistic_item(graph),
            caption=graph.text.text,
            mentions=[node.mentions or ((node.span,) if node.span else ()) for node in graph.text.nodes],
            phrases=phrases_of(graph.text),
            duration=graph.video.video.duration,
        )

    def _token_weights(self, items: Sequence[_GraphItem]) -> Tensor:
        encodings = self.host.tokens([item.caption for item in items]).encodings or []
        return span_weights([list(encoding.offsets) for encoding in encodings], [item.mentions for item in items])


def caption_of(pair: Pair, caption: Literal["detailed", "coarse"]) -> str:
    """The caption to train on; the detailed one where there is no other."""
    return pair.coarse_caption if caption == "coarse" and pair.coarse_caption is not None else pair.caption


def _tokens(host: Host, texts: Sequence[str]) -> Tokens:
    encoding = host.tokens(texts)
    return {name: encoding[name] for name in ("input_ids", "attention_mask")}


def _middles(duration: float, frames: int) -> list[float]:
    """When the host's frames are taken: the middles of equal parts of the clip."""
    return [duration * (index + 0.5) / frames for index in range(frames)]
