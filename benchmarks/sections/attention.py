"""One attention layer, forward and backward, beside ``TransformerConv`` of PyG."""

from collections.abc import Callable

import torch
from torch import nn

from finsta.encoders.attention import GraphAttention
from finsta.graphs.batch import EDGE_TYPES, GraphBatch
from measuring import Row, Settings, alternate, peak_growth
from sections.graphs import video_graphs

WIDTH, HEADS = 512, 8


class Peer(nn.Module):
    """PyG's layer over embedded edge types: it projects keys, queries, values, edges, and the node itself."""

    def __init__(self, edge_width: int) -> None:
        super().__init__()
        from torch_geometric.nn import TransformerConv

        self.edge = nn.Embedding(len(EDGE_TYPES), edge_width)
        self.layer = TransformerConv(WIDTH, WIDTH // HEADS, heads=HEADS, edge_dim=edge_width)

    def forward(self, x: torch.Tensor, batch: GraphBatch) -> torch.Tensor:
        """New node states."""
        states: torch.Tensor = self.layer(x, batch.edge_index, self.edge(batch.edge_type))
        return states


def step(name: str, batch: GraphBatch) -> Callable[[], object]:
    """Forward and backward of ``ours`` or ``peer EDGE_WIDTH``, gradients of input and parameters included."""
    torch.manual_seed(0)
    module = GraphAttention(WIDTH, HEADS) if name == "ours" else Peer(int(name.split()[1]))
    x = torch.randn(batch.num_nodes, WIDTH, requires_grad=True)
    weight = torch.randn(batch.num_nodes, WIDTH)

    def run() -> None:
        x.grad = None
        module.zero_grad()
        module(x, batch).backward(weight)

    return run


def memory_case(name: str, clips: int) -> Callable[[], object]:
    """For :func:`measuring.peak_growth`."""
    step(name, video_graphs(clips=1, frames=1))()
    return step(name, video_graphs(clips=clips, frames=16))


def rows(settings: Settings) -> list[Row]:
    """Time and memory of both."""
    clips = 1 if settings.quick else 16
    batch = video_graphs(clips=clips, frames=16)
    names = ["ours", f"peer {WIDTH}", "peer 64"]
    times = alternate({name: step(name, batch) for name in names}, rounds=1 if settings.quick else 5)
    peaks = {name: peak_growth("sections.attention:memory_case", settings, name=name, clips=clips) for name in names}
    found = []
    for name in names[1:]:
        peer = f"TransformerConv, edge_dim {name.split()[1]}"
        found.append(
            Row(
                what="attention layer, forward + backward: times faster",
                ours=f"{times.median('ours'):.2f} s",
                other=f"{peer}: {times.median(name):.2f} s",
                ratio=times.ratio(name, "ours"),
                wanted="≥ 2.0",
            )
        )
        found.append(
            Row(
                what="the same: peak memory",
                ours=f"{peaks['ours'] / 2**20:.0f} MiB",
                other=f"{peer}: {peaks[name] / 2**20:.0f} MiB",
                ratio=peaks["ours"] / peaks[name],
                wanted="≤ 0.6",
            )
        )
    return found
