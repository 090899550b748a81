"""Frames resized as families of video LLMs want them.

The video processors of `transformers` need torchvision, which finsta does not; and the image processors of these
families cut tiles or patches. So frames are resized here, by PIL as the image processors do it, from their settings;
the processor's files are kept as they came (`finsta.transfer.hosts.processor_files`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from finsta.shapes import Array, Image, UInt8

Resized = UInt8[Array, "new_height new_width 3"]
"""A frame of another size than it came in."""

TOKENS = 130
"""Tokens of a step where the size of a frame is free: what 128, the fewest that Qwen2-VL's video processor makes of a
step, come to in rows and columns as 10 to 13."""
ROWS_TO_COLUMNS = 10 / 13
"""Between 4:3 and 16:9 frames on one side and square ones on the other, each squeezed by at most a third."""


def fixed_frames(processor: Any, images: Sequence[Image]) -> UInt8[Array, "frames new_height new_width 3"]:
    """Frames as a tower of fixed size reads them, from ``size`` and ``crop_size`` of the image processor.

    ``height`` and ``width``: squeezed to them. ``shortest_edge``: scaled until that side fits, then the middle is cut
    out. This is what the families' video processors do; tiles of a picture's parts, which some image processors add,
    are not made of frames.
    """
    size, crop = dict(processor.size), dict(processor.crop_size or {}) if processor.do_center_crop else {}
    if size.get("shortest_edge"):
        frames = [_shortest(image, int(size["shortest_edge"]), processor.resample) for image in images]
    else:
        frames = [resized(image, int(size["height"]), int(size["width"]), processor.resample) for image in images]
    return np.stack([_middle(frame, int(crop["height"]), int(crop["width"])) if crop else frame for frame in frames])


def longest_frames(processor: Any, images: Sequence[Image]) -> UInt8[Array, "frames new_height new_width 3"]:
    """Frames as SmolVLM's video processor makes them: the longest side scaled, then squeezed to a square."""
    side = int(processor.max_image_size["longest_edge"])
    return np.stack([_squeezed(image, side, processor.resample) for image in images])


def regular_frames(
    processor: Any, images: Sequence[Image], *, merge: int | None = None
) -> UInt8[Array, "frames new_height new_width 3"]:
    """Frames of one size for all clips, for models that read any: `TOKENS` tokens a step, or as many as may be.

    Whole frames are squeezed, so that boxes in [0, 1] fall onto the grid as they are. The most pixels that the image
    processor allows (``longest_edge`` of its ``size``) bounds the tokens.

    Args:
        processor: The image processor; has ``patch_size``, ``merge_size`` and ``size``.
        images: Of any size.
        merge: Patches on each side of a token, where the image processor is for images and merges otherwise.
    """
    rows, columns, side = token_grid(processor, merge=merge)
    return np.stack([resized(image, rows * side, columns * side, processor.resample) for image in images])


def token_grid(processor: Any, *, merge: int | None = None) -> tuple[int, int, int]:
    """Rows and columns of tokens, and the pixels on each side of one; see `regular_frames`."""
    side = int(processor.patch_size) * (merge or int(processor.merge_size))
    most = int(dict(processor.size)["longest_edge"]) // side**2
    tokens = max(1, min(TOKENS, most))
    rows = max(1, round((tokens * ROWS_TO_COLUMNS) ** 0.5))
    return rows, tokens // rows, side


def resized(image: Image, height: int, width: int, resample: int) -> Resized:
    """One frame by PIL; of the size already, it stays as it is."""
    from PIL import Image as Pillow

    if image.shape[:2] == (height, width):
        return image
    picture = Pillow.fromarray(np.ascontiguousarray(image)).resize((width, height), Pillow.Resampling(resample))
    return np.asarray(picture)


def _shortest(image: Image, side: int, resample: int) -> Resized:
    height, width = image.shape[:2]
    if height <= width:
        return resized(image, side, int(side * width / height), resample)
    return resized(image, int(side * height / width), side, resample)


def _squeezed(image: Image, side: int, resample: int) -> Resized:
    height, width = image.shape[:2]
    other = int(side * min(height, width) / max(height, width))
    other = max(1, other + other % 2)
    first = (side, other) if height > width else (other, side)
    return resized(resized(image, *first, resample), side, side, resample)


def _middle(image: Image, height: int, width: int) -> Resized:
    """The middle of a picture; what it lacks on a side is black, as image processors have it."""
    pad = [max(0, side - found) for side, found in zip((height, width), image.shape[:2], strict=True)]
    if any(pad):
        top, left = (-(-each // 2) for each in pad)
        image = np.pad(image, ((top, pad[0] - top), (left, pad[1] - left), (0, 0)))
    top, left = ((found - side) // 2 for side, found in zip((height, width), image.shape[:2], strict=True))
    return image[top : top + height, left : left + width]
