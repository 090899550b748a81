"""Tiny random hosts of every family, built from configs, and batches for them."""

from typing import Literal

import numpy as np
import torch

from finsta.shapes import Image
from finsta.training.small_host import build_small_host
from finsta.transfer.hosts import Host

CAPTIONS = (
    "a red cube approaches the blue ball slowly",
    "the blue ball quickly pushes a red cube",
    "a green cone follows the ball",
    "the cube jumps over a green cone",
)
KINDS: tuple[Literal["clip", "xclip"], ...] = ("clip", "xclip")
FRAMES = 2
SIDE = 16


def tiny_host(kind: Literal["clip", "xclip"], *, seed: int = 0) -> Host:
    """Two layers of width 32, frames of 2 × 2 patches; temperatures and norms as they start."""
    return build_small_host(
        kind, captions=CAPTIONS * 2, image_size=SIDE, patch_size=8, width=32, layers=2, frames=FRAMES, seed=seed
    )


def noise_frames(count: int = FRAMES, *, height: int = SIDE, width: int = SIDE, seed: int = 0) -> list[Image]:
    """Frames of random bytes."""
    generator = np.random.default_rng(seed)
    return [generator.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(count)]


def noise_pixels(host: Host, clips: int = 3) -> torch.Tensor:
    """Clips of noise as the host reads them, ``[clips, frames, 3, height, width]``."""
    return torch.stack([host.pixels(noise_frames(seed=seed)) for seed in range(clips)])
