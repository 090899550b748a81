"""The graphs of a batch, and how their nodes sit in captions and frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from finsta.alignment.phrases import Phrase, phrases_of
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.collate import holistic_item, text_batch
from finsta.graphs.scene_graph import NodeKind, Span, TextualSceneGraph
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.distillation import span_weights
from finsta.transfer.hosts import Host
from finsta.transfer.teacher import EditedGraphs

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
        token_weights: Which tokens of its caption each text node stands on; rows sum to one, or to zero. No columns
            where the tokenizer does not say where tokens stand.
        phrases: The phrase of each text object and predicate; ``None`` where the host reads no text.
        phrase_nodes: The text node of each phrase.
        edited: Graphs of edited captions; ``None`` where nobody asks, or none differs in a phrase.
        edited_phrases: The phrase of each edited node.
    """

    graphs: HolisticBatch
    frame_times: Float[Tensor, "batch frames"]
    token_weights: Float[Tensor, "text_nodes length"]
    phrases: Tokens | None
    phrase_nodes: Int[Tensor, " phrases"]
    edited: EditedGraphs | None = None
    edited_phrases: Tokens | None = None

    def to(self, device: torch.device) -> "GraphInputs":
        """The same on another device; tokens go there with the host."""
        return replace(
            self,
            graphs=self.graphs.to(device),
            frame_times=self.frame_times.to(device),
            token_weights=self.token_weights.to(device),
            phrase_nodes=self.phrase_nodes.to(device),
            edited=None if self.edited is None else self.edited.to(device),
        )


@dataclass(frozen=True, kw_only=True)
class EditedText:
    """An edited caption and the true one, by the same parser: what differs in their graphs was edited.

    Attributes:
        owner: Place of the pair in the batch.
        true: Graph of its caption.
        wrong: Graph of the edited one.
    """

    owner: int
    true: TextualSceneGraph
    wrong: TextualSceneGraph


@dataclass(frozen=True, kw_only=True)
class _GraphItem:
    """What a batch takes of one pair's graph."""

    graphs: HolisticBatch
    caption: str
    mentions: list[tuple[Span, ...]]
    phrases: list[Phrase]
    duration: float
    text: TextualSceneGraph


class GraphMaker:
    """Makes the graph inputs of pairs.

    Args:
        host: Its tokenizer is used.
        graphs: Graphs of every pair.
        frames: Frames that the host reads of a clip.
    """

    def __init__(self, host: Host, graphs: GraphStore, *, frames: int) -> None:
        self.host = host
        self.graphs = graphs
        self.frames = frames
        self._item = lru_cache(KEPT_GRAPHS)(self._read)

    def __call__(
        self,
        pairs: Sequence[Pair],
        captions: Sequence[str],
        *,
        edited: Sequence[EditedText] = (),
    ) -> GraphInputs:
        """The inputs of some pairs.

        Args:
            pairs: Which.
            captions: What the host reads of each; where the graph is of another caption, its nodes stand on no token.
            edited: Graphs of edited captions.
        """
        items = [self._item(pair) for pair in pairs]
        starts = torch.tensor([0, *(item.graphs.text.num_nodes for item in items)]).cumsum(0).tolist()
        phrases = [
            (start + phrase.node, phrase.text)
            for item, start in zip(items, starts, strict=False)
            for phrase in item.phrases
        ]
        wrong, wrong_phrases = _edited_graphs(items, starts, edited)
        return GraphInputs(
            graphs=HolisticBatch.concatenate([item.graphs for item in items]),
            frame_times=torch.tensor([_middles(item.duration, self.frames) for item in items]),
            token_weights=self._token_weights(items, captions),
            phrases=tokens_of(self.host, [text for _, text in phrases] or [""]),
            phrase_nodes=torch.tensor([node for node, _ in phrases], dtype=torch.long),
            edited=wrong,
            edited_phrases=tokens_of(self.host, wrong_phrases) if wrong_phrases else None,
        )

    def _read(self, pair: Pair) -> _GraphItem:
        graph = self.graphs.load(pair)
        return _GraphItem(
            graphs=holistic_item(graph),
            caption=graph.text.text,
            mentions=[node.mentions or ((node.span,) if node.span else ()) for node in graph.text.nodes],
            phrases=phrases_of(graph.text),
            duration=graph.video.video.duration,
            text=graph.text,
        )

    def _token_weights(
        self, items: Sequence[_GraphItem], captions: Sequence[str]
    ) -> Float[Tensor, "text_nodes length"]:
        nodes = sum(len(item.mentions) for item in items)
        if self.host.tokenizer is None or not getattr(self.host.tokenizer, "is_fast", False):
            return torch.zeros(nodes, 0)
        encodings = self.host.tokens(captions).encodings or []
        return span_weights(
            [list(encoding.offsets) for encoding in encodings],
            [
                item.mentions if item.caption == caption else [() for _ in item.mentions]
                for item, caption in zip(items, captions, strict=True)
            ],
        )


