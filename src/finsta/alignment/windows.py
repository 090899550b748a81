"""Windows of key frames: how long they are, how they overlap, and their similarities by prefix sums.

A window ``[first, last]`` holds both of its key frames. A table of windows is ``[frames, frames]``: the row is the
first key frame, the column the last; what lies below the diagonal is no window.
"""

from collections.abc import Iterator

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from finsta.graphs.batch import GraphBatch
from finsta.shapes import Bool, Float, Int, Tensor

CLOSE = 1e-5
"""Tolerance of comparisons of overlap with a threshold: 7 of 10 key frames are an overlap of 0.7."""

SMALLEST_RESULTANT = 0.01
"""A window's states that cancel to less than this share of their lengths count as that long: no division by nothing."""


def frame_lengths(video: GraphBatch) -> Float[Tensor, "graphs frames"]:
    """Seconds that each key frame stands for: half the way to each neighbour; the first and the last as far outwards.

    The time of a key frame without a node is not on record; it is taken to lie evenly between its neighbours. A video
    with one key frame gets length 1, key frames outside the first and the last with a node get 0.
    """
    frames = int(video.num_frames.max()) if video.num_graphs else 0
    time = video.time.new_full((video.num_graphs, frames), torch.nan)
    time[video.graph_index, video.frame_index] = video.time
    place = torch.arange(frames, device=time.device).expand_as(time)
    known = ~time.isnan()
    if not frames:
        return time
    before = torch.where(known, place, -1).cummax(1).values
    after = torch.where(known, place, frames).flip(1).cummin(1).values.flip(1)
    inside = (before >= 0) & (after < frames)
    start, end = time.gather(1, before.clamp_min(0)), time.gather(1, after.clamp_max(frames - 1))
    share = (place - before) / (after - before).clamp_min(1)
    time = torch.where(inside, start + share * (end - start), torch.nan)

    gap = time.diff(dim=1)
    nothing = time.new_full((len(time), 1), torch.nan)
    to_left, to_right = torch.cat([nothing, gap], 1), torch.cat([gap, nothing], 1)
    to_left, to_right = (
        torch.where(to_left.isnan(), to_right, to_left),
        torch.where(to_right.isnan(), to_left, to_right),
    )
    return ((to_left + to_right) / 2).nan_to_num(nan=1.0) * inside


def window_overlap(
    lengths: Float[Tensor, "items frames"], first: Int[Tensor, " items"], last: Int[Tensor, " items"]
) -> Float[Tensor, "items frames frames"]:
    """Temporal IoU of one window of each item with every window; 0 below the diagonal."""
    edges = functional.pad(lengths.cumsum(1), (1, 0))  # seconds before each key frame
    start, end = edges[:, :-1, None], edges[:, None, 1:]
    own_start, own_end = edges.gather(1, first[:, None])[:, :, None], edges.gather(1, last[:, None] + 1)[:, :, None]
    shared = (torch.minimum(end, own_end) - torch.maximum(start, own_start)).clamp_min(0)
    union = (end - start) + (own_end - own_start) - shared
    frames = lengths.shape[1]
    real = torch.ones(frames, frames, dtype=torch.bool, device=lengths.device).triu()
    return torch.where(real, shared / union.clamp_min(torch.finfo(union.dtype).tiny), 0.0)


def windows_inside(
    first: Int[Tensor, " items"], last: Int[Tensor, " items"], frames: int
) -> Bool[Tensor, "items frames frames"]:
    """Which windows lie inside one window of each item."""
    place = torch.arange(frames, device=first.device)
    starts, ends = (place >= first[:, None])[:, :, None], (place <= last[:, None])[:, None, :]
    return starts & ends & (place[:, None] <= place)


def windows_of(supported: Bool[Tensor, "tracks frames"]) -> Bool[Tensor, "tracks frames frames"]:
    """The windows of each track: they begin and end where it is supported, so that each holds other key frames."""
    return (supported[:, :, None] & supported[:, None, :]).triu()


