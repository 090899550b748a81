"""How an object moves, judged from its whole track in camera-compensated coordinates (our definition).

Lengths are in frame heights, so that both axes have the same unit; speeds in sizes of the object per second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.tracking import ObjectTrack

WINDOW = 0.2
"""Seconds: standard deviation of the weights with which positions and velocities are smoothed."""

BROAD_WINDOW = 0.35
"""The same where it is asked whether something moves at all."""

LEAST_PAUSE = 0.25
"""Seconds that a pause lasts at least: two movements with a shorter one between them are one."""

MOVING_SPEED = 0.25
"""Sizes per second from which an object moves."""

LEAST_SPEED = 0.012
"""Frame heights per second below which nothing moves: detectors jitter."""

LEAST_TRAVEL = 0.35
"""Sizes that an object must get away from where it was to have moved: jitter comes back."""

Interval = tuple[float, float]
"""Seconds, from and to."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that a track does, alone or to another one.

    Attributes:
        label: The verb.
        subject: Track number.
        object: Track number, or ``None``.
        interval: Seconds.
        confidence: In [0, 1].
        modifiers: How it is done: ``quickly``, ``slowly``.
        implied: Whether a fuller event tells of the same movement: who touches something approaches it first.
    """

    label: str
    subject: int
    object: int | None
    interval: Interval
    confidence: float
    modifiers: tuple[str, ...] = ()
    implied: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """A track's path through its shot.

    Attributes:
        track: The track.
        aspect: Width over height of the frame.
    """

    track: ObjectTrack
    aspect: float

    def stretches(self) -> "list[Motion]":
        """The motion in pieces, each without a time in which the object is gone."""
        pieces = self.track.stretches()
        return [self] if pieces == [self.track] else [Motion(track=piece, aspect=self.aspect) for piece in pieces]

    @property
    def times(self) -> Float[Array, " steps"]:
        """Seconds."""
        return self.track.times

    @cached_property
    def size(self) -> float:
        """Square root of the median area, in frame heights."""
        extent = self.track.stable_boxes[:, 2:] - self.track.stable_boxes[:, :2]
        return float(np.sqrt(np.median(np.maximum(extent.prod(1) * self.aspect, 1e-6))))

    @cached_property
    def window(self) -> float:
        """Seconds: standard deviation of the weights; at least a step and a half, so that neighbours remain."""
        return max(WINDOW, 1.5 * float(np.median(np.diff(self.times)))) if len(self.times) > 1 else WINDOW

    @cached_property
    def centres(self) -> Float[Array, "steps 2"]:
        """Centres as they were detected, in frame heights."""
        boxes = self.track.stable_boxes
        return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2 * np.array([self.aspect, 1.0]))

    @cached_property
    def _fit(self) -> tuple[Float[Array, "steps 4"], Float[Array, "steps 4"]]:
        """Smoothed centre and logarithm of width and height, and their rates."""
        boxes = self.track.stable_boxes
        extents = np.maximum((boxes[:, 2:] - boxes[:, :2]) * np.array([self.aspect, 1.0]), 1e-4)
        points = np.concatenate([self.centres, np.log(extents)], axis=1)
        return _local_line(self.times, points, self._trust, self.window)

    @property
    def _trust(self) -> Float[Array, " steps"]:
        return np.where(self.track.seen, 1.0, 0.3)

    @property
    def positions(self) -> Float[Array, "steps 2"]:
        """Smoothed centres, in frame heights."""
        return self._fit[0][:, :2]

    @property
    def velocities(self) -> Float[Array, "steps 2"]:
        """Frame heights per second."""
        return self._fit[1][:, :2]

    @cached_property
    def extents(self) -> Float[Array, "steps 2"]:
        """Smoothed width and height, in frame heights."""
        return np.asarray(np.exp(self._fit[0][:, 2:]))

    @property
    def growth(self) -> Float[Array, "steps 2"]:
        """Rate of width and height, as a share of them per second."""
        return self._fit[1][:, 2:]

    @cached_property
    def speeds(self) -> Float[Array, " steps"]:
        """Frame heights per second."""
        return np.asarray(np.linalg.norm(self.velocities, axis=1))

    @cached_property
    def moving(self) -> Bool[Array, " steps"]:
        """Whether the object moves at each step: fast enough, for long enough to get somewhere.

        Whether it moves at all is seen in broadly smoothed speeds, which jitter does not reach; where it pauses, begins
        and ends in narrowly smoothed ones. A movement begins and ends where its speed is half of what it is a little
        later, or was a little before: there it began and ended before smoothing blurred it.
        """
        least = max(MOVING_SPEED * self.size, LEAST_SPEED)
        broad = _local_line(self.times, self.centres, self._trust, max(BROAD_WINDOW, self.window))[1]
        fast = np.linalg.norm(broad, axis=1) > least
        for start, stop in runs(self.speeds <= least):
            if self.times[stop - 1] - self.times[start] >= LEAST_PAUSE:
                fast[start:stop] = False
        result = np.zeros(len(fast), bool)
        for first, last in runs(closed(fast, self.times, gap=LEAST_PAUSE)):
            start, stop = self._sharpened(first, last)
            travel = np.linalg.norm(self.positions[stop - 1] - self.positions[start])
            reach = np.linalg.norm(self.positions[start:stop] - self.positions[start], axis=1).max()
            if max(travel, reach) > max(LEAST_TRAVEL * self.size, LEAST_SPEED) and stop - start > 1:
                result[start:stop] = True
        return result

    def _sharpened(self, start: int, stop: int) -> tuple[int, int]:
        """A half-open range of fast steps without the blurred ends."""
        speeds, times = self.speeds[start:stop], self.times[start:stop]
        reach = 2.5 * self.window
        full = np.array([speeds[(times >= t) & (times <= t + reach)].max() for t in times])
        late = np.array([speeds[(times <= t) & (times >= t - reach)].max() for t in times])
        # Where the track itself begins or ends there is nothing to sharpen.
        first = 0 if start == 0 else int(np.argmax(speeds >= 0.5 * full))
        last = len(speeds) if stop == len(self.times) else len(speeds) - int(np.argmax((speeds >= 0.5 * late)[::-1]))
        return start + first, start + max(last, first + 1)

    def intervals(self, mask: Bool[Array, " steps"], *, shortest: float = 0.0) -> list[Interval]:
        """The stretches of a mask in seconds, those shorter than ``shortest`` left out."""
        spans = ((float(self.times[start]), float(self.times[stop - 1])) for start, stop in runs(mask))
        return [(start, end) for start, end in spans if end - start >= shortest - 1e-9]

    def event(self, label: str, interval: Interval, clarity: float, *, to: "Motion | None" = None) -> Event:
        """An event of this track; its confidence is its clarity times the mean score of the tracks in it."""
        tracks = [self.track] if to is None else [self.track, to.track]
        trust = float(np.prod([track.scores.mean() for track in tracks])) ** (1 / len(tracks))
        return Event(
            label=label,
            subject=self.track.number,
            object=None if to is None else to.track.number,
            interval=interval,
            confidence=min(clarity * trust, 1.0),
        )


def runs(mask: Bool[Array, " steps"]) -> Iterator[tuple[int, int]]:
    """Half-open ranges in which a mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def closed(mask: Bool[Array, " steps"], times: Float[Array, " steps"], *, gap: float) -> Bool[Array, " steps"]:
    """The mask with pauses of at most ``gap`` seconds inside it filled."""
    closed = mask.copy()
    for start, stop in runs(~mask):
        if start > 0 and stop < len(mask) and times[stop] - times[start - 1] <= gap:
            closed[start:stop] = True
    return closed


def _local_line(
    times: Float[Array, " steps"],
    points: Float[Array, "steps numbers"],
    trust: Float[Array, " steps"],
    width: float,
) -> tuple[Float[Array, "steps numbers"], Float[Array, "steps numbers"]]:
    """A straight line fitted around each moment, neighbours weighted by a Gaussian: its value and its slope there."""
    if len(times) == 1:
        return points.copy(), np.zeros_like(points)
    values, slopes = np.empty_like(points), np.empty_like(points)
    first = np.searchsorted(times, times - 3 * width)
    last = np.searchsorted(times, times + 3 * width, side="right")
    for step, (start, stop) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        offset = times[start:stop] - times[step]
        weight = trust[start:stop] * np.exp(-(offset**2) / (2 * width**2))
        weight = weight / weight.sum()
        mean_offset, mean = float(weight @ offset), weight @ points[start:stop]
        spread = float(weight @ (offset - mean_offset) ** 2)
        slope = (weight * (offset - mean_offset)) @ (points[start:stop] - mean) / max(spread, 1e-9)
        values[step], slopes[step] = mean - slope * mean_offset, slope
    return values, slopes
