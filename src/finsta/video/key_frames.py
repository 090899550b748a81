"""Which frames stand for the video: clusters of looks inside each shot, spread over its time (our definition).

The paper takes key frames by clustering; which clustering is not told.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from finsta.shapes import Array, Float, Image, Int, UInt8

TIME_WEIGHT = 1.0
"""How much one shot's length counts against the spread of looks in it."""

ROWS = 1024
"""Frames whose points are worked on at once: those of an hour in double precision would fill the memory."""

Looks = Float[Array, "_ numbers"] | UInt8[Array, "_ numbers"]

WIDEST_GAP = 2.0
"""Largest step between neighbouring key frames of a shot, in even steps: motion between key frames must not be lost."""


def look(image: Image) -> Float[Array, " numbers"]:
    """Colour and layout of a picture in few numbers: an 8×8 thumbnail in Lab, in [0, 1]."""
    import cv2

    small = cv2.resize(image, (8, 8), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1) / 255.0, np.float32)


def allot(lengths: Sequence[float], count: int) -> list[int]:
    """Share ``count`` key frames among shots by length: one each at least, the rest where a shot is served worst.

    With more shots than key frames, every shot still gets one.
    """
    shares = [1] * len(lengths)
    for _ in range(count - len(lengths) if lengths else 0):
        worst = max(range(len(lengths)), key=lambda shot: lengths[shot] / (shares[shot] + 1))
        shares[worst] += 1
    return shares


def choose_key_frames(
    looks: Sequence[Looks],
    times: Sequence[Float[Array, " _"]],
    *,
    lengths: Sequence[float],
    count: int = 8,
) -> list[list[int]]:
    """The key frames of each shot, as rising positions among the frames given.

    K-means over looks and time, started from even times so that nothing is random; the frame next to each centre is
    taken, then frames are moved until no gap is wider than ``WIDEST_GAP`` even steps.

    Args:
        looks: :func:`look` of the frames of each shot, or the same in 255ths, as bytes; no shot is empty.
        times: Their times in seconds.
        lengths: Seconds that each shot lasts.
        count: Key frames in all; more where there are more shots, fewer where there are fewer frames.
    """
    shares = allot(lengths, count)
    return [
        _choose(shot_looks, shot_times, min(share, len(shot_times)))
        for shot_looks, shot_times, share in zip(looks, times, shares, strict=True)
    ]


def _choose(looks: Looks, times: Float[Array, " frames"], count: int) -> list[int]:
    if count == len(times):
        return list(range(count))
    points = _Points(looks, times)
    # Started at the frames nearest to the middles of even parts.
    middles = times[0] + (np.arange(count) + 0.5) / count * (times[-1] - times[0])
    centres = points.at(np.unique(np.abs(times[None] - middles[:, None]).argmin(1)))
    for _ in range(50):
        moved = points.moved(centres)
        if np.allclose(moved, centres):
            break
        centres = moved
    chosen = set(points.distances(centres).argmin(0).tolist())
    while len(chosen) < count:  # clusters that share their nearest frame
        chosen.add(max(range(len(times)), key=lambda place: _isolation(place, chosen, times)))
    return _spread(sorted(chosen), times)


