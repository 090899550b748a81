"""How the time grows with key frames and with edges."""

from collections.abc import Callable

import torch

from finsta.config import EncoderConfig
from finsta.encoders.attention import GraphAttention
from finsta.encoders.graph_encoder import SpatioTemporalTransformer
from finsta.graphs.batch import GraphBatch
from measuring import Row, Settings, alternate, exponent
from sections.graphs import video_graphs

WIDTH, HEADS = 128, 4
CONFIG = EncoderConfig(width=WIDTH, heads=HEADS, layers=2, feed_forward=3 * WIDTH)


def stack_step(batch: GraphBatch) -> Callable[[], object]:
    """Forward and backward of R-GTrm → STGD-GTrm → R-GTrm."""
    torch.manual_seed(0)
    module = SpatioTemporalTransformer(CONFIG)
    x = torch.randn(batch.num_nodes, WIDTH, requires_grad=True)
    return lambda: module(x, batch)[0].sum().backward()


def attention_step(batch: GraphBatch) -> Callable[[], object]:
    """Forward and backward of one attention layer."""
    torch.manual_seed(0)
    module = GraphAttention(WIDTH, HEADS)
    x = torch.randn(batch.num_nodes, WIDTH, requires_grad=True)
    return lambda: module(x, batch).sum().backward()


def _grown(what: str, work: dict[int, Callable[[], object]], rounds: int) -> list[Row]:
    times = alternate({str(size): step for size, step in work.items()}, rounds=rounds)
    sizes = list(work)
    seconds = [times.median(str(size)) for size in sizes]
    shown = ", ".join(f"{size}: {1000 * s:.0f} ms" for size, s in zip(sizes, seconds, strict=True))
    ends = [float(size) for size in sizes[-2:]]
    return [
        Row(
            what=f"{what}: growth exponent, all sizes",
            ours=shown,
            ratio=exponent([float(size) for size in sizes], seconds),
            wanted="≤ 1.05",
        ),
        Row(
            what=f"{what}: growth exponent, {sizes[-2]} to {sizes[-1]}",
            ours=f"{1000 * seconds[-2]:.0f} → {1000 * seconds[-1]:.0f} ms",
            ratio=exponent(ends, seconds[-2:]),
            wanted="≤ 1.05",
        ),
    ]


def rows(settings: Settings) -> list[Row]:
    """Key frames of one clip; edges of a fixed number of nodes."""
    frames = (16, 64) if settings.quick else (16, 64, 256, 1024, 4096)
    edges = (200, 400) if settings.quick else (200, 400, 800, 1600, 3200)
    rounds = 1 if settings.quick else 3
    clips = {count: stack_step(video_graphs(clips=1, frames=count, nodes=20, edges=68)) for count in frames}
    graphs = {count * 256: attention_step(video_graphs(clips=1, frames=256, edges=count)) for count in edges}
    return [
        *_grown("key frames of one clip (20 nodes, 68 edges each)", clips, rounds),
        *_grown("edges among 25,600 nodes, one attention layer", graphs, rounds),
    ]
