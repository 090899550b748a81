"""What the nodes of a graph look like to a host: its visual tokens over their boxes, or colours where it has none."""

import torch

from finsta.alignment.roi import pool_regions
from finsta.graphs.batch import GraphBatch
from finsta.shapes import Float, Tensor
from finsta.transfer.hosts import Host, VideoEncoding

COLOUR_GRID = (14, 14)
COLOURS = 6
"""Mean and deviation of each channel."""


def region_width(host: Host) -> int:
    """Width of what :func:`see_regions` gives."""
    return host.widths.visual or COLOURS


def see_regions(
    video: VideoEncoding,
    graphs: GraphBatch,
    *,
    frame_times: Float[Tensor, "batch frames"],
    pixels: Float[Tensor, "batch frames 3 height width"],
) -> Float[Tensor, "nodes dim"]:
    """The feature of every visual node: the host's tokens over its box, or colours where the host shows no tokens.

    Args:
        video: The host's encoding of the clips.
        graphs: The dynamic scene graphs.
        frame_times: Seconds at which the host's frames were taken.
        pixels: The clips as the host reads them.
    """
    tokens, grid = video.tokens, video.grid
    if not tokens.shape[-1] or not tokens.shape[-2]:
        tokens, grid = colour_tokens(pixels.to(graphs.box.device)), COLOUR_GRID
    return pool_regions(tokens, graphs, step_times(frame_times, tokens.shape[1]), grid)


def step_times(frame_times: Float[Tensor, "batch frames"], steps: int) -> Float[Tensor, "batch steps"]:
    """When each step of tokens is, of which each covers an equal part of the frames: its middle.

        time of step s = t_0 − δ/2 + T δ (s + ½) / S

    for T frames δ seconds apart and S steps; the frames' own times where there are as many. A clip of one frame has
    one time for all steps.
    """
    frames = frame_times.shape[1]
    if steps == frames:
        return frame_times
    if frames == 1:
        return frame_times.expand(-1, steps)
    spacing = (frame_times[:, -1:] - frame_times[:, :1]) / (frames - 1)
    middles = (torch.arange(steps, device=frame_times.device) + 0.5) / steps
    return frame_times[:, :1] + spacing * (frames * middles - 0.5)


def colour_tokens(pixels: Float[Tensor, "batch frames 3 height width"]) -> Float[Tensor, "batch frames cells 6"]:
    """Mean and deviation of each channel in each cell of a grid: what can be seen without the host (our definition)."""
    flat = pixels.flatten(0, 1)
    mean = torch.nn.functional.adaptive_avg_pool2d(flat, COLOUR_GRID)
    square = torch.nn.functional.adaptive_avg_pool2d(flat.square(), COLOUR_GRID)
    both = torch.cat([mean, (square - mean.square()).clamp_min(0).sqrt()], dim=1)  # [B·T, 6, rows, columns]
    tokens: Tensor = both.flatten(2).transpose(1, 2).unflatten(0, pixels.shape[:2])
    return tokens
