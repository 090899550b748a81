"""Two tracks over the time that both are there: what every relation between them is read from (our definition).

Lengths are in frame heights of camera-compensated coordinates; thresholds are in mean sizes of the two objects.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from finsta.shapes import Array, Bool, Float
from finsta.video.events.motion import Event, Motion

FARTHEST = 4.0
"""Mean sizes between centres at the nearest moment, beyond which two have nothing to do with each other."""

Candidate = tuple[float, Event]
"""An event with its strength, larger where it is clearer."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A subject and an object over the frames that both are in."""

    subject: Motion
    target: Motion
    mine: slice
    yours: slice

    @classmethod
    def of(cls, subject: Motion, target: Motion) -> "Pair | None":
        """The pair, if both are there together for a while, the subject moves and they come near each other."""
        first = max(int(subject.track.places[0]), int(target.track.places[0]))
        last = min(int(subject.track.places[-1]), int(target.track.places[-1]))
        if last - first < 2 or not subject.moving.any():
            return None
        mine, yours = (
            slice(first - int(motion.track.places[0]), last - int(motion.track.places[0]) + 1)
            for motion in (subject, target)
        )
        pair = cls(subject=subject, target=target, mine=mine, yours=yours)
        return pair if float(pair.gap.min()) < FARTHEST * pair.size else None

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
    def towards(self) -> Float[Array, "steps 2"]:
        """Unit vector from subject to object."""
        return np.asarray(self.offset / np.maximum(self.gap, 1e-9)[:, None])

    @cached_property
    def clearance(self) -> Float[Array, " steps"]:
        """Gap between the outlines on the line through the centres, taken as ellipses in the boxes; below 0 inside."""
        reach = np.zeros(len(self.times))
        for extents in (self.subject.extents[self.mine], self.target.extents[self.yours]):
            reach += 1 / np.linalg.norm(self.towards / np.maximum(extents / 2, 1e-6), axis=1)
        return np.asarray(self.gap - reach)

    @cached_property
    def velocities(self) -> tuple[Float[Array, "steps 2"], Float[Array, "steps 2"]]:
        """Of subject and object, frame heights per second."""
        return self.subject.velocities[self.mine], self.target.velocities[self.yours]

    @cached_property
    def speeds(self) -> tuple[Float[Array, " steps"], Float[Array, " steps"]]:
        """Of subject and object, frame heights per second."""
        return self.subject.speeds[self.mine], self.target.speeds[self.yours]

    @cached_property
    def moving(self) -> tuple[Bool[Array, " steps"], Bool[Array, " steps"]]:
        """Whether subject and object move."""
        return self.subject.moving[self.mine], self.target.moving[self.yours]

    @cached_property
    def heading(self) -> Float[Array, " steps"]:
        """Cosine between the subject's way and the object: 1 straight at it, -1 straight away from it."""
        return np.asarray((self.velocities[0] * self.towards).sum(1) / np.maximum(self.speeds[0], 1e-9))

    @cached_property
    def closing(self) -> Float[Array, " steps"]:
        """How fast the gap closes, frame heights per second; below 0 where it widens."""
        own, other = self.velocities
        return np.asarray(((own - other) * self.towards).sum(1))

    @cached_property
    def together(self) -> Bool[Array, " steps"]:
        """Whether both move the same way at like speed."""
        own, other = self.speeds
        same_way = (self.velocities[0] * self.velocities[1]).sum(1) / np.maximum(own * other, 1e-9) > 0.7
        alike = (own < 2.5 * other) & (other < 2.5 * own)
        return np.asarray(self.moving[0] & self.moving[1] & same_way & alike)

    def seconds(self, start: int, stop: int) -> float:
        """Length of a half-open range of steps."""
        return float(self.times[stop - 1] - self.times[start])

    def candidate(self, label: str, start: int, stop: int, clarity: float) -> Candidate:
        """An event over a half-open range of steps, as strong as it is clear."""
        interval = (float(self.times[start]), float(self.times[stop - 1]))
        return clarity, self.subject.event(label, interval, min(clarity, 1.0), to=self.target)
