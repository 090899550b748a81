"""A long video in pieces: memory and time must not know how long it is."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median

import torch

from finsta.encoders.graph_encoder import SpatioTemporalTransformer, StreamState
from finsta.graphs.batch import GraphBatch
from finsta.presets import small
from measuring import Row, Settings, clock, peak_growth
from sections.graphs import video_graphs

PIECE, NODES = 16, 100
"""Key frames handed over at a time, and nodes of each."""


def piece(number: int, renewed: int) -> GraphBatch:
    """Key frames ``16 · number`` and on; the oldest ``renewed`` tracks before are gone, as many are new."""
    batch = video_graphs(clips=1, frames=PIECE, nodes=NODES, edges=340, seed=number)
    track = batch.track_index + renewed * number
    return replace(
        batch,
        track_index=track,
        num_tracks=NODES + renewed * number,
        frame_index=batch.frame_index + PIECE * number,
        time=batch.time + PIECE * number,
    )


def watch(pieces: int, renewed: int = 0) -> list[float]:
    """Encode so many pieces without gradients; seconds of each."""
    torch.manual_seed(0)
    module, state, seconds = SpatioTemporalTransformer(small()).eval(), None, []
    with torch.no_grad():
        for number in range(pieces):
            batch = piece(number, renewed)
            x = torch.randn(batch.num_nodes, small().width)
            start = clock()
            _, state = module(x, batch, state)
            seconds.append(clock() - start)
    assert isinstance(state, StreamState)
    return seconds


def memory_case(frames: int, renewed: int) -> Callable[[], object]:
    """For :func:`measuring.peak_growth`."""
    watch(1)
    return lambda: watch(frames // PIECE, renewed)


def _memory(settings: Settings, short: int, long: int, *, renewed: int) -> Row:
    peaks = {
        frames: peak_growth("sections.streaming:memory_case", settings, frames=frames, renewed=renewed) / 2**20
        for frames in (short, long)
    }
    tracks = NODES + renewed * (long // PIECE - 1)
    return Row(
        what=f"streaming, {long:,} key frames, {tracks:,} tracks in all: peak memory",
        ours=f"{peaks[long]:.0f} MiB",
        other=f"{short} key frames: {peaks[short]:.0f} MiB",
        ratio=peaks[long] / peaks[short],
        wanted="" if renewed else "≤ 1.1",
    )


def rows(settings: Settings) -> list[Row]:
    """An hour against a minute, a key frame a second: peak memory, and time per key frame at its end and beginning.

    Memory is bounded in key frames, not in tracks: a track that left may come back, so its row is kept. The second row
    shows what that costs when ten of a hundred tracks are new in each piece; it has no bound to keep.
    """
    short, long = (32, 64) if settings.quick else (64, 3600)
    seconds = watch(long // PIECE)[1:]
    quarter = max(len(seconds) // 4, 1)
    first, last = (1000 * median(part) / PIECE for part in (seconds[:quarter], seconds[-quarter:]))
    return [
        _memory(settings, short, long, renewed=0),
        _memory(settings, short, long, renewed=10),
        Row(
            what=f"streaming, {long:,} key frames: time of one, last quarter",
            ours=f"{last:.2f} ms",
            other=f"first quarter: {first:.2f} ms",
            ratio=last / first,
            wanted="≤ 1.1",
        ),
    ]
