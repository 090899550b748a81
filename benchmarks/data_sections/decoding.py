"""Share of a training step that is spent waiting for clips: while they are decoded for the first time, and after.

The loop of `finsta post-train` trains a vision transformer of the size of ViT-S/32 on 8 frames of 2 clips a step; a
first epoch decodes every clip, a second finds them in the cache. Videos are made up: as large as those of MSR-VTT, and
as large as those that come from YouTube today.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import torch
from torch import nn

from finsta.data.clips import ClipCache
from finsta.shapes import Tensor
from finsta.training.loop.loop import LoopConfig, read_log, run_loop
from measuring import Row, Settings

FRAMES, BATCH, CLIPS, SIDE = 8, 2, 6, 224


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of video; rates are frames a second."""

    width: int
    height: int
    seconds: int
    rate: int = 25


KINDS = {
    "320×240, 12 s": Kind(width=320, height=240, seconds=12),
    "1280×720, 10 s": Kind(width=1280, height=720, seconds=10),
}


def rows(settings: Settings) -> list[Row]:
    """Waiting without a thread that reads ahead, and with the one that is the default."""
    found = []
    with TemporaryDirectory() as folder:
        for name, kind in list(KINDS.items())[: 1 if settings.quick else None]:
            videos = _videos(Path(folder) / f"{kind.height}", kind)
            for workers in (0, 1):
                run = Path(folder) / f"run-{kind.height}-{workers}"
                found += _rows(
                    f"{name}, {'one thread' if workers else 'none'} ahead",
                    _steps(run, videos, workers),
                    strict=workers == 1,
                )
    return found


@dataclass(frozen=True, kw_only=True)
class _Epoch:
    seconds: float
    waiting: float
    busy: float
    """Seconds of processors that were used."""


def _rows(what: str, epochs: list[_Epoch], *, strict: bool) -> list[Row]:
    bounds = ("≤ 0.10", "≤ 0.05") if strict else ("", "")
    return [
        Row(
            what=f"{what}, {title}: waiting, share of a step",
            ours=f"{1000 * epoch.waiting:.0f} ms of {1000 * epoch.seconds:.0f}",
            other=f"{epoch.busy / epoch.seconds:.2f} cores busy",
            ratio=epoch.waiting / epoch.seconds,
            wanted=bound,
        )
        for title, epoch, bound in zip(("decoding", "from the cache"), epochs, bounds, strict=True)
    ]


def _steps(folder: Path, videos: Sequence[Path], workers: int) -> list[_Epoch]:
    """Means over the steps of each epoch, without the first step, in which things are set up."""
    cache = ClipCache(folder / "clips", frames=FRAMES, prepare=_prepare, geometry=f"{SIDE}", max_side=2 * SIDE)

    def collate(indices: Sequence[int], _: int) -> Tensor:
        return torch.from_numpy(cache.clips([videos[index] for index in indices]))

    model = _Model()
    length = len(videos) // BATCH
    config = LoopConfig(
        steps=2 * length,
        batch_size=BATCH,
        warm_up_steps=1,
        clip_norm=1.0,
        seed=0,
        checkpoint_every=10**6,
        workers=workers,
    )
    used = [time.process_time()]
    run_loop(
        model,
        torch.optim.AdamW(model.parameters(), lr=1e-5),
        collate,
        size=len(videos),
        config=config,
        folder=folder / "run",
        on_step=lambda done, total: used.append(time.process_time()),
    )
    log = read_log(folder / "run")
    return [_epoch(log[start:end], used[start : end + 1]) for start, end in ((1, length), (length, 2 * length))]


def _epoch(steps: Sequence[dict[str, Any]], used: Sequence[float]) -> _Epoch:
    count = len(steps)
    return _Epoch(
        seconds=sum(step["seconds"] for step in steps) / count,
        waiting=sum(step["waiting"] for step in steps) / count,
        busy=(used[-1] - used[0]) / count,
    )


class _Model(nn.Module):
    """A vision transformer with random weights, whose mean output is to be nothing."""

    def __init__(self) -> None:
        from transformers import CLIPVisionConfig, CLIPVisionModel

        super().__init__()
        torch.manual_seed(0)
        config = CLIPVisionConfig(hidden_size=384, intermediate_size=1536, num_attention_heads=6, num_hidden_layers=12)
        self.tower = CLIPVisionModel(config)

    def forward(self, batch: Tensor, progress: float) -> dict[str, Tensor]:
        pixels = batch.flatten(0, 1).permute(0, 3, 1, 2).float() / 255
        return {"loss": self.tower(pixels).pooler_output.square().mean()}


def _prepare(images: Sequence[Any]) -> Any:
    """A square from the middle, by nearest neighbours: what is measured is decoding."""
    whole = np.stack(images)
    side = min(whole.shape[1:3])
    top, left = (whole.shape[1] - side) // 2, (whole.shape[2] - side) // 2
    places = np.arange(SIDE) * side // SIDE
    return whole[:, top + places][:, :, left + places]


def _videos(folder: Path, kind: Kind) -> list[Path]:
    """One video under many names: a clip is known by its path."""
    folder.mkdir()
    first = folder / "0.mp4"
    random = np.random.default_rng(0)
    ground = (
        random.integers(0, 256, (kind.height // 8, 2 * kind.width // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    )
    with av.open(str(first), "w") as container:
        stream = container.add_stream("libx264", rate=kind.rate, options={"preset": "ultrafast", "g": "250"})
        stream.width, stream.height, stream.pix_fmt = kind.width, kind.height, "yuv420p"
        for number in range(kind.seconds * kind.rate):
            shift = number * 3 % kind.width
            picture = np.ascontiguousarray(ground[:, shift : shift + kind.width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return [first, *(Path(shutil.copy(first, folder / f"{number}.mp4")) for number in range(1, CLIPS))]
