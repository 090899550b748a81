"""A small host, clips of noise with captions, and runs of the loop on them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from torch import nn

from finsta.config import PostTrainConfig, TransferConfig
from finsta.data.pairs import Pair
from finsta.tasks.encoding import clip_cache
from finsta.training.loop.loop import LoopConfig, read_log, run_loop
from finsta.training.post_training.batches import PairCollator
from finsta.training.post_training.objective import PostTrainingObjective
from finsta.training.small_host import build_small_host
from finsta.transfer.hosts import Host

ALONE = TransferConfig(
    object_spatial=0.0, predicate_temporal=0.0, grounding=0.0, direct=0.0, relational=0.0, beyond_joint=0.0
)
"""The host's own loss: the loop and the host, and no graphs."""

CAPTIONS = [f"a {colour} {thing} moves" for colour in ("red", "green", "blue", "grey") for thing in ("cube", "ball")]


@dataclass(frozen=True)
class Bench:
    """What a run needs."""

    host: Host
    pairs: list[Pair]


def bench(folder: Path, *, clips: int, side: int = 240, frames: int = 48, width: int = 128, layers: int = 4) -> Bench:
    """Clips of noise written into a folder, and an untrained host."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = [
        Pair(id=str(n), video=write_noise(folder / f"{n}.mp4", frames, side, n), caption=f"{CAPTIONS[n % 8]} {n}")
        for n in range(clips)
    ]
    host = build_small_host(
        "clip", captions=[pair.caption for pair in pairs] * 2, image_size=64, width=width, layers=layers, frames=8
    )
    return Bench(host=host, pairs=pairs)


def write_noise(path: Path, frames: int, side: int, seed: int) -> Path:
    """A clip that costs something to decode."""
    generator = np.random.default_rng(seed)
    picture = generator.integers(0, 256, (side, side, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.roll(picture, 2 * index, 1)), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def objective_of(host: Host, **settings: Any) -> PostTrainingObjective:
    """The host's own loss alone."""
    return PostTrainingObjective(host, PostTrainConfig(transfer=ALONE, **settings)).train()


def train(bench: Bench, folder: Path, cache: Path, **settings: Any) -> list[dict[str, Any]]:
    """Run the loop; its log."""
    base = {"steps": 8, "batch_size": 8, "warm_up_steps": 0, "clip_norm": 1.0, "seed": 0, "checkpoint_every": 10**6}
    objective: nn.Module = objective_of(bench.host)
    optimizer = torch.optim.AdamW(bench.host.model.parameters(), lr=1e-5)
    collate = PairCollator(bench.host, bench.pairs, clip_cache(bench.host, cache))
    run_loop(
        objective, optimizer, collate, size=len(bench.pairs), config=LoopConfig(**{**base, **settings}), folder=folder
    )
    return read_log(folder)
