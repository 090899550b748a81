"""R-GTrm: the recurrence over all key frames at once (`scan`) beside one key frame at a time (`sequential`)."""

from collections.abc import Callable

import torch

from finsta.encoders.recurrent import RecurrentGraphLayer
from finsta.graphs.batch import GraphBatch
from finsta.presets import small
from measuring import Row, Settings, alternate
from sections.graphs import video_graphs


def step(recurrence: str, batch: GraphBatch) -> Callable[[], object]:
    """Forward and backward of one layer."""
    torch.manual_seed(0)
    module = RecurrentGraphLayer(small().width, small().heads, small().feed_forward, recurrence=recurrence)
    x = torch.randn(batch.num_nodes, small().width, requires_grad=True)
    return lambda: module(x, batch)[0].sum().backward()


def rows(settings: Settings) -> list[Row]:
    """Both at several lengths and batch sizes."""
    found = []
    for clips in (1, 16):
        for frames in (16,) if settings.quick else (16, 64, 256):
            batch = video_graphs(clips=clips, frames=frames, nodes=20, edges=68)
            work = {name: step(name, batch) for name in ("scan", "sequential")}
            times = alternate(work, rounds=1 if settings.quick else 5)
            found.append(
                Row(
                    what=f"`scan` of R-GTrm (`small`), batch {clips}, {frames} key frames: times faster",
                    ours=f"{1000 * times.median('scan'):.0f} ms",
                    other=f"`sequential`: {1000 * times.median('sequential'):.0f} ms",
                    ratio=times.ratio("sequential", "scan"),
                    wanted="≥ 1.0",
                )
            )
    return found
