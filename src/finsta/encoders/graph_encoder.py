"""The three streams and how they meet: GTrm for text, R-GTrm and STGD-GTrm for video and for the union."""

from dataclasses import dataclass

import torch
from torch import nn

from finsta.config import EncoderConfig
from finsta.encoders.edge_states import EdgeStart
from finsta.encoders.embedding import NodeEmbedding, NodeFeatures
from finsta.encoders.gaussian_differential import GaussianDifferentialLayer
from finsta.encoders.graph_transformer import GraphTransformer, edge_state_layers
from finsta.encoders.recurrent import RecurrentGraphLayer
from finsta.encoders.tracks import MotionState, TrackState
from finsta.errors import InputError
from finsta.graphs.batch import VIDEO, GraphBatch, HolisticBatch
from finsta.shapes import Float, Tensor


@dataclass(frozen=True, kw_only=True)
class EncodedGraphs:
    """Node states after the last layer, in the node order of the three batches."""

    text: Float[Tensor, "text_nodes width"]
    video: Float[Tensor, "video_nodes width"]
    union: Float[Tensor, "union_nodes width"]


@dataclass(frozen=True, kw_only=True)
class StreamState:
    """What the layers of one stream carry from one piece of a video to the next."""

    recurrent: tuple[TrackState, ...]
    motion: tuple[MotionState, ...]

    def detach(self) -> "StreamState":
        """The same without its history: cuts the gradient between pieces."""
        return StreamState(
            recurrent=tuple(state.detach() for state in self.recurrent),
            motion=tuple(state.detach() for state in self.motion),
        )


@dataclass(frozen=True, kw_only=True)
class EncoderState:
    """What the encoder carries from one piece of a video to the next. The text is encoded with every piece."""

    video: StreamState
    union: StreamState

    def detach(self) -> "EncoderState":
        """The same without its history: cuts the gradient between pieces."""
        return EncoderState(video=self.video.detach(), union=self.union.detach())