def window_lengths(weighted: Float[Tensor, "tracks frames dim"]) -> Float[Tensor, "tracks frames frames"]:
    """‖Σ_t x_t‖ of every window of every track, without forming the sums.

        ‖Σ_{s…e} x‖² = Σ_{e'=s…e} (2 Σ_{t=s…e'} ⟨x_t, x_e'⟩ − ‖x_e'‖²)

    Every sum starts at the window's own first key frame, so that nothing large is subtracted from anything large. At
    least ``SMALLEST_RESULTANT`` of the summed lengths; 1 where there is no window or nothing in it.
    """
    frames = weighted.shape[1]
    real = torch.ones(frames, frames, dtype=torch.bool, device=weighted.device).triu()
    products = (weighted @ weighted.mT).triu()  # [K, T, T], row t ≤ column e'
    columns = products.flip(1).cumsum(1).flip(1)  # Σ_{t=s…e'}, row s
    square = products.diagonal(dim1=1, dim2=2)
    squared = torch.where(real, 2 * columns - square[:, None], 0.0).cumsum(2)
    straight = torch.where(real, square.clamp_min(0).detach().sqrt()[:, None], 0.0).cumsum(2)
    smallest = (SMALLEST_RESULTANT * straight) ** 2
    real = real & (smallest > 0)
    return torch.where(real, torch.maximum(squared, smallest), 1.0).sqrt()


class WindowLengths:
    """The lengths of all windows of many tracks, within a budget.

    Where they fit they are made once. Else they are made for a block of tracks at a time, whenever asked for, and made
    again in backward: a table of [tracks, frames, frames] never exists.

    Args:
        weighted: State of each track in each key frame, times its confidence.
        budget: Numbers in one table.
    """

    def __init__(self, weighted: Float[Tensor, "tracks frames dim"], budget: int) -> None:
        self.weighted = weighted
        self.block_size = max(1, budget // max(weighted.shape[1] ** 2, 1))
        self._whole = window_lengths(weighted) if len(weighted) <= self.block_size else None

    def blocks(self) -> Iterator[tuple[slice, Float[Tensor, "block frames frames"]]]:
        """All tracks, block by block, without gradient."""
        for part in parts(len(self.weighted), self.block_size):
            whole = self._whole
            yield part, window_lengths(self.weighted[part].detach()) if whole is None else whole[part].detach()

    def one(
        self, first: Int[Tensor, "queries tracks"], last: Int[Tensor, "queries tracks"]
    ) -> Float[Tensor, "queries tracks"]:
        """Length of one window of every track for every query."""
        if self._whole is not None:
            return _picked(self._whole, first, last)
        found = [
            checkpoint(_picked_of, self.weighted[part], first[:, part], last[:, part], use_reentrant=False)
            for part in parts(len(self.weighted), self.block_size)
        ]
        return torch.cat(found, 1)


def parts(count: int, size: int) -> Iterator[slice]:
    """Slices of at most ``size`` that cover ``count`` items."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def _picked(
    lengths: Float[Tensor, "tracks frames frames"],
    first: Int[Tensor, "queries tracks"],
    last: Int[Tensor, "queries tracks"],
) -> Float[Tensor, "queries tracks"]:
    return lengths[torch.arange(len(lengths), device=first.device), first, last]


def _picked_of(
    weighted: Float[Tensor, "tracks frames dim"],
    first: Int[Tensor, "queries tracks"],
    last: Int[Tensor, "queries tracks"],
) -> Float[Tensor, "queries tracks"]:
    return _picked(window_lengths(weighted), first, last)


def prefix_sums(
    query: Float[Tensor, "queries dim"], weighted: Float[Tensor, "tracks frames dim"]
) -> Float[Tensor, "queries tracks frames_and_one"]:
    """Σ_{t'<t} ⟨q, x_t'⟩ for every query, track and t = 0 … T, the query normalised."""
    products = torch.einsum("qd,ktd->qkt", functional.normalize(query, dim=-1), weighted)
    return functional.pad(products.cumsum(2), (1, 0))


def all_windows(
    prefix: Float[Tensor, "*items frames_and_one"], lengths: Float[Tensor, "*tracks frames frames"]
) -> Float[Tensor, "*items frames frames"]:
    """Cosine with every window of a track (the last of the items); below the diagonal the numbers mean nothing."""
    return (prefix[..., None, 1:] - prefix[..., :-1, None]) / lengths


def one_window(
    prefix: Float[Tensor, "queries tracks frames_and_one"],
    lengths: Float[Tensor, "queries tracks"],
    first: Int[Tensor, "queries tracks"],
    last: Int[Tensor, "queries tracks"],
) -> Float[Tensor, "queries tracks"]:
    """Cosine of every query with one window of every track, whose length is given."""
    summed = prefix.gather(2, last[:, :, None] + 1) - prefix.gather(2, first[:, :, None])
    return summed.squeeze(2) / lengths
