"""Tiny encoders and features for the tests beside this file; double precision, so that twins agree closely."""

from dataclasses import replace

import torch

from finsta.config import EncoderConfig
from finsta.encoders.embedding import NodeFeatures
from finsta.encoders.graph_encoder import GraphEncoder
from finsta.encoders.motion import Past, look_back
from finsta.encoders.tracks import MotionState
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.dynamic import DynamicSceneGraph

WIDTH, HEADS, HIDDEN = 8, 2, 12
TINY = EncoderConfig(width=WIDTH, heads=HEADS, layers=2, feed_forward=HIDDEN)


def doubled(batch: GraphBatch) -> GraphBatch:
    return batch._map(lambda column: column.double() if column.is_floating_point() else column)


def doubled_holistic(batch: HolisticBatch) -> HolisticBatch:
    return replace(batch, text=doubled(batch.text), video=doubled(batch.video), union=doubled(batch.union))


def states(batch: GraphBatch, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch.num_nodes, WIDTH, generator=generator, dtype=torch.float64).to(dtype)


def stirred(module: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """In double precision, every parameter moved off its start: a term that begins at zero or one must count too."""
    module.double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return module


def features(batch: HolisticBatch, seed: int = 0) -> tuple[NodeFeatures, NodeFeatures]:
    generator = torch.Generator().manual_seed(seed)
    texts, videos = batch.text.num_nodes, batch.video.num_nodes

    def draw(rows: int, width: int) -> torch.Tensor:
        return torch.randn(rows, width, generator=generator, dtype=batch.text.box.dtype)

    text = NodeFeatures(label=draw(texts, 6), region=torch.zeros(texts, 5, dtype=batch.text.box.dtype))
    return text, NodeFeatures(label=draw(videos, 6), region=draw(videos, 5))


def encoder(config: EncoderConfig = TINY) -> GraphEncoder:
    torch.manual_seed(0)
    return stirred(GraphEncoder(config, label_dim=6, region_dim=5))


def gradients(loss: torch.Tensor, *leaves: torch.Tensor) -> list[torch.Tensor]:
    found = torch.autograd.grad(loss, leaves, allow_unused=True)
    return [torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, found, strict=True)]


def assert_same_function(function, twin, x: torch.Tensor, module: torch.nn.Module, tolerance: float = 1e-9) -> None:
    """The same values, and the same gradients of a random projection, in the input and in every parameter."""
    x = x.clone().requires_grad_()
    leaves = [x, *module.parameters()]
    out, expected = function(x), twin(x)
    torch.testing.assert_close(out, expected, atol=tolerance, rtol=tolerance)
    weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(1), dtype=out.dtype)
    found = gradients((out * weight).sum(), *leaves)
    wanted = gradients((expected * weight).sum(), *leaves)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)


def nodes_by_label(graph: DynamicSceneGraph) -> list[tuple[int, str]]:
    """(key frame, label) of each node in batch order; objects by "thing" and their track."""
    return [
        (index, node.label if node.track is None else f"thing {node.track}")
        for index, frame in enumerate(graph.frames)
        for node in frame.nodes
    ]


def past_of(batch: GraphBatch) -> Past:
    x = states(batch)
    return look_back(x, batch, MotionState.start(x, batch))
