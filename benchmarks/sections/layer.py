"""One whole encoder layer, attention and feed-forward network, beside its dense projections alone."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from finsta.encoders.graph_transformer import GraphTransformerLayer
from finsta.presets import base
from measuring import Row, Settings, alternate
from sections.graphs import video_graphs


def whole(layer: GraphTransformerLayer, clips: int) -> Callable[[], object]:
    """Forward and backward of the layer."""
    batch = video_graphs(clips=clips, frames=16)
    x = torch.randn(batch.num_nodes, base().width, requires_grad=True)
    gradient = torch.randn_like(x)

    def run() -> None:
        x.grad = None
        layer.zero_grad()
        layer(x, batch).backward(gradient)

    return run


def floor(layer: GraphTransformerLayer, clips: int) -> Callable[[], object]:
    """Forward and backward of its six matrices, each on an input of the right shape: what no layer can do without."""
    nodes, width = clips * 16 * 100, base().width
    attention, network = layer.attention, layer.feed_forward
    shared, attended, middle = (torch.randn(nodes, width, requires_grad=True) for _ in range(3))
    hidden = torch.randn(nodes, base().feed_forward, requires_grad=True)
    work: list[tuple[nn.Linear, Tensor]] = [
        (attention.query, shared),
        (attention.key, shared),
        (attention.value, shared),
        (attention.output, attended),
        (network.expand, middle),
        (network.contract, hidden),
    ]
    gradients = {wide: torch.randn(nodes, wide) for wide in (width, base().feed_forward)}

    def run() -> None:
        layer.zero_grad()
        for _, x in work:
            x.grad = None
        for linear, x in work:
            linear(x).backward(gradients[linear.out_features])

    return run


def rows(settings: Settings) -> list[Row]:
    """The layer over its floor."""
    clips = 1 if settings.quick else 16
    torch.manual_seed(0)
    layer = GraphTransformerLayer(base().width, base().heads, base().feed_forward)
    times = alternate({"layer": whole(layer, clips), "dense": floor(layer, clips)}, rounds=1 if settings.quick else 7)
    return [
        Row(
            what="encoder layer (`base`), forward + backward",
            ours=f"{times.median('layer'):.2f} s",
            other=f"its six matrices alone: {times.median('dense'):.2f} s",
            ratio=times.ratio("layer", "dense"),
            wanted="≤ 1.5",
        )
    ]