class SpatioTemporalTransformer(nn.Module):
    """[R-GTrm → STGD-GTrm] × (L - 1) → R-GTrm; without the Gaussian differential, R-GTrm × L.

    Args:
        config: Sizes.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.recurrent = nn.ModuleList(
            RecurrentGraphLayer(
                config.width,
                config.heads,
                config.feed_forward,
                recurrence=config.recurrence,
                dropout=config.dropout,
                edges=edges,
            )
            for edges in edge_state_layers(
                config.width,
                config.feed_forward,
                config.layers,
                dropout=config.dropout,
                edge_states=config.edge_states,
            )
        )
        self.edge_start = EdgeStart(config.width) if config.edge_states else None
        between = config.layers - 1 if config.gaussian_differential else 0
        self.motion = nn.ModuleList(
            GaussianDifferentialLayer(config.width, config.heads, dropout=config.dropout) for _ in range(between)
        )

    def forward(
        self, x: Float[Tensor, "nodes width"], batch: GraphBatch, state: StreamState | None = None
    ) -> tuple[Float[Tensor, "nodes width"], StreamState]:
        """States after the last layer, and what the layers carry on; ``state`` is ``None`` at the start."""
        recurrent, motion = [], []
        edges = None if self.edge_start is None else self.edge_start(batch)
        for index, layer in enumerate(self.recurrent):
            assert isinstance(layer, RecurrentGraphLayer)
            x, after, edges = layer.advance(x, batch, state.recurrent[index] if state else None, edges)
            recurrent.append(after)
            if index < len(self.motion):
                x, changed = self.motion[index](x, batch, state.motion[index] if state else None)
                motion.append(changed)
        return x, StreamState(recurrent=tuple(recurrent), motion=tuple(motion))


class GraphEncoder(nn.Module):
    """Encodes the textual, the dynamic and the holistic scene graph of each pair.

    The arrangement is known from the paper (dual-stream-sum): GTrm reads the text graph, R-GTrm and STGD-GTrm the
    video graph; a second stack of these reads the union, and starts from the sum of the first two's outputs and the
    initial features. A text node of the union stands in every key frame: its output is repeated there, its initial
    features take that key frame's time.

    Args:
        config: Sizes; ``share_video_layers`` uses one stack for the video graph and the union.
        label_dim: Width of label embeddings.
        region_dim: Width of region features.

    Raises:
        InputError: if a size in ``config`` cannot be used.
    """

    def __init__(self, config: EncoderConfig, *, label_dim: int, region_dim: int) -> None:
        super().__init__()
        _check(config)
        self.config = config
        self.embedding = NodeEmbedding(
            config.width, label_dim=label_dim, region_dim=region_dim, label_dropout=config.label_dropout
        )
        self.text = GraphTransformer(
            config.width,
            config.heads,
            config.layers,
            feed_forward=config.feed_forward,
            dropout=config.dropout,
            edge_states=config.edge_states,
        )
        self.video = SpatioTemporalTransformer(config)
        self.union = self.video if config.share_video_layers else SpatioTemporalTransformer(config)

    def forward(self, batch: HolisticBatch, text: NodeFeatures, video: NodeFeatures) -> EncodedGraphs:
        """Node states of the three graphs.

        Args:
            batch: The graphs of all pairs.
            text: Features of the nodes of ``batch.text``.
            video: Features of the nodes of ``batch.video``.

        Raises:
            InputError: if features are not one row for each node.
        """
        return self.stream(batch, text, video)[0]

    def encode_text(self, graphs: GraphBatch, features: NodeFeatures) -> Float[Tensor, "nodes width"]:
        """Node states of textual scene graphs alone: GTrm."""
        states: Tensor = self.text(self.embedding(graphs, self.embedding.content(graphs, features)), graphs)
        return states

    def encode_video(self, graphs: GraphBatch, features: NodeFeatures) -> Float[Tensor, "nodes width"]:
        """Node states of dynamic scene graphs alone: R-GTrm and STGD-GTrm.

        For hosts without a cross-modal encoder, into which the union's states would be distilled.
        """
        states: Tensor = self.video(self.embedding(graphs, self.embedding.content(graphs, features)), graphs)[0]
        return states

    def stream(
        self, batch: HolisticBatch, text: NodeFeatures, video: NodeFeatures, state: EncoderState | None = None
    ) -> tuple[EncodedGraphs, EncoderState]:
        """The same for one piece of a longer video, with what the pieces before carried on.

        The pieces are consecutive key frames; indices of key frames, tracks and shots run on through all of them
        (:func:`~finsta.encoders.streaming.holistic_frames_between` cuts such pieces from a whole). One piece after
        the other gives what the whole gives at once.
        """
        text_content = self.embedding.content(batch.text, text)
        video_content = self.embedding.content(batch.video, video)
        text_states = self.text(self.embedding(batch.text, text_content), batch.text)
        video_states, video_after = self.video(
            self.embedding(batch.video, video_content), batch.video, state.video if state else None
        )
        initial = self.embedding(batch.union, _by_origin(batch, text_content, video_content))
        union_states, union_after = self.union(
            _by_origin(batch, text_states, video_states) + initial, batch.union, state.union if state else None
        )
        encoded = EncodedGraphs(text=text_states, video=video_states, union=union_states)
        return encoded, EncoderState(video=video_after, union=union_after)


def _by_origin(
    batch: HolisticBatch, text: Float[Tensor, "text_nodes width"], video: Float[Tensor, "video_nodes width"]
) -> Float[Tensor, "union_nodes width"]:
    """For each node of the union, the row of the text or video node that it is."""
    shift = torch.where(batch.union.modality == VIDEO, batch.text.num_nodes, 0)
    return torch.cat([text, video])[batch.union.origin + shift]


def _check(config: EncoderConfig) -> None:
    for name, least in (("width", 1), ("heads", 1), ("layers", 1), ("feed_forward", 1)):
        found = getattr(config, name)
        if found < least:
            raise InputError(f"encoder.{name} must be at least {least}, found {found}; choose a larger one")
    for name in ("dropout", "label_dropout"):
        found = getattr(config, name)
        if not 0 <= found <= 1:
            raise InputError(f"encoder.{name} is a chance and must lie in [0, 1], found {found}; choose one that does")
