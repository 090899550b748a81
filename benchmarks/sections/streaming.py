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

RENEWED = 10
"""Tracks that end, and others that begin, with each piece."""


def piece(number: int) -> GraphBatch:
    """Key frames ``16 · number`` and on; the oldest ten tracks of the piece before are gone, ten are new."""
    batch = video_graphs(clips=1, frames=PIECE, nodes=NODES, edges=340, seed=number)
    track = batch.track_index + RENEWED * number
    return replace(
        batch,
        track_index=track,
        num_tracks=NODES + RENEWED * number,
        frame_index=batch.frame_index + PIECE * number,
        time=batch.time + PIECE * number,
    )


def watch(pieces: int) -> list[float]:
    """Encode so many pieces without gradients; seconds of each."""
    torch.manual_seed(0)
    module, state, seconds = SpatioTemporalTransformer(small()).eval(), None, []
    with torch.no_grad():
        for number in range(pieces):
            batch = piece(number)
            x = torch.randn(batch.num_nodes, small().width)
            start = clock()
            _, state = module(x, batch, state)
            seconds.append(clock() - start)
    assert isinstance(state, StreamState)
    return seconds


def memory_case(frames: int) -> Callable[[], object]:
    """For :func:`measuring.peak_growth`."""
    watch(1)
    return lambda: watch(frames // PIECE)


def rows(settings: Settings) -> list[Row]:
    """Peak memory of an hour against a minute, a key frame a second; time per key frame at its end and beginning."""
    short, long = (32, 64) if settings.quick else (64, 3600)
    peaks = {
        frames: peak_growth("sections.streaming:memory_case", settings, frames=frames) / 2**20
        for frames in (short, long)
    }
    seconds = watch(long // PIECE)[1:]
    quarter = max(len(seconds) // 4, 1)
    first, last = (1000 * median(part) / PIECE for part in (seconds[:quarter], seconds[-quarter:]))
    return [
        Row(
            what=f"streaming, {long} key frames: peak memory",
            ours=f"{peaks[long]:.0f} MiB",
            other=f"{short} key frames: {peaks[short]:.0f} MiB",
            ratio=peaks[long] / peaks[short],
            wanted="≤ 1.1",
        ),
        Row(
            what=f"streaming, {long} key frames: time of one, last quarter",
            ours=f"{last:.2f} ms",
            other=f"first quarter: {first:.2f} ms",
            ratio=last / first,
            wanted="≤ 1.1",
        ),
    ]
