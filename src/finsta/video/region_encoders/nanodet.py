"""The detector's own features as a region encoder: the maps of NanoDet's backbone, pooled over boxes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from finsta.shapes import Array, Float
from finsta.video.detectors.nanodet import SIDE, NanoDet, NanoDetDetector, normalise
from finsta.video.region_encoders.pictures import Picture, of_one_size, scaled
from finsta.video.region_encoders.pooling import pool_boxes, unit_rows

LEVELS = (0, 1)
"""Maps that are pooled: 128 channels at stride 8, 256 at stride 16."""

MULTIPLE = 32
"""Pixels of which the sides of a picture must be a multiple."""


class NanoDetEncoder:
    """Pools two maps of the backbone over boxes, in one pass a picture.

    Args:
        network: With its weights.
        device: Where it runs.
        batch_size: Pictures that go through the network at once.
    """

    name = "nanodet"
    dim = 128 + 256

    def __init__(self, network: NanoDet, *, device: str = "cpu", batch_size: int = 8) -> None:
        self.network, self.device, self.batch_size = network.eval().to(device), device, batch_size

    @classmethod
    def load(cls, path: Path, *, device: str = "cpu") -> "NanoDetEncoder":
        """Read the converted weights."""
        return cls(NanoDetDetector.load(path).model, device=device)

    def encode(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        """See :class:`finsta.video.region_encoders.RegionEncoder`."""
        found: list[Float[Array, "_ dim"]] = []
        for start in range(0, len(images), self.batch_size):
            part = slice(start, start + self.batch_size)
            found += self._batch([_fitted(image) for image in images[part]], boxes[part])
        return found

    @torch.inference_mode()
    def _batch(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        found: dict[int, Float[Array, "_ dim"]] = {}
        for rows in of_one_size(images):
            levels = self.network.backbone(normalise([images[row] for row in rows]).to(self.device))
            for place, row in enumerate(rows):
                parts = [unit_rows(pool_boxes(levels[level][place], boxes[row])) for level in LEVELS]
                found[row] = np.concatenate(parts, 1) / np.sqrt(len(LEVELS), dtype=np.float32)
        return [found[row] for row in range(len(images))]


def _fitted(image: Picture) -> Picture:
    """The picture with its longer side as the detector has it, both sides a multiple of ``MULTIPLE``."""
    import cv2

    height, width = scaled(image, SIDE).shape[:2]
    height, width = (max(round(side / MULTIPLE), 1) * MULTIPLE for side in (height, width))
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