def tokens_of(host: Host, texts: Sequence[str]) -> Tokens | None:
    """Texts as a host reads them; ``None`` where it reads none."""
    if host.tokenizer is None:
        return None
    encoding = host.tokens(texts)
    return {name: encoding[name] for name in ("input_ids", "attention_mask")}


def edited_nodes(true: TextualSceneGraph, wrong: TextualSceneGraph) -> list[tuple[int, int, str]]:
    """Nodes of an edited caption's graph that say what the true caption does not (our definition).

    The n-th object of the one stands for the n-th object of the other, and so do predicates, where both captions have
    as many; an edited caption differs in one thing, so that most do. A phrase that the true caption has too, of
    whatever node, is no wrong one.

    Returns:
        Of each such node: its index, the node of the true graph in whose place it stands, its phrase.
    """
    said = {phrase.text.lower() for phrase in phrases_of(true)}
    phrases = {phrase.node: phrase.text for phrase in phrases_of(wrong)}
    found = []
    for kind in (NodeKind.OBJECT, NodeKind.PREDICATE):
        ours, theirs = true.indices(kind), wrong.indices(kind)
        if len(ours) != len(theirs):
            continue
        for node, other in zip(ours, theirs, strict=True):
            phrase = phrases.get(other, "")
            if phrase and phrase.lower() not in said:
                found.append((other, node, phrase))
    return found


def node_in(graph: TextualSceneGraph, other: TextualSceneGraph, node: int) -> int | None:
    """The node of a graph of the same text that is the node of another graph: of its kind, where its words are."""
    if graph == other:
        return node
    wanted = other.nodes[node]
    for place in graph.indices(wanted.kind):
        span = graph.nodes[place].span
        if (
            graph.text == other.text
            and span
            and wanted.span
            and max(span[0], wanted.span[0]) < min(span[1], wanted.span[1])
        ):
            return place
    return None


def _edited_graphs(
    items: Sequence[_GraphItem], starts: Sequence[int], edited: Sequence[EditedText]
) -> tuple[EditedGraphs | None, list[str]]:
    """Edited captions as one batch, with the nodes that are wrong and their phrases."""
    graphs: list[TextualSceneGraph] = []
    nodes, places, phrases, start = [], [], [], 0
    for text in edited:
        own = items[text.owner].text
        found = [
            (other, place, phrase)
            for other, node, phrase in edited_nodes(text.true, text.wrong)
            if (place := node_in(own, text.true, node)) is not None
        ]
        if not found:
            continue
        graphs.append(text.wrong)
        for other, place, phrase in found:
            nodes.append(start + other)
            places.append(starts[text.owner] + place)
            phrases.append(phrase)
        start += len(text.wrong.nodes)
    if not graphs:
        return None, []
    batch: GraphBatch = text_batch(graphs)
    return EditedGraphs(graphs=batch, edited_node=torch.tensor(nodes), node=torch.tensor(places)), phrases


def _middles(duration: float, frames: int) -> list[float]:
    """When the host's frames are taken: the middles of equal parts of the clip."""
    return [duration * (index + 0.5) / frames for index in range(frames)]
