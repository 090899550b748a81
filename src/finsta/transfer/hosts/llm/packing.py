"""Clips cut as families of video LLMs read them: whole frames, or patches with their grid."""

from collections.abc import Sequence
from typing import Any

import torch

from finsta.errors import HostError
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.hosts.llm.family import Layout
from finsta.transfer.hosts.pieces import sides


def patch_rows(
    pixels: Float[Tensor, "clips frames 3 height width"], *, patch: int, merge: int, temporal: int
) -> Float[Tensor, "patches values"]:
    """Frames cut to patches over ``temporal`` frames, the patches that are merged to one token next to each other.

    As the video processors of Qwen2-VL, Qwen3-VL and VideoLLaMA 3 cut them: step by step, block by block row by row,
    inside a block patch by patch row by row, inside a patch channel, frame, row, column. If the frames cannot be shared
    out evenly, the last one is repeated.
    """
    clips, frames, channels, height, width = pixels.shape
    if missing := -frames % temporal:
        pixels = torch.cat([pixels, pixels[:, -1:].expand(-1, missing, -1, -1, -1)], dim=1)
    side = merge * patch
    cut = pixels.reshape(
        clips, -1, temporal, channels, height // side, merge, patch, width // side, merge, patch
    )  # clip, step, frame, channel, block row, row in block, y, block column, column in block, x
    ordered = cut.permute(0, 1, 4, 7, 5, 8, 3, 2, 6, 9)
    return ordered.reshape(-1, channels * temporal * patch * patch)


def patch_grids(shape: Sequence[int], *, patch: int, temporal: int) -> Int[Tensor, "clips 3"]:
    """Steps, rows and columns of patches of each clip, before merging."""
    clips, frames, _, height, width = shape
    return torch.tensor([[-(-frames // temporal), height // patch, width // patch]] * clips)


def patch_layout(shape: Sequence[int], *, patch: int, merge: int, temporal: int) -> Layout:
    """How the tokens lie that ``merge`` × ``merge`` patches over ``temporal`` frames make.

    Raises:
        HostError: if the frames cannot be cut into whole tokens.
    """
    frames, height, width = shape[1], shape[-2], shape[-1]
    side = patch * merge
    if height % side or width % side or not height or not width:
        raise HostError(
            f"expected frames whose sides are multiples of {side} pixels, for {merge} × {merge} patches of {patch} "
            f"make one token; found {height} × {width}; make them with Host.prepare"
        )
    return Layout(frames=frames, steps=-(-frames // temporal), rows=height // side, columns=width // side)


def frame_layout(config: Any, shape: Sequence[int], *, merge: int = 1) -> Layout:
    """How the tokens lie where each frame is an image of the size that the vision tower reads.

    Args:
        config: Of the model; its vision tower has ``image_size`` and ``patch_size``.
        shape: Of the pixels.
        merge: Patches on each side that make one token; what is left over makes a smaller one.

    Raises:
        HostError: if the frames have another size.
    """
    expected, patch = sides(config.vision_config.image_size), sides(config.vision_config.patch_size)
    found = (shape[-2], shape[-1])
    if found != expected:
        raise HostError(f"expected frames of {expected} pixels, found {found}; make them with Host.prepare")
    rows, columns = (size // side for size, side in zip(expected, patch, strict=True))
    return Layout(frames=shape[1], steps=shape[1], rows=-(-rows // merge), columns=-(-columns // merge))
