"""What one object does to another: approach, move away from, follow, pass (our definition).

Lengths are in frame heights of camera-compensated coordinates; thresholds are in mean sizes of the two objects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.motion import MOVING_SPEED, Event, Motion, closed, runs

NEAR = 2.0
"""Gap between centres, in mean sizes, within which something is approached or left."""

CLEAR_CHANGE = 0.75
"""Mean sizes by which the gap must change for it to be told."""

ASIDE = 1.25
"""Mean sizes between the paths of two that pass each other, at most."""

SHORTEST = 0.4
"""Seconds that an approach or a parting lasts at least."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two tracks over the frames that both are in."""

    subject: Motion
    target: Motion
    mine: slice
    yours: slice

    @classmethod
    def of(cls, subject: Motion, target: Motion) -> "Pair | None":
        """The pair, if both are there together for a while and come near each other."""
        first = max(int(subject.track.places[0]), int(target.track.places[0]))
        last = min(int(subject.track.places[-1]), int(target.track.places[-1]))
        if last - first < 2 or not subject.moving.any():
            return None
        mine, yours = (
            slice(first - int(motion.track.places[0]), last - int(motion.track.places[0]) + 1)
            for motion in (subject, target)
        )
        pair = cls(subject=subject, target=target, mine=mine, yours=yours)
        return pair if float(pair.gap.min()) < 2 * NEAR * pair.size else None

    @property
    def times(self) -> Float[Array, " steps"]:
        """Seconds."""
        return self.subject.times[self.mine]

    @cached_property
    def size(self) -> float:
        """Mean of the two sizes, frame heights."""
        return (self.subject.size + self.target.size) / 2

    @cached_property
    def offset(self) -> Float[Array, "steps 2"]:
        """From subject to object, frame heights."""
        return np.asarray(self.target.positions[self.yours] - self.subject.positions[self.mine])

    @cached_property
    def gap(self) -> Float[Array, " steps"]:
        """Distance of the centres, frame heights."""
        return np.asarray(np.linalg.norm(self.offset, axis=1))

    @cached_property
    def velocities(self) -> tuple[Float[Array, "steps 2"], Float[Array, "steps 2"]]:
        """Of subject and object, frame heights per second."""
        return self.subject.velocities[self.mine], self.target.velocities[self.yours]

    @cached_property
    def moving(self) -> tuple[Bool[Array, " steps"], Bool[Array, " steps"]]:
        """Whether subject and object move."""
        return self.subject.moving[self.mine], self.target.moving[self.yours]

    def events(self) -> Iterator[tuple[float, Event]]:
        """Every event of the pair with its strength, larger where it is clearer."""
        own, other = self.velocities
        towards = self.offset / np.maximum(self.gap, 1e-9)[:, None]
        speed = np.maximum(np.linalg.norm(own, axis=1), 1e-9)
        heading = (own * towards).sum(1) / speed  # 1 straight at the object, -1 straight away from it
        closing = ((own - other) * towards).sum(1)  # heights per second
        clear = 0.25 * speed
        yield from self._change("approach", self.moving[0] & (heading > 0.6) & (closing > clear))
        yield from self._change("move away from", self.moving[0] & (heading < -0.6) & (closing < -clear))
        yield from self._follow(heading)
        yield from self._pass()

    def _change(self, label: str, mask: Bool[Array, " steps"]) -> Iterator[tuple[float, Event]]:
        """The gap grows or shrinks clearly, and is small at its small end."""
        for start, stop in runs(closed(mask, self.times, gap=0.3)):
            gaps = self.gap[start], self.gap[stop - 1]
            change = abs(float(gaps[1] - gaps[0])) / self.size
            lasts = float(self.times[stop - 1] - self.times[start]) >= SHORTEST - 1e-6
            if (
                lasts
                and change > CLEAR_CHANGE
                and min(gaps) < NEAR * self.size
                and change * self.size > 0.2 * max(gaps)
            ):
                yield change, self._event(label, start, stop, min(0.5 + 0.25 * change, 1.0))

    def _follow(self, heading: Float[Array, " steps"]) -> Iterator[tuple[float, Event]]:
        """Both move the same way at like speed, the object ahead, for a second or more."""
        own, other = (np.linalg.norm(velocity, axis=1) for velocity in self.velocities)
        product = np.maximum(own * other, 1e-9)
        same_way = (self.velocities[0] * self.velocities[1]).sum(1) / product > 0.8
        alike = (own < 2 * other) & (other < 2 * own)
        mask = self.moving[0] & self.moving[1] & same_way & alike & (heading > 0.7) & (self.gap < 4 * self.size)
        for start, stop in runs(closed(mask, self.times, gap=0.3)):
            seconds = float(self.times[stop - 1] - self.times[start])
            if seconds >= 1.0:
                yield seconds, self._event("follow", start, stop, min(0.5 + 0.2 * seconds, 1.0))

    def _pass(self) -> Iterator[tuple[float, Event]]:
        """The object comes to lie behind the faster subject, which goes by at a small distance."""
        own, other = self.velocities
        relative = own - other
        quick = np.linalg.norm(relative, axis=1) > MOVING_SPEED * self.size
        faster = np.linalg.norm(own, axis=1) > np.linalg.norm(other, axis=1)
        ahead = (self.offset * relative).sum(1)  # positive before, negative after
        crossings = (ahead[:-1] > 0) & (ahead[1:] <= 0) & (quick & faster & self.moving[0])[:-1]
        for step in np.flatnonzero(crossings).tolist():
            yield from self._crossing(step, relative[step] / np.linalg.norm(relative[step]))

    def _crossing(self, step: int, way: Float[Array, "2"]) -> Iterator[tuple[float, Event]]:
        """The passing between a step and the next, seen along the subject's way past the object."""
        ahead = self.offset @ way / self.size
        aside = abs(float(self.offset[step, 0] * way[1] - self.offset[step, 1] * way[0])) / self.size
        before, after = _stretch(ahead > 0, step), _stretch(ahead <= 0, step + 1)
        clear = min(float(ahead[slice(*before)].max()), -float(ahead[slice(*after)].min()))
        if aside < ASIDE and clear > CLEAR_CHANGE:
            # The steps on either side of the crossing, and those around them at which the two are side by side.
            beside = _stretch(np.abs(ahead) < 1.0, step), _stretch(np.abs(ahead) < 1.0, step + 1)
            start, stop = max(beside[0][0], before[0]), min(beside[1][1], after[1])
            yield clear, self._event("pass", start, stop, min(0.5 + 0.25 * clear, 1.0))

    def _event(self, label: str, start: int, stop: int, clarity: float) -> Event:
        interval = (float(self.times[start]), float(self.times[stop - 1]))
        return self.subject.event(label, interval, clarity, to=self.target)


def _stretch(mask: Bool[Array, " steps"], step: int) -> tuple[int, int]:
    """The stretch of a mask, half open, that a step lies in; the step alone where the mask is false."""
    return next(((start, stop) for start, stop in runs(mask) if start <= step < stop), (step, step + 1))


def strongest(candidates: Sequence[tuple[float, Event]]) -> list[Event]:
    """Of the like events of one subject that overlap in time the strongest: who walks into a crowd approaches one."""
    kept: list[Event] = []
    for _, event in sorted(candidates, key=lambda item: (-item[0], item[1].subject, item[1].object or 0)):
        rivals = (k for k in kept if (k.label, k.subject) == (event.label, event.subject))
        if not any(k.interval[0] < event.interval[1] and event.interval[0] < k.interval[1] for k in rivals):
            kept.append(event)
    return kept
