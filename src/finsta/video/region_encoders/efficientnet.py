"""EfficientNet-Lite0 as a region encoder: one pass over each picture, features pooled over boxes, in plain torch.

Known from Tan & Le 2019 and the Lite variants of the EfficientNet project (no squeeze-and-excitation, ReLU6); the layer
names are ours. :mod:`finsta.models.efficientnet` folds and renames the published weights.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from finsta.shapes import Array, Float, Tensor
from finsta.video.region_encoders.pictures import Picture, of_one_size, scaled
from finsta.video.region_encoders.pooling import pool_boxes, unit_rows

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride, expansion and channels of each stage."""

MEAN, DEVIATION = 127.0, 128.0
"""With which the weights were trained, of bytes."""

TAPS = (7, 14)
"""Blocks whose outputs are pooled: 80 channels at stride 16, 192 at stride 32 (docs/measured.md, Region encoders)."""

SIDE = 224
"""Longer side, in pixels, to which a picture is brought."""


class _Convolution(nn.Conv2d):
    """A convolution padded as TensorFlow does it: an odd pixel goes to the right and the bottom."""

    def forward(self, x: Float[Tensor, "batch inputs height width"]) -> Float[Tensor, "batch outputs rows columns"]:
        kernel, stride = self.kernel_size[0], self.stride[0]
        missing = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[-2:]]
        (top, bottom), (left, right) = ((total // 2, total - total // 2) for total in missing)
        result: Tensor = super().forward(functional.pad(x, (left, right, top, bottom)))
        return result


class _Block(nn.Module):
    """An inverted bottleneck: widen, convolve each channel, narrow; added to its input where the sizes agree."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = _Convolution(inputs, inner, 1) if expansion > 1 else None
        self.depthwise = _Convolution(inner, inner, kernel, stride=stride, groups=inner)
        self.project = _Convolution(inner, outputs, 1)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Float[Tensor, "batch inputs height width"]) -> Float[Tensor, "batch outputs rows columns"]:
        h = x if self.expand is None else functional.relu6(self.expand(x))
        h = self.project(functional.relu6(self.depthwise(h)))
        result: Tensor = h + x if self.adds else h
        return result


class EfficientNetLite0(nn.Module):
    """The network without its classifier; normalisation is folded into the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Convolution(3, 32, 3, stride=2)
        blocks, channels = [], 32
        for count, kernel, stride, expansion, outputs in STAGES:
            for number in range(count):
                step = stride if number == 0 else 1
                blocks.append(_Block(channels, outputs, kernel=kernel, stride=step, expansion=expansion))
                channels = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = _Convolution(channels, 1280, 1)

    def forward(self, x: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 1280 rows columns"]:
        """The last map."""
        result: Tensor = functional.relu6(self.head(self.maps(x)[-1]))
        return result

    def maps(self, x: Float[Tensor, "batch 3 height width"], *, last: int = 15) -> list[Float[Tensor, "batch _ _ _"]]:
        """The output of every block up to one."""
        x, found = functional.relu6(self.stem(x)), []
        for block in self.blocks[: last + 1]:
            x = block(x)
            found.append(x)
        return found


class EfficientNetEncoder:
    """Pools the maps of :data:`TAPS` over boxes: what a thing looks like in colour and form, in one pass a picture.

    Args:
        network: With its weights.
        device: Where it runs.
    """

    name = "efficientnet-lite0"
    dim = 80 + 192

    def __init__(self, network: EfficientNetLite0, *, device: str = "cpu", batch_size: int = 8) -> None:
        self.network, self.device, self.batch_size = network.eval().to(device), device, batch_size

    @classmethod
    def load(cls, path: Path, *, device: str = "cpu") -> "EfficientNetEncoder":
        """Read the converted weights."""
        from safetensors.torch import load_file

        network = EfficientNetLite0()
        network.load_state_dict(load_file(path))
        return cls(network, device=device)

    def encode(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        """See :class:`finsta.video.region_encoders.RegionEncoder`."""
        found: list[Float[Array, "_ dim"]] = []
        for start in range(0, len(images), self.batch_size):
            part = images[start : start + self.batch_size]
            found += self._batch([scaled(image, SIDE) for image in part], boxes[start : start + self.batch_size])
        return found

    @torch.inference_mode()
    def _batch(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        maps: dict[int, list[Tensor]] = {}
        for rows in of_one_size(images):
            pixels = torch.from_numpy(np.stack([images[row] for row in rows])).to(self.device)
            x = (pixels.permute(0, 3, 1, 2).float() - MEAN) / DEVIATION
            outputs = self.network.maps(x, last=max(TAPS))
            maps.update((row, [outputs[tap][place] for tap in TAPS]) for place, row in enumerate(rows))
        return [
            np.concatenate([unit_rows(pool_boxes(level, given)) for level in maps[row]], 1)
            / np.sqrt(len(TAPS), dtype=np.float32)
            for row, given in enumerate(boxes)
        ]