class _Points:
    """Looks scaled to a spread of one, with the time as one number more; of a long shot made anew when asked for."""

    def __init__(self, looks: Looks, times: Float[Array, " frames"]) -> None:
        self._looks = looks
        place = (times - times[0]) / max(float(times[-1] - times[0]), 1e-9)
        self._time = TIME_WEIGHT * np.sqrt(12) * place
        self._rows = [slice(first, min(first + ROWS, len(times))) for first in range(0, len(times), ROWS)]
        self._mean = _total(np.zeros(looks.shape[1], np.float32), map(self._scaled, self._rows)) / np.float32(
            len(times)
        )
        squares = [((self._scaled(rows).astype(np.float64) - self._mean) ** 2).sum(1) for rows in self._rows]
        self._spread = max(float(np.sqrt(np.concatenate(squares).mean())), 0.05)
        self._kept = self.at(self._rows[0]) if len(self._rows) == 1 else None

    def at(self, rows: slice | Int[Array, " rows"]) -> Float[Array, "rows numbers"]:
        """The points of some frames."""
        centred = self._scaled(rows).astype(np.float64) - self._mean
        return np.concatenate([centred / self._spread, self._time[rows, None]], axis=1)

    def distances(self, centres: Float[Array, "centres numbers"]) -> Float[Array, "frames centres"]:
        """Squared, from every frame to every centre."""
        return np.concatenate([_distances(points, centres) for points in self._blocks()])

    def moved(self, centres: Float[Array, "centres numbers"]) -> Float[Array, "centres numbers"]:
        """The mean of the frames nearest to each centre; the centre itself where there is none."""
        totals, counts = np.zeros_like(centres), np.zeros((len(centres), 1), int)
        for points in self._blocks():
            nearest = _distances(points, centres).argmin(1)
            for centre in np.unique(nearest).tolist():
                mine = nearest == centre
                totals[centre] = _total(totals[centre], [points[mine]])
                counts[centre] += mine.sum()
        return np.where(counts > 0, totals / np.maximum(counts, 1), centres)

    def _blocks(self) -> Iterable[Float[Array, "rows numbers"]]:
        return (self.at(rows) for rows in self._rows) if self._kept is None else [self._kept]

    def _scaled(self, rows: slice | Int[Array, " rows"]) -> Float[Array, "rows numbers"]:
        looks = self._looks[rows]
        return np.asarray(looks.astype(np.float32) / 255 if looks.dtype == np.uint8 else looks)


def _total(start: Float[Array, " numbers"], parts: Iterable[Float[Array, "_ numbers"]]) -> Float[Array, " numbers"]:
    """The sum of all rows, added one after the other: the same however they are parted."""
    for part in parts:
        start = part.sum(0) if not start.any() else np.concatenate([start[None], part]).sum(0)
    return start


def _distances(points: Float[Array, "points d"], centres: Float[Array, "centres d"]) -> Float[Array, "points centres"]:
    """Squared; one centre at a time, since all differences at once would be large."""
    return np.stack([((points - centre) ** 2).sum(1) for centre in centres], axis=1)


def _isolation(place: int, chosen: set[int], times: Float[Array, " frames"]) -> float:
    """Seconds to the nearest key frame; -1 for a key frame."""
    return -1.0 if place in chosen else min(abs(float(times[place] - times[other])) for other in chosen)


def _spread(chosen: list[int], times: Float[Array, " frames"]) -> list[int]:
    """Move the most crowded key frame into the widest gap until no gap is too wide."""
    chosen = list(chosen)
    step = float(times[-1] - times[0]) / max(len(chosen), 1)
    for _ in range(len(chosen)):
        gap, middle = _widest_gap(chosen, times)
        target = int(np.abs(times - middle).argmin())
        if gap <= WIDEST_GAP * step + 1e-9 or target in chosen or len(chosen) < 2:
            break
        crowded = min(chosen, key=lambda place: _room(place, chosen, times))
        chosen = sorted({*chosen, target} - {crowded})
    return chosen


def _widest_gap(chosen: Sequence[int], times: Float[Array, " frames"]) -> tuple[float, float]:
    """Length and middle of the longest stretch without a key frame; the ends of the shot count double."""
    known = times[list(chosen)]
    gaps = [(2 * float(known[0] - times[0]), float(known[0] + times[0]) / 2)]
    gaps += [(float(b - a), float(a + b) / 2) for a, b in pairwise(known)]
    gaps.append((2 * float(times[-1] - known[-1]), float(known[-1] + times[-1]) / 2))
    return max(gaps)


def _room(place: int, chosen: Sequence[int], times: Float[Array, " frames"]) -> float:
    """Seconds between the neighbours of a key frame: how little is lost without it."""
    index = chosen.index(place)
    before = times[chosen[index - 1]] if index else times[0] - (times[place] - times[0])
    after = times[chosen[index + 1]] if index + 1 < len(chosen) else times[-1] + (times[-1] - times[place])
    return float(after - before)
