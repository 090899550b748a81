"""NanoDet-g, a small one-stage detector of the eighty COCO classes, in plain torch.

Known from the NanoDet project (RangiLyu, Apache-2.0), not from the paper, which uses Faster R-CNN: layers, anchors and
box coding. The layer names are ours; ``finsta.models`` maps the published weights to them, key by key.

    image 416² ─ stem /4 ─ stage ─ stage /8 ─ stage /16 ─ stage /32       a stage is cross-stage partial: it ends by
                                     │           │           │             putting its input beside its output
                                  lateral     lateral     lateral          1 × 1 to 128 channels
                                     └─ top-down, then bottom-up ─┘        by resizing and adding, no weights
                                   head        head        head            class scores and four distances a cell
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from finsta.errors import InputError
from finsta.shapes import Array, Float, Image, Int, Tensor
from finsta.video.detectors.detection import Detections, Letterbox, suppress
from finsta.video.detectors.options import DetectorOptions, pick_device, pick_precision
from finsta.video.detectors.vocabulary import COCO_NAMES
from finsta.video.frames import Frame

SIDE = 416
STRIDES = (8, 16, 32)
BINS = 11
MEAN_BGR = (103.53, 116.28, 123.675)
DEVIATION_BGR = (57.375, 57.12, 58.395)


class ConvolutionUnit(nn.Module):
    """A 3 × 3 convolution that keeps the size (or halves it), then a leaky ReLU of slope 0.1.

    Batch normalisation is folded into the weights.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)

    def forward(self, x: Float[Tensor, "batch inputs height width"]) -> Float[Tensor, "batch outputs rows columns"]:
        """``leaky_relu(W * x + b)``."""
        return functional.leaky_relu(self.convolution(x), 0.1)


class ResidualBlock(nn.Module):
    """Two half-width units whose outputs stand side by side: ``h = f(x)``, ``y = [g(h) ; h]``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvolutionUnit(channels, channels // 2)
        self.second = ConvolutionUnit(channels // 2, channels // 2)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch channels height width"]:
        """As many channels as came in."""
        half = self.first(x)
        return torch.cat([self.second(half), half], 1)


class Stage(nn.Module):
    """A cross-stage partial block: ``h = f(x)``, ``y = [g(blocks(h)) ; h]``, with twice the channels of its input."""

    def __init__(self, channels: int, *, blocks: int, stride: int) -> None:
        super().__init__()
        self.first = ConvolutionUnit(channels, channels, stride=stride)
        self.blocks = nn.Sequential(*(ResidualBlock(channels) for _ in range(blocks)))
        self.last = ConvolutionUnit(channels, channels)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch double rows columns"]:
        """Twice the channels; a stride of two halves height and width."""
        x = self.first(x)
        return torch.cat([self.last(self.blocks(x)), x], 1)


class Backbone(nn.Module):
    """Features at strides 8, 16 and 32, with 128, 256 and 512 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvolutionUnit(3, 32, stride=2)
        self.stages = nn.ModuleList(
            [
                Stage(32, blocks=1, stride=1),
                Stage(64, blocks=2, stride=2),
                Stage(128, blocks=2, stride=2),
                Stage(256, blocks=3, stride=2),
            ]
        )

    def forward(self, x: Float[Tensor, "batch 3 height width"]) -> list[Float[Tensor, "batch _ _ _"]]:
        """Finest first."""
        x = functional.max_pool2d(self.stem(x), 3, stride=2, padding=1)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        return levels[1:]


class PathAggregation(nn.Module):
    """Brings three levels to one width and lets each see the others, by resizing and adding alone."""

    def __init__(self, inputs: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(channels, outputs, 1) for channels in inputs)

    def forward(self, levels: list[Float[Tensor, "batch _ _ _"]]) -> list[Float[Tensor, "batch channels _ _"]]:
        """First from coarse to fine, then from fine to coarse."""
        fine, middle, coarse = (lateral(level) for lateral, level in zip(self.laterals, levels, strict=True))
        middle = middle + _resize_like(coarse, middle)
        fine = fine + _resize_like(middle, fine)
        middle = middle + _resize_like(fine, middle)
        coarse = coarse + _resize_like(middle, coarse)
        return [fine, middle, coarse]


def _resize_like(x: Float[Tensor, "batch channels _ _"], like: Tensor) -> Float[Tensor, "batch channels _ _"]:
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


class Head(nn.Module):
    """For each cell of one level: a score for each class, and a distribution over bins for each side of the box."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.tower = ConvolutionUnit(channels, channels)
        self.output = nn.Conv2d(channels, classes + 4 * BINS, 1)

    def forward(
        self, x: Float[Tensor, "batch channels rows columns"]
    ) -> tuple[Float[Tensor, "batch cells classes"], Float[Tensor, "batch cells sides_bins"]]:
        """Scores in [0, 1], and the logits of the bins, side by side; cells row by row."""
        y = self.output(self.tower(x)).flatten(2).transpose(1, 2)
        return y[..., : self.classes].sigmoid(), y[..., self.classes :]


class NanoDet(nn.Module):
    """The whole network; see the module's text for the drawing."""

    def __init__(self, *, classes: int = len(COCO_NAMES)) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = PathAggregation((128, 256, 512), 128)
        self.heads = nn.ModuleList(Head(128, classes) for _ in STRIDES)

    def forward(
        self, x: Float[Tensor, "batch 3 height width"]
    ) -> list[tuple[Float[Tensor, "batch cells classes"], Float[Tensor, "batch cells sides_bins"]]]:
        """Scores and bin logits at strides 8, 16 and 32, for normalised BGR images of any multiple of 32 pixels."""
        return [head(level) for head, level in zip(self.heads, self.neck(self.backbone(x)), strict=True)]


def boxes_at(
    logits: Float[Tensor, "found sides_bins"], cells: Int[Tensor, " found"], *, side: int = SIDE
) -> Float[Tensor, "found 4"]:
    """Distances to boxes: each side lies ``stride · Σ_k k · softmax(logits)_k`` pixels from the centre of its cell.

    Args:
        logits: Of the bins of the four sides of each cell.
        cells: Their numbers among the cells of all levels, finest level first, row by row.
        side: Pixels a side of the network's input.

    Returns:
        ``xyxy`` in pixels of the network's input.
    """
    middles = _middles(side).to(logits.device)[cells]  # x, y, stride
    bins = torch.arange(BINS, device=logits.device, dtype=torch.float32)
    distance = logits.float().unflatten(-1, (4, BINS)).softmax(-1) @ bins * middles[:, 2:]  # left, top, right, bottom
    outwards = distance.new_tensor([-1, -1, 1, 1])
    boxes: Tensor = middles[:, [0, 1, 0, 1]] + outwards * distance
    return boxes


@lru_cache
def _middles(side: int) -> Float[Tensor, "cells 3"]:
    """Column, row and stride of the middle of every cell, in pixels."""
    levels = []
    for stride in STRIDES:
        middle = (torch.arange(side // stride) + 0.5) * stride
        y, x = torch.meshgrid(middle, middle, indexing="ij")
        levels.append(torch.stack([x, y, torch.full_like(x, stride)], -1).flatten(0, 1))
    return torch.cat(levels)


def normalise(images: Sequence[Image]) -> Float[Tensor, "batch 3 height width"]:
    """RGB images of one size as the network reads them: BGR, minus the mean, over the deviation; channels last."""
    import cv2

    found = np.empty((len(images), *images[0].shape), np.float32)
    for row, image in zip(found, images, strict=True):
        cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _table(), dst=row)  # one look-up a byte, and no copy between
    return torch.from_numpy(found).permute(0, 3, 1, 2)


@lru_cache
def _table() -> Float[Array, "1 values channels"]:
    """What each value of each channel becomes."""
    values = np.arange(256, dtype=np.float32)[:, None]
    return ((values - np.array(MEAN_BGR, np.float32)) / np.array(DEVIATION_BGR, np.float32))[None]


class NanoDetDetector:
    """Detects the eighty COCO classes with NanoDet; each frame for itself."""

    name = "nanodet"
    picture_side = SIDE
    most_candidates = 500

    def __init__(
        self,
        model: NanoDet,
        *,
        threshold: float = 0.3,
        overlap: float = 0.6,
        batch_size: int = 8,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Constructor.

        Args:
            model: With its weights.
            threshold: Smallest score, in [0, 1].
            overlap: Largest IoU of two boxes of one class.
            batch_size: Frames that go through the network at once.
            device: Where the network runs.
            dtype: What it computes in.
        """
        self.reason = ""
        self.device, self.dtype = torch.device(device), dtype
        # Channels last: a quarter faster on a CPU, and no slower on a GPU.
        self.model = model.eval().to(self.device, dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.threshold, self.overlap, self.batch_size = threshold, overlap, batch_size

    @classmethod
    def load(cls, weights: Path, options: DetectorOptions | None = None) -> "NanoDetDetector":
        """From the ``nanodet.safetensors`` that ``finsta models get nanodet`` writes.

        Raises:
            InputError: Where the file is not that, or there is no such device.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        model = NanoDet()
        try:
            model.load_state_dict({key: value.float() for key, value in load_file(weights).items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            raise InputError(
                f"{weights}: expected the NanoDet weights that finsta converted, found something else ({error}); "
                "delete the file and run `finsta models get nanodet`"
            ) from error
        options = options or DetectorOptions()
        device = pick_device(options.device)
        dtype = pick_precision(device, half=options.half)
        return cls(model, batch_size=options.batch_size or 8, device=device, dtype=dtype)

    def reset(self) -> None:
        """Nothing is kept from frame to frame."""

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One item a frame: boxes of at least ``threshold``, non-maxima suppressed."""
        size = self.batch_size
        batches = [frames[start : start + size] for start in range(0, len(frames), size)]
        return [found for batch in batches for found in self._detect(batch)]

    def _detect(self, frames: Sequence[Frame]) -> Iterator[Detections]:
        fits = [Letterbox.fit(width=f.image.shape[1], height=f.image.shape[0], side=SIDE) for f in frames]
        images = [fit.apply(frame.image) for fit, frame in zip(fits, frames, strict=True)]
        with torch.inference_mode():
            levels = self.model(normalise(images).to(self.device, self.dtype))
            best, classes = torch.cat([scores for scores, _ in levels], 1).float().max(-1)  # [B, cells]
            image, cell = (best >= self.threshold).nonzero(as_tuple=True)
            # Of the thousands of cells a handful has something to say: the boxes of the others are never made.
            boxes = boxes_at(torch.cat([logits for _, logits in levels], 1)[image, cell], cell)
            found = [part.cpu().numpy() for part in (image, boxes, best[image, cell], classes[image, cell])]
        for index, fit in enumerate(fits):
            own = found[0] == index
            yield self._select(fit.undo(found[1][own]), found[2][own], found[3][own])

    def _select(
        self, boxes: Float[Array, "found 4"], scores: Float[Array, " found"], classes: Int[Array, " found"]
    ) -> Detections:
        # Far more than a picture holds, and few enough to be compared all with all.
        order = np.argsort(-scores, kind="stable")[: self.most_candidates]
        boxes, scores, classes = boxes[order], scores[order], classes[order]
        kept = suppress(boxes, scores, classes, same_class=self.overlap, any_class=0.75)
        return Detections.tidy(boxes[kept], scores[kept], [COCO_NAMES[c] for c in classes[kept]])
